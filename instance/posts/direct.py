"""Private notes from elsewhere that answer in a conversation here: they join it if they are for just its persons.

To anybody else they begin a conversation of their own: nobody is ever added to one (product.md, §3.2).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from instance.accounts.models import Actor
from instance.core.db import BigId, db
from instance.posts.models import Post, PostCircle
from instance.quartiers.models import CircleMember

_AUTHOR = bindparam("author_id", type_=BigId)
_ABOVE = (
    select(Post.id, Post.thread_id, PostCircle.circle_id)
    .join(PostCircle, PostCircle.post_id == Post.id)
    .join(CircleMember, CircleMember.circle_id == PostCircle.circle_id)
    .where(Post.scope == "direct", CircleMember.actor_id == _AUTHOR)
    .order_by(Post.id)
    .limit(1)
)
_ABOVE_BY_ID = _ABOVE.where(Post.id == bindparam("parent_id", type_=BigId), Post.uri.is_(None))
_ABOVE_BY_URI = _ABOVE.where(Post.uri == bindparam("parent_uri"))
_MEMBERS = select(CircleMember.actor_id, Actor.path, Actor.uri).join(Actor, Actor.id == CircleMember.actor_id)


@dataclass(frozen=True)
class Joined:
    """A conversation that goes on."""

    above_id: int
    thread_id: int
    circle_id: int
    here: tuple[int, ...]  # its persons who live here


def joined(author_id: int, above: int | str, paths: Collection[str], uris: Collection[str]) -> Joined | None:
    """The conversation that a note by `author_id` under `above` (our post's id, or an address) goes on with.

    `paths` and `uris` say to whom it is addressed, here and elsewhere.
    """
    connection = db.session.connection()
    if isinstance(above, int):
        row = connection.execute(_ABOVE_BY_ID, {"author_id": author_id, "parent_id": above}).first()
    else:
        row = connection.execute(_ABOVE_BY_URI, {"author_id": author_id, "parent_uri": above}).first()
    if row is None:
        return None
    members = connection.execute(_MEMBERS.where(CircleMember.circle_id == row.circle_id)).all()
    addressed = {one for one, path, uri in members if path in paths or uri in uris} | {author_id}
    if addressed != {one.actor_id for one in members} or others(uris, author_id) - addressed:
        return None
    if set(paths) - {path for _one, path, _uri in members}:
        return None
    return Joined(*row, tuple(one for one, path, _uri in members if path is not None))


def others(uris: Collection[str], author_id: int) -> set[int]:
    """The other persons elsewhere to whom a note is addressed and who are known here."""
    wanted = sorted(uris)[:50]
    if not wanted:
        return set()
    known = select(Actor.id).where(Actor.uri.in_(wanted), Actor.kind != "group", Actor.id != author_id)
    return set(db.session.scalars(known))
