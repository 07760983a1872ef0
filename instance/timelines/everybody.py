"""Lists that are nobody's own: what is public, what is marked with a tag, what leads to an address; newest first.

Public lists hold what its author gave to everybody and to lists (not « unlisted »), threads' beginnings alone, and of
servers that this city limits only whom the reader follows. A tag shows what the reader may read, of neighbours too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, bindparam, exists, select

from instance.accounts.models import Actor, Follow
from instance.core import clock, secrets
from instance.core.db import BigId, db
from instance.core.paging import Window
from instance.peers import rules
from instance.posts import tags, visibility
from instance.posts.models import Post, PostLink, PostTag

BEFORE, AFTER = bindparam("before", type_=BigId), bindparam("after", type_=BigId)
LIMIT: BindParameter[int] = bindparam("limit", type_=Integer)
IDS = bindparam("ids", type_=BigId, expanding=True)
READERS = bindparam("readers", type_=BigId, expanding=True)
LISTED = ("public", "quartier", "neighbours", "group")  # scopes whose posts stand in lists
_followed = exists(
    select(1).where(
        Follow.follower_id == visibility.VIEWER, Follow.followed_id == Post.author_id, Follow.state == "accepted"
    )
)
Lines = Select[int, str | None, bool]


@dataclass(frozen=True)
class Sieve:
    """Which of a list's posts are asked for."""

    local: bool = False
    remote: bool = False
    only_media: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same in SQL."""
        asked: list[tuple[bool, ColumnElement[bool]]] = [
            (self.local, Post.uri.is_(None)), (self.remote, Post.uri.is_not(None)),
            (self.only_media, Post.media_count > 0),
        ]  # fmt: skip
        return [condition for is_asked, condition in asked if is_asked]


def _page(query: Lines, cursor: ColumnElement[int], sieve: Sieve, *, upwards: bool) -> Lines:
    return (
        query.where(cursor > AFTER, cursor < BEFORE, visibility.readable(), visibility.unmuted(), *sieve.conditions())
        .order_by(cursor.asc() if upwards else cursor.desc())
        .limit(LIMIT)
    )


def _lines() -> Lines:
    return select(Post.id, Actor.host, _followed.label("is_followed")).join(Actor, Actor.id == Post.author_id)


# Each built once for what is asked of it (performance.md, rule 5).
@lru_cache
def _public(sieve: Sieve, *, upwards: bool) -> Lines:
    return _page(_begun(), Post.id.expression, sieve, upwards=upwards)


def _begun() -> Lines:
    return _lines().where(Post.is_public, Post.scope == "public", Post.reply_to_id.is_(None))


@lru_cache
def _linked(*, upwards: bool) -> Lines:
    there = _lines().join(PostLink, PostLink.post_id == Post.id).where(PostLink.digest == bindparam("digest"))
    public = there.where(Post.is_public, Post.scope == "public")
    return _page(public, PostLink.post_id.expression, Sieve(), upwards=upwards)


@lru_cache
def _tagged(sieve: Sieve, *, upwards: bool) -> Lines:
    return _page(_marked(), PostTag.post_id.expression, sieve, upwards=upwards)


def _marked() -> Lines:
    marked = _lines().join(PostTag, PostTag.post_id == Post.id).where(PostTag.name == bindparam("tag"))
    return marked.where(Post.scope.in_(LISTED))


@lru_cache
def _now(sieve: Sieve, *, is_tagged: bool) -> Select[Any]:
    """The same for some posts and some readers, without a page."""
    asked = (_marked() if is_tagged else _begun()).where(
        visibility.readable(), visibility.unmuted(), *sieve.conditions(), Post.id.in_(IDS)
    )
    return visibility.for_each(visibility.for_readers(asked, READERS))


def contains(
    viewers: Collection[int], post_ids: Collection[int], sieve: Sieve, tag: str | None
) -> dict[int, set[int]]:  # fmt: skip
    """Which of the posts stand in a public list, or in that of `tag`, for each of these actors now."""
    found: dict[int, set[int]] = {}
    if viewers and post_ids:
        values = {"now": clock.now(), "readers": sorted(viewers), "ids": sorted(post_ids)}
        values |= {"tag": tags.fold(tag)} if tag is not None else {}
        is_limited = _limits()
        for post_id, host, is_followed, viewer in db.session.connection().execute(
            _now(sieve, is_tagged=tag is not None), values
        ):
            if is_followed or not (host and is_limited(host)):
                found.setdefault(viewer, set()).add(post_id)
    return found


def public(viewer: int | None, window: Window, sieve: Sieve) -> list[int]:
    """Public posts that begin a thread, of this city and of others; newest first."""
    return _found(_public(sieve, upwards=window.upwards), viewer, window)


def linked(viewer: int | None, window: Window, url: str) -> list[int]:
    """Public posts whose card is that of `url`."""
    return _found(_linked(upwards=window.upwards), viewer, window, digest=secrets.digest(url))


def tagged(viewer: int | None, window: Window, sieve: Sieve, name: str, more: More) -> list[int]:
    """Posts marked with `name`, or with one of `more.any_of`."""
    if not more.is_asked:
        return _found(_tagged(sieve, upwards=window.upwards), viewer, window, tag=tags.fold(name))
    condition = tags.narrowed(name, more.any_of, more.all_of, more.none_of)
    query = _lines().where(condition, Post.scope.in_(LISTED))
    return _found(_page(query, Post.id.expression, sieve, upwards=window.upwards), viewer, window)


@dataclass(frozen=True)
class More:
    """Further tags that a timeline of one asks for."""

    any_of: Sequence[str] = ()
    all_of: Sequence[str] = ()
    none_of: Sequence[str] = ()

    @property
    def is_asked(self) -> bool:
        """Whether there are any."""
        return bool(self.any_of or self.all_of or self.none_of)


def _found(query: Lines, viewer: int | None, window: Window, **more: Any) -> list[int]:
    values = {
        **visibility.reader(viewer), "before": window.before, "after": window.after, "limit": window.limit, **more,
    }  # fmt: skip
    is_limited = _limits()
    rows = db.session.connection().execute(query, values).all()
    found = [row[0] for row in rows if row.is_followed or not (row.host and is_limited(row.host))]
    return sorted(found, reverse=True)


def _limits() -> Callable[[str], bool]:
    in_force = rules.current()
    return lambda host: in_force.severity(host) is not None
