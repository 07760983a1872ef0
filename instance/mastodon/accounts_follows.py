"""Follows: begun, ended, asked for, and the lists of who follows whom, each for the person concerned alone."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from instance.accounts import follows
from instance.accounts.models import Actor, Follow
from instance.core import paging
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.mastodon import people, relationships, sight
from instance.mastodon.api import answer, bearer, bp, flag, listing, public, scope, sent, viewer
from instance.mastodon.sight import reader
from instance.quartiers.access import residence
from instance.timelines import given

PAGE, MOST = 40, 80
LANGUAGES = 20  # for which one may follow somebody
_CODE = re.compile(r"[a-z]{2,3}")


@bp.post("/v1/accounts/<int:actor_id>/follow")
@scope("write:follows")
def follow(actor_id: int) -> Response:
    """Follow; of a person it stays a request until they say yes. What comes by itself is followed already."""
    fields = sent()
    other = sight.other(actor_id)
    if actor_id not in _unasked() or follows.between(reader(), actor_id) is not None:
        with commit():
            _wishes(follows.follow(bearer().account.actor, other), fields)
    return relationships.to(actor_id)


def _wishes(made: Follow, fields: dict[str, Any]) -> None:
    if (boosts := flag(fields, "reblogs")) is not None:
        made.shows_boosts = boosts
    if (notify := flag(fields, "notify")) is not None:
        made.notifies = notify
    if "languages" in fields:
        said = fields["languages"] or []
        tags = (str(one).lower().partition("-")[0] for one in (said if isinstance(said, list) else [said])[:LANGUAGES])
        made.languages = sorted({code for code in tags if _CODE.fullmatch(code)}) or None
        bearer().account.picks_languages |= made.languages is not None


def _unasked() -> set[int]:
    here = residence()
    return {one.id for one in given.to(reader(), here.quartier if here else None).all}


@bp.post("/v1/accounts/<int:actor_id>/unfollow")
@scope("write:follows")
def unfollow(actor_id: int) -> Response:
    """End a follow, or take the request back."""
    other = sight.known(actor_id)
    here = residence()
    if here is not None and other.id == here.quartier.actor_id:
        raise Invalid("follow.home", _("C’est votre quartier : ses messages vous viennent tant que vous y vivez."))
    if follows.between(reader(), other.id) is None and other.id in _unasked():
        raise Invalid("follow.given", _("Vous lisez ceci avec votre quartier ou un groupe : quittez le groupe, ou "
                                        "masquez la page."))  # fmt: skip
    with commit():
        follows.unfollow(bearer().account.actor, other)
    return relationships.to(actor_id)


@bp.post("/v1/accounts/<int:actor_id>/remove_from_followers")
@scope("write:follows")
def remove_follower(actor_id: int) -> Response:
    """Somebody follows the bearer no more; they are told as little as Mastodon tells."""
    with commit():
        row = follows.between(sight.known(actor_id).id, reader())
        if row is not None:
            follows.reject(row)
    return relationships.to(actor_id)


@bp.get("/v1/follow_requests")
@scope("read:follows")
def follow_requests() -> Response:
    """Who asks to follow the bearer, the latest first."""
    asks = select(Follow.id, Actor).join(Actor, Actor.id == Follow.follower_id)
    return page(asks.where(Follow.followed_id == reader(), Follow.state == "pending"), Follow.id)


def page(query: Select[int, Actor], cursor: InstrumentedAttribute[int], first: tuple[Actor, ...] = ()) -> Response:
    """One page of `query` (cursor, actor) as accounts; `first` stand before it on the first page."""
    window = paging.window(request.args, default=PAGE, most=MOST)
    rows = db.session.execute(
        query.where(cursor > window.after, cursor < window.before)
        .order_by(cursor.asc() if window.upwards else cursor.desc())
        .limit(window.limit)
    ).all()
    found = sorted(((row[0], row[1]) for row in rows), key=lambda row: -row[0])
    is_first = window.before == paging.HIGHEST and window.after == 0
    return listing(
        people.many(reader(), [*(first if is_first else ()), *(actor for _cursor, actor in found)]),
        [number for number, _actor in found],
    )


@bp.post("/v1/follow_requests/<int:actor_id>/<any(authorize, reject):word>")
@scope("write:follows")
def settle(actor_id: int, word: str) -> Response:
    """Say yes or no to somebody who asks."""
    with commit():
        asked = follows.between(actor_id, reader())
        if asked is None or asked.state != "pending":
            raise NotFound
        follows.accept(asked) if word == "authorize" else follows.reject(asked)
    return relationships.to(actor_id)


@bp.get("/v1/accounts/<int:actor_id>/followers")
@public("read:accounts")
def followers(actor_id: int) -> Response:
    """Who follows the bearer; of others nobody is named (threats.md F5)."""
    if sight.other(actor_id).id != viewer():
        return answer([])
    rows = select(Follow.id, Actor).join(Actor, Actor.id == Follow.follower_id)
    return page(rows.where(Follow.followed_id == actor_id, Follow.state == "accepted"), Follow.id)


@bp.get("/v1/accounts/<int:actor_id>/following")
@public("read:accounts")
def following(actor_id: int) -> Response:
    """Whom the bearer follows: first what comes by itself, then people; of others nobody is named."""
    if sight.other(actor_id).id != viewer():
        return answer([])
    here = residence()
    unasked = given.to(actor_id, here.quartier if here else None).all
    rows = select(Follow.id, Actor).join(Actor, Actor.id == Follow.followed_id)
    mine = rows.where(Follow.follower_id == actor_id, Follow.state == "accepted")
    return page(mine.where(Follow.followed_id.not_in([one.id for one in unasked])), Follow.id, tuple(unasked))
