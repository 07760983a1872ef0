"""Posts that are to go later: kept until their hour, changed, cancelled; what could not go stays and says why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from instance.accounts.models import Account
from instance.core import clock, jobs
from instance.core.db import db
from instance.core.errors import Invalid, NotFound
from instance.core.facts import record
from instance.core.paging import Window
from instance.media import service as media
from instance.posts.facts import ScheduledFailed
from instance.posts.models import Scheduled

SOONEST = timedelta(minutes=5)
LATEST = timedelta(days=366)
MOST = 300


def keep(account: Account, token_id: int, asked: dict[str, Any], due_at: datetime, once: str | None) -> Scheduled:
    """Keep what was asked for until its hour. Inside `commit()`. Raises `Invalid`; the same sign twice is one row."""
    if once and (found := sent_before(account.id, once)) is not None:
        return found
    _check(due_at)
    number = select(func.count()).select_from(Scheduled).where(Scheduled.account_id == account.id)
    if (db.session.scalar(number) or 0) >= MOST:
        raise Invalid("scheduled.many", _("Trois cents annonces programmées au plus."), field="scheduled_at")
    row = Scheduled(account_id=account.id, token_id=token_id, once=once, asked=asked, due_at=due_at)
    db.session.add(row)
    db.session.flush()
    _wait(row)
    return row


def sent_before(account_id: int, once: str) -> Scheduled | None:
    """What the same sign made already and is still to go."""
    return db.session.scalar(select(Scheduled).where(Scheduled.account_id == account_id, Scheduled.once == once))


def _check(due_at: datetime) -> None:
    now = clock.now()
    if not now + SOONEST <= due_at <= now + LATEST:
        sentence = _("Choisissez un moment dans cinq minutes au plus tôt, et dans l’année.")
        raise Invalid("scheduled.moment", sentence, field="scheduled_at")


def _wait(row: Scheduled) -> None:
    jobs.put("publish_scheduled", {"id": str(row.id)}, due_at=row.due_at)
    media.spare(row.account_id, [int(one) for one in row.asked["media_ids"]], until=row.due_at)


def one(account_id: int, scheduled_id: int) -> Scheduled:
    """An own row. Raises `NotFound` for anybody else's."""
    row = db.session.scalar(
        select(Scheduled).where(Scheduled.id == scheduled_id, Scheduled.account_id == account_id)
    )  # fmt: skip
    if row is None:
        raise NotFound
    return row


def page(account_id: int, window: Window) -> list[Scheduled]:
    """One page of the account's rows, the last asked for first."""
    mine = select(Scheduled).where(
        Scheduled.account_id == account_id, Scheduled.id > window.after, Scheduled.id < window.before
    )
    order = Scheduled.id.asc() if window.upwards else Scheduled.id.desc()
    return sorted(db.session.scalars(mine.order_by(order).limit(window.limit)), key=lambda row: -row.id)


def of(account_id: int) -> Sequence[Scheduled]:
    """All that the account has waiting or that could not go, the next one first."""
    mine = select(Scheduled).where(Scheduled.account_id == account_id)
    return db.session.scalars(mine.order_by(Scheduled.due_at, Scheduled.id)).all()


def move(row: Scheduled, due_at: datetime) -> None:
    """Another hour; one that could not go is tried again then. Inside `commit()`."""
    _check(due_at)
    row.due_at, row.state, row.reason = due_at, "waiting", ""
    db.session.flush()
    _wait(row)


def cancel(account_id: int, scheduled_id: int) -> None:
    """It does not go. Inside `commit()`. Raises `NotFound`."""
    db.session.execute(delete(Scheduled).where(Scheduled.id == one(account_id, scheduled_id).id))


def fail(row: Scheduled, reason: str) -> None:
    """It could not go at its hour: its writer is told, and finds it with the reason. Inside `commit()`."""
    row.state, row.reason = "failed", reason
    record(ScheduledFailed(row.account_id, row.id))
