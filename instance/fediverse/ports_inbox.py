"""Two ports of the library over our tables: what comes in, and which servers are welcome, how fast."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from flask import g, has_request_context, request

from federation.documents import Activity
from federation.ports import Scheme
from instance.accounts import followers_sync
from instance.core.db import commit, db
from instance.peers import breaker, incoming, rules

PER_MINUTE = 300  # verified activities of one server (federation.md §11)
WINDOW_S = 60
HOSTS = 10_000  # of which the pace is known


class CityIncoming:
    """The port `Incoming`: a row, which is at once the memory of having seen it."""

    def take(self, activity: Activity, host: str) -> bool:
        with commit():
            is_new = incoming.take(activity, host)
            header = request.headers.get(followers_sync.HEADER) if has_request_context() else None
            if is_new and header:
                followers_sync.note(activity.actor, header)
        return is_new


class Pace:
    """How many activities each server has sent in the running minute; counted in this process."""

    def __init__(self, per_minute: int = PER_MINUTE) -> None:
        self._per_minute = per_minute
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, host: str) -> int:
        """Count one; seconds to wait if it is one too many, else 0."""
        now = time.monotonic()
        with self._lock:
            since, number = self._counts.pop(host, (now, 0))
            if now - since >= WINDOW_S:
                since, number = now, 0
            self._counts[host] = since, number + 1
            while len(self._counts) > HOSTS:
                self._counts.popitem(last=False)
        return max(1, int(since + WINDOW_S - now) + 1) if number >= self._per_minute else 0

    def forget(self) -> None:
        """Begin anew (tests)."""
        with self._lock:
            self._counts.clear()


class CityPolicy:
    """The port `Policy`: rules of the admin, the pace of the inbox, the memory of signature schemes."""

    def __init__(self, *, counts: bool = True) -> None:
        self.counts = counts
        self.inbox_pace = Pace()

    def may_receive(self, host: str) -> bool:
        """Asked for the actor and for the key of each request, which mostly are of one server: looked up once."""
        if not has_request_context():
            return rules.severity(host) != "block"
        known: dict[str, bool] = g.setdefault("welcome", {})
        if host not in known:
            known[host] = rules.severity(host) != "block"
        return known[host]

    def may_send(self, host: str) -> bool:
        return rules.severity(host) != "block"

    def pace(self, host: str) -> int:
        return self.inbox_pace.wait_s(host) if self.counts else 0

    def scheme(self, host: str) -> Scheme | None:
        found = breaker.scheme(host)
        db.session.rollback()  # what asks goes on to wait for a server: no transaction stays open meanwhile
        return found if found in ("cavage", "rfc9421") else None

    def keep_scheme(self, host: str, scheme: Scheme) -> None:
        with commit():
            breaker.keep_scheme(host, scheme)
