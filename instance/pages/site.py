"""What a page said to everybody, as its site lists it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from sqlalchemy import bindparam, select

from instance.core.db import BigId, db
from instance.pages.models import Page
from instance.posts import visibility
from instance.posts.cards import Shown
from instance.posts.models import Post
from instance.posts.threads import REPLIES, shown

LIST = 20
AFTER_ALL = 2**62  # an id above all others


class OnSite(Shown, Protocol):
    """A post with the number of its replies that the reader may read."""

    replies: int


_BY = (
    shown()
    .add_columns(REPLIES)
    .where(
        Post.author_id == bindparam("author", type_=BigId), Post.reply_to_id.is_(None), Post.is_public,
        Post.id < bindparam("before", type_=BigId),
    )
    .order_by(Post.id.desc())
    .limit(LIST + 1)
)  # fmt: skip


_ANSWERS = (
    select(Post.id, Post.thread_id, Post.text)
    .where(
        Post.author_id == bindparam("author", type_=BigId), Post.reply_to_id.is_not(None), Post.deleted_at.is_(None),
        Post.state != "retracted",
    )
    .order_by(Post.id.desc())
    .limit(LIST)
)  # fmt: skip


def answers_of(page: Page) -> list[tuple[int, int, str]]:
    """Its newest answers under its own posts: id, thread, words."""
    rows = db.session.connection().execute(_ANSWERS, {"author": page.actor_id})
    return [(number, thread_id, text) for number, thread_id, text in rows]


def said_by(page: Page, viewer: int | None, before: int | None = None) -> tuple[Sequence[OnSite], int | None]:
    """One list of its posts and articles, newest first, and the cursor of the next one."""
    values = {**visibility.reader(viewer), "author": page.actor_id, "before": before or AFTER_ALL}
    rows = cast(Sequence[OnSite], db.session.connection().execute(_BY, values).all())
    return rows[:LIST], rows[LIST - 1].id if len(rows) > LIST else None
