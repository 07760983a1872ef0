"""Reaction: those who asked to hear of somebody's every word hear of it, if they may read it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, exists, select

from instance.accounts import relations
from instance.accounts.models import Account, Follow, Mute
from instance.core import clock
from instance.core.db import BigId, db
from instance.core.web import settings
from instance.notifications import service
from instance.notifications.models import Notification
from instance.notifications.service import News
from instance.posts import told, visibility
from instance.posts.audience import DIRECT
from instance.posts.facts import PostArrived, PostPublished, PostReceived
from instance.posts.models import Post

_told = exists(select(1).where(Notification.post_id == Post.id, Notification.account_id == Account.id))
_muted = exists(
    select(1).where(
        Mute.muter_id == Follow.follower_id, Mute.muted_id == Post.author_id, Mute.hides_notices,
        relations.live(visibility.NOW),
    )
)  # fmt: skip
# Built once: asked of every batch of posts (performance.md, rule 5).
_WHO_ASKED = (
    select(Post.id, Account.id, Account.actor_id)
    .join(Follow, Follow.followed_id == Post.author_id)
    .join(Account, Account.actor_id == Follow.follower_id)
    .where(Post.id.in_(bindparam("ids", expanding=True, type_=BigId)))
    .where(Follow.state == "accepted", Follow.notifies, ~_muted, ~_told)
)


def tell_followers(facts: Sequence[PostPublished | PostReceived | PostArrived]) -> None:
    """« Ada a écrit », to followers who asked for it: of what begins a thread, and of whom the post itself told not."""
    # Of a private message its persons are told, and nobody else knows of it.
    posts = [post for post in told.posts(facts) if post.deleted_at is None and post.scope != DIRECT]
    begun = {post.id: post for post in posts if post.reply_to_id is None and not post.is_nameless}
    if not begun:
        return
    asked = db.session.connection().execute(_WHO_ASKED, {"ids": list(begun), "now": clock.now()})
    readers: dict[int, list[int]] = {}
    for post_id, account_id, actor_id in asked.all():
        if visibility.may_read(actor_id, post_id):
            readers.setdefault(post_id, []).append(account_id)
    for post_id, account_ids in readers.items():
        news = News("status", f"/p/{post_id}", post_id, actor_id=begun[post_id].author_id)
        service.tell(account_ids, news, settings().timezone)
