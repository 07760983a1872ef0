"""Counts per address that keep bursts and harassment down. They know no account, and no fingerprint either."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from instance.core import clock, secrets
from instance.core.db import db, new_id
from instance.verification.models import AddressLimit, Arrival, LetterAsked

WINDOW = timedelta(days=30)
ARRIVALS = 5  # new residents per address in the window; the next one waits for somebody to look
LETTERS = 3  # letters per address in the window


def door_of(home_mark: str) -> str:
    """The key under which an address is counted: made from its fingerprint, which cannot be found by it."""
    return secrets.mark("door", home_mark)


def lock(home_mark: str) -> AddressLimit:
    """The row of this address, locked until the commit: whoever counts here counts alone."""
    door = door_of(home_mark)
    if db.session.get(AddressLimit, door) is None:
        with suppress(IntegrityError), db.session.begin_nested():  # another request may be first
            db.session.execute(insert(AddressLimit).values(door=door, most=None, since=clock.now()))
    return db.session.scalars(
        select(AddressLimit)
        .where(AddressLimit.door == door)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def arrivals(home_mark: str) -> int:
    """New residents at this address in the last 30 days."""
    here = (Arrival.door == door_of(home_mark)) & (Arrival.at > clock.now() - WINDOW)
    return db.session.scalar(select(func.count()).select_from(Arrival).where(here)) or 0


def is_crowded(limit: AddressLimit, home_mark: str) -> bool:
    """Whether one more new resident here needs a human look. `limit` is the locked row."""
    return arrivals(home_mark) >= (limit.most if limit.most is not None else ARRIVALS)


def note_arrival(limit: AddressLimit) -> None:
    """One more new resident behind this door."""
    db.session.add(Arrival(id=new_id(), door=limit.door, at=clock.now()))


def letters(home_mark: str) -> int:
    """Letters asked for at this address in the last 30 days."""
    here = (LetterAsked.door == door_of(home_mark)) & (LetterAsked.at > clock.now() - WINDOW)
    return db.session.scalar(select(func.count()).select_from(LetterAsked).where(here)) or 0


def note_letter(limit: AddressLimit) -> None:
    """One more letter to this door."""
    db.session.add(LetterAsked(id=new_id(), door=limit.door, at=clock.now()))


def raise_limit(home_mark: str, most: int) -> None:
    """Let `most` new residents in 30 days come in at this address without a look (a big building)."""
    lock(home_mark).most = most


def forget_old() -> None:
    """Counts older than the window go, and rows that only served as a lock."""
    over = clock.now() - WINDOW
    db.session.execute(delete(Arrival).where(Arrival.at <= over))
    db.session.execute(delete(LetterAsked).where(LetterAsked.at <= over))
    db.session.execute(delete(AddressLimit).where(AddressLimit.most.is_(None), AddressLimit.since <= over))
