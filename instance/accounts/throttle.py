"""How often something that can be guessed may be tried: counted in the database, one row per subject.

A try is counted before it is made, so that many at once cannot slip through; a right one is given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, insert, update
from sqlalchemy.exc import IntegrityError

from instance.accounts.models import Attempt
from instance.core import clock, secrets
from instance.core.db import db


@dataclass(frozen=True)
class Limit:
    """At most `tries` within `per`, counted from the first one."""

    tries: int
    per: timedelta


# Mastodon's figures (threats.md G6).
PER_NETWORK = Limit(25, timedelta(minutes=5))
PER_ACCOUNT = Limit(25, timedelta(hours=1))
LONGEST = timedelta(days=1)


def subject(kind: str, text: str) -> str:
    """What is counted: the kind in clear, a mark for the rest, so that the table names nobody."""
    return f"{kind}:{secrets.mark('attempt', text)}"


def count(subject: str, limit: Limit) -> datetime | None:
    """Count one try, inside `commit()`; the moment to come back at if it is one too many."""
    begin = clock.now() - limit.per
    found = _add_one(subject, begin)
    if found is None:
        try:
            with db.session.begin_nested():
                db.session.execute(insert(Attempt).values(subject=subject, window_start=clock.now(), tries=1))
        except IntegrityError:
            found = _add_one(subject, begin)  # another request was first
    if found is None:
        return None
    tries, start = found
    return start + limit.per if tries > limit.tries else None


def _add_one(subject: str, begin: datetime) -> tuple[int, datetime] | None:
    is_over = Attempt.window_start <= begin
    row = db.session.execute(
        update(Attempt)
        .where(Attempt.subject == subject)
        .values(
            tries=case((is_over, 1), else_=Attempt.tries + 1),
            window_start=case((is_over, clock.now()), else_=Attempt.window_start),
        )
        .returning(Attempt.tries, Attempt.window_start)
        .execution_options(synchronize_session=False)
    ).first()
    return (row[0], row[1]) if row else None


def give_back(subject: str) -> None:
    """The try was right: it does not count."""
    db.session.execute(
        update(Attempt)
        .where(Attempt.subject == subject, Attempt.tries > 0)
        .values(tries=Attempt.tries - 1)
        .execution_options(synchronize_session=False)
    )


def forget(subject: str) -> None:
    """Begin anew for `subject`."""
    db.session.execute(delete(Attempt).where(Attempt.subject == subject))


def forget_old() -> None:
    """Rows whose window is long over go."""
    db.session.execute(delete(Attempt).where(Attempt.window_start < clock.now() - LONGEST))
