"""What goes out and what came in, as admins look at it: states, reasons, and once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, or_, select, update

from instance.core import clock, leases
from instance.core.db import db, is_writing
from instance.core.leases import Table
from instance.peers.models import Delivery, HostRule, Incoming, Outgoing, Peer
from instance.peers.outbox import DEAD

SHOWN = 50
OUT_STATES = ("pending", "running", "done", "failed", "cancelled")
IN_STATES = ("pending", "waiting", "running", "done", "ignored", "failed")
REPLAYED = ("done", "ignored", "failed", "waiting")


@dataclass(frozen=True)
class Passage:
    """One activity on its way; `address` is the inbox it goes to, or the id under which it came."""

    id: int
    kind: str
    host: str
    address: str
    state: str
    attempts: int
    due_at: datetime
    reason: str


def going_out(host: str = "", state: str = "", *, before: int | None = None, number: int = SHOWN) -> list[Passage]:
    """Deliveries, newest first; of one server and its subdomains, in one state, if so asked."""
    rows = select(Delivery, Outgoing.kind).join(Outgoing, Outgoing.id == Delivery.outgoing_id)
    found = db.session.execute(_narrowed(rows, Delivery, host, state, before).limit(number))
    return [_passage(row, kind, row.inbox) for row, kind in found]


def coming_in(host: str = "", state: str = "", *, before: int | None = None, number: int = SHOWN) -> list[Passage]:
    """Activities that came in, in the same manner."""
    found = db.session.scalars(_narrowed(select(Incoming), Incoming, host, state, before).limit(number))
    return [_passage(row, row.kind, row.uri) for row in found]


def _narrowed(rows: Any, table: Any, host: str, state: str, before: int | None) -> Any:
    if host:
        end = host.lower().replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
        rows = rows.where(or_(table.host == host.lower(), table.host.like(f"%.{end}", escape="\\")))
    if state:
        rows = rows.where(table.state == state)
    if before is not None:
        rows = rows.where(table.id < before)
    return rows.order_by(table.id.desc())


def _passage(row: Any, kind: str, address: str) -> Passage:
    return Passage(row.id, kind, row.host, address, row.state, row.attempts, row.due_at, row.last_error or "")


def send_again(ids: Sequence[int]) -> int:
    """Deliveries that failed or wait for another try are due now; their number. Inside `commit()`."""
    return leases.retry(Delivery, ids)


def send_failed_again(host: str = "") -> int:
    """All that failed, to one server or to all; their number. Inside `commit()`."""
    assert is_writing()
    failed = _narrowed(select(Delivery.id), Delivery, host, "failed", None)
    again = update(Delivery).where(Delivery.id.in_(failed.order_by(None)))
    result = db.session.execute(again.values(state="pending", due_at=clock.now(), attempts=0))
    return int(getattr(result, "rowcount", 0))


def replay(ids: Sequence[int]) -> int:
    """Activities that came in are read once more, as if they had just come; their number. Inside `commit()`.

    Those whose words are not kept any more stay as they are.
    """
    assert is_writing()
    again = update(Incoming).where(Incoming.id.in_(ids), Incoming.state.in_(REPLAYED), Incoming.body != "")
    result = db.session.execute(again.values(state="pending", due_at=clock.now(), attempts=0, fetches=0))
    return int(getattr(result, "rowcount", 0))


@dataclass(frozen=True)
class Server:
    """Another server: what was decided about it, how it is, and what waits for it."""

    host: str
    severity: str  # block | limit | allow; empty without a rule of its own
    reason: str
    refuses_media: bool
    state: str  # well | rests | dead; empty where nothing ever went there
    failures: int
    rests_until: datetime | None
    answered_at: datetime | None
    heard_at: datetime | None
    waiting: int
    failed: int


def servers(words: str = "", *, only_rules: bool = False, after: str = "", number: int = 100) -> list[Server]:
    """Every server that is known or has a rule, by name; those whose name holds `words`, the ones after `after`."""
    names = select(HostRule.host) if only_rules else select(Peer.host).union(select(HostRule.host))
    every = names.subquery()
    wanted = select(every.c.host).where(every.c.host > after, every.c.host.contains(words.lower(), autoescape=True))
    these = wanted.order_by(every.c.host).limit(number)
    rules = {row.host: row for row in db.session.scalars(select(HostRule).where(HostRule.host.in_(these)))}
    peers = {row.host: row for row in db.session.scalars(select(Peer).where(Peer.host.in_(these)))}
    counts = _counts()
    return [_server(host, rules.get(host), peers.get(host), counts) for host in db.session.scalars(these)]


def _counts() -> dict[tuple[str, str], int]:
    waits = Delivery.state.in_(["pending", "failed"])
    rows = select(Delivery.host, Delivery.state, func.count()).where(waits).group_by(Delivery.host, Delivery.state)
    return {(host, state): number for host, state, number in db.session.execute(rows)}


def _server(host: str, rule: HostRule | None, peer: Peer | None, counts: dict[tuple[str, str], int]) -> Server:
    return Server(
        host=host, severity=rule.severity if rule else "", reason=rule.reason if rule else "",
        refuses_media=bool(rule and rule.refuses_media), state=_state(peer), failures=peer.failures if peer else 0,
        rests_until=peer.rests_until if peer else None, answered_at=peer.answered_at if peer else None,
        heard_at=peer.heard_at if peer else None, waiting=counts.get((host, "pending"), 0),
        failed=counts.get((host, "failed"), 0),
    )  # fmt: skip


def _state(peer: Peer | None) -> str:
    if peer is None:
        return ""
    if peer.is_dead:
        return "dead"
    return "rests" if peer.rests_until is not None and peer.rests_until > clock.now() else "well"


def counts(table: Table) -> dict[str, int]:
    """Rows by state; every state of that table is named."""
    states = dict.fromkeys(OUT_STATES if table is Delivery else IN_STATES, 0)
    return states | {state: number for state, number in leases.counts(table).items() if state in states}


def stuck_since(patience: timedelta) -> datetime | None:
    """Since when something has waited for a worker that does not come, if that is longer than `patience`.

    Letters to a slow server wait too: only if none at all went out meanwhile is nobody at work.
    """
    moment = clock.now()
    came = leases.oldest_due(Incoming)
    goes = leases.oldest_due(Delivery)
    if goes is not None and moment - goes > patience:
        busy = or_(Delivery.state == "running", Delivery.done_at > moment - patience)
        if db.session.scalar(select(Delivery.id).where(busy).limit(1)) is not None:
            goes = None
    since = min((one for one in (came, goes) if one is not None), default=None)
    return since if since is not None and moment - since > patience else None


def lost() -> int:
    """Deliveries that failed though their server lives: somebody should look at them."""
    failed = select(func.count()).where(
        Delivery.state == "failed", or_(Delivery.last_error != DEAD, Delivery.last_error.is_(None))
    )
    return db.session.scalar(failed) or 0


@dataclass(frozen=True)
class Outlook:
    """How the rest of the world looks from here."""

    lost: int  # deliveries that failed though their server lives
    dead: int  # servers given up
    clock_off_s: int | None  # by how much ours is behind that of the others, in the middle; None with too few of them
    is_cut_off: bool  # nobody has answered for a day, and several should have


CLOCKS = 3  # servers that must tell the time before ours is doubted
SILENT = timedelta(days=1)


def outlook() -> Outlook:
    """Counted from what the deliveries of the last day met."""
    since = clock.now() - SILENT
    answered = list(db.session.scalars(select(Peer.clock_off_s).where(Peer.answered_at > since)))
    silent = select(func.count()).select_from(Peer).where(Peer.failures > 0, Peer.is_dead.is_(False))
    dead = db.session.scalar(select(func.count()).select_from(Peer).where(Peer.is_dead)) or 0
    middle = round(median(answered)) if len(answered) >= CLOCKS else None
    return Outlook(lost(), dead, middle, not answered and (db.session.scalar(silent) or 0) >= CLOCKS)
