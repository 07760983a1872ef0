"""Writing through the pages, as a resident does."""

from __future__ import annotations

from typing import Any

from instance.posts import audience
from instance.quartiers import service as quartiers
from tests.city import City, Someone


def write(
    city: City, author: Someone, quartier: str, *, title: str = "Bonjour", scope: str = "quartier", **more: Any
) -> int:
    """Publish through the form, its page of readers passed; the post's id."""
    if scope == "neighbours":
        more = {"named": audience.around(quartiers.by_slug(quartier)).sign} | more
    fields = {"title": title, "text": "Un mot.", "kind": "news", "scope": scope, "act": "send", "confirmed": "1"} | more
    answer = city.post(author.browser, f"/q/{quartier}/ecrire", **fields)
    assert answer.status_code == 303, answer.text
    return int(answer.location.rsplit("/", 1)[1])


def answer(city: City, author: Someone, post: int, text: str, **more: Any) -> int:
    """Reply through the form; the reply's id."""
    found = city.post(author.browser, f"/p/{post}/repondre", text=text, act="send", confirmed="1", **more)
    assert found.status_code == 303, found.text
    return int(found.location.rsplit("#r", 1)[1])
