"""Every recorded document of other servers, posted signed to an inbox: no fault, in time, and understood.

Each is posted as it was recorded, then once more as if its author lived on our foreign server: then its handler runs.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from federation.vocabulary import ACTIVITY_TYPES, ACTOR_TYPES, POST_TYPES
from instance.accounts.models import Actor
from instance.core import jobs
from instance.core.db import db
from instance.peers import incoming
from instance.peers.models import Incoming
from instance.posts.models import Post
from tests.instance.fediverse.conftest import Wire
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer, Json

OURS = Path(__file__).resolve().parents[2] / "wire"
SLOW_S = 10.0
# One of each kind that can be kept; documents that miss what makes them that kind are not among these.
KEPT = {"Article": "article", "Event": "event", "Note": "note", "Page": "page", "Question": "poll", "Video": "video"}


def documents(folder: Path) -> list[tuple[str, bytes]]:
    """The recorded documents below `folder`; keys and vectors are none."""
    files = sorted(path for path in folder.rglob("*.json") if "vectors" not in path.parts)
    return [(str(path.relative_to(folder)), payload(path.read_bytes())) for path in files]


def payload(raw: bytes) -> bytes:
    """Some collections wrap each document in what they say about it."""
    try:
        found = json.loads(raw)
    except ValueError:
        return raw
    inner = found.get("payload") if isinstance(found, dict) else None
    return raw if inner is None else json.dumps(inner).encode()


def first(value: Any) -> str:
    """The address that a field means, whatever its form."""
    one = value[0] if isinstance(value, list) and value else value
    found = one.get("id") if isinstance(one, dict) else one
    return found if isinstance(found, str) else ""


def kinds(document: Json) -> set[str]:
    said = document.get("type")
    return {one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)}


def adopted(document: Json, ada: ForeignActor, sam: str) -> Json | None:
    """The same as if Ada had said it to Sam; None for what is no activity and no post."""
    is_activity, is_post = kinds(document) & ACTIVITY_TYPES, kinds(document) & POST_TYPES
    author = first(document.get("actor")) or first(document.get("attributedTo"))
    if not (is_activity or is_post) or not author.startswith("http"):
        return None
    parts = urlsplit(author)
    text = (
        json.dumps(document)
        .replace(author, ada.uri)
        .replace(f"{parts.scheme}://{parts.netloc}/", f"{ada.server.base_url}/")
    )
    moved: Json = json.loads(text)
    if is_post:
        moved |= {"attributedTo": ada.uri, "to": [PUBLIC], "cc": [sam]}
        moved = ada.create(moved)
    elif isinstance(moved.get("object"), dict) and kinds(moved["object"]) & POST_TYPES and "Create" in is_activity:
        moved["object"] |= {"attributedTo": ada.uri, "to": [PUBLIC], "cc": [sam]}
    return moved | {"id": ada.server.name("activities"), "actor": ada.uri}


def post_all(wire: Wire, ada: ForeignActor, found: list[tuple[str, bytes]]) -> dict[str, int]:
    """Post each as it is, then adopted; the statuses."""
    browser, statuses = wire.city.browser(), {}
    for name, raw in found:
        bodies = {name: raw}
        try:
            document = json.loads(raw)
        except ValueError:
            document = None
        if isinstance(document, dict) and (moved := adopted(document, ada, wire.sam_uri)) is not None:
            bodies[f"{name} (adopted)"] = json.dumps(moved).encode()
        for label, body in bodies.items():
            begun = time.monotonic()
            statuses[label] = ada.post(browser, wire.inbox, body).status_code
            assert time.monotonic() - begun < SLOW_S, label
    return statuses


def understand() -> float:
    """Run what needs no other server; seconds that the slowest batch took."""
    slowest = 0.0
    while True:
        begun = time.monotonic()
        if not incoming.run_batch() + jobs.run_due():
            return slowest
        slowest = max(slowest, time.monotonic() - begun)


def faults() -> list[tuple[str, str | None]]:
    """Rows that met an error of ours, and facts that did."""
    rows = db.session.execute(
        select(Incoming.kind, Incoming.last_error).where(Incoming.state.in_(["pending", "failed"]))
    ).all()
    failed = db.session.execute(
        select(jobs.Job.kind, jobs.Job.last_error).where(jobs.Job.last_error.is_not(None))
    ).all()
    db.session.rollback()
    return [(kind, error) for kind, error in (*rows, *failed)]


def kept_kinds(ada: ForeignActor) -> set[str]:
    query = select(Post.kind).join(Actor, Actor.id == Post.author_id).where(Actor.uri == ada.uri)
    found = set(db.session.scalars(query))
    db.session.rollback()
    return found


def check(wire: Wire, ada: ForeignActor, found: list[tuple[str, bytes]]) -> dict[str, int]:
    statuses = post_all(wire, ada, found)

    assert {name: status for name, status in statuses.items() if status >= 500} == {}
    assert understand() < SLOW_S
    assert faults() == []
    return statuses


def test_our_own_documents_are_taken_and_understood(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")

    statuses = check(wire, ada, documents(OURS))

    assert {status for name, status in statuses.items() if name.endswith("(adopted)")} == {202}
    assert kept_kinds(ada) == {"note", "event", "video", "article"}


@pytest.mark.shared
def test_every_recorded_document_is_taken_in_time_and_without_fault(
    wire: Wire, elsewhere: ForeignServer, shared: Path
) -> None:
    ada = elsewhere.actor("ada")
    found = documents(shared / "fixtures")

    statuses = check(wire, ada, found)

    assert len(found) > 400
    said = [status for name, status in statuses.items() if name.endswith("(adopted)")]
    assert said.count(202) > 0.9 * len(said) > 200
    assert kept_kinds(ada) >= set(KEPT.values())


@pytest.mark.shared
def test_recorded_actors_are_kept_with_a_name_and_a_key(shared: Path, wire: Wire) -> None:
    from federation.documents import Document
    from federation.errors import FederationError
    from instance.accounts import remote
    from instance.core.db import commit

    kept = refused = 0
    for name, raw in documents(shared / "fixtures"):
        document = json.loads(raw)
        if not isinstance(document, dict) or not kinds(document) & ACTOR_TYPES:
            continue
        try:
            with commit():
                actor = remote.store(Document(document))
        except FederationError:
            refused += 1
            continue
        kept += 1
        assert actor.shown_name, name

    assert kept > 4 * refused
