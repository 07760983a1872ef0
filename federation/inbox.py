"""From a request to a stored activity, and from there to its handler.

`receive` is the one way in: size → JSON → policy → signature → origin → replay → queue. Nothing of what a sender says
is acted upon before all of it has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from federation.documents import MAX_BYTES, Activity, parse
from federation.errors import BadDocument, BadSignature, Ignored, Refused, TooFast, TooLarge
from federation.keyring import KeyRing
from federation.keys import PublicKey
from federation.ports import Incoming, Keys, Policy
from federation.signatures import key_id, verify
from federation.urls import host_of, is_same_origin
from federation.wire import Request

Handler = Callable[[Activity], None]
Table = Mapping[tuple[str, str], Handler]

ACCEPTED = 202


class Inbox:
    """The way in; `own_host` is ours, whose activities never come by the wire."""

    def __init__(
        self, *, keyring: KeyRing, keys: Keys, incoming: Incoming, policy: Policy, table: Table,
        now: Callable[[], datetime], own_host: str,
    ) -> None:  # fmt: skip
        self._keyring = keyring
        self._keys = keys
        self._incoming = incoming
        self._policy = policy
        self._table = table
        self._now = now
        self._own_host = own_host

    def receive(self, request: Request) -> int:
        """202 once the activity is stored, or was before. Raises a `FederationError` whose `status` is the answer."""
        if len(request.body) > MAX_BYTES:
            raise TooLarge("activity.size")
        activity = Activity(parse(request.body), received=request.body)
        host = _host(activity)
        if host == self._own_host:
            raise Ignored("activity.ours")
        if not self._policy.may_receive(host):
            raise Refused("host.blocked", host)
        farewell = activity.type == "Delete" and activity.object_id == activity.actor
        if farewell and not self._is_known(request):
            # Its key is gone with it: looking for it would be in vain, once for every server that it ever reached.
            raise Ignored("delete.unknown")
        key = self._verified(request, any_age=farewell)
        if key.owner != activity.actor:
            raise Refused("activity.signer", activity.actor)
        if not is_same_origin(activity.id, activity.actor):
            raise Refused("activity.origin", activity.id)
        _check_object(activity)
        if (wait_s := self._policy.pace(host)) > 0:
            raise TooFast("host.pace", host, retry_after_s=wait_s)
        activity.signer = key.owner
        self._incoming.take(activity, host)
        return ACCEPTED

    def reader(self, request: Request) -> str | None:
        """Who signed a GET; None if nobody did. Raises `BadSignature`, and `Refused` for a blocked host."""
        if key_id(request) is None:
            return None
        key = self._verified(request)
        host = host_of(key.owner)
        if not self._policy.may_receive(host):
            raise Refused("host.blocked", host)
        return key.owner

    def dispatch(self, activity: Activity) -> None:
        """Call the handler for what was done to what. Raises `Ignored` if there is none, and what it raises."""
        for kind in (*activity.types, "*"):
            for thing in activity.object_types():
                handler = self._table.get((kind, thing))
                if handler is not None:
                    handler(activity)
                    return
        raise Ignored("unsupported")

    def _is_known(self, request: Request) -> bool:
        name = key_id(request)
        if name is None:
            raise BadSignature("signature.absent")
        return self._keys.public(name) is not None

    def _verified(self, request: Request, *, any_age: bool = False) -> PublicKey:
        """The one verify path. A kept key that does not fit may have been replaced: its owner is asked once more."""
        tried: list[PublicKey] = []

        def find(name: str) -> PublicKey:
            if not self._policy.may_receive(_key_host(name)):
                raise Refused("host.blocked", name)
            key, is_fresh = self._keyring.find(name, any_age=any_age)
            if not is_fresh:
                tried.append(key)
            return key

        try:
            return verify(request, find, self._now())
        except BadSignature:
            if not tried or any_age or (newer := self._keyring.again(tried[0])) is None:
                raise
        return verify(request, lambda _: newer, self._now())


def _host(activity: Activity) -> str:
    if not activity.types or not activity.actor:
        raise BadDocument("activity.form")
    if "#" in activity.actor:
        raise BadDocument("activity.actor", activity.actor)
    return host_of(activity.actor)


def _key_host(name: str) -> str:
    try:
        return host_of(name)
    except BadDocument as error:
        raise BadSignature("key.id", name) from error


def _check_object(activity: Activity) -> None:
    """A post or an actor is a document: its id has no fragment (threat B7)."""
    thing = activity.object
    if thing is not None and (thing.is_post or thing.is_actor) and "#" in thing.id:
        raise BadDocument("object.id", thing.id)
