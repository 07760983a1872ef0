"""The port `Keys` over our tables: our actors' pairs, and what remote actors' documents told of theirs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from sqlalchemy import bindparam, select

from federation.documents import Document
from federation.keys import PublicKey, SigningKey
from federation.urls import without_fragment
from instance.accounts import keys, remote
from instance.accounts.models import Actor, RemoteActor
from instance.core import fed
from instance.core.db import commit, db

KNOWN = 5000
# Asked for every request to an inbox: built once (performance.md, rule 5).
_KEYS = (
    select(RemoteActor.keys, RemoteActor.fetched_at)
    .join(Actor, Actor.id == RemoteActor.actor_id)
    .where(Actor.uri == bindparam("uri"), RemoteActor.gone_at.is_(None))
)


class CityKeys:
    """Private keys by path, public ones by their address."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, str] = OrderedDict()  # of keys that stand in documents of their own
        self._lock = threading.Lock()

    def signing(self, actor_uri: str) -> SigningKey:
        """The key of one of our actors. Raises `KeyError` while it has none."""
        path = fed.path_of(actor_uri)
        if path is None:
            raise KeyError(actor_uri)
        return keys.signing_at(path)

    def public(self, key_id: str) -> PublicKey | None:
        """A key that its owner's stored document lists, however old."""
        with self._lock:
            owner = self._owners.get(key_id, without_fragment(key_id))
        row = db.session.connection().execute(_KEYS, {"uri": owner}).first()
        if row is None:
            return None
        listed, fetched_at = row
        for one in listed:
            if one["id"] == key_id:
                return PublicKey(key_id, owner, one.get("pem"), one.get("multibase"), fetched_at)
        return None

    def remember(self, found: list[PublicKey], document: dict[str, Any], host: str) -> None:
        """Keep the actor that has just been fetched, its keys with it."""
        with commit():
            remote.store(Document(document))
        with self._lock:
            for key in found:
                if without_fragment(key.key_id) != key.owner:
                    # quirk(gotosocial): the key is a document of its own, <actor>/main-key.
                    self._owners[key.key_id] = key.owner
                    self._owners.move_to_end(key.key_id)
            while len(self._owners) > KNOWN:
                self._owners.popitem(last=False)
