"""Actors of other servers as this city keeps them: found by address, stored from their own document, cleaned.

What a document says counts for its own origin only: an inbox or a collection elsewhere is not believed (federation.md,
rule 2), nor a name under another host before that host has confirmed it (threats.md B8).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from federation.documents import Document
from federation.errors import BadDocument, Ignored, Missing, Refused
from federation.keys import from_actor
from federation.urls import host_of, is_same_origin
from instance.accounts import foreign_names, throttle
from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, fed, jobs, markup
from instance.core.db import db, new_id
from instance.peers.models import Tombstone

KINDS = {
    "Person": "person", "Service": "person", "Group": "group", "Organization": "organization",
    "Application": "application",
}  # fmt: skip
SUMMARY_MAX = 20_000  # signs, before cleaning
ALIASES_MAX = 20
URI_MAX_BYTES = 2000  # a longer key does not fit into a PostgreSQL index
# New servers under one registered domain: a wildcard in the DNS makes actors without end (threats.md C6).
NEW_HOSTS = throttle.Limit(10, timedelta(days=1))
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gob", "gouv", "gov", "net", "ne", "or", "org"})
_ADDRESS = re.compile(r"\[.*\]|[0-9.]+")

_ID = select(Actor.id).where(Actor.uri == bindparam("uri"))


def id_of(uri: str) -> int | None:
    """Number of the remote actor at `uri`: the quick way, for what needs no more of it."""
    found: int | None = db.session.connection().scalar(_ID, {"uri": uri})
    return found


def find(uri: str) -> Actor | None:
    """The actor at this address, ours or remote, if it is known."""
    path = fed.path_of(uri)
    return db.session.scalar(select(Actor).where(Actor.uri == uri if path is None else Actor.path == path))


def get(uri: str) -> Actor:
    """The same, for a handler: raises `Missing`, so that it is fetched and the handler called again.

    Raises `Ignored` for an address of ours at which nobody is.
    """
    found = find(uri)
    if found is not None:
        return found
    if fed.path_of(uri) is not None:
        raise Ignored("actor.absent")
    raise Missing(uri, "actor")


def uri_of(actor: Actor) -> str:
    """The address by which others know any actor."""
    return actor.uri if actor.uri is not None else fed.uri_of(actor.path or "")


def row(actor_id: int) -> RemoteActor:
    """What its server says of a remote actor."""
    return db.session.get_one(RemoteActor, actor_id)


def store(document: Document) -> Actor:
    """Keep a remote actor as its own, just fetched document says. Inside `commit()`.

    Raises `BadDocument` for what is no usable actor, `Refused` for one new server too many of one domain.
    """
    said = _said(document)
    actor = db.session.scalar(select(Actor).where(Actor.uri == document.id))
    if actor is None:
        actor = _new(document)
    shown = foreign_names.shown(document.name or "", actor.handle)
    known = db.session.get(RemoteActor, actor.id)
    kind = KINDS[document.type]
    if known is None:
        known = RemoteActor(actor_id=actor.id)
        db.session.add(known)
    elif (actor.shown_name, actor.kind, known.icon_url) != (shown, kind, said["icon_url"]):
        actor.version += 1
    actor.shown_name, actor.kind = shown, kind
    for name, value in said.items():
        if getattr(known, name) != value:
            setattr(known, name, value)
    known.fetched_at, known.gone_at = clock.now(), None
    db.session.flush()
    return actor


def name_as(actor: Actor, host: str) -> None:
    """Its handle stands under `host` from now on: both sides have confirmed it. Inside `commit()`."""
    if actor.host != host:
        actor.host = host
        actor.version += 1


def _new(document: Document) -> Actor:
    if len(document.id.encode()) > URI_MAX_BYTES or fed.path_of(document.id) is not None:
        raise BadDocument("actor.id")
    host = host_of(document.id)
    _count_host(host)
    handle = foreign_names.handle(document.text("preferredUsername") or _last_part(document.id))
    if handle is None:
        raise BadDocument("actor.handle")
    actor = Actor(
        id=new_id(), kind=KINDS[document.type], handle=handle, uri=document.id, host=host, shown_name=handle,
        created_at=clock.now(),
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(actor)
            db.session.flush()
    except IntegrityError:  # another process was as quick
        return db.session.scalars(select(Actor).where(Actor.uri == document.id)).one()
    db.session.execute(delete(Tombstone).where(Tombstone.uri == document.id))  # it is there after all
    jobs.put("confirm_name", {"actor_id": str(actor.id)})
    return actor


def _last_part(uri: str) -> str:
    return urlsplit(uri).path.rstrip("/").rpartition("/")[2]


def _count_host(host: str) -> None:
    """Count a server that nobody here has met yet. Raises `Refused` for the eleventh of a domain within a day."""
    if db.session.scalar(select(Actor.id).where(Actor.host == host).limit(1)) is not None:
        return
    if throttle.count(throttle.subject("new host", registered(host)), NEW_HOSTS) is not None:
        raise Refused("host.too_many", host)


def registered(host: str) -> str:
    """The domain that somebody registered to have `host`; a guess without the public suffix list, short of hosters."""
    name = host if host.startswith("[") else host.partition(":")[0]
    if _ADDRESS.fullmatch(name):
        return name
    labels = name.split(".")
    is_deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if is_deep else -2 :])


def _said(document: Document) -> dict[str, Any]:
    """Columns of `RemoteActor` from its document. Raises `BadDocument`."""
    inbox = document.inbox
    if document.type not in KINDS or not document.id or inbox is None or not is_same_origin(inbox, document.id):
        raise BadDocument("actor.form")
    return {
        "type": document.type, "inbox": inbox, "shared_inbox": _own(document, document.shared_inbox),
        "outbox": _own(document, document.one("outbox")), "followers": _own(document, document.one("followers")),
        "moderators": _own(document, document.one("attributedTo")) if document.type == "Group" else None,
        "url": _own(document, document.links("url")) or document.id,
        "summary": foreign_names.summary(markup.clean((document.summary or "")[:SUMMARY_MAX])),
        "icon_url": _icon(document),
        "is_locked": document.flag("manuallyApprovesFollowers") is True,
        "is_discoverable": document.flag("discoverable") is True, "is_indexable": document.flag("indexable") is True,
        "also_known_as": document.ids("alsoKnownAs")[:ALIASES_MAX], "moved_to": document.one("movedTo"),
        "keys": _keys(document),
    }  # fmt: skip


def _own(document: Document, uri: str | None) -> str | None:
    return uri if uri is not None and is_same_origin(uri, document.id) else None


def _icon(document: Document) -> str | None:
    for picture in document.documents("icon"):
        if found := (picture.links("url", "image/") or picture.links("href", "image/")):
            return found[:URI_MAX_BYTES]
    return None


def _keys(document: Document) -> list[dict[str, str]]:
    """The keys that it lists as its own, each by id, as PEM or multibase."""
    kept = []
    for key in from_actor(document.json):
        kind, text = ("pem", key.pem) if key.pem is not None else ("multibase", key.multibase or "")
        kept.append({"id": key.key_id, kind: text})
    return kept
