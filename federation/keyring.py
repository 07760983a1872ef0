"""Public keys of others: from the cache, or by one bounded fetch that proves whose they are (federation.md §4)."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from federation.errors import BadDocument, BadSignature, FederationError, TooFast
from federation.fetch import ACTOR_BYTES, Fetcher
from federation.keys import PublicKey, from_actor
from federation.ports import Keys
from federation.urls import host_of, is_same_origin, without_fragment

MAX_AGE = timedelta(hours=24)
PAUSE = timedelta(minutes=5)
DEADLINE_S = 10.0
AT_ONCE = 2  # fetches for callers whom we do not know yet; fewer than a web process has threads
WAIT_S = 2.0
FAILURES_PER_HOST = 60  # in one PAUSE; then the host is not asked for unknown keys until it is over
MAX_REMEMBERED = 10_000


class KeyRing:
    """Finds keys; remembers for five minutes where it looked in vain (threat A10). Threads may share it."""

    def __init__(self, keys: Keys, fetcher: Fetcher, now: Callable[[], datetime], at_once: int = AT_ONCE) -> None:
        self._keys = keys
        self._fetcher = fetcher
        self._now = now
        self._places = threading.BoundedSemaphore(at_once)
        self._tried = _Recent(now)
        self._failures = _Recent(now)

    def find(self, key_id: str, *, any_age: bool = False) -> tuple[PublicKey, bool]:
        """The key with this id, and whether it was fetched just now. Raises `BadSignature`, `TooFast`.

        A kept key counts for 24 hours, or for ever with `any_age`.
        """
        known = self._keys.public(key_id)
        if known is not None and (any_age or self._now() - known.fetched_at < MAX_AGE):
            return known, False
        try:
            host = host_of(key_id)
        except BadDocument as error:
            raise BadSignature("key.id", key_id) from error
        if self._tried.count(key_id) or self._failures.count(host) >= FAILURES_PER_HOST:
            raise BadSignature("key.absent", key_id)
        try:
            return self._fetched(key_id), True
        except BadSignature:
            self._tried.add(key_id)
            self._failures.add(host)
            raise

    def again(self, known: PublicKey) -> PublicKey | None:
        """The key as its owner publishes it now, after a check failed; None if that was asked less than 5 min ago."""
        if self._tried.count(known.owner):
            return None
        self._tried.add(known.owner)
        return self._fetched(known.key_id)

    def _fetched(self, key_id: str) -> PublicKey:
        try:
            with self._place():
                return self._proven(key_id)
        except TooFast:
            raise
        except FederationError as error:
            raise BadSignature("key.absent", f"{key_id}: {error}") from error

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=WAIT_S):
            raise TooFast("key.busy", retry_after_s=30)
        try:
            yield
        finally:
            self._places.release()

    def _proven(self, key_id: str) -> PublicKey:
        """keyId → document of its origin → owner of that origin → who must list the key (threat A7)."""
        until = time.monotonic() + DEADLINE_S
        document = self._fetcher.document(without_fragment(key_id), max_bytes=ACTOR_BYTES, until=until)
        if not document.is_actor:
            # quirk(gotosocial): the key has a document of its own, /main-key; what it says of its owner proves nothing.
            owner = document.one("owner") or document.one("controller")
            if owner is None or not is_same_origin(owner, key_id):
                raise BadSignature("key.owner", key_id)
            document = self._fetcher.document(owner, max_bytes=ACTOR_BYTES, until=until)
        if not document.is_actor or not is_same_origin(document.id, key_id):
            raise BadSignature("key.owner", key_id)
        keys = [key for key in from_actor(document.json, fetched_at=self._now()) if key.owner == document.id]
        found = next((key for key in keys if key.key_id == key_id), None)
        if found is None:
            raise BadSignature("key.unlisted", key_id)
        self._keys.remember(keys, document.json, host_of(document.id))
        return found


class _Recent:
    """How often something was noted within the last `PAUSE`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._noted: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        with self._lock:
            since, times = self._noted.pop(name, (self._now(), 0))
            if self._now() - since >= PAUSE:
                since, times = self._now(), 0
            self._noted[name] = since, times + 1
            while len(self._noted) > MAX_REMEMBERED:
                self._noted.popitem(last=False)

    def count(self, name: str) -> int:
        with self._lock:
            since, times = self._noted.get(name, (self._now(), 0))
            return times if self._now() - since < PAUSE else 0
