"""« Autour »: what the neighbour quartiers, here and in other cities, say to everybody; each post once, newest first.

Each neighbour is read by its own index and gives at most one page, so the cost grows with the number of neighbours and
not with that of posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Select, bindparam, or_, select, union

from instance.accounts.models import Actor
from instance.core.db import BigId, db
from instance.core.paging import HIGHEST
from instance.partners.models import Agreement
from instance.posts import visibility
from instance.posts.models import Boost, Post, WallEntry
from instance.posts.threads import REPLIES, shown
from instance.quartiers import passages
from instance.quartiers.models import Passage, Quartier, QuartierPair
from instance.timelines.service import PAGE, OnWall

BEFORE = bindparam("before", type_=BigId)


@dataclass(frozen=True)
class Neighbour:
    """A Group around a quartier: ours, or one of another city with its name."""

    actor_id: int
    name: str
    city: str  # empty for our own city


def neighbours(quartier: Quartier) -> list[Neighbour]:
    """The open quartiers around, of this city, then those of others whose public words pass, by name."""
    found = db.session.connection().execute(_NEAR, {"quartier_id": quartier.id})
    return [Neighbour(actor_id, name, "") for actor_id, name in found] + far_neighbours(quartier)


def far_neighbours(quartier: Quartier) -> list[Neighbour]:
    """Those of other cities."""
    found = db.session.connection().execute(_FAR, {**visibility.reader(None), "quartier_id": quartier.id})
    return [Neighbour(actor_id, name, city or host) for actor_id, name, city, host in found]


_ID = bindparam("quartier_id", type_=BigId)
_NEAR = (
    select(Quartier.actor_id, Quartier.name)
    .join(QuartierPair, or_(QuartierPair.a_id == Quartier.id, QuartierPair.b_id == Quartier.id))
    .where(
        or_(QuartierPair.a_id == _ID, QuartierPair.b_id == _ID), QuartierPair.origin != "removed", Quartier.id != _ID,
        Quartier.state == "open",
    )
    .order_by(Quartier.name)
)  # fmt: skip
_FAR = (
    select(Actor.id, Actor.shown_name, Agreement.partner_name, Agreement.host)
    .join(Passage, Passage.far_id == Actor.id)
    .join(Agreement, Agreement.id == Passage.agreement_id)
    .where(Passage.quartier_id == _ID, passages.is_open(), Passage.lets_public)
    .order_by(Actor.shown_name, Actor.id)
)


def _on_wall(name: str) -> Select[int]:
    """What a quartier of ours says to everybody; a post that others wrote there too."""
    return (
        select(WallEntry.post_id.label("id"))
        .join(Post, Post.id == WallEntry.post_id)
        .where(WallEntry.wall_id == bindparam(name, type_=BigId), WallEntry.post_id < BEFORE)
        .where(WallEntry.reason.in_(("written_here", "outside")), Post.is_public, visibility.readable())
        .order_by(WallEntry.post_id.desc())
        .limit(PAGE + 1)
    )


def _announced(name: str) -> Select[int]:
    """What a Group elsewhere passes on; an answer stands in its thread only."""
    return (
        select(Boost.post_id.label("id"))
        .join(Post, Post.id == Boost.post_id)
        .where(Boost.actor_id == bindparam(name, type_=BigId), Boost.post_id < BEFORE)
        .where(Post.uri.is_not(None), Post.reply_to_id.is_(None), Post.is_public, visibility.readable())
        .order_by(Boost.post_id.desc())
        .limit(PAGE + 1)
    )


@lru_cache(maxsize=100)
def _around(near: int, far: int) -> Select[Any]:
    """The statement for so many neighbours of either sort."""
    sources = [_on_wall(f"near_{number}") for number in range(near)]
    sources += [_announced(f"far_{number}") for number in range(far)]
    ids = union(*(select(one.subquery().c.id) for one in sources)).subquery()
    found = shown().add_columns(Post.id.label("last_id"), REPLIES).where(Post.id.in_(select(ids.c.id)))
    return found.order_by(Post.id.desc()).limit(PAGE + 1)


def posts(viewer: int, around: Sequence[Neighbour], before: int | None) -> tuple[Sequence[OnWall], int | None]:
    """One page for `viewer`, the newest first, and the cursor of the next page (None: this was the last)."""
    if not around:
        return (), None
    near, far = [one for one in around if not one.city], [one for one in around if one.city]
    values = {f"near_{number}": one.actor_id for number, one in enumerate(near)}
    values |= {f"far_{number}": one.actor_id for number, one in enumerate(far)}
    values |= {**visibility.reader(viewer), "before": before or HIGHEST}
    rows = cast(Sequence[OnWall], db.session.connection().execute(_around(len(near), len(far)), values).all())
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


_BADGES = union(
    select(Boost.post_id.label("post_id"), Boost.actor_id.label("actor_id")).where(
        Boost.post_id.in_(bindparam("posts", type_=BigId, expanding=True)),
        Boost.actor_id.in_(bindparam("actors", type_=BigId, expanding=True)),
    ),
    select(WallEntry.post_id, WallEntry.wall_id).where(
        WallEntry.post_id.in_(bindparam("posts", type_=BigId, expanding=True)),
        WallEntry.wall_id.in_(bindparam("actors", type_=BigId, expanding=True)),
    ),
)


def badges(shown_posts: Sequence[OnWall], around: Sequence[Neighbour]) -> dict[int, list[Neighbour]]:
    """By post, the neighbours that say or pass it on, in their order."""
    if not shown_posts:
        return {}
    values = {"posts": [post.id for post in shown_posts], "actors": [one.actor_id for one in around]}
    pairs = {(post_id, actor_id) for post_id, actor_id in db.session.connection().execute(_BADGES, values)}
    return {post.id: [one for one in around if (post.id, one.actor_id) in pairs] for post in shown_posts}
