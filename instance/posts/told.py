"""The posts that facts are about, for reactions: read once for a batch, by whichever reaction asks first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import bindparam, select

from instance.core.db import BigId, db, is_writing
from instance.posts.models import Post

HELD = "posts told"  # name in the session's info: it ends with the transaction
_POSTS = select(Post).where(Post.id.in_(bindparam("ids", expanding=True, type_=BigId)))


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
