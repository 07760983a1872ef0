"""Reactions: what goes to other servers when somebody here follows, is followed, or ends it.

Everything about one Follow bears its address as `object_uri`, so that no inbox gets the Undo before the Follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from federation import activities
from instance.accounts.facts import FollowAccepted, FollowAsked, FollowEnded, FollowRefused
from instance.accounts.models import Actor, Follow, RemoteActor
from instance.accounts.remote import uri_of
from instance.core import fed
from instance.core.db import db, new_id
from instance.peers import outbox

Json = dict[str, Any]
Instrument = Callable[[Actor, Actor], str | None]  # follower, followed
_instruments: list[Instrument] = []


def register_instrument(instrument: Instrument) -> None:
    """Have `instrument` asked under what agreement one actor follows another: its address stands in the Follow."""
    if instrument not in _instruments:
        _instruments.append(instrument)


def send_asked(facts: Sequence[FollowAsked]) -> None:
    """Follow, to somebody elsewhere."""
    for fact in facts:
        row = db.session.get(Follow, fact.follow_id)
        follower, inbox = db.session.get(Actor, fact.follower_id), _inbox(fact.followed_id)
        if row is None or row.uri is None or follower is None or follower.path is None or inbox is None:
            continue
        said = _follow(follower.id, fact.followed_id, row.uri)
        outbox.send(
            said, outgoing_id=row.id, sender=follower, inboxes=[inbox], object_uri=row.uri, is_public=False
        )  # fmt: skip


def send_accepted(facts: Sequence[FollowAccepted]) -> None:
    """Accept, to a follower elsewhere."""
    for fact in facts:
        row = db.session.get(Follow, fact.follow_id)
        if row is not None and row.uri is not None:
            answer(row.follower_id, row.followed_id, row.uri, is_yes=True)


def send_refused(facts: Sequence[FollowRefused]) -> None:
    """Reject, to a follower elsewhere."""
    for fact in facts:
        if fact.uri:
            answer(fact.follower_id, fact.followed_id, fact.uri, is_yes=False)


def answer(follower_id: int, followed_id: int, uri: str, *, is_yes: bool) -> None:
    """Accept or Reject of the Follow `uri`, if one of ours was asked by somebody elsewhere. Inside `commit()`."""
    followed, inbox = db.session.get(Actor, followed_id), _inbox(follower_id)
    if followed is None or followed.path is None or inbox is None:
        return
    number, activity_uri = outbox.new_uri()
    make = activities.accept if is_yes else activities.reject
    said = make(_follow(follower_id, followed_id, uri), id=activity_uri, actor=uri_of(followed))
    outbox.send(said, outgoing_id=number, sender=followed, inboxes=[inbox], object_uri=uri, is_public=False)


def send_ended(facts: Sequence[FollowEnded]) -> None:
    """Undo, to somebody elsewhere whom one of ours follows no more."""
    for fact in facts:
        if fact.uri:
            undo(fact.follower_id, fact.followed_id, fact.uri)


def undo(follower_id: int, followed_id: int, uri: str = "") -> None:
    """Undo of the Follow `uri`, or of one that only the other side knows of. Inside `commit()`."""
    follower, inbox = db.session.get(Actor, follower_id), _inbox(followed_id)
    if follower is None or follower.path is None or inbox is None:
        return
    number, activity_uri = outbox.new_uri()
    uri = uri or fed.uri_of(f"/f/{new_id()}")
    said = activities.undo(_follow(follower_id, followed_id, uri), id=activity_uri)
    outbox.send(said, outgoing_id=number, sender=follower, inboxes=[inbox], object_uri=uri, is_public=False)


def _follow(follower_id: int, followed_id: int, uri: str) -> Json:
    """The Follow itself, as it was said or is embedded in its answer."""
    follower, followed = db.session.get_one(Actor, follower_id), db.session.get_one(Actor, followed_id)
    under = next((found for ask in _instruments if (found := ask(follower, followed))), None)
    return activities.follow(uri_of(followed), id=uri, actor=uri_of(follower), instrument=under)


def _inbox(actor_id: int) -> str | None:
    """The own inbox of a remote actor that is still there."""
    known = db.session.get(RemoteActor, actor_id)
    return known.inbox if known is not None and known.gone_at is None else None
