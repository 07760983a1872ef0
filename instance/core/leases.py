"""Rows that wait to be done: claimed with a lease by one process, given back when it dies, visible in every state.

Jobs, activities that came in and deliveries that go out are such rows; each table is one lane of the worker.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import ColumnElement, Row, Select, Update, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from instance.core import clock
from instance.core.db import BigId, Moment, commit, db, is_writing, new_id, sheet

LEASE_S = 60
DUE = "due"  # name in the session's info: what the running transaction made due
ANY = "*"
NOW = bindparam("now", type_=Moment)


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
    takes: Callable[[str], bool] | None = None  # which of the names that `note_due` hears; None: its table's

    def is_for(self, name: str) -> bool:
        """Whether what was noted as due under `name` waits in this lane."""
        return name == ANY or (self.takes(name) if self.takes else name == sheet(self.table).name)

    def is_any_due(self) -> bool:
        """Whether a row waits to be claimed."""
        return is_any_due(self.table, self.only())


def note_due(*names: str) -> None:
    """Rows of these names are due: whoever runs them is woken when this transaction ends, and nobody else.

    Names are those of tables, and kinds of jobs. What is not noted is found by the next look, a second later.
    """
    db.session.info.setdefault(DUE, set()).update(names)


def me() -> str:
    """Name of this process among workers: host, pid and start, so that a reused pid is another name."""
    return _name(os.getpid())


@lru_cache(maxsize=1)
def _name(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_started(pid)}"


def _started(pid: int) -> str:
    """When a process began, the same for whoever asks while it lives. Raises `psutil.NoSuchProcess`.

    By the clock it would move whenever the clock is set; ticks since boot don't (proc(5): `starttime`, field 22).
    """
    try:
        # The second field, the program's name in brackets, may hold anything: what counts begins after it.
        ticks = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
        return f"{ticks}@{_boot()}"
    except OSError:  # another system than Linux, or it has just ended
        return _started_by_clock(pid)


def _started_by_clock(pid: int) -> str:
    return f"{psutil.Process(pid).create_time():.2f}"


@lru_cache(maxsize=1)
def _boot() -> str:
    """Which boot of this machine it is: ticks begin anew with each."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _is_due(table: Table) -> ColumnElement[bool]:
    """The condition on rows that may be claimed now: waiting ones, and those whose lease ran out."""
    waits = and_(table.state == "pending", table.due_at <= NOW)
    return or_(waits, and_(table.state == "running", table.lease_until < NOW))


def claim(
    table: Table, limit: int, *, lease_s: float = LEASE_S, only: ColumnElement[bool] | None = None
) -> list[Row[Any]]:
    """Take up to `limit` due rows (of those that `only` allows) for this process, the longest due first.

    They come as they stand now, this try among their `attempts`, by the columns of their table.
    """
    if not is_any_due(table, only):
        return []  # without a write transaction, for which others would wait
    moment = clock.now()
    values = {"now": moment, "most": limit, "me": me(), "until": moment + timedelta(seconds=lease_s)}
    with commit():
        rows = db.session.connection().execute(_taking(table, only), values).all()  # type: ignore[arg-type]  # classes are hashable
    return sorted(rows, key=lambda row: (row.due_at, row.id))


# Statements that every look of the worker needs: built once for each lane (performance.md, rule 5).
@lru_cache(maxsize=64)
def _taking(table: Table, only: ColumnElement[bool] | None) -> Update:
    due = _filtered(select(table.id), table, only).order_by(table.due_at, table.id).limit(bindparam("most"))
    ids = select(due.with_for_update(skip_locked=True).cte("claimed").c.id)
    rows = sheet(table)
    taken = {"state": "running", "worker": bindparam("me"), "lease_until": bindparam("until", type_=Moment)}
    return update(rows).where(rows.c.id.in_(ids)).values(taken | {"attempts": rows.c.attempts + 1}).returning(*rows.c)


@lru_cache(maxsize=64)
def _looking(table: Table, only: ColumnElement[bool] | None) -> Select[Any]:
    return _filtered(select(table.id), table, only).limit(1)


def _filtered(found: Select[Any], table: Table, only: ColumnElement[bool] | None) -> Select[Any]:
    found = found.where(_is_due(table))
    return found if only is None else found.where(only)


@lru_cache(maxsize=16)
def _ending(table: Table) -> Update:
    rows = sheet(table)
    over = {"state": bindparam("end"), "done_at": NOW, "worker": None, "last_error": None}
    return update(rows).where(rows.c.id.in_(bindparam("ids", expanding=True, type_=BigId))).values(over)


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
        # A killed process stays as a zombie until its parent, or init in its place, has noticed.
        is_running = psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE
        # Names that older versions left in rows hold the time by the clock.
        return is_running and started in {_started(int(pid)), _started_by_clock(int(pid))}
    except psutil.NoSuchProcess:
        return False


def mark_done(table: Table, ids: Sequence[int], state: str = "done") -> None:
    """Rows that are over. Inside `commit()`."""
    values = {"end": state, "now": clock.now(), "ids": list(ids)}
    db.session.connection().execute(_ending(table), values)  # type: ignore[arg-type]


def is_any_due(table: Table, only: ColumnElement[bool] | None = None) -> bool:
    """Whether a row waits to be claimed."""
    found = db.session.connection().scalar(_looking(table, only), {"now": clock.now()})  # type: ignore[arg-type]
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
    note_due(ANY)
    return int(getattr(result, "rowcount", 0))


def oldest_due(table: Table) -> datetime | None:
    """Since when the row that waits longest has been due; None when nothing waits."""
    return db.session.scalar(select(func.min(table.due_at)).where(_is_due(table)), {"now": clock.now()})
