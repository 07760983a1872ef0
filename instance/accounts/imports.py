"""Errands for accounts that an imported list names: found on their own server, then followed or blocked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from instance.accounts import follows, lookup, relations
from instance.accounts.models import Account, Actor
from instance.core.db import commit, db
from instance.core.errors import DomainError


def take_imported(payload: dict[str, Any]) -> None:
    """Errand: one account of the list. Who does not exist any more is left out.

    Raises `Unreachable` for a server that may answer later: the job is tried again.
    """
    mine = int(payload["actor_id"])
    if db.session.scalar(select(Account.id).where(Account.actor_id == mine, Account.state == "active")) is None:
        return
    found = lookup.named(payload["name"])
    if found is None:
        return
    other = found.id
    try:
        with commit():
            if payload["act"] == "blocks":
                relations.block(mine, other)
            else:
                follows.follow(db.session.get_one(Actor, mine), db.session.get_one(Actor, other))
    except DomainError:
        return  # a block stands between them, or it is oneself
