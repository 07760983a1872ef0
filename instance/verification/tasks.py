"""What the clock does to proofs: reminders, ends, void letters, and forgetting what is no longer needed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from instance.accounts.models import Account
from instance.core import clock
from instance.core.db import commit, db
from instance.core.facts import record
from instance.quartiers import service as quartiers
from instance.quartiers.models import Address, Membership, Waiting
from instance.verification import doors, household, letters, service, vouching
from instance.verification.facts import ProofEnding, QuartierFound
from instance.verification.models import (
    OPEN,
    RUNNING,
    Letter,
    LetterDay,
    OppositionCode,
    Proof,
    Recheck,
    Reminder,
    Vouch,
)

REMINDERS = (7, 30)  # days before the end, the nearest first
HISTORY = timedelta(days=365)  # ended proofs: quartier, method, month
BATCH = 200


def tend_proofs(_: dict[str, Any]) -> None:
    """Task, once an hour."""
    _remind()
    _end_residences()
    _end_idle_proofs()
    _call_those_who_wait()
    with commit():
        _void_letters()
        _forget()


def _remind() -> None:
    """Whoever's proof ends within 30 or 7 days is told once each; a recheck has its own mail for the first."""
    now = clock.now()
    ending = select(Membership.account_id, Membership.writes_until).where(
        Membership.writes_until > now, Membership.writes_until <= now + timedelta(days=max(REMINDERS))
    )
    with commit():
        rechecked = set(db.session.scalars(select(Recheck.account_id)))
        told = {
            (row.account_id, row.ends_at, row.days)
            for row in db.session.scalars(select(Reminder).where(Reminder.ends_at > now))
        }
        for account_id, ends_at in db.session.execute(ending).all():
            days = next(days for days in REMINDERS if ends_at <= now + timedelta(days=days))
            is_known = (account_id, ends_at, days) in told
            if is_known or (account_id in rechecked and days == max(REMINDERS)):
                continue
            db.session.add(Reminder(account_id=account_id, ends_at=ends_at, days=days))
            record(ProofEnding(account_id, days))


def _end_residences() -> None:
    """Residences whose last day of reading is over: expired, or revoked when an asked new proof did not come."""
    while True:
        with commit():
            over = db.session.scalars(
                select(Account)
                .join(Membership, Membership.account_id == Account.id)
                .where(Membership.reads_until <= clock.now())
                .limit(BATCH)
            ).all()
            for account in over:
                if service.recheck_due(account.id) is not None:
                    service.revoke(account, by=None)
                else:
                    service.leave(account, "expired")
        if len(over) < BATCH:
            return


def _end_idle_proofs() -> None:
    """An open proof that nobody touched for long is dropped: no address is kept for nothing."""
    running = select(Letter.proof_id).where(Letter.state.in_(RUNNING), Letter.expires_at > clock.now())
    with commit():
        idle = db.session.scalars(
            select(Proof).where(
                Proof.state.in_(("asked", "running")),
                Proof.touched_at <= clock.now() - service.IDLE,
                Proof.id.not_in(running),
            )
        ).all()
        for proof in idle:
            service.end(proof)


def _call_those_who_wait() -> None:
    """Whoever waits at an address that lies in a quartier by now begins to prove it, and hears of it (F59)."""
    with commit():
        for row in db.session.scalars(select(Waiting)).all():
            address = db.session.get(Address, row.address_id)
            if address is None or address.quartier_id is None:
                continue
            account = db.session.get(Account, row.account_id) if row.account_id else None
            if account is None or quartiers.residence(account.id) is not None:
                db.session.delete(row)
                continue
            service.begin(account, address)
            record(QuartierFound(account.id))


def _void_letters() -> None:
    db.session.execute(
        update(Letter)
        .where(Letter.state.in_(RUNNING), Letter.expires_at <= clock.now())
        .values(state="void", code=None, opposition=None)
    )


def _forget() -> None:
    now = clock.now()
    doors.forget_old()
    household.forget_old()
    live = select(Proof.id).where(Proof.state.in_((*OPEN, "granted")))
    db.session.execute(delete(Letter).where(Letter.state.not_in(RUNNING), Letter.asked_at <= now - letters.KEPT))
    db.session.execute(delete(LetterDay).where(LetterDay.day < (now - timedelta(days=7)).date()))
    db.session.execute(delete(OppositionCode).where(OppositionCode.since <= now - letters.OPPOSITION_KEPT))
    db.session.execute(
        delete(Vouch).where(Vouch.at <= now - vouching.WINDOW, Vouch.proof_id.is_(None) | Vouch.proof_id.not_in(live))
    )
    db.session.execute(delete(Reminder).where(Reminder.ends_at <= now))
    db.session.execute(delete(Proof).where(Proof.state.not_in((*OPEN, "granted")), Proof.touched_at <= now - HISTORY))
