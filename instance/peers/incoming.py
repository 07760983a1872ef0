"""What came in with a good signature: stored at once, then understood in batches by the worker.

The row is the memory of having seen the activity (threats.md A5, B5), and says what became of it. A batch is one
transaction with a savepoint for each activity, so that one that fails takes nothing else with it.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from federation.documents import Activity
from federation.errors import BadDocument, FederationError, Missing
from federation.urls import host_of
from instance.core import clock, fed, ids, jobs, leases
from instance.core.db import commit, db, new_id
from instance.core.errors import DomainError
from instance.core.facts import rolled_back
from instance.core.leases import Lane
from instance.peers import breaker
from instance.peers.models import Incoming

BATCH = 50
HOLD_S = 0.1  # requests wait while a batch is written: it ends early
# Of the 50 fetches that one activity may cause over all its jobs (threats.md C5), those for who and what it names;
# the other 40 are for what a post leads to (posts/fetching.py).
BUDGET = 10
WAITS_S = (60, 300, 1800, 7200, 43200)  # an error of ours may be mended meanwhile
KEPT = timedelta(days=30)
ERRANDS_LAST = timedelta(days=4)  # longer than all tries of an errand together
BODY_KEPT = timedelta(days=7)  # of public activities: a moderator may let one be passed on later
URI_MAX_BYTES = 2000  # a longer key does not fit into a PostgreSQL index
FETCH = "fetch_for"
FORGOTTEN = "forgotten activities"  # name in the session's info: ids of which no words are to be kept

_INCOMING: Table = Incoming.__table__  # type: ignore[assignment]  # a declared class always has a Table
_TAKE = {
    # The number of rows is forgotten after an INSERT unless it is asked for.
    name: dialect.insert(_INCOMING)
    .on_conflict_do_nothing(index_elements=["host", "uri"])
    .execution_options(preserve_rowcount=True)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_COLUMNS = ("id", "host", "uri", "actor_uri", "body", "attempts", "fetches")
_DUE = (
    select(*(_INCOMING.c[name] for name in _COLUMNS))
    .where(_INCOMING.c.state == "pending", _INCOMING.c.due_at <= bindparam("now"))
    .order_by(_INCOMING.c.due_at, _INCOMING.c.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)
_OVER = ("state", "last_error", "attempts", "due_at", "done_at", "body")
_SETTLE = (
    update(_INCOMING)
    .where(_INCOMING.c.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in _OVER})
)  # fmt: skip


def take(activity: Activity, host: str) -> bool:
    """Store an activity whose signer is of `host`, to be understood soon; False if it was here before.

    Inside `commit()`. Raises `BadDocument` for an id that no index takes.
    """
    if max(len(activity.id.encode()), len(activity.actor.encode())) > URI_MAX_BYTES:
        raise BadDocument("activity.id")
    connection = db.session.connection()
    row = {
        "id": new_id(), "host": host, "uri": activity.id, "actor_uri": activity.signer, "kind": kind_of(activity),
        "body": activity.received.decode(), "state": "pending", "attempts": 0, "fetches": 0, "due_at": clock.now(),
    }  # fmt: skip
    leases.note_due(_INCOMING.name)
    return connection.execute(_TAKE[connection.dialect.name], row).rowcount == 1


def kind_of(activity: Activity) -> str:
    """Types of the activity and of what it embeds, as the admin's page names it: "Create Note"."""
    inner = activity.claimed.type if activity.claimed is not None else ""
    return f"{activity.type} {inner}".strip()[:80]


def run_batch() -> int:
    """Understand up to `BATCH` activities in one transaction; how many."""
    if not leases.is_any_due(Incoming):
        return 0
    with commit():
        rows = db.session.connection().execute(_DUE, {"now": clock.now()}).all()
        until = time.monotonic() + HOLD_S
        settled: list[dict[str, Any]] = []
        for row in rows:
            settled.append(_understand(row))
            if time.monotonic() > until:
                break
        if settled:
            gone = db.session.info.get(FORGOTTEN, set())  # told and taken back in one batch
            for row, end in zip(rows, settled, strict=False):
                end["new_body"] = "" if row.uri in gone else end["new_body"]
            db.session.flush()
            db.session.connection().execute(_SETTLE, settled)
            for host in dict.fromkeys(row.host for row in rows[: len(settled)]):
                breaker.heard(host)
    return len(settled)


lane = Lane(Incoming, run_batch)


def _understand(row: Row[Any]) -> dict[str, Any]:
    """Dispatch one activity within its savepoint; what its row says afterwards."""
    activity: Activity | None = None
    try:
        activity = Activity.read(row.body.encode(), row.actor_uri)
        with rolled_back(), db.session.begin_nested():
            fed.engine().dispatch(activity)
    except Missing as missing:
        return _wait(row, missing)
    except FederationError as error:  # our choice, or nothing that could be understood
        return _settled(row, "ignored", reason=error.code, body=_kept_body(row, activity))
    except DomainError as error:
        return _settled(row, "ignored", reason=error.code, body=_kept_body(row, activity))
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise  # the database is away, nothing was written: all of them are due again
        return _again(row, jobs.told(error))
    return _settled(row, "done", body=_kept_body(row, activity))


def _wait(row: Row[Any], missing: Missing) -> dict[str, Any]:
    """Something must be fetched first: an errand does, and makes the row due again."""
    if row.fetches >= BUDGET:
        return _settled(row, "ignored", reason="fetch.budget", body="")
    jobs.put(FETCH, {"incoming_id": str(row.id), "uri": missing.uri, "kind": missing.kind})
    return _settled(row, "waiting", reason=f"waits.{missing.kind}")


def _again(row: Row[Any], reason: str) -> dict[str, Any]:
    """An error of ours: longer waits each time, then the row stays as failed until somebody repeats it."""
    if row.attempts >= len(WAITS_S):
        return _settled(row, "failed", reason=reason, attempts=row.attempts + 1)
    due_at = clock.now() + timedelta(seconds=jobs.board.wait(WAITS_S[row.attempts]))
    return _settled(row, "pending", reason=reason, attempts=row.attempts + 1, due_at=due_at)


def _settled(
    row: Row[Any], state: str, *, reason: str | None = None, attempts: int | None = None,
    due_at: datetime | None = None, body: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    now = clock.now()
    return {
        "row_id": row.id, "new_state": state, "new_last_error": reason,
        "new_attempts": row.attempts if attempts is None else attempts, "new_due_at": due_at or now,
        "new_done_at": now if state in {"done", "ignored"} else None,
        "new_body": row.body if body is None else body,
    }  # fmt: skip


def _kept_body(row: Row[Any], activity: Activity | None) -> str:
    """What everybody may read stays for a while, to be passed on; private words stay in no second place."""
    said = [] if activity is None else [activity, *([activity.claimed] if activity.claimed is not None else [])]
    return str(row.body) if any(one.is_public for one in said) else ""


def resume(incoming_id: int, fetches: int, refusal: str | None = None) -> None:
    """What was missing is here, after `fetches` requests, and the row due again; `refusal`: it is not to be had.

    Inside `commit()`.
    """
    values: dict[str, Any] = {"fetches": _INCOMING.c.fetches + max(fetches, 1), "last_error": refusal}
    if refusal is None:
        leases.note_due(_INCOMING.name)
        values |= {"state": "pending", "due_at": clock.now()}
    else:
        values |= {"state": "ignored", "done_at": clock.now(), "body": ""}
    mine = update(_INCOMING).where(_INCOMING.c.id == incoming_id, _INCOMING.c.state == "waiting")
    db.session.execute(mine.values(values))


def forget_words(uri: str) -> None:
    """What this activity told of is gone, or was known: its row stays, as the memory of having seen it.

    Inside `commit()`.
    """
    told = update(_INCOMING).where(_INCOMING.c.host == host_of(uri), _INCOMING.c.uri == uri)
    db.session.execute(told.values(body=""))
    db.session.info.setdefault(FORGOTTEN, set()).add(uri)


def forget_old(_: dict[str, Any]) -> None:
    """Task: after 30 days a row goes, whatever its state; after 7 its words do, save of what waits to be repeated."""
    now = clock.now()
    over = _INCOMING.c.state.in_(["done", "ignored"])
    with commit():
        db.session.execute(delete(_INCOMING).where(_INCOMING.c.id < ids.at(now - KEPT)))
        stuck = update(_INCOMING).where(_INCOMING.c.state == "waiting", _INCOMING.c.due_at < now - ERRANDS_LAST)
        db.session.execute(stuck.values(state="failed", last_error="fetch.unreachable"))
        old = update(_INCOMING).where(_INCOMING.c.id < ids.at(now - BODY_KEPT), over, _INCOMING.c.body != "")
        db.session.execute(old.values(body=""))
