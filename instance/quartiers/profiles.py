"""Who sees whom: residents of one quartier see each other, save those whom a block keeps apart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from instance.accounts.models import Account, Actor
from instance.accounts.names import HANDLE
from instance.accounts.service import apart
from instance.core import clock
from instance.core.db import BigId, Moment, db
from instance.quartiers.models import Membership, Quartier

# As `posts.visibility` names them.
_VIEWER = bindparam("viewer", type_=BigId)
_NOW = bindparam("now", type_=Moment)


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


def is_near(actor_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether this actor lives in the quartier of `viewer`, or is `viewer`; the statement is run with `now` as well."""
    mine, theirs = aliased(Membership), aliased(Membership)
    me, other = aliased(Account), aliased(Account)
    lives_there = exists(
        select(1)
        .select_from(other)
        .join(theirs, theirs.account_id == other.id)
        .join(mine, mine.quartier_id == theirs.quartier_id)
        .join(me, me.id == mine.account_id)
        .where(other.actor_id == actor_id, other.state == "active", me.actor_id == _VIEWER)
        .where(mine.reads_until > _NOW, theirs.reads_until > _NOW)
    )
    return or_(actor_id == _VIEWER, lives_there)


# Asked for every list of people: built once (performance.md, rule 5).
_NEAR = select(Actor.id).where(Actor.id.in_(bindparam("others", expanding=True, type_=BigId)), is_near(Actor.id))


def near(viewer_id: int, others: Collection[int]) -> set[int]:
    """Those of `others` (actor ids) who live in the viewer's quartier."""
    values = {"viewer": viewer_id, "now": clock.now(), "others": sorted(others)}
    return set(db.session.connection().scalars(_NEAR, values))


def living(quartier_id: int | None) -> Select[int]:
    """The ids of the accounts that live in a quartier now, as a part of a statement; of nobody without one."""
    here = (Membership.quartier_id == (quartier_id or 0)) & (Membership.reads_until > clock.now())
    return select(Membership.account_id).where(here)
