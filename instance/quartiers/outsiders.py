"""Whom people elsewhere may know, and so follow: open quartiers, and residents; a visitor only to move in."""

from __future__ import annotations

from sqlalchemy import select

from instance.accounts import outside
from instance.accounts.models import Account, Actor
from instance.core.db import db
from instance.quartiers import service
from instance.quartiers.models import Quartier


def may_know(actor: Actor) -> bool:
    """Whether one of our actors is there for other servers."""
    if actor.kind == "group":
        return db.session.scalar(select(Quartier.state).where(Quartier.actor_id == actor.id)) == "open"
    if actor.kind != "person":
        return True
    account = db.session.scalar(select(Account).where(Account.actor_id == actor.id))
    return account is not None and (service.residence(account.id) is not None or outside.is_known_outside(account))
