"""New words for a post that neighbours passed on: they hear that it says something else now."""

from __future__ import annotations

from sqlalchemy import exists, select

from instance.accounts.models import Account
from instance.core.db import db
from instance.core.facts import record
from instance.posts.facts import PostReworded
from instance.posts.models import Boost, Post


def note(post: Post) -> None:
    """`post` says something else: recorded where somebody who lives here passed it on. Inside `commit()`."""
    here = exists(select(1).where(Boost.post_id == post.id, Account.actor_id == Boost.actor_id))
    if post.is_public and db.session.scalar(select(here)):
        record(PostReworded(post.id))


def passed_on_by(post_id: int) -> list[int]:
    """Who lives here and passed the post on: actors."""
    rows = select(Boost.actor_id).join(Account, Account.actor_id == Boost.actor_id)
    return list(db.session.scalars(rows.where(Boost.post_id == post_id)))
