"""The library at one's fingertips: `Federation` binds the ports and answers, receives, fetches and sends."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from federation import fetch, webfinger
from federation.delivery import Sender, Sent
from federation.documents import MAX_BYTES, Activity, Document
from federation.errors import BadDocument, FederationError, NotActivity, Refused
from federation.fetch import Budget, Fetcher
from federation.inbox import Inbox, Table
from federation.keyring import KeyRing
from federation.keys import SigningKey
from federation.ports import Documents, Incoming, Keys, Outgoing, Policy, Scheme
from federation.urls import host_of, is_same_origin, parse_handle
from federation.vocabulary import ACCEPT, JRD_JSON
from federation.wire import Door, Request, Response

BUDGET = 50


class Federation:
    """One server of the fediverse; `table` names a handler for (activity, object), `*` standing for any."""

    def __init__(
        self,
        *,
        base_url: str,
        keys: Keys,
        documents: Documents,
        incoming: Incoming,
        outgoing: Outgoing,
        policy: Policy,
        table: Table,
        door: Door,
        now: Callable[[], datetime],
        instance_actor: str,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.host = host_of(base_url)
        self.instance_actor = instance_actor
        self.keys = keys
        self.documents = documents
        self.policy = policy
        self.incoming = incoming
        self._outgoing = outgoing
        self._door = door
        self._scheme = urlsplit(base_url).scheme  # a lab of plain http speaks it with its peers too
        self._fetcher = Fetcher(door, keys, policy, now, instance_actor)
        self._inbox = Inbox(
            keyring=KeyRing(keys, self._fetcher, now), keys=keys, incoming=incoming, policy=policy, table=table,
            now=now, own_host=self.host,
        )  # fmt: skip
        self._sender = Sender(door, keys, policy, now)

    def receive(self, request: Request) -> int:
        """Take one POST to an inbox: 202, or a `FederationError` whose `status` is the answer."""
        return self._inbox.receive(request)

    def dispatch(self, activity: Activity) -> None:
        """Hand a stored activity to its handler. Raises `Ignored` without one, `Missing`, and what the handler does."""
        self._inbox.dispatch(activity)

    def reader(self, request: Request) -> str | None:
        """The actor who signed a GET; None for an unsigned one. Raises `BadSignature`, `Refused`, `TooFast`."""
        return self._inbox.reader(request)

    def budget(self, left: int = BUDGET) -> AbstractContextManager[Budget]:
        """Within, at most `left` fetches, then `Forbidden`; the value's `left` is what the next job may spend."""
        return fetch.budget(left)

    def fetch(self, uri: str, *, as_actor: str | None = None, expect_actor: bool = False) -> Document:
        """A remote document, by a GET signed by the instance or, for what is private, by `as_actor`.

        Raises `NotActivity` for what is no ActivityPub document or not that one, and what `Fetcher.document` raises;
        `Refused` for an address of our own.
        """
        if host_of(uri) == self.host:
            raise Refused("fetch.ours", uri)
        found = self._fetcher.document(
            uri, as_actor=as_actor, max_bytes=fetch.ACTOR_BYTES if expect_actor else MAX_BYTES
        )
        if expect_actor and not found.is_actor:
            raise NotActivity("fetch.no_actor", found.id)
        return found

    def fetch_actor(self, uri: str) -> Document:
        """A remote actor: one that has an inbox. Raises as `fetch`."""
        found = self.fetch(uri, expect_actor=True)
        try:
            host_of(found.inbox or "")
        except BadDocument as error:
            raise NotActivity("fetch.no_inbox", found.id) from error
        return found

    def lookup(self, handle: str) -> str:
        """The actor behind `@user@host`, confirmed both ways. Raises a `FederationError`.

        The host's WebFinger leads to the actor; if the actor lives on another host, then that host's WebFinger must in
        turn name this very handle and actor (threat B8).
        """
        user, host = parse_handle(handle)
        if host == self.host:
            raise Refused("lookup.ours", handle)
        actor = self.fetch_actor(webfinger.read(self._jrd(user, host)))
        home = host_of(actor.id)
        if home == host:
            return actor.id
        name = actor.text("preferredUsername") or ""
        jrd = self._jrd(name, home)
        if webfinger.read(jrd) != actor.id or not _is_same(webfinger.subject(jrd), (user, host)):
            raise NotActivity("lookup.unconfirmed", actor.id)
        return actor.id

    def _jrd(self, user: str, host: str) -> dict[str, Any]:
        url = webfinger.address(f"{self._scheme}://{host}", user, host)
        return self._fetcher.json(url, f"{JRD_JSON}, application/json", max_bytes=webfinger.MAX_BYTES)

    def fetch_json(self, url: str) -> dict[str, Any]:
        """What a partner answers at `url` to the instance's signed GET: believed for a proof inside, or not at all.

        Raises as `fetch`.
        """
        if host_of(url) == self.host:
            raise Refused("fetch.ours", url)
        return self._fetcher.json(url, ACCEPT, max_bytes=fetch.ACTOR_BYTES)

    def fetch_file(
        self, url: str, *, accept: str, max_bytes: int, deadline_s: float = 20.0, as_actor: str | None = None,
        also: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        """A picture or a page as it lies at `url`, by a GET through the same door; any status.

        Unsigned, or signed by `as_actor` for what a partner shows to nobody else; `also` are further headers of an
        unsigned one (what is known of it already). Raises `Refused` for our own
        addresses and for hosts that we send nothing to, else as the door does.
        """
        host = host_of(url)
        if host == self.host or not self.policy.may_send(host):
            raise Refused("file.host", url)
        if as_actor is not None:
            until = time.monotonic() + deadline_s
            return self._fetcher.file(url, accept, as_actor, max_bytes=max_bytes, until=until)
        return self._door.get(url, {"accept": accept, **(also or {})}, max_bytes=max_bytes, deadline_s=deadline_s)

    def send(self, *, inbox: str, body: bytes, sender: str, attempt: int = 1) -> Sent:
        """One delivery, now; `attempt` is 1 for the first try. Never raises: see `Sent.outcome`."""
        return self._sender.send(inbox=inbox, body=body, sender=sender, attempt=attempt)

    def post(self, *, inbox: str, body: bytes, key: SigningKey, scheme: Scheme | None, attempt: int = 1) -> Sent:
        """`send` with everything at hand: asks no port, so that threads without a database may call it."""
        return self._sender.post(inbox=inbox, body=body, key=key, scheme=scheme, attempt=attempt)

    def push(self, url: str, headers: Mapping[str, str], body: bytes, *, deadline_s: float = 10.0) -> Response:
        """POST something that is no activity, unsigned, through the same door: a push service takes its own proofs.

        Raises `Refused` for our own addresses and for hosts that we send nothing to, else as the door does.
        """
        host = host_of(url)
        if host == self.host or not self.policy.may_send(host):
            raise Refused("push.host", url)
        return self._door.post(url, headers, body, deadline_s=deadline_s)

    def deliver(self, activity: dict[str, Any], inboxes: Collection[str], *, sender: str, object_uri: str) -> None:
        """Queue `activity` for each inbox that is neither our own nor of a host we send nothing to."""
        wanted = [inbox for inbox in dict.fromkeys(inboxes) if self._may_reach(inbox)]
        if wanted:
            self._outgoing.put(activity, wanted, sender=sender, object_uri=object_uri)

    def _may_reach(self, inbox: str) -> bool:
        try:
            host = host_of(inbox)
        except FederationError:
            return False
        return not is_same_origin(inbox, self.base_url) and self.policy.may_send(host)


def _is_same(named: tuple[str, str] | None, wanted: tuple[str, str]) -> bool:
    return named is not None and (named[0].casefold(), named[1]) == (wanted[0].casefold(), wanted[1])
