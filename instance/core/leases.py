"""Rows that wait to be done: claimed with a lease by one process, given back when it dies, visible in every state.

Jobs, activities that came in and deliveries that go out are such rows; each table is one lane of the worker.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psutil
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from instance.core import clock
from instance.core.db import BigId, Moment, commit, db, is_writing, new_id

LEASE_S = 60


class Leased:
    """Columns that every such row has."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    state: Mapped[str] = mapped_column(default="pending")  # pending | running | done | failed; a lane may add others
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    worker: Mapped[str | None]
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(Moment)


Table = type[Leased]


@dataclass(frozen=True)
class Lane:
    """One table of waiting rows, what runs a batch of them, and whether that talks to other machines.

    Lanes that do are run apart from those that don't, so that a slow server holds nothing else up.
    """

    table: Table
    run: Callable[[], int]
    is_slow: bool = False
    only: Callable[[], ColumnElement[bool] | None] = lambda: None  # a lane may take a part of its table
    settle: Callable[[], None] = lambda: None  # the worker turns away: nothing stays in this process's hands

    def is_any_due(self) -> bool:
        """Whether a row waits to be claimed."""
        return is_any_due(self.table, self.only())


def me() -> str:
    """Name of this process among workers: host, pid and start, so that a reused pid is another name."""
    process = psutil.Process()
    return f"{socket.gethostname()}:{process.pid}:{process.create_time():.2f}"


def is_due(table: Table, moment: datetime) -> ColumnElement[bool]:
    """The condition on rows that may be claimed at `moment`: waiting ones, and those whose lease ran out."""
    waits = and_(table.state == "pending", table.due_at <= moment)
    return or_(waits, and_(table.state == "running", table.lease_until < moment))


def claim(
    table: Table, limit: int, *, lease_s: float = LEASE_S, only: ColumnElement[bool] | None = None
) -> Sequence[int]:
    """Take up to `limit` due rows (of those that `only` allows) for this process; their ids, the longest due first."""
    if not is_any_due(table, only):
        return []  # without a write transaction, whose end would wake the worker that found nothing
    moment = clock.now()
    due = select(table.id).where(is_due(table, moment)).order_by(table.due_at, table.id).limit(limit)
    if only is not None:
        due = due.where(only)
    with commit():
        ids = db.session.scalars(due.with_for_update(skip_locked=True)).all()
        if ids:
            hold(table, ids, moment + timedelta(seconds=lease_s))
    return ids


def hold(table: Table, ids: Sequence[int], until: datetime) -> None:
    """Mark rows as in the hands of this process until `until`. Inside `commit()`."""
    taken = {"state": "running", "worker": me(), "lease_until": until, "attempts": table.attempts + 1}
    db.session.execute(update(table).where(table.id.in_(ids)).values(taken))


def give_back_dead(tables: Sequence[Table]) -> int:
    """Return to pending what dead processes of this machine had claimed; the number of rows."""
    freed = 0
    with commit():
        for table in tables:
            holders = db.session.scalars(select(table.worker).where(table.state == "running").distinct()).all()
            dead = [name for name in holders if name and _is_of_this_machine(name) and not _is_alive(name)]
            if dead:
                free = update(table).where(table.state == "running", table.worker.in_(dead))
                result = db.session.execute(free.values(state="pending", worker=None))
                freed += int(getattr(result, "rowcount", 0))
    return freed


def _is_of_this_machine(name: str) -> bool:
    return name.split(":")[0] == socket.gethostname()


def _is_alive(name: str) -> bool:
    _, pid, started = name.rsplit(":", 2)
    try:
        process = psutil.Process(int(pid))
        # A killed process stays as a zombie until its parent, or init in its place, has noticed.
        return f"{process.create_time():.2f}" == started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def mark_done(table: Table, ids: Sequence[int], state: str = "done") -> None:
    """Rows that are over. Inside `commit()`."""
    over = {"state": state, "done_at": clock.now(), "worker": None, "last_error": None}
    db.session.execute(update(table).where(table.id.in_(list(ids))).values(over))


def is_any_due(table: Table, only: ColumnElement[bool] | None = None) -> bool:
    """Whether a row waits to be claimed."""
    query = select(table.id).where(is_due(table, clock.now())).limit(1)
    found = db.session.scalar(query if only is None else query.where(only))
    db.session.rollback()
    return found is not None


def counts(table: Table) -> dict[str, int]:
    """Rows by state."""
    states: dict[str, int] = {"pending": 0, "running": 0, "done": 0, "failed": 0}
    for state, number in db.session.execute(select(table.state, func.count()).group_by(table.state)):
        states[state] = number
    return states


def retry(table: Table, ids: Sequence[int]) -> int:
    """Put failed rows (or those waiting for another try) back, due now; the number of rows. Inside `commit()`."""
    assert is_writing()
    again = update(table).where(table.id.in_(ids), table.state.in_(["failed", "pending"]))
    result = db.session.execute(again.values(state="pending", due_at=clock.now(), attempts=0))
    return int(getattr(result, "rowcount", 0))


def oldest_due(table: Table) -> datetime | None:
    """Since when the row that waits longest has been due; None when nothing waits."""
    return db.session.scalar(select(func.min(table.due_at)).where(is_due(table, clock.now())))
