"""Followers sync (FEP-8fcf): two servers compare who of one follows somebody of the other, and settle what differs.

Our own side is answered (`partial`); what another server says of its followers-only posts is compared (`compare`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from federation.documents import id_of
from federation.errors import FederationError, TooFast, Unreachable
from federation.urls import host_of, is_same_origin
from instance.accounts import follow_wire, follows, remote
from instance.accounts.models import Actor, Follow, RemoteActor
from instance.core import clock, fed, jobs
from instance.core.db import commit, db

HEADER = "collection-synchronization"
TASK = "sync_followers"
_PART = re.compile(r'\s*([A-Za-z]+)="([^"\s]{1,2048})"\s*(?:,|$)')
_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest(uris: Iterable[str]) -> str:
    """The XOR of the SHA-256 of each address, in hexadecimal: order and page sizes make no difference."""
    mixed = 0
    for uri in set(uris):
        mixed ^= int.from_bytes(hashlib.sha256(uri.encode()).digest(), "big")
    return f"{mixed:064x}"


def read(header: str) -> tuple[str, str, str] | None:
    """Collection, address of its part and digest, as the header says; None for anything else."""
    said = {name.lower(): value for name, value in _PART.findall(header[:8192])}
    found = said.get("collectionid", ""), said.get("url", ""), said.get("digest", "").lower()
    return found if _DIGEST.fullmatch(found[2]) and is_same_origin(found[0], found[1]) else None


def note(actor_uri: str, header: str) -> None:
    """Have the worker compare what the header says about followers of `actor_uri`, who signed it. Inside `commit()`.

    The same word within an hour is compared once.
    """
    said = read(header)
    if said is None or not is_same_origin(said[0], actor_uri):
        return
    key = f"{TASK}:{actor_uri}:{said[2]}:{clock.now():%Y%m%d%H}"
    payload = {"uri": actor_uri, "collection": said[0], "url": said[1], "digest": said[2]}
    jobs.put(TASK, payload, key=hashlib.sha256(key.encode()).hexdigest())


def sync_followers(payload: dict[str, Any]) -> None:
    """Task: where the two servers disagree, theirs says who follows: all else ends here, and what is too much there."""
    actor = remote.find(payload["uri"])
    known = db.session.get(RemoteActor, actor.id) if actor is not None else None
    if actor is None or known is None or known.followers != payload["collection"]:
        return
    actor_id, ours = actor.id, set(_followers_here(actor.id))
    db.session.rollback()
    if digest(ours) == payload["digest"]:
        return
    try:
        listed = _listed(payload["url"])
    except (Unreachable, TooFast):
        raise
    except FederationError:
        return
    if listed is not None and digest(listed) == payload["digest"]:
        with commit():
            _settle(actor_id, listed)


def _listed(url: str) -> set[str] | None:
    """Who of ours follows, as their server has it; None where it does not list everybody at once."""
    document = fed.engine().fetch(url)
    if document.json.get("first") or document.json.get("next"):
        return None
    items = document.json.get("orderedItems") or document.json.get("items") or []
    uris = {id_of(item) for item in (items if isinstance(items, list) else [items])}
    return {uri for uri in uris if fed.path_of(uri) is not None}


def _settle(actor_id: int, listed: set[str]) -> None:
    accepted = select(Follow).where(Follow.followed_id == actor_id, Follow.state == "accepted")
    rows = db.session.scalars(accepted).all()
    by_uri = {remote.uri_of(db.session.get_one(Actor, row.follower_id)): row for row in rows}
    follows.drop_rows([row for uri, row in by_uri.items() if fed.path_of(uri) is not None and uri not in listed])
    for uri in sorted(listed - set(by_uri)):
        follower = remote.find(uri)
        if follower is not None and follows.between(follower.id, actor_id) is None:
            follow_wire.undo(follower.id, actor_id)


def _followers_here(actor_id: int) -> list[str]:
    """Addresses of our people whose follow of a remote actor counts."""
    query = select(Actor.path).join(Follow, Follow.follower_id == Actor.id)
    mine = query.where(Follow.followed_id == actor_id, Follow.state == "accepted", Actor.path.is_not(None))
    return [fed.uri_of(path) for path in db.session.scalars(mine) if path]


def partial(actor_id: int, host: str) -> list[str]:
    """Followers of one of ours that live on `host`: for that server's eyes only."""
    query = select(Actor.uri).join(Follow, Follow.follower_id == Actor.id)
    mine = query.where(Follow.followed_id == actor_id, Follow.state == "accepted")
    near = mine.where(Actor.uri.contains(f"://{host}/", autoescape=True))
    return sorted(uri for uri in db.session.scalars(near) if uri is not None and host_of(uri) == host)
