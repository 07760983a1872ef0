"""Reaction: those who asked to hear of somebody's every word hear of it, if they may read it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, exists, select

from instance.accounts import relations
from instance.accounts.models import Account, Follow, Mute
from instance.core.db import db
from instance.core.web import settings
from instance.notifications import service
from instance.notifications.models import Notification
from instance.notifications.service import News
from instance.posts import visibility
from instance.posts.audience import DIRECT
from instance.posts.facts import PostArrived, PostPublished, PostReceived
from instance.posts.models import Post


def tell_followers(facts: Sequence[PostPublished | PostReceived | PostArrived]) -> None:
    """« Ada a écrit », to followers who asked for it: of what begins a thread, and of whom the post itself told not."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is None or post.deleted_at is not None or post.reply_to_id is not None or post.is_nameless:
            continue
        if post.scope == DIRECT:  # its persons are told, and nobody else knows of it
            continue
        followers = db.session.execute(_who_asked(post)).all()
        readers = [account_id for account_id, actor_id in followers if visibility.may_read(actor_id, post.id)]
        service.tell(readers, News("status", f"/p/{post.id}", post.id, actor_id=post.author_id), settings().timezone)


def _who_asked(post: Post) -> Select[int, int]:
    told = select(Notification.account_id).where(Notification.post_id == post.id)
    muted = exists(
        select(1).where(
            Mute.muter_id == Follow.follower_id, Mute.muted_id == post.author_id, Mute.hides_notices, relations.live()
        )
    )  # fmt: skip
    return (
        select(Account.id, Account.actor_id)
        .join(Follow, Follow.follower_id == Account.actor_id)
        .where(Follow.followed_id == post.author_id, Follow.state == "accepted", Follow.notifies, ~muted)
        .where(Account.id.not_in(told))
    )
