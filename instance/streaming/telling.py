"""What a batch of events is for each listener: who may know of it is asked of the database, each time anew."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from instance.accounts.models import Account
from instance.core import clock, ids
from instance.core.bus import Event
from instance.core.db import BigId, Moment, db
from instance.core.errors import NotFound
from instance.mastodon import conversations, filters, notices, render, timelines
from instance.mastodon.models import Token
from instance.mastodon.scopes import covers
from instance.messages import service as messages
from instance.notifications.models import Notification
from instance.streaming import belonging
from instance.streaming.lines import Line
from instance.streaming.streams import Stream
from instance.timelines.home import Entry

SLICE, PAUSE_S = 20, 0.001  # a millisecond's work, and a pause of one
NEW_FOR = timedelta(minutes=5)  # what is older came late from elsewhere: it stands further down, nothing to tell
UPDATE, EDIT, DELETE, BOOST, ENDED = "update", "edit", "delete", "boost", "unboost"
Told = tuple[Line, Stream, str, str | None]
encode = msgspec.json.encode

# Asked every few seconds: built once (performance.md, rule 5).
_ALIVE = (
    select(Token.id)
    .join(Account, Account.id == Token.account_id)
    .where(
        Token.id.in_(bindparam("tokens", type_=BigId, expanding=True)),
        Token.revoked_at.is_(None),
        Token.expires_at > bindparam("now", type_=Moment),
        Account.state == "active",
    )
)

_FILTERING = select(Account.id, Account.actor_id, Account.filters_version).where(
    Account.actor_id.in_(bindparam("viewers", type_=BigId, expanding=True)), Account.filters_version > 0
)


def alive(token_ids: Collection[int]) -> set[int]:
    """Those of the tokens that still speak for somebody."""
    values = {"tokens": sorted(token_ids), "now": clock.now()}
    return set(db.session.connection().scalars(_ALIVE, values))


@dataclass
class _Batch:
    """What the database said about the events of a batch."""

    events: Sequence[tuple[str, int]]
    found: dict[Stream, belonging.Found] = field(default_factory=dict)
    gone: dict[int, set[int]] = field(default_factory=dict)
    boosts: dict[int, tuple[int, int]] = field(default_factory=dict)  # that ended: who passed on what
    ended: dict[int, set[int]] = field(default_factory=dict)  # boosts, by who had them at home
    shown: dict[tuple[int, str], dict[int, str]] = field(default_factory=dict)  # by viewer and context: lines as JSON
    talks: dict[int, dict[int, str]] = field(default_factory=dict)
    notices: dict[int, dict[int, str]] = field(default_factory=dict)

    def ids(self, *kinds: str) -> set[int]:
        return {row_id for kind, row_id in self.events if kind in kinds}


def batch(events: Sequence[Event], lines: Sequence[Line]) -> list[Told]:
    """What is told to which line, in the order of the events. Needs an app context."""
    happened = list(dict.fromkeys((kind, event[kind]) for event in events for kind in list(event)[:1]))
    newest = ids.at(clock.now() - NEW_FOR)
    batch = _Batch([one for one in happened if one[0] not in {UPDATE, BOOST} or one[1] > newest])
    batch.boosts = {event[ENDED]: (event["actor"], event["post"]) for event in events if ENDED in event}
    _find(batch, lines)
    _find_notices(batch, lines)
    _find_talks(batch, lines)
    told: list[Told] = []
    for line in lines:
        for stream in tuple(line.streams):
            told += [(line, stream, *what) for what in _of(batch, line, stream)]
    return told


def _find(batch: _Batch, lines: Sequence[Line]) -> None:
    """Whose streams the posts stand in, and how those who may read them see them."""
    listening: dict[Stream, set[int]] = {}
    for line in lines:
        for stream in line.streams:
            if stream.tells_posts:
                listening.setdefault(stream, set()).add(line.actor_id)
    everybody = set().union(*listening.values())
    batch.gone = belonging.gone(everybody, batch.ids(EDIT, DELETE))
    batch.ended = belonging.ended(everybody, batch.boosts)
    entries: dict[str, dict[int, dict[int, Entry]]] = {}
    for stream, viewers in listening.items():
        batch.found[stream] = belonging.lines(stream, viewers, batch.ids(UPDATE, BOOST, EDIT))
        for viewer, mine in batch.found[stream].items():
            entries.setdefault(stream.context, {}).setdefault(viewer, {}).update(mine)
    for context, lines_of in entries.items():
        wanted = {line.post_id for mine in lines_of.values() for line in mine.values()}
        for some in _slices(lines_of):
            # The gate: the statement that renders them asks for the right of each of these readers, as it does for GET.
            posts = render.statuses_for_each(_rules(some), wanted, context=context)
            for viewer in some:
                shown = timelines.placed(viewer, list(lines_of[viewer].values()), posts.get(viewer, {}))
                batch.shown[viewer, context] = {line: encode(status).decode() for line, status in shown.items()}


def _slices(viewers: Iterable[int]) -> Iterator[Sequence[int]]:
    """Some viewers at a time. Between them requests of this process get the interpreter: whoever gives it up for no
    time at all takes it again before they have woken."""
    everybody = list(viewers)
    for first in range(0, len(everybody), SLICE):
        if first:
            time.sleep(PAUSE_S)
        yield everybody[first : first + SLICE]


def _rules(viewers: Collection[int]) -> dict[int, filters.Rules]:
    """The filters of those who have any, and none for the others."""
    found = db.session.connection().execute(_FILTERING, {"viewers": list(viewers)}).all() if viewers else ()
    return dict.fromkeys(viewers, filters.NONE) | {
        one.actor_id: filters.at(one.id, one.filters_version) for one in found
    }


def _find_notices(batch: _Batch, lines: Sequence[Line]) -> None:
    wanted = batch.ids("notice")
    listening = {line.account_id for line in lines if any(stream.tells_notices for stream in line.streams)}
    if not (wanted and listening):
        return
    mine = select(Notification.id, Account).join(Account, Account.id == Notification.account_id)
    mine = mine.where(Notification.id.in_(wanted), Notification.account_id.in_(listening))
    given: dict[Account, list[int]] = {}
    for notice_id, account in db.session.execute(mine):
        given.setdefault(account, []).append(notice_id)
    for account, notice_ids in given.items():
        shown = notices.entities(account, notice_ids)
        batch.notices[account.id] = {one: encode(entity).decode() for one, entity in shown.items()}


def _find_talks(batch: _Batch, lines: Sequence[Line]) -> None:
    talks = batch.ids("conversation")
    if talks:
        for viewer in {line.actor_id for line in lines if Stream("direct") in line.streams}:
            batch.talks[viewer] = {one: shown for one in talks if (shown := _talk(viewer, one)) is not None}


def _talk(viewer: int, conversation_id: int) -> str | None:
    """The conversation as one of its persons sees it; None for everybody else, and where its last word is hidden."""
    try:
        entity = conversations.entity(viewer, messages.find(viewer, conversation_id))
    except NotFound:
        return None
    return encode(entity).decode() if entity["last_status"] is not None else None


def _of(batch: _Batch, line: Line, stream: Stream) -> Iterator[tuple[str, str | None]]:
    """Events and payloads of one stream on one line."""
    found: dict[int, Any] = batch.found.get(stream, {}).get(line.actor_id, {})
    shown = batch.shown.get((line.actor_id, stream.context), {})
    gone = batch.gone.get(line.actor_id, ())
    ended = batch.ended.get(line.actor_id, ()) if stream.context == "home" else ()
    for kind, row_id in batch.events:
        if (kind in {EDIT, DELETE} and row_id in gone and stream.tells_posts) or (kind == ENDED and row_id in ended):
            yield "delete", str(row_id)
        elif kind in {UPDATE, BOOST, EDIT} and row_id in found and row_id in shown:
            yield "status.update" if kind == EDIT else "update", shown[row_id]
        elif kind == "notice" and stream.tells_notices:
            notice = batch.notices.get(line.account_id, {}).get(row_id)
            if notice is not None and covers(line.scopes, "read:notifications"):
                yield "notification", notice
        elif kind == "conversation" and stream.name == "direct":
            talk = batch.talks.get(line.actor_id, {}).get(row_id)
            if talk is not None:
                yield "conversation", talk
        elif kind == "filters" and stream.name == "user" and row_id == line.account_id:
            yield "filters_changed", None
