"""The five ports in memory: for tests, examples and trying things out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from federation.documents import Activity
from federation.keys import PublicKey, SigningKey, load_private, make_rsa
from federation.ports import Scheme
from federation.urls import host_of

Json = dict[str, Any]


@dataclass
class Keys:
    """Keys in two dicts; `actors` holds the documents that came with the public ones."""

    private: dict[str, SigningKey] = field(default_factory=dict)
    known: dict[str, PublicKey] = field(default_factory=dict)
    actors: dict[str, Json] = field(default_factory=dict)

    def signing(self, actor_uri: str) -> SigningKey:
        return self.private[actor_uri]

    def public(self, key_id: str) -> PublicKey | None:
        return self.known.get(key_id)

    def remember(self, keys: list[PublicKey], document: Json, host: str) -> None:
        if host == host_of(document["id"]):
            self.known |= {key.key_id: key for key in keys}
            self.actors[document["id"]] = document


@dataclass
class Documents:
    """Documents by address; names lead to actors. Everything is public."""

    kept: dict[str, Json] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def get(self, uri: str, reader: str | None) -> Json | None:
        return self.kept.get(uri)

    def actor_of(self, user: str) -> str | None:
        return self.names.get(user)

    def collection(self, uri: str, page: str | None, reader: str | None) -> Json | None:
        return self.kept.get(f"{uri}?page={page}" if page else uri)


@dataclass
class Incoming:
    """Activities in the order in which they came, each once."""

    taken: dict[tuple[str, str], Activity] = field(default_factory=dict)

    def take(self, activity: Activity, host: str) -> bool:
        if (host, activity.id) in self.taken:
            return False
        self.taken[host, activity.id] = activity
        return True


@dataclass
class Outgoing:
    """Deliveries as (activity, inbox, sender)."""

    waiting: list[tuple[Json, str, str]] = field(default_factory=list)

    def put(self, activity: Json, inboxes: Collection[str], *, sender: str, object_uri: str) -> None:
        self.waiting += [(activity, inbox, sender) for inbox in inboxes]


@dataclass
class Policy:
    """Everyone is welcome but `blocked`; `waits` are seconds by host."""

    blocked: set[str] = field(default_factory=set)
    waits: dict[str, int] = field(default_factory=dict)
    schemes: dict[str, Scheme] = field(default_factory=dict)

    def may_receive(self, host: str) -> bool:
        return host not in self.blocked

    def may_send(self, host: str) -> bool:
        return host not in self.blocked

    def pace(self, host: str) -> int:
        return self.waits.get(host, 0)

    def scheme(self, host: str) -> Scheme | None:
        return self.schemes.get(host)

    def keep_scheme(self, host: str, scheme: Scheme) -> None:
        self.schemes[host] = scheme


def server(base_url: str) -> dict[str, Any]:
    """What `Federation` needs besides a table and a door, for a server whose one actor is itself, with a fresh key."""
    uri = f"{base_url}/actor"
    private, public = make_rsa()
    key = SigningKey(f"{uri}#main-key", uri, load_private(private))
    listed = {"id": key.key_id, "owner": uri, "publicKeyPem": public}
    document = {"id": uri, "type": "Application", "inbox": f"{base_url}/inbox", "publicKey": listed}
    return {
        "base_url": base_url, "instance_actor": uri, "keys": Keys(private={uri: key}),
        "documents": Documents({uri: document}), "incoming": Incoming(), "outgoing": Outgoing(), "policy": Policy(),
        "now": lambda: datetime.now(UTC),
    }  # fmt: skip
