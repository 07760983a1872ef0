"""What the library asks of the city: five small questions' worth of Protocols, and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal, Protocol

from federation.documents import Activity
from federation.keys import PublicKey, SigningKey

Scheme = Literal["cavage", "rfc9421"]


class Keys(Protocol):
    """Our private keys, and the public ones that we have seen."""

    def signing(self, actor_uri: str) -> SigningKey:
        """The key of one of our actors. Raises `KeyError` if it has none."""

    def public(self, key_id: str) -> PublicKey | None:
        """A key kept by `remember`, however old."""

    def remember(self, keys: list[PublicKey], document: dict[str, Any], host: str) -> None:
        """Keep the keys of a remote actor; `document` is its fresh actor document, `host` its server."""


class Documents(Protocol):
    """Our own actors, objects and collections, as the reader may see them."""

    def get(self, uri: str, reader: str | None) -> dict[str, Any] | None:
        """An actor or object; None if absent or hidden from `reader` (an actor, or None for a stranger)."""

    def actor_of(self, user: str) -> str | None:
        """The address of the actor that bears this name here."""

    def collection(self, uri: str, page: str | None, reader: str | None) -> dict[str, Any] | None:
        """A collection, or one page of it."""


class Incoming(Protocol):
    """Activities that were verified and wait to be dispatched."""

    def take(self, activity: Activity, host: str) -> bool:
        """Store and queue it, `host` being its signer's; False if (host, activity id) was there before."""


class Outgoing(Protocol):
    """Activities that wait to be delivered."""

    def put(self, activity: dict[str, Any], inboxes: Collection[str], *, sender: str, object_uri: str) -> None:
        """Queue `activity` for each inbox; deliveries about one `object_uri` keep their order per inbox."""


class Policy(Protocol):
    """Which servers are welcome, how fast, and how they like to be spoken to."""

    def may_receive(self, host: str) -> bool:
        """Whether anything from `host` is taken."""

    def may_send(self, host: str) -> bool:
        """Whether anything goes to `host`."""

    def pace(self, host: str) -> int:
        """Seconds until `host` is welcome again; 0 now. Asked once for each verified activity, and counts it."""

    def scheme(self, host: str) -> Scheme | None:
        """The signature scheme that worked last with `host`, None if not known (any more)."""

    def keep_scheme(self, host: str, scheme: Scheme) -> None:
        """Remember it for seven days."""
