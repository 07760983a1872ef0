"""Key pairs of our actors: made by the worker, sealed in the database, handed out as objects that sign at once.

RSA-2048 signs requests, for every actor; Ed25519 signs documents, for all but persons. An actor whose keys are not made
yet has no document and signs nothing. Making one takes 100 ms of a processor: never inside a request.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, select

from federation.keys import ProofKey, SigningKey, load_ed25519_private, load_private, make_ed25519, make_rsa
from instance.accounts.models import Actor, ActorKey
from instance.core import clock, fed, jobs
from instance.core.db import Moment, commit, db, new_id

RSA, ED25519 = "rsa", "ed25519"
FRAGMENTS = {RSA: "#main-key", ED25519: "#ed25519-key"}
INSTANCE = "/actor"  # path of the Application that fetches, relays and reports for the whole city
INSTANCE_HANDLE = "actor"  # nobody can take it: it is reserved
OVERLAP = timedelta(minutes=10)  # after a rotation the old key signs on: the Update that tells of the new one, at least
GRACE = timedelta(hours=48)  # then it is thrown away
FAREWELL = timedelta(days=7)  # of a closed account: as long as deliveries are tried
KEPT = 1000
KEPT_S = 60  # another process may have rotated a key; peers answer 401 meanwhile and are asked again

# Tests put pairs made before in their place.
MAKERS: dict[str, Callable[[], tuple[str, str]]] = {RSA: make_rsa, ED25519: make_ed25519}

_KEY = (
    select(ActorKey.id)
    .join(Actor, Actor.id == ActorKey.actor_id)
    .where(
        Actor.path == bindparam("path"),
        ActorKey.kind == bindparam("kind"),
        or_(ActorKey.retired_at.is_(None), ActorKey.retired_at > bindparam("now", type_=Moment)),
    )
    .order_by(ActorKey.id)  # the oldest: a retired one signs until its time is over
    .limit(1)
)
_kept: OrderedDict[str, tuple[float, SigningKey]] = OrderedDict()
_lock = threading.Lock()


def kinds_for(actor: Actor) -> tuple[str, ...]:
    """Which keys this actor needs."""
    return (RSA,) if actor.kind == "person" else (RSA, ED25519)


def order(actor_ids: Iterable[int]) -> None:
    """Have the worker make the keys of these actors, one at a time. Inside `commit()`."""
    for actor_id in actor_ids:
        jobs.put("make_key", {"actor_id": str(actor_id)})


def make_key(payload: dict[str, Any]) -> None:
    """Task: `make` for one actor."""
    make(int(payload["actor_id"]))


def make(actor_id: int) -> None:
    """Give one of our actors the keys that it lacks, in a `commit()` of its own."""
    actor = db.session.get(Actor, actor_id)
    if actor is None or actor.path is None:
        return
    missing = set(kinds_for(actor)) - _kinds_of(actor_id)
    db.session.rollback()
    pairs = {kind: MAKERS[kind]() for kind in sorted(missing)}
    if not pairs:
        return
    with commit():
        # Another worker may have been as quick.
        db.session.scalars(select(Actor).where(Actor.id == actor_id).with_for_update()).one()
        for kind in set(pairs) - _kinds_of(actor_id):
            _keep(actor_id, kind, pairs[kind])


def found_instance_actor() -> int:
    """The row of the Application, made at the first call; its id. Opens its own `commit()` then."""
    actor_id = db.session.scalar(select(Actor.id).where(Actor.path == INSTANCE))
    if actor_id is None:
        actor_id = new_id()
        with commit():
            db.session.add(
                Actor(
                    id=actor_id, kind="application", handle=INSTANCE_HANDLE, path=INSTANCE,
                    shown_name="Quartier Libre", created_at=clock.now(),
                )
            )  # fmt: skip
    return actor_id


def rotate(actor: Actor, pair: tuple[str, str], *, at_once: bool = False) -> None:
    """Put `pair` in place of the present RSA key. Inside `commit()`; the caller then sends an Update of the actor.

    The document shows the new key at once, under the same id. The old one goes on signing for `OVERLAP`, so that the
    Update comes signed by the key that peers know; `at_once` (a compromise) ends it now.
    """
    now = clock.now()
    for old in db.session.scalars(select(ActorKey).where(ActorKey.actor_id == actor.id, ActorKey.kind == RSA)):
        until = now if at_once else now + OVERLAP
        old.retired_at = until if old.retired_at is None else min(old.retired_at, until)
    _keep(actor.id, RSA, pair)
    actor.version += 1
    forget_all()


def forget_retired(_: dict[str, Any]) -> None:
    """Task: pairs whose time was over two days ago are thrown away."""
    with commit():
        db.session.execute(delete(ActorKey).where(ActorKey.retired_at < clock.now() - GRACE))


def key_id(actor: Actor, kind: str = RSA) -> str:
    """The address by which peers ask for this key; it stays when the key changes."""
    assert actor.path is not None, "only our own actors have keys here"
    return fed.uri_of(actor.path) + FRAGMENTS[kind]


def public_of(actor_id: int) -> dict[str, str]:
    """What everybody may know: the newest public key by kind, PEM for RSA and multibase for Ed25519."""
    rows = db.session.execute(
        select(ActorKey.kind, ActorKey.public).where(ActorKey.actor_id == actor_id).order_by(ActorKey.id)
    )
    return {row.kind: row.public for row in rows}


def signing(actor: Actor) -> SigningKey:
    """What signs requests of one of our actors. Raises `KeyError` while it has no key."""
    return signing_at(actor.path or "")


def signing_at(path: str) -> SigningKey:
    """The same for the actor at `path`: an object kept in memory, as loading one costs more than signing."""
    with _lock:
        until, found = _kept.get(path, (0.0, None))
        if found is not None and until > time.monotonic():
            _kept.move_to_end(path)
            return found
    row = _row(path, RSA)
    uri = fed.uri_of(path)
    made = SigningKey(uri + FRAGMENTS[RSA], uri, load_private(row.private))
    with _lock:
        _kept[path] = (time.monotonic() + KEPT_S, made)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def proof_key(path: str) -> ProofKey:
    """What proves documents of our actor at `path`, which is no person. Raises `KeyError` while it has no such key."""
    row = _row(path, ED25519)
    uri = fed.uri_of(path)
    return ProofKey(uri + FRAGMENTS[ED25519], uri, load_ed25519_private(row.private))


def forget_all() -> None:
    """Throw away what is kept in memory (a rotation, tests)."""
    with _lock:
        _kept.clear()


def _row(path: str, kind: str) -> ActorKey:
    found = db.session.scalar(_KEY, {"path": path, "kind": kind, "now": clock.now()})
    if found is None:
        raise KeyError(path)
    return db.session.get_one(ActorKey, found)


def _kinds_of(actor_id: int) -> set[str]:
    live = or_(ActorKey.retired_at.is_(None), ActorKey.retired_at > clock.now())
    return set(db.session.scalars(select(ActorKey.kind).where(ActorKey.actor_id == actor_id, live)))


def _keep(actor_id: int, kind: str, pair: tuple[str, str]) -> None:
    private, public = pair
    made_at: datetime = clock.now()
    db.session.add(ActorKey(id=new_id(), actor_id=actor_id, kind=kind, private=private, public=public, made_at=made_at))
