"""Tips: sent by a resident, read by a page's team and nobody else, graded, answered, made unreadable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import SystemRandom
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from instance.accounts.models import Account, Actor
from instance.core import clock, jobs, secrets, storage
from instance.core.db import db, is_writing
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.core.facts import record
from instance.desk import sealing, senders
from instance.desk.cleaning import Clean
from instance.desk.facts import TipAnswered
from instance.desk.models import Tip, TipBar, TipFile, TipKey, TipMessage
from instance.pages.facts import PageClosed
from instance.pages.models import Page

STATES = ("unread", "read", "useful", "published", "unused")
GRADES = STATES[1:]
TEXT_MAX = 10_000
MESSAGES_MAX = 200  # of one tip
ALIAS_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_chance = SystemRandom()


@dataclass(frozen=True)
class Draft:
    """A tip on its way: its id and key, and its files, sealed and in the store already."""

    id: str
    key: bytes
    files: tuple[tuple[str, str], ...] = ()  # kind and blob


@dataclass(frozen=True)
class Message:
    """Words of a tip, unsealed."""

    side: str  # sender | page
    day: date
    text: str


def draft(account_id: int, once: str, files: Sequence[Clean] = ()) -> Draft:
    """What is made before the row is: the files are sealed and put away. The same form twice has one id."""
    assert not is_writing(), "the store is slow: before the write transaction"
    made = Draft(secrets.mark("tip", f"{account_id}:{once}")[:32], sealing.new_key())
    kept = []
    for number, file in enumerate(files):
        key = token_hex(16)
        blob = f"{key[:2]}/{key}-tip.bin"
        storage.store().put(blob, sealing.seal_bytes(made.key, f"{made.id}:file {number}", file.data))
        kept.append((file.kind, blob))
    return Draft(made.id, made.key, tuple(kept))


def send(account: Account, page: Page, made: Draft, text: str, *, is_protected: bool, zone: ZoneInfo) -> str:
    """Keep a tip of `account` for `page`; its id. Inside `commit()`. Raises `Invalid`, `NotAllowed`."""
    if db.session.get(Tip, made.id) is not None:
        _drop(made.files)
        return made.id
    text = checked(text, has_files=bool(made.files))
    if page.state != "published":
        raise NotFound
    if senders.is_barred(page.id, account.id):
        raise NotAllowed("tip.barred", _("Cette page ne prend plus vos infos."))
    tip = Tip(
        id=made.id, page_id=page.id, alias=_free_alias(page.id), is_protected=is_protected, state="unread",
        day=clock.day_of(clock.now(), zone), sender_mark=senders.free_mark(account.id),
        sealed_sender=None if is_protected else sealing.seal(made.key, f"{made.id}:sender", _signature(account)),
        sealed_bar=sealing.seal(made.key, f"{made.id}:bar", senders.bar_mark(page.id, account.id)),
    )  # fmt: skip
    db.session.add(tip)
    db.session.flush()
    sealing.keep(page.id, tip.id, made.key)
    _say(tip, made.key, "sender", text, tip.day)
    for number, (kind, blob) in enumerate(made.files):
        db.session.add(TipFile(tip_id=tip.id, number=number, kind=kind, blob=blob))
    db.session.flush()
    return tip.id


def checked(text: str, *, has_files: bool = False) -> str:
    """`text` trimmed. Raises `Invalid` for what is missing or too long."""
    text = text.replace("\r\n", "\n").strip()
    if not text and not has_files:
        raise Invalid("tip.empty", _("Écrivez quelques mots."), field="text")
    if len(text) > TEXT_MAX:
        raise Invalid("tip.long", _("Raccourcissez le texte à %(num)d signes.", num=TEXT_MAX), field="text")
    return text


def _signature(account: Account) -> str:
    return json.dumps({"account": str(account.id), "name": account.actor.shown_name})


def _free_alias(page_id: int) -> str:
    while True:
        alias = "".join(_chance.choice(ALIAS_SIGNS) for _sign in range(4))
        if db.session.scalar(select(Tip.id).where(Tip.page_id == page_id, Tip.alias == alias)) is None:
            return alias


def _say(tip: Tip, key: bytes, side: str, text: str, day: date) -> None:
    last = db.session.scalar(select(func.max(TipMessage.number)).where(TipMessage.tip_id == tip.id))
    number = 0 if last is None else last + 1
    if number >= MESSAGES_MAX:
        raise Invalid("tip.full", _("Cet échange est arrivé au bout. Écrivez une nouvelle info."), field="text")
    sealed = sealing.seal(key, f"{tip.id}:message {number}", text)
    db.session.add(TipMessage(tip_id=tip.id, number=number, side=side, day=day, sealed_text=sealed))
    db.session.flush()


def messages(tip: Tip) -> list[Message]:
    """The words of a tip, the first ones first; for its sender and the page's team."""
    key = sealing.key_of(tip.page_id, tip.id)
    rows = select(TipMessage).where(TipMessage.tip_id == tip.id).order_by(TipMessage.number)
    return [
        Message(row.side, row.day, sealing.unseal(key, f"{tip.id}:message {row.number}", row.sealed_text))
        for row in db.session.scalars(rows)
    ]


def files(tip: Tip) -> list[TipFile]:
    """The files of a tip, in the order in which they were given."""
    return list(db.session.scalars(select(TipFile).where(TipFile.tip_id == tip.id).order_by(TipFile.number)))


def file(tip: Tip, number: int) -> Clean:
    """One file of a tip, unsealed. Raises `NotFound`."""
    row = db.session.get(TipFile, (tip.id, number))
    data = storage.store().get(row.blob) if row else None
    if row is None or data is None:
        raise NotFound
    return Clean(row.kind, sealing.unseal_bytes(sealing.key_of(tip.page_id, tip.id), f"{tip.id}:file {number}", data))


def name_of(tip: Tip) -> str:
    """How the page calls who sent it: the name they gave, or the alias of this tip."""
    if tip.sealed_sender is not None:
        return str(_sender(tip)["name"])
    return _("Source %(alias)s", alias=tip.alias) if tip.is_protected else _("Un ancien voisin")


def _sender(tip: Tip) -> dict[str, str]:
    assert tip.sealed_sender is not None
    key = sealing.key_of(tip.page_id, tip.id)
    found: dict[str, str] = json.loads(sealing.unseal(key, f"{tip.id}:sender", tip.sealed_sender))
    return found


# What the team does


def of_page(page_id: int, state: str | None = None) -> list[Tip]:
    """The tips of a page: the newest day first, and within a day in no order."""
    query = select(Tip).where(Tip.page_id == page_id).order_by(Tip.day.desc(), Tip.id)
    return list(db.session.scalars(query.where(Tip.state == state) if state else query))


def at_desk(page_id: int, tip_id: str) -> Tip:
    """A tip of this page. Raises `NotFound` for one of another page, as for none."""
    tip = db.session.get(Tip, tip_id)
    if tip is None or tip.page_id != page_id:
        raise NotFound
    return tip


def open_at_desk(tip: Tip) -> None:
    """The team has it on the table: unread becomes read. Who looked, and when, is not noted."""
    tip.is_fresh = False
    if tip.state == "unread":
        tip.state = "read"


def grade(tip: Tip, state: str) -> None:
    """Say what became of a tip; its sender sees it."""
    if state not in GRADES:
        raise Invalid("tip.state", _("Choisissez ce que l’info est devenue."), field="state")
    if state != tip.state:
        tip.state = state
        _tell_sender(tip)


def ask(tip: Tip, text: str, zone: ZoneInfo) -> None:
    """A question or an answer of the page to its source."""
    _say(tip, sealing.key_of(tip.page_id, tip.id), "page", checked(text), clock.day_of(clock.now(), zone))
    _tell_sender(tip)


def thank(tip: Tip) -> None:
    """Thank the sender, once."""
    if not tip.is_thanked:
        tip.is_thanked = True
        _tell_sender(tip)


def _tell_sender(tip: Tip) -> None:
    tip.has_news = True
    if tip.sealed_sender is not None:
        record(TipAnswered(int(_sender(tip)["account"])))


def shut(tip: Tip, *, is_shut: bool) -> None:
    """Take no more words from who sent this: not here, and no new tip. The page does not learn who that is."""
    mark = sealing.unseal(sealing.key_of(tip.page_id, tip.id), f"{tip.id}:bar", tip.sealed_bar)
    tip.is_closed = is_shut
    bar = db.session.get(TipBar, (tip.page_id, mark))
    if is_shut and bar is None:
        db.session.add(TipBar(page_id=tip.page_id, mark=mark))
    elif not is_shut and bar is not None:
        db.session.delete(bar)


# What the sender does


def look(tip: Tip) -> None:
    """The sender has seen what is new."""
    tip.has_news = False


def answer(tip: Tip, text: str, zone: ZoneInfo) -> None:
    """Further words of the sender."""
    if tip.is_closed:
        raise NotAllowed("tip.closed", _("La page a fermé cet échange."))
    _say(tip, sealing.key_of(tip.page_id, tip.id), "sender", checked(text), clock.day_of(clock.now(), zone))
    tip.is_fresh, tip.is_told = True, False


# The end


def remove(tip: Tip) -> None:
    """Delete a tip for good: its key first, so that whatever is left of it anywhere can be read by nobody."""
    sealing.throw_away(tip.id)
    _drop([(row.kind, row.blob) for row in files(tip)])
    for table in (TipFile, TipMessage, TipKey):
        db.session.execute(delete(table).where(table.tip_id == tip.id))
    db.session.delete(tip)
    db.session.flush()


def _drop(kept: Sequence[tuple[str, str]]) -> None:
    if kept:
        jobs.put("drop_tip_files", {"blobs": [blob for _kind, blob in kept]})


def drop_files(payload: dict[str, Any]) -> None:
    """Task: delete the files of a tip that is gone."""
    for blob in payload["blobs"]:
        storage.store().delete(blob)


def ours(names: Sequence[str]) -> set[str]:
    """Those of these blobs that are files of a tip: the sweep of pictures leaves them alone."""
    wanted = [name for name in names if name.endswith("-tip.bin")]
    return set(db.session.scalars(select(TipFile.blob).where(TipFile.blob.in_(wanted)))) if wanted else set()


def forget_page(facts: Sequence[PageClosed]) -> None:
    """Reaction: a page that is gone leaves no tip behind."""
    for fact in facts:
        for tip in of_page(fact.page_id):
            remove(tip)


def page_name(tip: Tip) -> str:
    """The page to which a tip went."""
    name = select(Actor.shown_name).join(Page, Page.actor_id == Actor.id).where(Page.id == tip.page_id)
    return db.session.scalars(name).one()
