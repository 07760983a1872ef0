"""Jobs are rows, written in the transaction of what caused them; claimed with a lease, kept until done.

A worker (a thread of the web process, `quartier worker`, or RQ) only calls `run_due`. A row is pending, running, done
or failed, and always visible. Redis never holds anything that is not here.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Index, Row, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from instance.core import clock, leases
from instance.core.db import Model, Plain, after_commit, commit, db, sheet
from instance.core.errors import DomainError
from instance.core.ids import new_id
from instance.core.leases import Lane, Leased

BATCH = 50
ERRANDS = 5  # few at a time: each may wait for a slow server
KEEP_DAYS = 7
WAITS_S = (60, 120, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400)

Task = Callable[[dict[str, Any]], None]
Reaction = Callable[[Sequence[Any]], None]


class Job(Leased, Model):
    """One thing to do; `kind` is a task's name or `fact:` and a fact's."""

    __tablename__ = "job"

    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(Plain)
    key: Mapped[str | None] = mapped_column(unique=True)  # at most one job of this name, for ever

    __table_args__ = (Index("ix_job_due", "state", "due_at"),)


_INSERT = insert(sheet(Job))


@dataclass
class Switchboard:
    """Who does what: filled by reactions.py at start. `wait` shortens waits for tests (QL_FAST_RETRY).

    `errands` are the tasks that talk to other servers: each set of them runs apart from all others, which it may not
    hold up.
    """

    tasks: dict[str, Task]
    reactions: dict[str, Sequence[Reaction]]
    revive: Callable[[str, dict[str, Any]], Any]
    wait: Callable[[float], float]
    errands: Sequence[frozenset[str]] = ()
    lanes: Sequence[Lane] = ()  # the other tables of waiting rows


@dataclass(frozen=True)
class Waker:
    """A loop of this process that runs some lanes."""

    event: threading.Event
    lanes: Sequence[Lane]


board = Switchboard({}, {}, lambda _kind, payload: payload, lambda seconds: seconds)
wakers: list[Waker] = []
wake_others: list[Callable[[], None]] = []  # Redis mode: tell RQ that something is due


def _tell_worker() -> None:
    """Wake whoever has something to do now: a look that finds nothing costs as much as a small request."""
    names = db.session.info.pop(leases.DUE, None)
    if not names:
        return
    for waker in wakers:
        if any(lane.is_for(name) for lane in waker.lanes for name in names):
            waker.event.set()
    for tell in wake_others:
        tell()


after_commit.append(_tell_worker)


def put_all(wanted: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Add job rows of these kinds and payloads to the running transaction, due now, in one statement."""
    now = clock.now()
    rows = [
        {"id": new_id(), "kind": kind, "payload": payload, "due_at": now, "state": "pending", "attempts": 0}
        for kind, payload in wanted
    ]
    db.session.connection().execute(_INSERT, rows)
    leases.note_due(*(kind for kind, _payload in wanted))


def put(kind: str, payload: dict[str, Any], *, due_at: datetime | None = None, key: str | None = None) -> None:
    """Add a job row to the running transaction. With `key`, a second row of that key is not added."""
    row = {"id": new_id(), "kind": kind, "payload": payload, "key": key, "due_at": due_at or clock.now()}
    row |= {"state": "pending", "attempts": 0}
    if due_at is None or due_at <= clock.now():
        leases.note_due(kind)
    if key is None:
        db.session.connection().execute(_INSERT, row)
        return
    try:
        with db.session.begin_nested():
            db.session.connection().execute(_INSERT, row)
    except IntegrityError:
        return  # that key was put before: nothing to add


def lanes() -> list[Lane]:
    """Every table of waiting rows, those of other rooms included; the order in which the worker looks at them."""
    away = frozenset[str]().union(*board.errands)
    home = Lane(Job, run_due, only=_at_home, takes=lambda name: name not in away)
    return [home, *board.lanes, *map(_errands, board.errands)]


def _at_home() -> ColumnElement[bool]:
    return _none_of(frozenset[str]().union(*board.errands))


# The same object each time: leases.py keeps a statement for each of them.
@lru_cache(maxsize=16)
def _none_of(kinds: frozenset[str]) -> ColumnElement[bool]:
    return Job.kind.not_in(kinds)


@lru_cache(maxsize=16)
def _one_of(kinds: frozenset[str]) -> ColumnElement[bool]:
    return Job.kind.in_(kinds)


def _errands(kinds: frozenset[str]) -> Lane:
    return Lane(
        Job, lambda: run_errands(kinds), is_slow=True, only=lambda: _one_of(kinds), takes=lambda name: name in kinds
    )


def give_back_dead() -> int:
    """Return to pending what dead processes of this machine had claimed, in every lane; the number of rows."""
    return leases.give_back_dead(list({lane.table: None for lane in lanes()}))


def claim(limit: int = BATCH, *, kinds: frozenset[str] | None = None) -> list[Row[Any]]:
    """Take up to `limit` due rows for this process, with a lease; rows whose lease ran out are due again.

    Errands of `kinds`, or what is done at home.
    """
    only = _at_home() if kinds is None else _one_of(kinds)
    rows = leases.claim(Job, limit, lease_s=board.wait(leases.LEASE_S) + 5, only=only)
    return sorted(rows, key=lambda row: row.id)


def run_errands(kinds: frozenset[str]) -> int:
    """Run a few of the tasks of `kinds`, which talk to other servers; the number of rows touched."""
    return _run([(job.id, job.kind, job.payload, job.attempts) for job in claim(ERRANDS, kinds=kinds)])


def run_due(limit: int = BATCH) -> int:
    """Run one batch of what is due at home; the number of rows touched. Facts of one kind share a transaction."""
    return _run([(job.id, job.kind, job.payload, job.attempts) for job in claim(limit)])


def _run(rows: list[tuple[int, str, dict[str, Any], int]]) -> int:
    by_kind: dict[str, list[tuple[int, dict[str, Any], int]]] = {}
    for identifier, kind, payload, attempts in rows:
        by_kind.setdefault(kind, []).append((identifier, payload, attempts))
    for kind, group in by_kind.items():
        _run_group(kind, group)
    return len(rows)


def run_all() -> int:
    """Run batches of every lane until nothing is due (commands, tests)."""
    total = 0
    while done := sum(lane.run() for lane in lanes()):
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
        leases.mark_done(Job, [identifier for identifier, _ in group])


def _run_task(kind: str, identifier: int, payload: dict[str, Any], attempts: int) -> None:
    try:
        board.tasks[kind](payload)
    except Exception as error:  # noqa: BLE001  edge: the row says what went wrong and is tried again
        db.session.rollback()
        _fail(identifier, attempts, error)
        return
    with commit():
        leases.mark_done(Job, [identifier])


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
    """Job rows by state."""
    return leases.counts(Job)


def retry(ids: Sequence[int]) -> int:
    """Put failed rows (or those waiting for another try) back, due now; the number of rows. Inside `commit()`."""
    return leases.retry(Job, ids)


def is_any_due() -> bool:
    """Whether a row waits to be claimed, in any lane."""
    return any(lane.is_any_due() for lane in lanes())


def oldest_due() -> datetime | None:
    """Since when the row that waits longest has been due; None when nothing waits."""
    return leases.oldest_due(Job)


def forget_done(_: dict[str, Any]) -> None:
    """Task: done rows go after `KEEP_DAYS` days."""
    with commit():
        db.session.execute(
            delete(Job).where(Job.state == "done", Job.done_at < clock.now() - timedelta(days=KEEP_DAYS))
        )
