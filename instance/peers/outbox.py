"""What goes to other servers is written here first: the activity once, and a row for each inbox that shall get it.

Both in the transaction of what they tell about; deliveries.py sends them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, Table, insert, or_, select, update

from federation.documents import id_of
from federation.errors import BadDocument
from federation.urls import host_of
from instance.core import clock, fed, leases
from instance.core.db import db, is_writing, new_id
from instance.peers import rules
from instance.peers.models import Delivery, Outgoing, Peer

DEAD = "host.dead"  # why a row fails at once: the server has not answered for a week
OVERTAKEN = "overtaken"  # why a row is cancelled: a Delete of the same object, or newer words, are on their way
DELETES = ("Delete", "Announce Delete")
# What tells of an object that is no more; an Announce without second word is the object's id alone.
TELLS = ("Create%", "Update%", "Announce", "Announce Create%", "Announce Update%")
_DELIVERY: Table = Delivery.__table__  # type: ignore[assignment]  # a declared class always has a Table
_OUTGOING: Table = Outgoing.__table__  # type: ignore[assignment]
_NEW_OUTGOING = insert(_OUTGOING)


class Sender(Protocol):
    """An actor of ours (accounts stand above this room)."""

    @property
    def path(self) -> str | None:
        """`/u/sam`"""


def new_uri() -> tuple[int, str]:
    """Id and address of an activity that is about to be made."""
    number = new_id()
    return number, fed.uri_of(f"/a/{number}")


def send(
    activity: dict[str, Any], *, outgoing_id: int, sender: Sender, inboxes: Iterable[str], object_uri: str,
    is_public: bool,
) -> None:  # fmt: skip
    """Queue `activity` (whose id is that of `outgoing_id`) for each inbox but ours and those of blocked servers.

    Deliveries about one `object_uri` to one inbox keep their order; a Delete cancels what of it was not yet sent.
    Inside `commit()`.
    """
    send_each([Letter(outgoing_id, activity, inboxes)], sender=sender, object_uri=object_uri, is_public=is_public)


@dataclass(frozen=True)
class Letter:
    """An activity, the number in its address, and where it goes."""

    outgoing_id: int
    activity: dict[str, Any]
    inboxes: Iterable[str]


def send_each(letters: Sequence[Letter], *, sender: Sender, object_uri: str, is_public: bool) -> None:
    """The same for several activities about one object, each for other inboxes, in as many statements as for one."""
    assert is_writing()
    assert sender.path is not None, "only our own actors send"
    moment, kinds = clock.now(), [kind_of(one.activity) for one in letters]
    rows = [
        {
            "id": one.outgoing_id, "sender": sender.path, "kind": kind, "object_uri": object_uri,
            "is_public": is_public, "body": msgspec.json.encode(one.activity).decode(),
        }
        for one, kind in zip(letters, kinds, strict=True)
    ]  # fmt: skip
    if not rows:
        return
    db.session.connection().execute(_NEW_OUTGOING, rows)
    if any(kind.startswith(DELETES) for kind in kinds):
        _overtake(object_uri)
    deliveries = _to_all(letters, object_uri, moment)
    if deliveries:
        db.session.execute(insert(_DELIVERY), deliveries)
        leases.note_due(_DELIVERY.name)


def overtake(object_uri: str, member: str) -> None:
    """Cancel Updates that say what `member` of the object is and were not sent yet: another one is about to say it.

    Inside `commit()`.
    """
    said = select(Outgoing.id, Outgoing.body).where(Outgoing.object_uri == object_uri, Outgoing.kind.like("Update%"))
    rows = db.session.execute(said).all()
    old = [number for number, body in rows if member in (msgspec.json.decode(body).get("object") or ())]
    waiting = update(Delivery).where(Delivery.outgoing_id.in_(old), Delivery.state.in_(["pending", "failed"]))
    db.session.execute(waiting.values(state="cancelled", last_error=OVERTAKEN, done_at=clock.now()))


def send_held(sender: Sender, inbox: str, since: int) -> None:
    """What `sender` said to everybody from the id `since` on goes to an inbox that was left out, once.

    Inside `commit()`.
    """
    had = select(Delivery.outgoing_id).where(Delivery.inbox == inbox, Delivery.outgoing_id == Outgoing.id)
    held = select(Outgoing.id, Outgoing.object_uri).where(
        Outgoing.id >= since, Outgoing.sender == sender.path, Outgoing.is_public, ~had.exists()
    )
    moment = clock.now()
    resting = _resting(moment)
    rows = [
        row
        for number, object_uri in db.session.execute(held.order_by(Outgoing.id)).all()
        for row in _rows(Letter(number, {}, [inbox]), object_uri, moment, resting)
    ]
    if rows:
        db.session.execute(insert(_DELIVERY), rows)
        leases.note_due(_DELIVERY.name)


def kind_of(activity: dict[str, Any]) -> str:
    """Types of the activity and of the object in it: "Create Note", "Announce Create", "Announce"."""
    inner = activity.get("object")
    words = [activity.get("type"), inner.get("type") if isinstance(inner, dict) else None]
    return " ".join(word if isinstance(word, str) else str(word[0]) for word in words if word)


def forget_words(object_uri: str) -> None:
    """Leave nothing but addresses in letters about an object that is gone; who still gets one finds nothing there.

    Inside `commit()`.
    """
    for row in db.session.scalars(select(Outgoing).where(Outgoing.object_uri == object_uri, _tells())):
        said: dict[str, Any] = msgspec.json.decode(row.body, type=dict[str, Any])
        inner = said.get("object")
        if isinstance(inner, dict):
            row.body = msgspec.json.encode(said | {"object": _address(inner, row.kind)}).decode()


def _address(inner: dict[str, Any], kind: str) -> Any:
    """What stands for the object; of an activity that was passed on, who did what to which address."""
    if not kind.startswith("Announce "):
        return id_of(inner)
    return {key: found for key in ("id", "type", "actor", "object") if (found := id_of(inner.get(key)))}


def _tells() -> ColumnElement[bool]:
    return or_(*(Outgoing.kind.like(one) for one in TELLS))


def inboxes_told(object_uri: str) -> set[str]:
    """Every inbox that has got, or is about to get, anything about this object."""
    told = select(Delivery.inbox).join(Outgoing, Outgoing.id == Delivery.outgoing_id)
    told = told.where(Outgoing.object_uri == object_uri, Delivery.state != "cancelled").distinct()
    return set(db.session.scalars(told))


def _to_all(letters: Sequence[Letter], object_uri: str, moment: datetime) -> list[dict[str, Any]]:
    """Rows of all letters. Most words of a small city go to nobody elsewhere: then no server is asked about."""
    going = [Letter(one.outgoing_id, one.activity, inboxes) for one in letters if (inboxes := list(one.inboxes))]
    resting = _resting(moment) if going else {}
    return [row for one in going for row in _rows(one, object_uri, moment, resting)]


def _rows(
    letter: Letter, object_uri: str, moment: datetime, resting: dict[str, tuple[bool, datetime]]
) -> list[dict[str, Any]]:
    """Rows by host, so that those of one server lie together."""
    now = rules.current()
    rows = []
    for host, inbox in sorted(_placed(letter.inboxes)):
        if now.severity(host) == "block":
            continue
        is_dead, due_at = resting.get(host, (False, moment))
        rows.append(
            {
                "id": new_id(), "outgoing_id": letter.outgoing_id, "inbox": inbox, "host": host,
                "object_uri": object_uri, "state": "failed" if is_dead else "pending",
                "last_error": DEAD if is_dead else None, "attempts": 0, "due_at": due_at,
            }
        )  # fmt: skip
    return rows


def _placed(inboxes: Iterable[str]) -> set[tuple[str, str]]:
    """Host and address of each inbox of others; what is no address is left out."""
    found = set()
    for inbox in inboxes:
        try:
            host = host_of(inbox)
        except BadDocument:
            continue
        if host != fed.host() and fed.path_of(inbox) is None:
            found.add((host, inbox))
    return found


def _resting(moment: datetime) -> dict[str, tuple[bool, datetime]]:
    """Servers to which nothing is sent now: whether they are given up, and until when they rest."""
    away = select(Peer.host, Peer.is_dead, Peer.rests_until).where(or_(Peer.is_dead, Peer.rests_until > moment))
    return {host: (is_dead, until or moment) for host, is_dead, until in db.session.execute(away)}


def _overtake(object_uri: str) -> None:
    """Cancel what was to tell of an object that is gone, wherever it has not been sent yet."""
    tells = select(Outgoing.id).where(Outgoing.object_uri == object_uri, _tells())
    waiting = update(Delivery).where(Delivery.outgoing_id.in_(tells), Delivery.state.in_(["pending", "failed"]))
    db.session.execute(waiting.values(state="cancelled", last_error=OVERTAKEN, done_at=clock.now()))
