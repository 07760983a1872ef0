"""What posts add to « mes données », and what goes when an account closes."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from instance.accounts.models import Account
from instance.accounts.my_data import Rows
from instance.core import ids
from instance.core.db import db
from instance.core.i18n import long_day
from instance.posts import service
from instance.posts.models import Draft, Mention, Post, Thanks


def posts(account_id: int) -> tuple[str, Rows]:
    """The account's own messages and replies, newest first, whole; drafts as a number."""
    actor_id = db.session.get_one(Account, account_id).actor_id
    own = select(Post).where(Post.author_id == actor_id, Post.deleted_at.is_(None)).order_by(Post.id.desc())
    rows = [
        (long_day(ids.moment_of(post.id)), f"{post.title}\n{post.text}".strip()) for post in db.session.scalars(own)
    ]
    drafts = db.session.scalar(select(func.count()).where(Draft.account_id == account_id)) or 0
    return _("Messages"), [*rows, (_("Brouillons"), str(drafts))]


def erase(account: Account) -> None:
    """Every post is deleted as its author would; thanks and namings go."""
    service.wipe_all_of(account.actor_id)
    for table in (Thanks, Mention):
        db.session.execute(delete(table).where(table.actor_id == account.actor_id))
