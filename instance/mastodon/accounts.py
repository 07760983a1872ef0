"""/api/v1/accounts: oneself, others, and what stands between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request
from sqlalchemy import select

from instance.accounts import follows, relations, service
from instance.accounts.models import Actor
from instance.accounts.profile import change_profile
from instance.core.db import commit, db
from instance.core.errors import NotFound
from instance.mastodon import people
from instance.mastodon.api import answer, bearer, bp, flag, number, scope, sent, text
from instance.quartiers.access import residence
from instance.timelines.outsiders import page_of

MANY = 80


@bp.get("/v1/accounts/verify_credentials")
@scope("read:accounts", "profile")
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
    return answer(people.one(bearer().account.actor_id, _met(known)))


@bp.get("/v1/accounts/<int:actor_id>")
@scope("read:accounts")
def account(actor_id: int) -> Response:
    """One account."""
    return answer(people.one(bearer().account.actor_id, _other(actor_id)))


def _other(actor_id: int) -> Actor:
    return _met(db.session.get(Actor, actor_id))


def _met(actor: Actor | None) -> Actor:
    """`actor`, if the bearer may meet it: blocks hide both ways."""
    if actor is None or not relations.may_meet(bearer().account.actor_id, actor) or not is_in_sight(actor):
        raise NotFound
    return actor


def is_in_sight(actor: Actor) -> bool:
    """Own people are seen where their page would show, and by those who follow them already."""
    viewer, here = bearer().account.actor_id, residence()
    if page_of(actor, viewer, here.quartier.id if here else None) is not None:
        return True
    return follows.between(viewer, actor.id) is not None


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
        follows.unfollow(bearer().account.actor, _known(actor_id))
    return answer(_relations([actor_id])[0])


@bp.get("/v1/follow_requests")
@scope("read:follows")
def requests() -> Response:
    """Who asks to follow the bearer."""
    return answer(
        [people.one(bearer().account.actor_id, one) for _asked, one in follows.pending_for(bearer().account.actor_id)]
    )


@bp.post("/v1/follow_requests/<int:actor_id>/<any(authorize, reject):word>")
@scope("write:follows")
def settle(actor_id: int, word: str) -> Response:
    """Say yes or no to somebody who asks."""
    with commit():
        asked = follows.between(actor_id, bearer().account.actor_id)
        if asked is None or asked.state != "pending":
            raise NotFound
        follows.accept(asked) if word == "authorize" else follows.reject(asked)
    return answer(_relations([actor_id])[0])


def _set_apart(actor_id: int, act: Callable[[int, int], None]) -> Response:
    with commit():
        act(bearer().account.actor_id, _known(actor_id).id)
    return answer(_relations([actor_id])[0])


def _known(actor_id: int) -> Actor:
    actor = db.session.get(Actor, actor_id)
    if actor is None or actor.id == bearer().account.actor_id:
        raise NotFound
    return actor


@bp.post("/v1/accounts/<int:actor_id>/block")
@scope("write:blocks")
def block(actor_id: int) -> Response:
    """Neither meets the other any more."""
    return _set_apart(actor_id, relations.block)


@bp.post("/v1/accounts/<int:actor_id>/unblock")
@scope("write:blocks")
def unblock(actor_id: int) -> Response:
    """End one's own block."""
    return _set_apart(actor_id, service.unblock)


@bp.post("/v1/accounts/<int:actor_id>/mute")
@scope("write:mutes")
def mute(actor_id: int) -> Response:
    """See no more of somebody."""
    return _set_apart(actor_id, relations.mute)


@bp.post("/v1/accounts/<int:actor_id>/unmute")
@scope("write:mutes")
def unmute(actor_id: int) -> Response:
    """See them again."""
    return _set_apart(actor_id, relations.unmute)
