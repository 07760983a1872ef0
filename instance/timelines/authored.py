"""What stands on a profile: what its owner said and passed on; for a Group, what stands on its wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, exists, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from instance.accounts.models import Actor
from instance.core.db import BigId
from instance.core.paging import Window
from instance.core.prepared import Prepared
from instance.groups import service as groups
from instance.posts import pins, tags, visibility
from instance.posts.models import Boost, Post, PostTag, WallEntry
from instance.quartiers.models import Quartier
from instance.timelines import home
from instance.timelines.home import LIMIT, Entry

AUTHOR, TAG = bindparam("author", type_=BigId), bindparam("tag", type_=String)


NO_TAG = "#"  # stands in no tag


@dataclass(frozen=True)
class Choice:
    """What of it is asked for."""

    only_media: bool = False
    no_replies: bool = False
    no_boosts: bool = False
    tag: str = ""  # folded; empty: any


def page(viewer: int | None, author: Actor, lives_in: Quartier | None, choice: Choice, window: Window) -> list[Entry]:
    """One page of a profile as far as actor `viewer` (None: a stranger) may read it, newest first."""
    is_wall = author.kind == "group" and author.path is not None
    is_inside = is_wall and _is_inside(viewer, author, lives_in)
    values: dict[str, Any] = {
        **visibility.reader(viewer), "before": window.before, "after": window.after, "limit": window.limit,
        "author": author.id,
    } | ({"tag": choice.tag} if choice.tag else {})  # fmt: skip
    shape = replace(choice, tag="any" if choice.tag else "")  # the same statement for every tag
    query = _wall(shape, window.upwards, is_inside) if is_wall else _said(shape, window.upwards)
    return sorted(home.page(query, values), key=lambda line: -line.id)


def _is_inside(viewer: int | None, group: Actor, lives_in: Quartier | None) -> bool:
    if viewer is None:
        return False
    if lives_in is not None and lives_in.actor_id == group.id:
        return True
    return any(one.actor_id == group.id for one in groups.of(viewer))


def pinned(viewer: int | None, author: Actor) -> list[Entry]:
    """The posts that stand first on somebody's profile, as far as `viewer` may read them."""
    found = pins.of(author.id)
    readable = visibility.only_readable(viewer, found)
    return [Entry(one, one, None) for one in found if one in readable]


@lru_cache
def _said(choice: Choice, upwards: bool) -> Prepared:
    nobody = null().cast(BigId).label("booster")
    mine = select(Post.id.label("entry"), Post.id.label("post"), nobody).where(Post.author_id == AUTHOR, _signed())
    if choice.no_replies:
        mine = mine.where(_begins())
    sources = [(mine.where(*_chosen(choice)), Post.id.expression)]
    if not choice.no_boosts:
        passed_on = (
            select(Boost.id.label("entry"), Boost.post_id.label("post"), Boost.actor_id.label("booster"))
            .join(Post, Post.id == Boost.post_id)
            .where(Boost.actor_id == AUTHOR, *_chosen(choice))
        )
        sources.append((passed_on, Boost.id.expression))
    lines = union_all(*(home.source(query, cursor, upwards) for query, cursor in sources)).subquery()
    order = lines.c.entry.asc() if upwards else lines.c.entry.desc()
    return Prepared(select(lines.c.entry, lines.c.post, lines.c.booster).order_by(order).limit(LIMIT * literal(2)))


@lru_cache
def _wall(choice: Choice, upwards: bool, is_inside: bool) -> Prepared:
    """Those inside read it all; others what the quartier says to everybody, without the pages that it takes."""
    place = WallEntry.post_id.expression
    lines = select(place.label("entry"), place.label("post"), null().cast(BigId).label("booster"))
    standing = lines.join(Post, Post.id == WallEntry.post_id).where(WallEntry.wall_id == AUTHOR, *_chosen(choice))
    if not is_inside:
        standing = standing.where(Post.is_public, WallEntry.reason != "page")
    return Prepared(home.source(standing, place, upwards))


def _signed() -> ColumnElement[bool]:
    """Words left unsigned stand on no profile but for whom they came from."""
    return or_(~Post.is_nameless, Post.author_id == visibility.VIEWER)


def _begins() -> ColumnElement[bool]:
    above = aliased(Post)
    to_oneself = exists(select(1).where(above.id == Post.reply_to_id, above.author_id == Post.author_id))
    return or_(Post.reply_to_id.is_(None), to_oneself)


def _chosen(choice: Choice) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if choice.only_media:
        found.append(Post.media_count > 0)
    if choice.tag:
        found.append(exists(select(1).where(PostTag.name == TAG, PostTag.post_id == Post.id)))
    return found


def choice_of(*, only_media: bool, no_replies: bool, no_boosts: bool, tag: str) -> Choice:
    """A choice with the tag folded; a tag that is none finds nothing."""
    return Choice(only_media, no_replies, no_boosts, (tags.fold(tag) or NO_TAG) if tag else "")
