"""/api/v1/accounts: oneself, others, and what stands between them."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy import select

from instance.accounts import follows, relations
from instance.accounts.models import Actor
from instance.accounts.profile import change_profile
from instance.core.db import commit, db
from instance.core.errors import NotFound
from instance.mastodon import people
from instance.mastodon.api import answer, bearer, bp, flag, number, scope, sent, text

MANY = 80


@bp.get("/v1/accounts/verify_credentials")
@scope("read:accounts")
def verify_credentials() -> Response:
    """The bearer's own account."""
    return answer(people.own(bearer().account))


@bp.patch("/v1/accounts/update_credentials")
@scope("write:accounts")
def update_credentials() -> Response:
    """Change what a client may change: the words about oneself and who approves followers; never the name (F03)."""
    fields = sent()
    me = bearer().account
    with commit():
        change_profile(me, summary=text(fields, "note"), approves_followers=flag(fields, "locked"))
    return answer(people.own(me))


@bp.get("/v1/accounts/relationships")
@scope("read:follows")
def relationships() -> Response:
    """What stands between the bearer and each of `id[]`."""
    asked = request.args.getlist("id[]") or request.args.getlist("id")
    return answer(_relations([number(one) for one in asked[:MANY]]))


def _relations(actor_ids: list[int]) -> list[dict[str, Any]]:
    found = relations.of(bearer().account.actor_id, actor_ids)
    return [
        {
            "id": str(one.actor_id), "following": one.follows, "requested": one.asked,
            "followed_by": one.is_followed_by, "showing_reblogs": one.shows_boosts,
            "notifying": one.notifies, "languages": None, "blocking": one.blocks,
            "blocked_by": False, "muting": one.mutes, "muting_notifications": one.mutes,
            "requested_by": one.is_asked_by, "domain_blocking": one.blocks_host, "endorsed": False, "note": "",
        }
        for one in found
    ]  # fmt: skip


@bp.get("/v1/accounts/lookup")
@scope("read:accounts")
def lookup() -> Response:
    """An account that is known here, by its name@host."""
    handle, _at, host = request.args.get("acct", "").lstrip("@").partition("@")
    here = Actor.host == host.lower() if host else Actor.host.is_(None)
    known = db.session.scalar(select(Actor).where(Actor.handle == handle, here))
    return answer(people.one(_met(known)))


@bp.get("/v1/accounts/<int:actor_id>")
@scope("read:accounts")
def show(actor_id: int) -> Response:
    """One account."""
    return answer(people.one(_other(actor_id)))


def _other(actor_id: int) -> Actor:
    return _met(db.session.get(Actor, actor_id))


def _met(actor: Actor | None) -> Actor:
    """`actor`, if the bearer may meet it: blocks hide both ways, and own people only where their page would show."""
    if actor is None or not relations.may_meet(bearer().account.actor_id, actor):
        raise NotFound
    return actor


@bp.post("/v1/accounts/<int:actor_id>/follow")
@scope("write:follows")
def follow(actor_id: int) -> Response:
    """Follow; of a person it stays a request until they say yes."""
    fields = sent()
    with commit():
        made = follows.follow(bearer().account.actor, _other(actor_id))
        if (boosts := flag(fields, "reblogs")) is not None:
            made.shows_boosts = boosts
        if (notify := flag(fields, "notify")) is not None:
            made.notifies = notify
    return answer(_relations([actor_id])[0])


@bp.post("/v1/accounts/<int:actor_id>/unfollow")
@scope("write:follows")
def unfollow(actor_id: int) -> Response:
    """End a follow, or take the request back."""
    with commit():
        follows.unfollow(bearer().account.actor, _other(actor_id))
    return answer(_relations([actor_id])[0])
