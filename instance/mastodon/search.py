"""/api/v2/search: people and groups by name@host or address; posts by address. `resolve` asks the other server."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from instance.accounts import lookup, tries
from instance.mastodon import people, render
from instance.mastodon.accounts import is_in_sight
from instance.mastodon.api import answer, bearer, bp, scope
from instance.posts import visibility
from instance.posts.finding import by_address
from instance.quartiers.access import residence


@bp.get("/v2/search")
@scope("read:search")
def search() -> Response:
    """What `q` names. Without `resolve`, only what is known here."""
    asked = request.args.get("q", "").strip()[:2048]
    wanted = request.args.get("type")
    resolve = request.args.get("resolve", "").lower() in {"true", "1"}
    accounts: list[Any] = []
    statuses: list[Any] = []
    viewer, here = bearer().account.actor_id, residence()
    if wanted in {None, "accounts"}:
        found = lookup.find(asked, viewer, asks_others=resolve and here is not None and not _is_too_often())
        accounts = [people.one(viewer, one) for one in found if is_in_sight(one)]
    if wanted in {None, "statuses"} and not accounts and (post_id := by_address(asked)):
        status = render.status(viewer, post_id) if visibility.may_read(viewer, post_id) else None
        statuses = [status] if status is not None else []
    return answer({"accounts": accounts, "statuses": statuses, "hashtags": []})


def _is_too_often() -> bool:
    """Whether this resident has had other servers asked often enough: by the page and by programs together."""
    return tries.count_try([lookup.asks_of(bearer().account.id)]) is not None
