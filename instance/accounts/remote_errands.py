"""Errands about remote actors: look again at their own server, outside of transactions, then write what is true.

A task that cannot reach the other server raises, and is tried again later; any other refusal of it ends the errand.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from federation import webfinger
from federation.documents import Document, parse
from federation.errors import FederationError, NotFound, TooFast, Unreachable
from federation.urls import host_of
from federation.vocabulary import JRD_JSON
from instance.accounts import follows, moves_in, remote
from instance.accounts.facts import ActorGone
from instance.accounts.models import Actor
from instance.core import clock, fed, jobs
from instance.core.db import commit, db
from instance.core.facts import record
from instance.peers import tombstones

_LATER = (Unreachable, TooFast)
_WEBFINGER_S = 10.0
MOVED_AGAIN = timedelta(days=30)


def order(task: str, actor: Actor, **more: str) -> None:
    """Have `task` run for a remote actor, once however often it is ordered before it begins. Inside `commit()`."""
    payload = {"actor_id": str(actor.id), "uri": actor.uri or "", **more}
    jobs.put(task, payload, key=_key(task, payload))


def _key(task: str, payload: dict[str, Any]) -> str:
    return f"{task}:{payload['actor_id']}"


def _begin(task: str, payload: dict[str, Any]) -> str:
    """The actor's address. From now on the same may be ordered anew: it would see more than this run."""
    with commit():
        db.session.execute(update(jobs.Job).where(jobs.Job.key == _key(task, payload)).values(key=None))
    return str(payload["uri"])


def _look(uri: str) -> Document | None:
    """The actor as its server shows it; None where nobody is any more, or something that is no actor.

    Raises `Unreachable` or `TooFast`: later then.
    """
    try:
        found = fed.engine().fetch_actor(uri)
    except _LATER:
        raise
    except FederationError:
        return None
    return found if found.id == uri else None


def refresh_actor(payload: dict[str, Any]) -> None:
    """Task: keep what an actor's document says now; its keys with it."""
    found = _look(_begin("refresh_actor", payload))
    if found is not None:
        with commit():
            _store(found)


def check_gone(payload: dict[str, Any]) -> None:
    """Task: an actor that is no more at its own address (404 or 410) is forgotten here."""
    uri = _begin("check_gone", payload)
    try:
        fed.engine().fetch_actor(uri)
    except NotFound:
        with commit():
            actor = remote.find(uri)
            if actor is not None:
                bury(actor)
    except _LATER:
        raise
    except FederationError:
        return  # something stands there still


def bury(actor: Actor) -> None:
    """A remote actor is no more: name, keys and follows go; rooms above hear of it. Inside `commit()`."""
    known = remote.row(actor.id)
    if known.gone_at is not None:
        return
    known.gone_at, known.keys, known.summary, known.icon_url = clock.now(), [], "", None
    actor.shown_name = _("Compte supprimé")
    actor.version += 1
    follows.drop([actor.id])
    tombstones.lay(actor.uri or "")
    record(ActorGone(actor.id))


def confirm_name(payload: dict[str, Any]) -> None:
    """Task: under which host its handle stands. Another one than the actor's own must confirm it (threats.md B8)."""
    actor_id = int(payload["actor_id"])
    row = db.session.execute(select(Actor.handle, Actor.uri).where(Actor.id == actor_id)).first()
    db.session.rollback()
    if row is None or row[1] is None:
        return
    try:
        named = _named(row[0], row[1])
        if named is None or named[1] == host_of(row[1]) or fed.engine().lookup("@".join(named)) != row[1]:
            return
    except FederationError:
        return  # the name stays under the host that the actor lives on
    with commit():
        actor = db.session.get(Actor, actor_id)
        if actor is not None and actor.handle.lower() == named[0].lower():
            remote.name_as(actor, named[1])


def _named(handle: str, uri: str) -> tuple[str, str] | None:
    """Name and host that the actor's own server gives it."""
    host = host_of(uri)
    url = webfinger.address(uri.partition("://")[0] + f"://{host}", handle, host)
    accept = f"{JRD_JSON}, application/json"
    found = fed.engine().fetch_file(url, accept=accept, max_bytes=webfinger.MAX_BYTES, deadline_s=_WEBFINGER_S)
    if found.status != 200:
        return None
    jrd = parse(found.body)
    return webfinger.subject(jrd) if webfinger.read(jrd) == uri else None


def move_followers(payload: dict[str, Any]) -> None:
    """Task: lead who follows an actor to its new account, if each of the two names the other; once in 30 days."""
    uri, target = _begin("move_followers", payload), str(payload["target"])
    former = _look(uri)
    if former is None or former.one("movedTo") != target:
        return
    is_ours = fed.path_of(target) is not None
    successor = None if is_ours else _look(target)
    if not is_ours and (successor is None or uri not in successor.ids("alsoKnownAs")):
        return
    with commit():
        old = _store(former)
        new = remote.find(target) if successor is None else _store(successor)
        if old is None or new is None or (is_ours and not moves_in.knows(new, uri)):
            return
        known = remote.row(old.id)
        if known.moved_at is None or clock.now() - known.moved_at >= MOVED_AGAIN:
            known.moved_at = clock.now()
            moves_in.lead(old, new)


def _store(document: Document) -> Actor | None:
    try:
        return remote.store(document)
    except FederationError:
        return None
