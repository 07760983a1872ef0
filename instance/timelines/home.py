"""The home timeline: the wall of one's quartier, what followed people say and pass on, and one's own posts.

Found when it is asked for, not written ahead: a follow that ended, a block, a move show at the next request. Each
source is read by its own index and gives at most one page, so the cost does not grow with the number of posts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import SQLColumnExpression

from instance.accounts.models import Follow
from instance.core import clock
from instance.core.db import BigId
from instance.core.paging import Window
from instance.core.prepared import Prepared
from instance.posts import visibility
from instance.posts.audience import DIRECT
from instance.posts.models import Boost, Post, WallEntry
from instance.quartiers import service as quartiers
from instance.timelines import own_groups, tastes
from instance.timelines.tastes import not_exclusive

BEFORE = bindparam("before", type_=BigId)
AFTER = bindparam("after", type_=BigId)
LIMIT: BindParameter[int] = bindparam("limit", type_=Integer)
WALL = bindparam("wall", type_=BigId)
LINES = bindparam("lines", type_=BigId, expanding=True)
READERS = bindparam("readers", type_=BigId, expanding=True)
Line = Select[int, int, int | None]
Source = tuple[Line, ColumnElement[int]]


@dataclass(frozen=True)
class Entry:
    """A line of the timeline: a post, or a post that `booster_id` passed on; `id` is the cursor."""

    id: int
    post_id: int
    booster_id: int | None


def _followed(of: SQLColumnExpression[int], *more: ColumnElement[bool]) -> ColumnElement[bool]:
    followed = select(Follow.followed_id).where(Follow.follower_id == visibility.VIEWER, Follow.state == "accepted")
    return of.in_(followed.where(*more))


def is_in_chosen_language(said_by: SQLColumnExpression[int], *which: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition: not by somebody whom the reader follows for other languages alone; "und" is any of them.

    `which` says of which post, where the line is none itself.
    """
    chosen, tag = type_coerce(Follow.languages, Text), Post.language
    code = case((func.substr(tag, 3, 1).in_(["", "-"]), func.substr(tag, 1, 2)), else_=func.substr(tag, 1, 3))
    is_other = and_(chosen.is_not(None), tag != "und", chosen.not_like('%"' + code + '"%'))
    mine = Follow.follower_id == visibility.VIEWER, Follow.followed_id == said_by
    return ~exists(select(1).where(*mine, *which, is_other))


def _shown(query: Line) -> Line:
    """What every line is asked, wherever it comes from; a boost, which brings no post, is asked of the one it names.

    Joined, SQLite would look up the post of every boost of the year before it sorts them.
    """
    rule = and_(visibility.readable(), ~visibility.is_muted(Post.author_id))
    if query.get_final_froms() == [Boost.__table__]:
        return query.where(exists(select(1).where(Post.id == Boost.post_id, rule).correlate_except(Post)))
    return query.where(rule)


def source(query: Select[int, int, int | None], cursor: ColumnElement[int], upwards: bool) -> Line:
    """One page of the lines of `query`, by `cursor`, as far as they may be read and nobody muted them."""
    rows = (
        _shown(query)
        .where(cursor > AFTER, cursor < BEFORE)
        .order_by(cursor.asc() if upwards else cursor.desc())
        .limit(LIMIT)
        .subquery()
    )
    return select(rows.c.entry, rows.c.post, rows.c.booster)


def _sources(*, is_whole: bool, wall: ColumnElement[int] = WALL, by_language: bool = True) -> list[Source]:
    """Lines of every source with their cursors, or (`is_whole` false) only what comes by follows.

    `by_language` false leaves the languages of follows unasked, for who never chose any.
    The stream asks the same sources: who reads stands as `visibility.VIEWER` in them, and in no condition of a JOIN.
    """
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
        .where(WallEntry.wall_id == wall)
    )
    # Private messages stand in their conversations alone.
    said = select(*own_line).where(_followed(Post.author_id), is_spoken_to_us, Post.scope != DIRECT)
    mine = select(*own_line).where(Post.author_id == visibility.VIEWER, Post.scope != DIRECT)
    passed_on = select(Boost.id.label("entry"), Boost.post_id.label("post"), Boost.actor_id.label("booster")).where(
        _followed(Boost.actor_id, Follow.shows_boosts.is_(True)), ~visibility.is_muted(Boost.actor_id)
    )
    if by_language:
        said = said.where(is_in_chosen_language(Post.author_id))
        passed_on = passed_on.where(is_in_chosen_language(Boost.actor_id, Post.id == Boost.post_id))
    sources: list[Source] = [(said, Post.id.expression), (passed_on, Boost.id.expression)]
    if is_whole:
        # Members of an exclusive list stand on that list alone; « Suivis » on the web has no lists.
        sources = [
            (said.where(not_exclusive(Post.author_id)), Post.id.expression),
            (passed_on.where(not_exclusive(Boost.actor_id)), Boost.id.expression),
        ]
        on_wall = on_wall.where(not_exclusive(Post.author_id))
        sources += [(on_wall, WallEntry.post_id.expression), (mine, Post.id.expression)]
    return sources


def _home(
    *, upwards: bool, is_whole: bool = True, tags: int = 0, groups: int = 0, by_language: bool = True
) -> Line:  # fmt: skip
    """One page of all sources together, of so many followed tags and own groups among them."""
    here = quartiers.wall_of(visibility.VIEWER)
    found = [
        *_sources(is_whole=is_whole, wall=here, by_language=by_language),
        *(tastes.marked(place) for place in range(tags)),
    ]
    found += [own_groups.placed(place) for place in range(groups)]
    lines = union_all(*(source(query, cursor, upwards) for query, cursor in found)).subquery()
    order = lines.c.entry.asc() if upwards else lines.c.entry.desc()
    return select(lines.c.entry, lines.c.post, lines.c.booster).order_by(order).limit(LIMIT * literal(2))


def _lines_now() -> Select[Any]:
    """Which of some lines stand in the homes of some readers."""
    asked = [
        visibility.for_each(visibility.for_readers(_shown(query).where(cursor.in_(LINES)), READERS))
        for query, cursor in [
            *_sources(is_whole=True, wall=quartiers.wall_of(visibility.VIEWER)),
            tastes.marked(),
            own_groups.placed(),
        ]
    ]
    lines = union_all(*asked).subquery()
    return select(lines.c.entry, lines.c.post, lines.c.booster, lines.c.reader)


# Built once (performance.md, rule 5).
_FOLLOWED = Prepared(_home(upwards=False, is_whole=False))
_NOW = Prepared(_lines_now())


@lru_cache
def _home_of(*, upwards: bool, tags: int, groups: int, by_language: bool) -> Prepared:
    return Prepared(_home(upwards=upwards, tags=tags, groups=groups, by_language=by_language))


def home(
    viewer: int, window: Window, tags: Sequence[str] = (), groups: Sequence[int] = (), *, by_language: bool = True
) -> Sequence[Entry]:  # fmt: skip
    """One page of the home of actor `viewer`, newest first; each post once, in its newest line.

    `tags` are those they follow (`tastes.followed_names`), `groups` the walls of theirs (`own_groups.walls`);
    `by_language`: whether they may follow somebody for some languages only (`Account.picks_languages`).
    """
    values = {
        **visibility.reader(viewer), "before": window.before, "after": window.after,
        "limit": window.limit, **tastes.values(tags), **own_groups.values(groups),
    }  # fmt: skip
    query = _home_of(upwards=window.upwards, tags=len(tags), groups=len(groups), by_language=by_language)
    return sorted(page(query, values), key=lambda line: -line.id)


def followed(viewer: int, before: int, limit: int) -> Sequence[Entry]:
    """One page of what followed people say and pass on, the newest first; each post once, in its newest line."""
    values = {**visibility.reader(viewer), "before": before, "after": 0, "limit": limit}
    return page(_FOLLOWED, values)


def contains(viewers: Collection[int], lines: Collection[int]) -> dict[int, list[Entry]]:
    """Which of `lines` (ids of posts and of boosts) stand in the homes of these actors now, by actor, oldest first."""
    found: dict[int, dict[int, Entry]] = {}
    if viewers and lines:
        values = {"now": clock.now(), "readers": sorted(viewers), "lines": sorted(lines)}
        for entry, post_id, booster, viewer in _NOW.rows(values):
            found.setdefault(viewer, {})[entry] = Entry(entry, post_id, booster)
    return {viewer: sorted(mine.values(), key=lambda line: line.id) for viewer, mine in found.items()}


def page(query: Prepared, values: dict[str, Any]) -> list[Entry]:
    """The lines of `query`, each post once, in its newest line where the newest come first."""
    lines: dict[int, Entry] = {}
    for entry, post_id, booster in query.rows(values):
        lines.setdefault(post_id, Entry(entry, post_id, booster))
    return list(lines.values())[: values["limit"]]
