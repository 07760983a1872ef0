"""Who said something to a page under its posts and waits for its answer; nothing of walls.

What a page's team reads here is what everybody reads, and what was written under the page's own posts: such replies
name the team's circle. A wall is never asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from instance.accounts.models import Account
from instance.core.db import BigId, db
from instance.core.errors import NotFound
from instance.pages import service as pages
from instance.pages.models import Page
from instance.posts import threads, visibility
from instance.posts.cards import Shown
from instance.posts.models import Post, PostCircle
from instance.posts.service import Words

SHOWN_MAX = 50
_PAGE, _TEAM = bindparam("page", type_=BigId), bindparam("team", type_=BigId)
_ROOT, _ABOVE, _ANSWER = aliased(Post), aliased(Post), aliased(Post)


def _to_the_page(post: Any) -> Any:
    """Replies straight to the page, under a post of its own, that everybody or its team may read."""
    told_team = exists(select(1).where(PostCircle.post_id == post.id, PostCircle.circle_id == _TEAM))
    above = exists(select(1).where(_ABOVE.id == post.reply_to_id, _ABOVE.author_id == _PAGE))
    begun = exists(select(1).where(_ROOT.id == post.thread_id, _ROOT.author_id == _PAGE))
    return and_(post.author_id != _PAGE, above, begun, or_(and_(post.is_public, ~post.is_held), told_team))


_ANSWERED = exists(
    select(1).where(_ANSWER.reply_to_id == Post.id, _ANSWER.author_id == _PAGE, _ANSWER.deleted_at.is_(None))
)
_WAITING = threads.shown().where(_to_the_page(Post), ~_ANSWERED).order_by(Post.id).limit(SHOWN_MAX + 1)
_ONE = select(Post).where(Post.id == bindparam("post_id", type_=BigId), _to_the_page(Post), visibility.readable())


def waiting(page: Page, viewer: int) -> Sequence[Shown]:
    """What waits for an answer of the page, the oldest first, as far as this member of its team may read it."""
    values = {**visibility.reader(viewer), "page": page.actor_id, "team": page.circle_id}
    return cast(Sequence[Shown], db.session.connection().execute(_WAITING, values).all())


def answer(page: Page, account: Account, post_id: int, text: str, once: str) -> int:
    """Answer as the page, to the very readers of what is answered; the id. Inside `commit()`.

    Raises `NotFound` for what was not said to the page, `Invalid` for words that are missing or too long.
    """
    values = {**visibility.reader(account.actor_id), "page": page.actor_id, "team": page.circle_id}
    answered = db.session.scalar(_ONE, values | {"post_id": post_id})
    if answered is None:
        raise NotFound
    words = Words(text, kind="news", language=account.language, once=once[:64])
    return pages.reply(page, account, answered, words)
