"""Asking a resident for a new proof within 30 days; nobody learns who asked."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from instance.accounts.models import Account
from instance.core import clock
from instance.core.db import db
from instance.core.facts import record
from instance.quartiers import service as quartiers
from instance.quartiers.models import Membership, Quartier
from instance.verification.facts import RecheckAsked
from instance.verification.models import OPEN, Proof, Recheck, Vouch

DAYS = 30


def ask(account_id: int) -> None:
    """Ask for a new proof: until the day is over everything stays as it is, then the residence ends.

    Asking again while one is asked changes nothing.
    """
    member = db.session.get(Membership, account_id)
    is_over = member is None or member.reads_until <= clock.now()
    if member is None or is_over or db.session.get(Recheck, account_id) is not None:
        return
    due_at = clock.now() + timedelta(days=DAYS)
    db.session.add(Recheck(account_id=account_id, due_at=due_at))
    member.writes_until = min(member.writes_until, due_at)
    member.reads_until = min(member.reads_until, due_at)
    quartier = db.session.get_one(Quartier, member.quartier_id)
    account = db.session.get_one(Account, account_id)
    quartiers.put_in(quartier.circle_id, account.actor_id, member.reads_until)
    quartiers.settled(account, quartier.id, member.reads_until)
    record(RecheckAsked(account_id))


def settle(account_id: int) -> None:
    """A new proof came, or the residence ended: nothing is asked any more."""
    db.session.execute(delete(Recheck).where(Recheck.account_id == account_id))


def ask_vouchees(voucher_id: int) -> None:
    """A voucher's word counts no more: his vouchees are checked anew, open requests lose his word."""
    rows = db.session.execute(
        select(Vouch, Proof).join(Proof, Proof.id == Vouch.proof_id).where(Vouch.voucher_id == voucher_id)
    )
    for vouch, proof in rows.all():
        if proof.state == "granted" and proof.method == "vouch":
            ask(proof.account_id)
        elif proof.state in OPEN:
            vouch.proof_id = None
