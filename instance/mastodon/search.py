"""/api/v2/search: people and groups by name@host or address; posts by address. `resolve` asks the other server."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from instance.accounts import lookup
from instance.mastodon import people, render
from instance.mastodon.api import answer, bearer, bp, scope
from instance.posts import visibility
from instance.posts.finding import by_address


@bp.get("/v2/search")
@scope("read:search")
def search() -> Response:
    """What `q` names. Without `resolve`, only what is known here."""
    asked = request.args.get("q", "").strip()[:2048]
    wanted = request.args.get("type")
    resolve = request.args.get("resolve", "").lower() in {"true", "1"}
    accounts: list[Any] = []
    statuses: list[Any] = []
    viewer = bearer().account.actor_id
    if wanted in {None, "accounts"}:
        accounts = [people.one(viewer, one) for one in lookup.find(asked, viewer, asks_others=resolve)]
    if wanted in {None, "statuses"} and not accounts and (post_id := by_address(asked)):
        found = render.status(viewer, post_id) if visibility.may_read(viewer, post_id) else None
        statuses = [found] if found is not None else []
    return answer({"accounts": accounts, "statuses": statuses, "hashtags": []})
