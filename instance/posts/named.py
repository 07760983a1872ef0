"""Whom a post names, as this reader may be told: asked at each reading, for somebody may hide themselves afterwards.

Told are people shown to everybody and, of words that are not for everybody, those who read along. A block between them
and the reader hides both. What is made of the answer (`mentions`, links in words) is kept under it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, exists, or_, select, true

from instance.accounts.models import Account, Actor
from instance.accounts.service import apart
from instance.core import clock, fed
from instance.core.db import BigId, db
from instance.posts import visibility
from instance.posts.models import Mention, Post, PostCircle
from instance.quartiers import profiles
from instance.quartiers.models import CircleMember


class Named(NamedTuple):
    """Somebody named in a post."""

    id: int
    handle: str
    host: str | None
    path: str | None
    uri: str | None
    is_shown: bool  # to everybody
    is_near: bool  # lives where the reader lives

    @property
    def acct(self) -> str:
        """The name as programs write it."""
        return f"{self.handle}@{self.host}" if self.host else self.handle

    @property
    def url(self) -> str:
        """Their address for programs."""
        return self.uri or fed.uri_of(self.path or "/")

    @property
    def words(self) -> tuple[str, ...]:
        """How a text of ours may name them: neighbours without their host too."""
        return (f"@{self.acct}",) if self.host else (f"@{self.handle}", f"@{self.handle}@{fed.host()}")

    def page(self, *, is_resident: bool) -> str | None:
        """Their page as this reader may open it; None where it would be closed to them."""
        if self.uri is not None:
            return f"/comptes/{self.id}" if is_resident else self.uri
        return self.path if self.is_shown or self.is_near else None


Told = dict[int, tuple[Named, ...]]  # by post id
# The condition: `Post` names somebody, whoever may be told.
NAMES_SOMEBODY = exists(select(1).where(Mention.post_id == Post.id))


def _statement() -> Any:
    is_shown = or_(Account.id.is_(None), Account.shows_outside, Account.spoke_outside)
    reads = exists(
        select(1)
        .select_from(PostCircle)
        .join(CircleMember, CircleMember.circle_id == PostCircle.circle_id)
        .where(PostCircle.post_id == Post.id, CircleMember.actor_id == Actor.id)
        .where(or_(CircleMember.until.is_(None), CircleMember.until > visibility.NOW))
    )
    is_there = or_(Account.id.is_(None), Account.state == "active")
    who = (Actor.id, Actor.handle, Actor.host, Actor.path, Actor.uri, is_shown, profiles.is_near(Actor.id))
    return (
        select(Post.id, *who)
        .join(Mention, Mention.post_id == Post.id)
        .join(Actor, Actor.id == Mention.actor_id)
        .outerjoin(Account, Account.actor_id == Actor.id)
        .where(Post.id.in_(bindparam("ids", expanding=True, type_=BigId)), is_there)
        .where(or_(is_shown, and_(~Post.is_public, reads)), ~apart(visibility.VIEWER, Actor.id))
        .order_by(Post.id, Actor.id)
    )


def _for_each() -> Select[Any]:
    reader = visibility.READER
    readers = bindparam("readers", expanding=True, type_=BigId)
    asked = _statement().join(reader, true()).where(reader.id.in_(readers)).add_columns(reader.id)
    each: Select[Any] = visibility.for_each(asked)
    return each


_TOLD, _TOLD_EACH = _statement(), _for_each()  # built once (performance.md, rule 5)


def told(viewer: int | None, post_ids: Collection[int]) -> Told:
    """Whom each of these posts names, for actor `viewer` (None: a stranger), who may read them; none for no posts."""
    if not post_ids:
        return {}
    values = visibility.reader(viewer) | {"ids": sorted(post_ids)}
    return _by_post(db.session.connection().execute(_TOLD, values))


def told_each(readers: Collection[int], post_ids: Collection[int]) -> dict[int, Told]:
    """The same for several actors, by actor, in one statement."""
    if not post_ids:
        return {}
    lines: dict[int, list[Any]] = {}
    values = {"now": clock.now(), "readers": sorted(readers), "ids": sorted(post_ids)}
    for row in db.session.connection().execute(_TOLD_EACH, values):
        lines.setdefault(row[-1], []).append(row[:-1])
    return {reader: _by_post(rows) for reader, rows in lines.items()}


def _by_post(rows: Iterable[Any]) -> Told:
    found: dict[int, list[Named]] = {}
    for post_id, *who, is_shown, is_near in rows:
        found.setdefault(post_id, []).append(Named._make([*who, bool(is_shown), bool(is_near)]))
    return {post_id: tuple(some) for post_id, some in found.items()}


def pages(some: Iterable[Named], *, is_resident: bool) -> dict[str, str]:
    """The pages of those whom this reader may meet, by the names that words give them (`markup.with_mentions`)."""
    there = ((one.words, one.page(is_resident=is_resident)) for one in some)
    return {word: path for words, path in there if path is not None for word in words}
