"""The wall of a group: its threads by their last answer; the right to read is asked of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from sqlalchemy import bindparam

from instance.core.db import BigId, db
from instance.posts import visibility
from instance.posts.cards import Shown
from instance.posts.models import Post, WallEntry
from instance.posts.threads import REPLIES, shown

PAGE = 20
_WALL, _BEFORE = bindparam("wall", type_=BigId), bindparam("before", type_=BigId)
_AFTER_ALL = 2**62
_PAGE = (
    shown()
    .add_columns(WallEntry.last_id, REPLIES)
    .join(WallEntry, WallEntry.post_id == Post.id)
    .where(WallEntry.wall_id == _WALL, WallEntry.last_id < _BEFORE)
    .order_by(WallEntry.last_id.desc())
    .limit(PAGE + 1)
)


class OnWall(Shown, Protocol):
    """A post with its place on the wall and the number of its replies that the reader may read."""

    last_id: int
    replies: int


def wall(viewer: int, wall_id: int, before: int | None) -> tuple[Sequence[OnWall], int | None]:
    """One page for `viewer`, and the cursor of the next (None: this was the last)."""
    values = {**visibility.reader(viewer), "wall": wall_id, "before": before or _AFTER_ALL}
    rows = cast(Sequence[OnWall], db.session.connection().execute(_PAGE, values).all())
    return rows[:PAGE], rows[PAGE - 1].last_id if len(rows) > PAGE else None
