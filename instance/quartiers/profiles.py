"""Who sees whom: residents of one quartier see each other, save those whom a block keeps apart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from instance.accounts.models import Account, Actor
from instance.accounts.names import HANDLE
from instance.accounts.service import apart
from instance.core import clock
from instance.core.db import db
from instance.quartiers.models import Membership, Quartier


@dataclass(frozen=True)
class Neighbour:
    """A person as those see them who may."""

    actor_id: int
    handle: str
    name: str
    street: str | None
    quartier: str | None
    since: date | None  # first day of the month of verification


def seen(handle: str, viewer_id: int, home_id: int | None) -> Neighbour | None:
    """Who `handle` is to the actor `viewer_id`, who lives in `home_id`; None if absent or hidden, by one statement."""
    handle = handle.lower()
    lives = and_(Membership.account_id == Account.id, Membership.reads_until > clock.now())
    row = db.session.execute(
        select(Actor, Account.street, Membership.joined_month, Quartier.name)
        .join(Account, Account.actor_id == Actor.id)
        .outerjoin(Membership, lives)
        .outerjoin(Quartier, Quartier.id == Membership.quartier_id)
        .where(
            Actor.path == (f"/u/{handle}" if HANDLE.fullmatch(handle) else ""),
            Account.state == "active",
            # 0: who lives nowhere has no neighbours, least of all those who live nowhere too.
            or_(Actor.id == viewer_id, and_(Membership.quartier_id == (home_id or 0), ~apart(viewer_id, Actor.id))),
        )
    ).first()
    if row is None:
        return None
    actor, street, since, quartier = row
    return Neighbour(actor.id, actor.handle, actor.shown_name, street, quartier, since)


@dataclass(frozen=True)
class Known:
    """A resident as anybody may see them, who chose so or spoke to everybody."""

    actor_id: int
    handle: str
    name: str  # « Prénom N. »
    summary: str  # as typed


def seen_outside(handle: str, viewer_id: int | None) -> Known | None:
    """Who `handle` is to anybody; None if absent, hidden, or kept apart from the viewer by a block."""
    handle = handle.lower()
    row = db.session.execute(
        select(Actor.id, Actor.handle, Actor.outside_name, Account.summary)
        .join(Account, Account.actor_id == Actor.id)
        .where(
            Actor.path == (f"/u/{handle}" if HANDLE.fullmatch(handle) else ""),
            Account.state == "active",
            or_(Account.shows_outside, Account.spoke_outside),
            Actor.outside_name != "",
            ~apart(viewer_id or 0, Actor.id),
        )
    ).first()
    return Known(*row) if row is not None else None


def near(viewer_id: int, others: Collection[int]) -> set[int]:
    """Those of `others` (actor ids) who live in the viewer's quartier."""
    mine, theirs, me = aliased(Membership), aliased(Membership), aliased(Account)
    rows = (
        select(Account.actor_id)
        .join(theirs, theirs.account_id == Account.id)
        .join(mine, mine.quartier_id == theirs.quartier_id)
        .join(me, me.id == mine.account_id)
        .where(me.actor_id == viewer_id, Account.actor_id.in_(others), Account.state == "active")
        .where(mine.reads_until > clock.now(), theirs.reads_until > clock.now())
    )
    return set(db.session.scalars(rows))
