"""What posts add to « mes données », and what goes when an account closes."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from instance.accounts.models import Account
from instance.accounts.my_data import Rows
from instance.core import ids
from instance.core.db import db
from instance.core.fed import uri_of
from instance.core.i18n import long_day
from instance.posts import polls, service
from instance.posts.models import Bookmark, Draft, Mention, PollVote, Post, ProfilePin, Scheduled, Thanks, ThreadMute


def posts(account_id: int) -> tuple[str, Rows]:
    """The account's own messages and replies, newest first, whole; what is to go later; drafts as a number; marks."""
    actor_id = db.session.get_one(Account, account_id).actor_id
    own = select(Post).where(Post.author_id == actor_id, Post.deleted_at.is_(None)).order_by(Post.id.desc())
    rows = [
        (long_day(ids.moment_of(post.id)), f"{post.title}\n{post.text}\n{post.quoted_uri or ''}".strip())
        for post in db.session.scalars(own)
    ]
    drafts = db.session.scalar(select(func.count()).where(Draft.account_id == account_id)) or 0
    later = select(Scheduled).where(Scheduled.account_id == account_id).order_by(Scheduled.due_at)
    planned = [(long_day(one.due_at), str(one.asked.get("text", ""))) for one in db.session.scalars(later)]
    kept = db.session.scalars(select(Bookmark.post_id).where(Bookmark.actor_id == actor_id).order_by(Bookmark.id))
    marks = [(_("Marque-page"), uri_of(f"/p/{post_id}")) for post_id in kept]
    return _("Messages"), [*rows, *planned, (_("Brouillons"), str(drafts)), *marks, *_votes(actor_id)]


def _votes(actor_id: int) -> Rows:
    """What the account answered, which nobody else is told."""
    asked = list(db.session.scalars(select(PollVote.post_id).where(PollVote.actor_id == actor_id).distinct()))
    return [
        (_("Réponse à un sondage"), ", ".join(choice.title for choice in poll.choices if choice.is_own))
        for _post, poll in sorted(polls.shown(actor_id, asked).items())
    ]


def erase(account: Account) -> None:
    """Every post is deleted as its author would; thanks, namings, marks and what was to go later go."""
    service.wipe_all_of(account.actor_id)
    db.session.execute(delete(Scheduled).where(Scheduled.account_id == account.id))
    for table in (Thanks, Mention, Bookmark, ProfilePin, ThreadMute, PollVote):
        db.session.execute(delete(table).where(table.actor_id == account.actor_id))
