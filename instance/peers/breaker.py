"""How other servers are: ten failures in a row and one rests, a week of them and it is given up until it speaks.

What waits for a server that rests is put off by one statement, not tried row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from federation.ports import Scheme
from instance.core import clock, leases
from instance.core.db import db
from instance.core.jobs import board
from instance.peers.models import Delivery, Peer
from instance.peers.outbox import DEAD

FAILURES = 10  # in a row, before the first rest
REST_S = 600
REST_MAX_S = 12 * 3600
DEAD_S = 7 * 86_400
SCHEME_DAYS = 7
FRESH = timedelta(hours=1)  # how exactly the moments of a server that is well are kept
_PEER: Table = Peer.__table__  # type: ignore[assignment]  # a declared class always has a Table
_COLUMNS = (
    "failures", "failing_since", "rests_until", "is_dead", "answered_at", "scheme", "scheme_until", "clock_off_s",
)  # fmt: skip
_UPDATE = (
    update(_PEER)
    .where(_PEER.c.host == bindparam("b_host"))
    .values({name: bindparam(f"b_{name}") for name in _COLUMNS})
)  # fmt: skip


@dataclass
class Health:
    """A server as it is known; `changed` says whether its row must be written."""

    host: str
    failures: int = 0
    failing_since: datetime | None = None
    rests_until: datetime | None = None
    is_dead: bool = False
    answered_at: datetime | None = None
    scheme: Scheme | None = None
    scheme_until: datetime | None = None
    clock_off_s: int = 0
    is_changed: bool = False

    def is_on_trial(self) -> bool:
        """Whether it rested, or rests, and may be tried with one letter only."""
        return self.failures >= FAILURES

    def knows(self, moment: datetime) -> Scheme | None:
        """The signature scheme that it took last, None where that is too long ago."""
        return self.scheme if self.scheme_until is not None and self.scheme_until > moment else None

    def answered(self, moment: datetime, *, scheme: Scheme | None = None, off_s: int | None = None) -> None:
        """It took a letter, or refused it with a reason: it is there."""
        if self.failures or self.is_dead or self.rests_until:
            self.failures, self.failing_since, self.rests_until, self.is_dead = 0, None, None, False
            self.is_changed = True
        if self.answered_at is None or moment - self.answered_at > FRESH:
            self.answered_at, self.is_changed = moment, True
        if scheme and (scheme != self.knows(moment) or self.scheme_until - moment < timedelta(days=1)):  # type: ignore[operator]  # known, so not None
            self.scheme, self.scheme_until, self.is_changed = scheme, moment + timedelta(days=SCHEME_DAYS), True
        if off_s is not None and abs(off_s - self.clock_off_s) > 5:
            self.clock_off_s, self.is_changed = off_s, True

    def failed(self, moment: datetime, *, rest_s: int | None = None) -> bool:
        """It did not answer; whether its letters are to be put off. `rest_s`: it asked for that much time."""
        if self.rests_until is not None and self.rests_until > moment:
            return False  # on its way when the rest began
        self.is_changed = True
        self.failures += 1
        self.failing_since = self.failing_since or moment
        if moment - self.failing_since >= timedelta(seconds=board.wait(DEAD_S)):
            self.is_dead, self.rests_until = True, None
            return True
        if rest_s is None and not self.is_on_trial():
            return False
        own_s = min(REST_S * 2 ** min(self.failures - FAILURES, 20), REST_MAX_S) if self.is_on_trial() else 0
        self.rests_until = moment + timedelta(seconds=board.wait(max(own_s, rest_s or 0)))
        return True


def healths(hosts: Iterable[str]) -> dict[str, Health]:
    """What is known of each of `hosts`."""
    wanted = set(hosts)
    names = ("host", *_COLUMNS)
    rows = db.session.execute(select(*(_PEER.c[name] for name in names)).where(_PEER.c.host.in_(wanted)))
    known = {row[0]: Health(**dict(zip(names, row, strict=True))) for row in rows}
    return {host: known.get(host) or Health(host) for host in wanted}


def keep(found: Mapping[str, Health]) -> None:
    """Write what changed. Inside `commit()`."""
    changed = [one for _host, one in sorted(found.items()) if one.is_changed]
    if not changed:
        return
    _make([one.host for one in changed])
    rows = [{f"b_{name}": getattr(one, name) for name in ("host", *_COLUMNS)} for one in changed]
    db.session.connection().execute(_UPDATE, rows)


def put_off(health: Health) -> None:
    """Nothing goes to a server before its rest is over; to one that is given up, nothing. Inside `commit()`."""
    waiting = update(Delivery).where(Delivery.host == health.host, Delivery.state == "pending")
    if health.is_dead:
        db.session.execute(waiting.values(state="failed", last_error=DEAD))
    elif health.rests_until is not None:
        db.session.execute(waiting.where(Delivery.due_at < health.rests_until).values(due_at=health.rests_until))


def heard(host: str) -> None:
    """A valid activity came from `host`: it is there, and what waited for it goes now. Inside `commit()`."""
    moment = clock.now()
    known = db.session.execute(
        select(_PEER.c.heard_at, _PEER.c.is_dead, _PEER.c.rests_until).where(_PEER.c.host == host)
    ).first()
    if known is None:
        _make([host])
    is_away = known is not None and (known.is_dead or (known.rests_until is not None and known.rests_until > moment))
    if is_away:
        _wake(host, known.rests_until if known else None, moment)
    if is_away or known is None or known.heard_at is None or moment - known.heard_at > FRESH:
        db.session.execute(update(_PEER).where(_PEER.c.host == host).values(heard_at=moment))


def _wake(host: str, until: datetime | None, moment: datetime) -> None:
    well = {"is_dead": False, "failures": 0, "failing_since": None, "rests_until": None}
    db.session.execute(update(_PEER).where(_PEER.c.host == host).values(well))
    given_up = update(Delivery).where(Delivery.host == host, Delivery.state == "failed", Delivery.last_error == DEAD)
    db.session.execute(given_up.values(state="pending", due_at=moment, attempts=0))
    leases.note_due(Delivery.__tablename__)
    if until is not None:
        rests = update(Delivery).where(Delivery.host == host, Delivery.state == "pending", Delivery.due_at <= until)
        db.session.execute(rests.values(due_at=moment))


def scheme(host: str) -> Scheme | None:
    """The signature scheme that `host` took last, None where that is not known."""
    return healths([host])[host].knows(clock.now())


def keep_scheme(host: str, scheme: Scheme) -> None:
    """Remember for a week what `host` took. Inside `commit()`."""
    health = healths([host])[host]
    if health.knows(clock.now()) != scheme:
        health.answered(clock.now(), scheme=scheme)
        keep({host: health})


def _make(hosts: list[str]) -> None:
    """Rows for servers that have none yet; two processes may meet the same server at once."""
    values: list[dict[str, Any]] = [{"host": host, "failures": 0, "is_dead": False, "clock_off_s": 0} for host in hosts]
    is_sqlite = db.session.get_bind().dialect.name == "sqlite"
    dialect = sqlite if is_sqlite else postgresql
    db.session.execute(dialect.insert(_PEER).on_conflict_do_nothing(index_elements=["host"]), values)
