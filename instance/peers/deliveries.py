"""The lane of what goes out: rows claimed in turn between servers, carried by threads, written down together.

A row is done when the 2xx has been written, not before: a process that dies sends its letters again, under the same
activity id. Rows about one object to one inbox go one after the other, in the order of their ids.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from federation import Sent, retry_wait_s
from federation.keys import SigningKey
from instance.core import clock, fed, leases
from instance.core.db import Moment, commit, db
from instance.core.facts import record
from instance.core.jobs import board
from instance.core.leases import Lane
from instance.peers import breaker
from instance.peers.breaker import Health
from instance.peers.carriers import Carriers, Letter
from instance.peers.facts import AnswersTaken, InboxGone
from instance.peers.models import Delivery, Outgoing
from instance.peers.outbox import DELETES, OVERTAKEN

IN_HAND = 200  # rows claimed and not yet written down
LOOKED_AT = 500  # due rows among which the next ones are picked
PER_HOST = 32  # of one server at a time
ENOUGH = 50  # results written in one transaction, where there are so many
WAIT_S = 0.25
LEASE_S = 90.0  # longer than a letter may wait and be under way
STALE_S = 20.0  # a letter that has waited so long for its server is handed back
LAST_S = 25.0  # what is under way when the worker stops ends within the deadline of a POST
NO_KEY = "no key"
GONE = "inbox.gone"
ANSWERS = frozenset({"Accept Follow", "Accept Offer", "Update Agreement"})

_ROW: Table = Delivery.__table__  # type: ignore[assignment]  # a declared class always has a Table
_EARLIER = aliased(Delivery)


def _is_earlier(row: Any) -> ColumnElement[bool]:
    return and_(_EARLIER.inbox == row.inbox, _EARLIER.object_uri == row.object_uri, _EARLIER.id < row.id)


_ANY_DUE = (
    select(_ROW.c.id)
    .where(_ROW.c.state == "pending", _ROW.c.due_at <= bindparam("now", type_=Moment))
    .where(_ROW.c.host.not_in(bindparam("busy", expanding=True)))
    .limit(1)
)
_ANY_EXPIRED = (
    select(_ROW.c.id).where(_ROW.c.state == "running", _ROW.c.lease_until < bindparam("now", type_=Moment)).limit(1)
)
_DUE = (
    select(_ROW.c.id, _ROW.c.outgoing_id, _ROW.c.inbox, _ROW.c.host, _ROW.c.object_uri, _ROW.c.attempts)
    .where(_ROW.c.state == "pending", _ROW.c.due_at <= bindparam("now", type_=Moment))
    .where(_ROW.c.host.not_in(bindparam("busy", expanding=True)))
    .order_by(_ROW.c.due_at, _ROW.c.id)
    .limit(LOOKED_AT)
    .with_for_update(skip_locked=True)
    .subquery()
)
_WAITS = exists().where(_is_earlier(_DUE.c), _EARLIER.state.in_(["pending", "running"]))
_CANDIDATES = select(_DUE, _WAITS.label("is_blocked")).order_by(_DUE.c.id)
_POSTPONE = update(_ROW).where(_ROW.c.id == bindparam("b_id")).values(due_at=bindparam("b_due", type_=Moment))
_TAKE = (
    update(_ROW)
    .where(_ROW.c.id == bindparam("b_id"))
    .values(state="running", worker=bindparam("b_worker"), lease_until=bindparam("b_until", type_=Moment),
            attempts=_ROW.c.attempts + 1)
)  # fmt: skip
_END = (
    update(_ROW)
    .where(_ROW.c.id == bindparam("b_id"), _ROW.c.state == "running", _ROW.c.worker == bindparam("b_worker"))
    .values(
        state=bindparam("b_state"), status=bindparam("b_status"), last_error=bindparam("b_error"), worker=None,
        due_at=func.coalesce(bindparam("b_due", type_=Moment), _ROW.c.due_at), lease_until=None,
        done_at=bindparam("b_done", type_=Moment), attempts=_ROW.c.attempts + bindparam("b_more"),
    )
)  # fmt: skip


def _carry(letter: Letter) -> Sent:
    if letter.key is None:
        return Sent(None, "retry", None, NO_KEY, "cavage")
    return fed.engine().post(
        inbox=letter.inbox, body=letter.body, key=letter.key, scheme=letter.scheme, attempt=letter.attempt
    )


@dataclass
class Desk:
    """What this process has in hand."""

    carriers: Carriers = field(default_factory=lambda: Carriers(_carry))


_desk = Desk()


def run() -> int:
    """Claim what is due, write down what is over; rows begun, ended or still under way (0: nothing to do)."""
    begun = _claim()
    over = _finish(WAIT_S, ENOUGH)
    _hand_back(stale_s=STALE_S)
    return begun + over + _desk.carriers.in_hand().total()


def settle() -> None:
    """The worker turns to something else, or stops: what is under way is awaited, the rest handed back."""
    _hand_back(stale_s=0)
    while _finish(LAST_S, IN_HAND):
        continue


def _finish(seconds: float, enough: int) -> int:
    """Write down what is over; how many. Where the database is away, that waits for the next time."""
    over = _desk.carriers.collect(seconds, enough)
    try:
        _write(over)
    except SQLAlchemyError:
        _desk.carriers.keep(over)
        raise
    return len(over)


def _claim() -> int:
    """Take due rows, some of each server; their number."""
    hands = _desk.carriers.in_hand()
    room = IN_HAND - hands.total()
    if room < IN_HAND // 2:
        return 0
    moment = clock.now()
    asked = {"now": moment, "busy": [host for host, number in hands.items() if number >= PER_HOST // 2]}
    if not _is_any(asked):
        return 0
    with commit():
        _free_expired(moment)
        rows = db.session.connection().execute(_CANDIDATES, asked).all()
        _put_off_blocked([row.id for row in rows if row.is_blocked], moment)
        healths = breaker.healths(row.host for row in rows)
        picked = _pick([row for row in rows if not row.is_blocked], healths, hands, room)
        me, until = leases.me(), moment + timedelta(seconds=board.wait(LEASE_S) + LAST_S)
        if picked:
            taken = [{"b_id": row.id, "b_worker": me, "b_until": until} for row in picked]
            db.session.connection().execute(_TAKE, taken)
        letters = _letters(picked, healths, moment)
    _desk.carriers.put(letters)
    return len(letters)


def _is_any(asked: dict[str, Any]) -> bool:
    """Whether anything may be claimed: asked first without a write transaction, which would hold others up."""
    found = db.session.scalar(_ANY_DUE, asked) or db.session.scalar(_ANY_EXPIRED, {"now": asked["now"]})
    db.session.rollback()
    return found is not None


def _free_expired(moment: datetime) -> None:
    """What another machine held for too long is due again."""
    expired = update(Delivery).where(Delivery.state == "running", Delivery.lease_until < moment)
    db.session.execute(expired.values(state="pending", worker=None))


def _put_off_blocked(ids: Sequence[int], moment: datetime) -> None:
    """Rows that wait for an earlier one of their object are due when that one is, not before."""
    if not ids:
        return
    waits = select(Delivery.id, func.max(_EARLIER.due_at)).join(_EARLIER, _is_earlier(Delivery)).group_by(Delivery.id)
    waits = waits.where(Delivery.id.in_(ids), _EARLIER.state == "pending", _EARLIER.due_at > moment)
    rows = [{"b_id": row_id, "b_due": due_at} for row_id, due_at in db.session.execute(waits)]
    if rows:
        db.session.connection().execute(_POSTPONE, rows)


def _pick(rows: Sequence[Row[Any]], healths: dict[str, Health], hands: Counter[str], room: int) -> list[Row[Any]]:
    """In turn one of each server, until there is no more room; of a server on trial one letter in all."""
    by_host: dict[str, list[Row[Any]]] = {}
    for row in rows:
        limit = 1 if healths[row.host].is_on_trial() else PER_HOST
        of_host = by_host.setdefault(row.host, [])
        if len(of_host) + hands[row.host] < limit:
            of_host.append(row)
    picked: list[Row[Any]] = []
    for turn in range(PER_HOST):
        picked += [of_host[turn] for of_host in by_host.values() if turn < len(of_host)]
    return sorted(picked[:room], key=lambda row: (row.host, row.id))


def _letters(picked: Sequence[Row[Any]], healths: dict[str, Health], moment: datetime) -> list[Letter]:
    wanted = select(Outgoing.id, Outgoing.sender, Outgoing.body, Outgoing.kind).where(
        Outgoing.id.in_({row.outgoing_id for row in picked})
    )
    activities = {row.id: (row.sender, row.body.encode(), row.kind in ANSWERS) for row in db.session.execute(wanted)}
    signers = {sender: _key(sender) for sender, _body, _is_answer in activities.values()}
    return [
        Letter(
            row.id, row.host, row.inbox, row.attempts + 1, activities[row.outgoing_id][1],
            signers[activities[row.outgoing_id][0]], healths[row.host].knows(moment), activities[row.outgoing_id][2],
        )
        for row in picked
    ]  # fmt: skip


def _key(sender: str) -> SigningKey | None:
    try:
        return fed.engine().keys.signing(fed.uri_of(sender))
    except KeyError:
        return None


def _write(over: Sequence[tuple[Letter, Sent]]) -> None:
    """Keep what became of letters, and what it says of their servers, in one transaction."""
    if not over:
        return
    moment, me = clock.now(), leases.me()
    with commit():
        healths = breaker.healths(letter.host for letter, _sent in over)
        tired = {letter.host for letter, sent in over if _learn(healths[letter.host], sent, moment)}
        rows = [_ended(letter, sent, moment) for letter, sent in over]
        rows += [_untouched(letter) for letter in _desk.carriers.take_back(lambda letter: letter.host in tired)]
        db.session.connection().execute(_END, [row | {"b_worker": me} for row in rows])
        _cancel_overtaken([letter.id for letter, sent in over if sent.outcome in ("retry", "final")], moment)
        if any(letter.is_answer and sent.outcome == "done" for letter, sent in over):
            record(AnswersTaken())
        for inbox in {letter.inbox for letter, sent in over if sent.outcome == "gone"}:
            _close(inbox, moment)
        breaker.keep(healths)
        for host in sorted(tired):
            breaker.put_off(healths[host])


def _learn(health: Health, sent: Sent, moment: datetime) -> bool:
    """What a letter's end says of its server; whether it rests from now on."""
    if sent.reason == NO_KEY or (sent.status is None and sent.outcome == "final"):
        return False  # it never went out
    if sent.outcome == "retry" and sent.status not in (401, 403):
        return health.failed(moment, rest_s=sent.retry_after_s)
    health.answered(moment, scheme=sent.scheme if sent.outcome == "done" else None, off_s=sent.off_s)
    return False


def _ended(letter: Letter, sent: Sent, moment: datetime) -> dict[str, Any]:
    row = {
        "b_id": letter.id,
        "b_status": sent.status,
        "b_error": sent.reason,
        "b_due": None,
        "b_done": moment,
        "b_more": 0,
    }
    if sent.outcome == "done":
        return row | {"b_state": "done", "b_error": None}
    if sent.outcome == "gone":
        return row | {"b_state": "cancelled"}
    wait_s = None if sent.outcome == "final" else retry_wait_s(letter.attempt)
    if wait_s is None:
        return row | {"b_state": "failed"}
    due_at = moment + timedelta(seconds=board.wait(max(wait_s, sent.retry_after_s or 0)))
    return row | {"b_state": "pending", "b_due": due_at, "b_done": None}


def _untouched(letter: Letter) -> dict[str, Any]:
    """A row as it was before it was claimed."""
    nothing = {"b_status": None, "b_error": None, "b_due": None, "b_done": None}
    return {"b_id": letter.id, "b_state": "pending", "b_more": -1} | nothing


def _hand_back(*, stale_s: float) -> None:
    """Give rows back that wait in vain for their server's turn."""
    begun = time.monotonic() - stale_s
    if letters := _desk.carriers.take_back(lambda letter: letter.claimed_s <= begun):
        with commit():
            rows = [_untouched(letter) | {"b_worker": leases.me()} for letter in letters]
            db.session.connection().execute(_END, rows)


def _cancel_overtaken(ids: Sequence[int], moment: datetime) -> None:
    """What could be sent again no longer can, where the object was deleted meanwhile."""
    if not ids:
        return
    later = aliased(Delivery)
    deleted = exists().where(
        later.inbox == Delivery.inbox, later.object_uri == Delivery.object_uri, later.id > Delivery.id,
        later.outgoing_id == Outgoing.id, or_(*(Outgoing.kind.startswith(one) for one in DELETES)),
    )  # fmt: skip
    waiting = update(Delivery).where(Delivery.id.in_(ids), Delivery.state.in_(["pending", "failed"]), deleted)
    db.session.execute(waiting.values(state="cancelled", last_error=OVERTAKEN, done_at=moment))


def _close(inbox: str, moment: datetime) -> None:
    """Nobody reads this inbox any more (410): what waits for it is cancelled, followers behind it go."""
    waiting = update(Delivery).where(Delivery.inbox == inbox, Delivery.state == "pending")
    db.session.execute(waiting.values(state="cancelled", last_error=GONE, done_at=moment))
    record(InboxGone(inbox))


lane = Lane(Delivery, run, is_slow=True, settle=settle)
