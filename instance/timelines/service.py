"""Walls: which posts stand on one, in which order; the right to read is asked of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

from sqlalchemy import Select, bindparam, literal

from instance.core.db import BigId, db
from instance.posts import visibility
from instance.posts.cards import Shown
from instance.posts.models import Post, WallEntry
from instance.posts.threads import REPLIES, shown

PAGE = 20
PINS = 5
WALL = bindparam("wall", type_=BigId)
BEFORE = bindparam("before", type_=BigId)
AFTER_ALL = 2**62  # an id above all others
ORDERS = {"replies": WallEntry.last_id, "new": WallEntry.post_id}


class OnWall(Shown, Protocol):
    """A post with its place on the wall and the number of its replies that the reader may read."""

    last_id: int
    replies: int


def _wall(order: str) -> Select[Any]:
    place = ORDERS[order]
    return (
        shown()
        .add_columns(WallEntry.last_id, REPLIES)
        .join(WallEntry, WallEntry.post_id == Post.id)
        .where(WallEntry.wall_id == WALL, place < BEFORE, WallEntry.pinned_at.is_(None))
        .order_by(place.desc())
        .limit(PAGE + 1)
    )


_WALLS = {order: _wall(order) for order in ORDERS}
_OUTSIDE = (
    shown()
    .add_columns(WallEntry.last_id, REPLIES)
    .join(WallEntry, WallEntry.post_id == Post.id)
    .where(WallEntry.wall_id == WALL, WallEntry.post_id < BEFORE, Post.is_public, WallEntry.reason != "page")
    .order_by(WallEntry.post_id.desc())
    .limit(PAGE + 1)
)
_SIGNED = (
    shown()
    .add_columns(literal(0, BigId).label("last_id"), REPLIES)
    .where(Post.author_id == bindparam("author", type_=BigId), Post.id < BEFORE, Post.is_public, ~Post.is_nameless)
    .where(Post.reply_to_id.is_(None))
    .order_by(Post.id.desc())
    .limit(PAGE + 1)
)
_PINNED = (
    shown()
    .add_columns(WallEntry.last_id, REPLIES)
    .join(WallEntry, WallEntry.post_id == Post.id)
    .where(WallEntry.wall_id == WALL, WallEntry.pinned_at.is_not(None))
    .order_by(WallEntry.pinned_at.desc())
    .limit(PINS)
)


def wall(viewer: int, wall_id: int, order: str, before: int | None) -> tuple[Sequence[OnWall], int | None]:
    """One page of a wall for `viewer`, and the cursor of the next page (None: this was the last).

    `order` is "replies" (by last reply) or "new"; `before` is a cursor got from an earlier page.
    """
    values = {**visibility.reader(viewer), "wall": wall_id, "before": before or AFTER_ALL}
    rows = cast(Sequence[OnWall], db.session.connection().execute(_WALLS[order], values).all())
    page = rows[:PAGE]
    if len(rows) <= PAGE:
        return page, None
    return page, page[-1].last_id if order == "replies" else page[-1].id


def outside(viewer: int | None, wall_id: int, before: int | None) -> tuple[Sequence[OnWall], int | None]:
    """One page of what the quartier says to everybody, the newest first, and the cursor of the next page."""
    values = {**visibility.reader(viewer), "wall": wall_id, "before": before or AFTER_ALL}
    rows = cast(Sequence[OnWall], db.session.connection().execute(_OUTSIDE, values).all())
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def signed(author_id: int, before: int | None) -> tuple[Sequence[OnWall], int | None]:
    """One page of the public messages that somebody signed, as strangers see them, and the next cursor."""
    values = {**visibility.reader(None), "author": author_id, "before": before or AFTER_ALL}
    rows = cast(Sequence[OnWall], db.session.connection().execute(_SIGNED, values).all())
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def pinned(viewer: int, wall_id: int) -> Sequence[OnWall]:
    """The posts that a referent pinned, the latest pin first."""
    values = {**visibility.reader(viewer), "wall": wall_id}
    return cast(Sequence[OnWall], db.session.connection().execute(_PINNED, values).all())
