"""The home timeline: the wall of one's quartier, what followed people say and pass on, and one's own posts.

Found when it is asked for, not written ahead: a follow that ended, a block, a move show at the next request. Each
source is read by its own index and gives at most one page, so the cost does not grow with the number of posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import SQLColumnExpression

from instance.accounts.models import Follow, Mute
from instance.core.db import BigId, db
from instance.core.paging import Window
from instance.posts import visibility
from instance.posts.models import Boost, Post, WallEntry

BEFORE = bindparam("before", type_=BigId)
AFTER = bindparam("after", type_=BigId)
LIMIT: BindParameter[int] = bindparam("limit", type_=Integer)
WALL = bindparam("wall", type_=BigId)
NOWHERE = 0
Line = Select[int, int, int | None]


@dataclass(frozen=True)
class Entry:
    """A line of the timeline: a post, or a post that `booster_id` passed on; `id` is the cursor."""

    id: int
    post_id: int
    booster_id: int | None


def _followed(of: SQLColumnExpression[int]) -> ColumnElement[bool]:
    followed = select(Follow.followed_id).where(Follow.follower_id == visibility.VIEWER, Follow.state == "accepted")
    return of.in_(followed)


def _muted(actor_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    return exists(select(1).where(Mute.muter_id == visibility.VIEWER, Mute.muted_id == actor_id))


def _source(query: Select[int, int, int | None], cursor: ColumnElement[int], upwards: bool) -> Line:
    page = (
        query.where(cursor > AFTER, cursor < BEFORE, visibility.readable(), ~_muted(Post.author_id))
        .order_by(cursor.asc() if upwards else cursor.desc())
        .limit(LIMIT)
        .subquery()
    )
    return select(page.c.entry, page.c.post, page.c.booster)


def _home(*, upwards: bool, is_whole: bool = True) -> Line:
    """Every source, or (`is_whole` false) only what comes by follows."""
    answered = aliased(Post)
    nobody = null().cast(BigId).label("booster")
    own_line = (Post.id.label("entry"), Post.id.label("post"), nobody)
    is_spoken_to_us = or_(
        Post.reply_to_id.is_(None),
        exists(
            select(1).where(
                answered.id == Post.reply_to_id,
                or_(answered.author_id == visibility.VIEWER, _followed(answered.author_id)),
            )
        ),
    )
    on_wall = (
        select(WallEntry.post_id.label("entry"), WallEntry.post_id.label("post"), nobody)
        .join(Post, Post.id == WallEntry.post_id)
        .where(WallEntry.wall_id == WALL)
    )
    said = select(*own_line).where(_followed(Post.author_id), is_spoken_to_us)
    mine = select(*own_line).where(Post.author_id == visibility.VIEWER)
    passed_on = (
        select(Boost.id.label("entry"), Boost.post_id.label("post"), Boost.actor_id.label("booster"))
        .join(Post, Post.id == Boost.post_id)
        .join(Follow, and_(Follow.followed_id == Boost.actor_id, Follow.follower_id == visibility.VIEWER))
        .where(Follow.state == "accepted", Follow.shows_boosts, ~_muted(Boost.actor_id))
    )
    sources = [_source(said, Post.id.expression, upwards), _source(passed_on, Boost.id.expression, upwards)]
    if is_whole:
        sources.append(_source(on_wall, WallEntry.post_id.expression, upwards))
        sources.append(_source(mine, Post.id.expression, upwards))
    lines = union_all(*sources).subquery()
    order = lines.c.entry.asc() if upwards else lines.c.entry.desc()
    return select(lines.c.entry, lines.c.post, lines.c.booster).order_by(order).limit(LIMIT * literal(2))


# Built once (performance.md, rule 5).
_HOME = {upwards: _home(upwards=upwards) for upwards in (False, True)}
_FOLLOWED = _home(upwards=False, is_whole=False)


def home(viewer: int, wall_id: int | None, window: Window) -> Sequence[Entry]:
    """One page of the home of actor `viewer`, newest first; each post once, in its newest line."""
    values = {
        **visibility.reader(viewer), "wall": wall_id or NOWHERE, "before": window.before, "after": window.after,
        "limit": window.limit,
    }  # fmt: skip
    return sorted(_page(_HOME[window.upwards], values), key=lambda line: -line.id)


def followed(viewer: int, before: int, limit: int) -> Sequence[Entry]:
    """One page of what followed people say and pass on, the newest first; each post once, in its newest line."""
    values = {**visibility.reader(viewer), "before": before, "after": 0, "limit": limit}
    return _page(_FOLLOWED, values)


def _page(query: Line, values: dict[str, Any]) -> list[Entry]:
    lines: dict[int, Entry] = {}
    for entry, post_id, booster in db.session.connection().execute(query, values).all():
        lines.setdefault(post_id, Entry(entry, post_id, booster))
    return list(lines.values())[: values["limit"]]
