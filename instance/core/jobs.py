"""Jobs are rows, written in the transaction of what caused them; claimed with a lease, kept until done.

A worker (a thread of the web process, `quartier worker`, or RQ) only calls `run_due`. A row is pending, running, done
or failed, and always visible. Redis never holds anything that is not here.
"""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import ColumnElement, Index, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from instance.core import clock
from instance.core.db import BigId, Model, Moment, Plain, after_commit, commit, db, is_writing
from instance.core.errors import DomainError
from instance.core.ids import new_id

LEASE_S = 60
BATCH = 50
KEEP_DAYS = 7
WAITS_S = (60, 120, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400)

Task = Callable[[dict[str, Any]], None]
Reaction = Callable[[Sequence[Any]], None]


class Job(Model):
    """One thing to do; `kind` is a task's name or `fact:` and a fact's."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(Plain)
    key: Mapped[str | None] = mapped_column(unique=True)  # at most one job of this name, for ever
    state: Mapped[str] = mapped_column(default="pending")  # pending | running | done | failed
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    worker: Mapped[str | None]
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_job_due", "state", "due_at"),)


@dataclass
class Switchboard:
    """Who does what: filled by reactions.py at start. `wait` shortens waits for tests (QL_FAST_RETRY)."""

    tasks: dict[str, Task]
    reactions: dict[str, Sequence[Reaction]]
    revive: Callable[[str, dict[str, Any]], Any]
    wait: Callable[[float], float]


board = Switchboard({}, {}, lambda _kind, payload: payload, lambda seconds: seconds)
wake = threading.Event()
wake_others: list[Callable[[], None]] = []  # Redis mode: tell RQ that something is due


def _tell_worker() -> None:
    wake.set()
    for tell in wake_others:
        tell()


after_commit.append(_tell_worker)


def put(kind: str, payload: dict[str, Any], *, due_at: datetime | None = None, key: str | None = None) -> None:
    """Add a job row to the running transaction. With `key`, a second row of that key is not added."""
    row = {"id": new_id(), "kind": kind, "payload": payload, "key": key, "due_at": due_at or clock.now()}
    row |= {"state": "pending", "attempts": 0}
    if key is None:
        db.session.execute(insert(Job).values(row))
        return
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Job).values(row))
    except IntegrityError:
        return  # that key was put before: nothing to add


def me() -> str:
    """Name of this process among workers: host, pid and start, so that a reused pid is another name."""
    process = psutil.Process()
    return f"{socket.gethostname()}:{process.pid}:{process.create_time():.2f}"


def give_back_dead() -> int:
    """Return to pending what dead processes of this machine had claimed; the number of rows."""
    host = socket.gethostname()
    with commit():
        holders = db.session.scalars(select(Job.worker).where(Job.state == "running").distinct()).all()
        dead = [name for name in holders if name and name.split(":")[0] == host and not _is_alive(name)]
        if not dead:
            return 0
        freed = db.session.execute(
            update(Job).where(Job.state == "running", Job.worker.in_(dead)).values(state="pending", worker=None)
        )
        return int(getattr(freed, "rowcount", 0))


def _is_alive(name: str) -> bool:
    _, pid, started = name.rsplit(":", 2)
    try:
        process = psutil.Process(int(pid))
        # A killed process stays as a zombie until its parent, or init in its place, has noticed.
        return f"{process.create_time():.2f}" == started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def claim(limit: int = BATCH) -> list[Job]:
    """Take up to `limit` due rows for this process, with a lease; rows whose lease ran out are due again."""
    if not is_any_due():
        return []  # without a write transaction, whose end would wake the worker that found nothing
    moment = clock.now()
    due = (
        select(Job.id)
        .where(_is_due(moment))
        .order_by(Job.due_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with commit():
        ids = db.session.scalars(due).all()
        if not ids:
            return []
        lease = moment + timedelta(seconds=board.wait(LEASE_S) + 5)
        db.session.execute(
            update(Job)
            .where(Job.id.in_(ids))
            .values(state="running", worker=me(), lease_until=lease, attempts=Job.attempts + 1)
        )
    return list(db.session.scalars(select(Job).where(Job.id.in_(ids)).order_by(Job.id)))


def run_due(limit: int = BATCH) -> int:
    """Run one batch of what is due; the number of rows touched. Facts of one kind share a transaction."""
    rows = [(job.id, job.kind, job.payload, job.attempts) for job in claim(limit)]
    db.session.rollback()
    by_kind: dict[str, list[tuple[int, dict[str, Any], int]]] = {}
    for identifier, kind, payload, attempts in rows:
        by_kind.setdefault(kind, []).append((identifier, payload, attempts))
    for kind, group in by_kind.items():
        _run_group(kind, group)
    return len(rows)


def run_all() -> int:
    """Run batches until nothing is due (commands, tests)."""
    total = 0
    while done := run_due():
        total += done
    return total


def _run_group(kind: str, group: list[tuple[int, dict[str, Any], int]]) -> None:
    if kind in board.tasks:
        for identifier, payload, attempts in group:
            _run_task(kind, identifier, payload, attempts)
        return
    try:
        _react(kind, [(identifier, payload) for identifier, payload, _ in group])
    except Exception as error:  # noqa: BLE001  edge: a poisoned fact must not hold back its batch
        if len(group) == 1:
            _fail(group[0][0], group[0][2], error)
            return
        for one in group:
            _run_group(kind, [one])


def _react(kind: str, group: list[tuple[int, dict[str, Any]]]) -> None:
    facts = [board.revive(kind, payload) for _, payload in group]
    with commit():
        for reaction in board.reactions[kind]:
            reaction(facts)
        _mark_done([identifier for identifier, _ in group])


def _run_task(kind: str, identifier: int, payload: dict[str, Any], attempts: int) -> None:
    try:
        board.tasks[kind](payload)
    except Exception as error:  # noqa: BLE001  edge: the row says what went wrong and is tried again
        db.session.rollback()
        _fail(identifier, attempts, error)
        return
    with commit():
        _mark_done([identifier])


def _mark_done(ids: Iterable[int]) -> None:
    db.session.execute(
        update(Job).where(Job.id.in_(list(ids))).values(state="done", done_at=clock.now(), last_error=None, worker=None)
    )


def _fail(identifier: int, attempts: int, error: Exception) -> None:
    """Wait longer each time; after the last wait the row stays as failed until somebody repeats it."""
    final = attempts > len(WAITS_S)
    due = clock.now() + timedelta(seconds=board.wait(WAITS_S[min(attempts, len(WAITS_S)) - 1]))
    with commit():
        db.session.execute(
            update(Job)
            .where(Job.id == identifier)
            .values(
                state="failed" if final else "pending",
                due_at=due,
                worker=None,
                last_error=told(error),
            )
        )


def told(error: Exception) -> str:
    """What went wrong and where, for the row: never the message of others, which quotes mail addresses and values."""
    name = type(error).__name__
    if isinstance(error, DomainError):
        return f"{name}: {error.code}"
    reason = getattr(error, "smtp_code", None) or getattr(error, "strerror", None)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{name}: {reason}{place}" if reason else f"{name}{place}"


def counts() -> dict[str, int]:
    """Rows by state."""
    states: dict[str, int] = {"pending": 0, "running": 0, "done": 0, "failed": 0}
    for state, number in db.session.execute(select(Job.state, func.count()).group_by(Job.state)):
        states[state] = number
    return states


def retry(ids: Sequence[int]) -> int:
    """Put failed rows (or those waiting for another try) back, due now; the number of rows. Inside `commit()`."""
    assert is_writing()
    result = db.session.execute(
        update(Job)
        .where(Job.id.in_(ids), Job.state.in_(["failed", "pending"]))
        .values(state="pending", due_at=clock.now(), attempts=0)
    )
    return int(getattr(result, "rowcount", 0))


def is_any_due() -> bool:
    """Whether a row waits to be claimed."""
    found = db.session.scalar(select(Job.id).where(_is_due(clock.now())).limit(1))
    db.session.rollback()
    return found is not None


def oldest_due() -> datetime | None:
    """Since when the row that waits longest has been due; None when nothing waits."""
    return db.session.scalar(select(func.min(Job.due_at)).where(_is_due(clock.now())))


def _is_due(moment: datetime) -> ColumnElement[bool]:
    waits = and_(Job.state == "pending", Job.due_at <= moment)
    return or_(waits, and_(Job.state == "running", Job.lease_until < moment))


def forget_done(_: dict[str, Any]) -> None:
    """Task: done rows go after `KEEP_DAYS` days."""
    with commit():
        db.session.execute(
            delete(Job).where(Job.state == "done", Job.done_at < clock.now() - timedelta(days=KEEP_DAYS))
        )
