"""/api/v2/search: people by name, posts by their words, tags by their beginning; and whatever has an address.

`resolve` asks the other server: it is how a quartier of another city is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from sqlalchemy import select

from instance.accounts import lookup, tries
from instance.accounts.models import Actor, Follow
from instance.core.db import db
from instance.mastodon import filters, people, render, sight, tags
from instance.mastodon.api import answer, bearer, bp, flag, number, scope
from instance.posts import search as words
from instance.posts import tags as marks
from instance.posts import visibility
from instance.posts.finding import by_address
from instance.quartiers.access import residence
from instance.timelines import people as names

ASKED_MAX = 2048
MOST, FARTHEST = 40, 1000


@dataclass(frozen=True)
class Asked:
    """A search as a program words it."""

    text: str
    kind: str | None  # accounts | statuses | hashtags; None: all
    limit: int
    offset: int
    author_id: int | None
    resolve: bool
    following: bool

    @property
    def names_one(self) -> bool:
        """Whether it is an address or a whole name, not words."""
        return self.text.startswith(("http://", "https://")) or "@" in self.text.lstrip("@")


def _read(args: Mapping[str, str]) -> Asked:
    def whole(name: str, default: int, most: int) -> int:
        said = args.get(name, "")
        return min(int(said), most) if said.isdecimal() and len(said) < 6 else default

    said = dict(args)
    author = args.get("account_id")
    return Asked(
        args.get("q", "").strip()[:ASKED_MAX], args.get("type"), max(1, whole("limit", 20, MOST)),
        whole("offset", 0, FARTHEST), number(author) if author else None, bool(flag(said, "resolve")),
        bool(flag(said, "following")),
    )  # fmt: skip


@bp.get("/v2/search")
@scope("read:search")
def search() -> Response:
    """What `q` names, or whose words it says, among what the bearer may know."""
    asked = _read(request.args)
    found = {kind: asked.kind in {None, "", kind} and bool(asked.text) for kind in ("accounts", "statuses", "hashtags")}
    accounts = _accounts(asked) if found["accounts"] else []
    statuses = _statuses(asked) if found["statuses"] and not (accounts and asked.names_one) else []
    return answer(
        {"accounts": accounts, "statuses": statuses, "hashtags": _hashtags(asked) if found["hashtags"] else []}
    )


def _accounts(asked: Asked) -> list[Any]:
    """Who is named whole comes first, and alone from elsewhere."""
    me, here = bearer().account.actor_id, residence()
    asks_others = asked.resolve and here is not None and not _is_too_often()
    named = lookup.find(asked.text, me, asks_others=asks_others) if not asked.offset else []
    found = [one for one in named if sight.is_in_sight(one)]
    if asked.following:
        found = _followed(me, found)
    if not asked.names_one:
        more = names.find(
            me, here.quartier.id if here else None, asked.text, limit=asked.limit, offset=asked.offset,
            following=asked.following,
        )  # fmt: skip
        found = list({one.id: one for one in [*found, *more]}.values())
    return people.many(me, found[: asked.limit])


def _followed(me: int, actors: list[Actor]) -> list[Actor]:
    mine = select(Follow.followed_id).where(
        Follow.follower_id == me, Follow.state == "accepted", Follow.followed_id.in_([one.id for one in actors])
    )
    kept = set(db.session.scalars(mine))
    return [one for one in actors if one.id in kept]


def _statuses(asked: Asked) -> list[Any]:
    me = bearer().account.actor_id
    if (post_id := by_address(asked.text)) is not None:
        found = [post_id] if visibility.may_read(me, post_id) and not asked.offset else []
    else:
        found = words.find(me, asked.text, author=asked.author_id, offset=asked.offset, limit=asked.limit)
    shown = render.statuses(me, found, rules=filters.of_caller())
    return [shown[one] for one in found if one in shown]


def _hashtags(asked: Asked) -> list[Any]:
    found = marks.beginning_with(bearer().account.actor_id, asked.text, limit=asked.limit, offset=asked.offset)
    return tags.entities(found)


def _is_too_often() -> bool:
    """Whether this resident has had other servers asked often enough: by the page and by programs together."""
    return tries.count_try([lookup.asks_of(bearer().account.id)]) is not None
