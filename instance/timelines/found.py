"""Posts as cards need them, for pages that found them by something else than a wall: by their words, by a tag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import bindparam, select

from instance.core.db import BigId, db
from instance.posts import visibility
from instance.posts.models import Post, PostTag
from instance.posts.threads import REPLIES, shown
from instance.timelines.service import AFTER_ALL, BEFORE, PAGE, OnWall

_SEVERAL = shown().add_columns(REPLIES).where(Post.id.in_(bindparam("ids", expanding=True, type_=BigId)))
_TAGGED = (
    shown()
    .add_columns(REPLIES)
    .where(
        Post.id.in_(select(PostTag.post_id).where(PostTag.name == bindparam("tag"), PostTag.post_id < BEFORE)),
        Post.id < BEFORE,
    )
    .order_by(Post.id.desc())
    .limit(PAGE + 1)
)


def several(viewer: int | None, post_ids: Sequence[int]) -> list[OnWall]:
    """Those of `post_ids` that `viewer` may read, in their order."""
    if not post_ids:
        return []
    values = {**visibility.reader(viewer), "ids": list(post_ids)}
    rows = {row.id: row for row in db.session.connection().execute(_SEVERAL, values)}
    return [cast(OnWall, rows[one]) for one in post_ids if one in rows]


def tagged(viewer: int | None, name: str, before: int | None) -> tuple[Sequence[OnWall], int | None]:
    """One page of posts marked with the tag `name` (folded), newest first, and the cursor of the next page."""
    values = {**visibility.reader(viewer), "tag": name, "before": before or AFTER_ALL}
    rows = cast(Sequence[OnWall], db.session.connection().execute(_TAGGED, values).all())
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None
