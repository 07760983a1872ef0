"""Reaction: the end of a poll, told to who asked and to who voted; never what anybody chose."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from instance.accounts.models import Account
from instance.core.db import db
from instance.core.web import settings
from instance.notifications import service
from instance.notifications.service import News
from instance.posts import polls, visibility
from instance.posts.facts import PollClosed
from instance.posts.models import Post


def tell_closed(facts: Sequence[PollClosed]) -> None:
    """« Un sondage est clos », to those who may read it still."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is None or post.deleted_at is not None:
            continue
        concerned = {*polls.voters(post.id), post.author_id}
        readers = [one for one in concerned if visibility.may_read(one, post.id)]
        path = f"/p/{post.thread_id}#r{post.id}" if post.reply_to_id else f"/p/{post.id}"
        accounts = db.session.scalars(select(Account.id).where(Account.actor_id.in_(readers)))
        service.tell(accounts, News("poll", path, post.id), settings().timezone)
