"""The posts that facts are about, and whom they name: read once for a batch, by whichever reaction asks first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from sqlalchemy import bindparam, select

from instance.core.db import BigId, db, is_writing
from instance.posts.models import Mention, Post

HELD = "posts told"  # name in the session's info: it ends with the transaction
NAMED = "named"
_POSTS = select(Post).where(Post.id.in_(bindparam("ids", expanding=True, type_=BigId)))
_NAMED = select(Mention.post_id, Mention.actor_id).where(
    Mention.post_id.in_(bindparam("ids", expanding=True, type_=BigId))
)  # fmt: skip


class About(Protocol):
    """A fact about a post."""

    @property
    def post_id(self) -> int: ...


def posts(facts: Iterable[About]) -> list[Post]:
    """The posts of `facts` in their order; those that are no more are left out. Inside `commit()`."""
    assert is_writing()
    held: dict[int, Post | None] = db.session.info.setdefault(HELD, {})
    wanted = list(dict.fromkeys(fact.post_id for fact in facts))
    if missing := [one for one in wanted if one not in held]:
        found = {post.id: post for post in db.session.scalars(_POSTS, {"ids": missing})}
        held.update({one: found.get(one) for one in missing})
    return [post for one in wanted if (post := held[one]) is not None]


def named(post_ids: Collection[int]) -> dict[int, set[int]]:
    """Who is named in each of these posts, for this transaction. Inside `commit()`."""
    assert is_writing()
    held: dict[int, set[int]] = db.session.info.setdefault(NAMED, {})
    if missing := [one for one in post_ids if one not in held]:
        held.update({one: set() for one in missing})
        for post_id, actor_id in db.session.connection().execute(_NAMED, {"ids": missing}):
            held[post_id].add(actor_id)
    return {one: held[one] for one in post_ids}


def named_in(post_id: int) -> set[int]:
    """Who is named in a post: as a reaction of this batch read it, or asked now."""
    held: dict[int, set[int]] = db.session.info.get(NAMED, {}) if is_writing() else {}
    if post_id in held:
        return set(held[post_id])
    return {actor_id for _post, actor_id in db.session.connection().execute(_NAMED, {"ids": [post_id]})}
