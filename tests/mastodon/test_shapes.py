"""The keeper of shapes refuses what a client could not read, and knows every field that clients are known to need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.mastodon import shapes

NAMES = {
    "Account": shapes.Account, "CredentialAccount": shapes.CredentialAccount, "Mention": shapes.Mention,
    "Media": shapes.Media, "Poll": shapes.Poll, "Status": shapes.Status, "Notification": shapes.Notification,
    "Relationship": shapes.Relationship, "Instance": shapes.Instance, "Error": shapes.Error,
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/api/v1/timelines/home", 200, [{"id": "1"}]),
        ("/api/v1/lists", 200, [{"id": 1, "title": "Amies", "replies_policy": "list", "exclusive": False}]),
        ("/api/v1/notifications", 200, [{"id": "1", "type": "mention", "created_at": "hier", "account": {}}]),
        ("/api/v1/statuses/1", 404, {"message": "Introuvable"}),
    ],
)
def test_an_answer_without_its_fields_is_refused(path: str, status: int, body: Any) -> None:
    with pytest.raises(AssertionError):
        shapes.check("GET", path, status, "application/json", json.dumps(body).encode())


def test_a_page_instead_of_json_is_refused() -> None:
    with pytest.raises(AssertionError):
        shapes.check("GET", "/api/v1/unknown", 404, "text/html", b"<p>404")


@pytest.mark.shared
def test_no_field_that_strict_clients_need_is_missing_here(shared: Path) -> None:
    known = json.loads((shared / "design" / "mastodon-minimum.json").read_bytes())["$defs"]

    for name, shape in NAMES.items():
        needed = set(known[name].get("required", ()))
        fields = msgspec.structs.fields(shape)
        assert needed <= {one.encode_name for one in fields if one.required}, name
        assert set(known[name].get("properties", ())) <= {one.encode_name for one in fields}, name
