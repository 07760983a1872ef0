"""Drafts: words kept for later, and words that an error would otherwise have lost."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from instance.core import clock
from instance.core.db import db
from instance.core.errors import NotFound
from instance.posts.models import Draft

KEPT_FIELDS = ("title", "text", "kind", "scope", "language", "where", "when", "options", "lasts", "multiple", "hides")
MAX_DRAFTS = 50


def keep(
    account_id: int, fields: Mapping[str, str], *, reply_to: int | None = None, draft_id: int | None = None
) -> int:
    """Keep what was typed; a draft given by `draft_id` is written over. Returns its id."""
    words = {name: fields.get(name, "")[:6000] for name in KEPT_FIELDS}
    draft = _own(account_id, draft_id) if draft_id else None
    if draft is None:
        draft = Draft(account_id=account_id, reply_to_id=reply_to, fields=words, saved_at=clock.now())
        db.session.add(draft)
    draft.fields, draft.saved_at = words, clock.now()
    db.session.flush()
    _forget_oldest(account_id)
    return draft.id


def of(account_id: int) -> list[Draft]:
    """The account's drafts, newest first."""
    return list(db.session.scalars(select(Draft).where(Draft.account_id == account_id).order_by(Draft.saved_at.desc())))


def get(account_id: int, draft_id: int) -> Draft:
    """An own draft. Raises `NotFound`."""
    draft = _own(account_id, draft_id)
    if draft is None:
        raise NotFound
    return draft


def throw_away(account_id: int, draft_id: int) -> None:
    """Delete an own draft; nothing happens when there is none."""
    db.session.execute(delete(Draft).where(Draft.id == draft_id, Draft.account_id == account_id))


def _own(account_id: int, draft_id: int) -> Draft | None:
    return db.session.scalar(select(Draft).where(Draft.id == draft_id, Draft.account_id == account_id))


def _forget_oldest(account_id: int) -> None:
    extra = of(account_id)[MAX_DRAFTS:]
    for draft in extra:
        db.session.delete(draft)
