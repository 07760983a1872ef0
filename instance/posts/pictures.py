"""What a picture that came late changes: the cards of its post or of its author are drawn anew."""

from __future__ import annotations

from sqlalchemy import update

from instance.accounts.models import Actor
from instance.core.db import db
from instance.posts.models import Post


def redraw(post_id: int | None, actor_id: int | None) -> None:
    """Give the post, or everything by the actor, a new version. Inside `commit()`."""
    if post_id is not None:
        db.session.execute(update(Post).where(Post.id == post_id).values(version=Post.version + 1))
    if actor_id is not None:
        db.session.execute(update(Actor).where(Actor.id == actor_id).values(version=Actor.version + 1))
