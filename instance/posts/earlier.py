"""Who spoke to everybody before there were other servers to hear it: they are shown outside like who does so now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from instance.accounts import outside
from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.posts.models import Post

BATCH = 500


def show_who_spoke(_: dict[str, Any]) -> None:
    """Task, daily: « Prénom N. » for authors of public posts that an upgraded city brought along."""
    spoke = select(Post.author_id).where(Post.is_public, Post.deleted_at.is_(None), ~Post.is_nameless)
    waiting = select(Account.id).where(Account.actor_id.in_(spoke), ~Account.spoke_outside, Account.state == "active")
    ids = db.session.scalars(waiting.limit(BATCH)).all()
    db.session.rollback()
    if ids:
        with commit():
            for account in db.session.scalars(select(Account).where(Account.id.in_(ids))):
                outside.show(account)
