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
from instance.posts import visibility
from instance.posts.audience import DIRECT
from instance.posts.facts import PostArrived, PostPublished, PostReceived
from instance.posts.models import Post

_POST, _AUTHOR = bindparam("post", type_=BigId), bindparam("author", type_=BigId)
_told = select(Notification.account_id).where(Notification.post_id == _POST)
_muted = exists(
    select(1).where(
        Mute.muter_id == Follow.follower_id, Mute.muted_id == _AUTHOR, Mute.hides_notices,
        relations.live(visibility.NOW),
    )
)  # fmt: skip
# Built once: asked of every post (performance.md, rule 5).
_WHO_ASKED = (
    select(Account.id, Account.actor_id)
    .join(Follow, Follow.follower_id == Account.actor_id)
    .where(Follow.followed_id == _AUTHOR, Follow.state == "accepted", Follow.notifies, ~_muted)
    .where(Account.id.not_in(_told))
)


def tell_followers(facts: Sequence[PostPublished | PostReceived | PostArrived]) -> None:
    """« Ada a écrit », to followers who asked for it: of what begins a thread, and of whom the post itself told not."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is None or post.deleted_at is not None or post.reply_to_id is not None or post.is_nameless:
            continue
        if post.scope == DIRECT:  # its persons are told, and nobody else knows of it
            continue
        asked = {"post": post.id, "author": post.author_id, "now": clock.now()}
        followers = db.session.execute(_WHO_ASKED, asked).all()
        readers = [account_id for account_id, actor_id in followers if visibility.may_read(actor_id, post.id)]
        service.tell(readers, News("status", f"/p/{post.id}", post.id, actor_id=post.author_id), settings().timezone)
