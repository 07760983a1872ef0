"""Who gets key pairs, and when: verified residents, open quartiers, the instance itself. The worker makes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from instance.accounts import keys
from instance.accounts.models import Account, Actor, ActorKey
from instance.core import clock, jobs
from instance.core.db import commit, db
from instance.quartiers.facts import QuartierOpened, ResidentVerified
from instance.quartiers.models import Membership, Quartier

BATCH = 200  # pairs at a time: they take some 20 s of a processor
NEXT = timedelta(minutes=1)  # after a full batch, so that an upgraded city has its keys within minutes


def for_residents(facts: Sequence[ResidentVerified]) -> None:
    """Reaction: a verified resident can speak to other servers from now on."""
    ids = [fact.account_id for fact in facts]
    keys.order(db.session.scalars(select(Account.actor_id).where(Account.id.in_(ids)).order_by(Account.id)).all())


def for_quartiers(facts: Sequence[QuartierOpened]) -> None:
    """Reaction: an open quartier has its public face."""
    ids = [fact.quartier_id for fact in facts]
    keys.order(db.session.scalars(select(Quartier.actor_id).where(Quartier.id.in_(ids)).order_by(Quartier.id)).all())


def make_missing(_: dict[str, Any]) -> None:
    """Task: the instance's own keys at the first run, then those of whoever came before there were keys."""
    keys.make(keys.found_instance_actor())
    keyed = select(ActorKey.actor_id).where(ActorKey.retired_at.is_(None))
    residents = select(Account.actor_id).join(Membership, Membership.account_id == Account.id)
    lives = residents.where(Membership.reads_until > clock.now(), Account.state == "active")
    opened = select(Quartier.actor_id).where(Quartier.state == "open")
    waiting = select(Actor.id).where(or_(Actor.id.in_(lives), Actor.id.in_(opened)), Actor.id.not_in(keyed))
    ids = db.session.scalars(waiting.order_by(Actor.id).limit(BATCH)).all()
    db.session.rollback()
    if ids:
        with commit():
            keys.order(ids)
            if len(ids) == BATCH:
                jobs.put("make_missing_keys", {}, due_at=clock.now() + NEXT)
