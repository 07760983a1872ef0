"""Signed GET of a remote document, believed only where it was found (threats, rule 3 and B1 to B3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from federation.documents import MAX_BYTES, Document, Json, parse
from federation.errors import BadDocument, FederationError, Forbidden, Gone, NotActivity, NotFound, Refused, Unreachable
from federation.ports import Keys, Policy, Scheme
from federation.signatures import sign_cavage, sign_rfc9421
from federation.urls import host_of, is_same_origin, wire_form
from federation.vocabulary import ACCEPT, ACTIVITY_JSON, AS
from federation.wire import Door, Request, Response

ACTOR_BYTES = 262_144
DEADLINE_S = 20.0
REDIRECTS = 3
MAX_RETRY_AFTER_S = 86_400
KNOCK_AGAIN = (400, 401)  # answers after which the other signature scheme is tried
_LATER = (408, 425, 429)


class Budget:
    """How many more fetches one incoming activity may cause, over all of its jobs (threat C5)."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self) -> None:
        """Take one. Raises `Forbidden` when none is left."""
        if self.left <= 0:
            raise Forbidden("fetch.budget")
        self.left -= 1


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def budget(left: int) -> Iterator[Budget]:
    """Within, at most `left` fetches; what remains is then in the value's `left`."""
    mine = Budget(left)
    token = _budget.set(mine)
    try:
        yield mine
    finally:
        _budget.reset(token)


class Fetcher:
    """Fetches documents in the name of one of our actors, by default the instance's."""

    def __init__(
        self, door: Door, keys: Keys, policy: Policy, now: Callable[[], datetime], instance_actor: str
    ) -> None:
        self._door = door
        self._keys = keys
        self._policy = policy
        self._now = now
        self._instance_actor = instance_actor

    def document(
        self, uri: str, *, as_actor: str | None = None, max_bytes: int = MAX_BYTES, until: float | None = None
    ) -> Document:
        """The document whose id is `uri`, or to which `uri` leads.

        Counts only with status 200, an ActivityPub content type, and an id that equals the address where it was found;
        if it does not, the id is fetched, once. All of it ends at `until` on the monotonic clock. Raises
        `NotActivity`, `BadDocument`, `NotFound`, `Gone`, `Refused`, `Forbidden`, `Unreachable`, `TooLarge`.
        """
        until = until or time.monotonic() + DEADLINE_S
        answer = self._get(uri, ACCEPT, as_actor, max_bytes, until)
        found = _read(answer, max_bytes)
        if not _is_at(found.id, answer.url):
            if not found.id or "#" in found.id:
                raise NotActivity("fetch.no_id", answer.url)
            answer = self._get(found.id, ACCEPT, as_actor, max_bytes, until)
            found = _read(answer, max_bytes)
            if not _is_at(found.id, answer.url):
                raise NotActivity("fetch.other_id", answer.url)
        if found.is_post and found.authors and found.author is None:
            raise NotActivity("fetch.author", found.id)
        return found

    def json(self, url: str, accept: str, *, max_bytes: int) -> Json:
        """A JSON answer that is no ActivityPub document at its own address: a JRD, a claim, which proves itself."""
        answer = self._get(url, accept, None, max_bytes, time.monotonic() + DEADLINE_S)
        kind = media_type(answer.headers)
        if kind != "application/json" and not kind.endswith("+json"):
            raise NotActivity("fetch.type", kind[:100])
        return parse(answer.body, max_bytes=max_bytes)

    def file(self, url: str, accept: str, as_actor: str, *, max_bytes: int, until: float) -> Response:
        """What lies at `url`, by a GET signed by `as_actor`, in the other scheme if one is not taken; any status."""
        host = host_of(url)
        scheme = self._policy.scheme(host) or "cavage"
        answer = self._knock(url, accept, as_actor, scheme, max_bytes, until)
        if answer.status in KNOCK_AGAIN:
            scheme = other(scheme)
            answer = self._knock(url, accept, as_actor, scheme, max_bytes, until)
            if answer.status == 200:
                self._policy.keep_scheme(host, scheme)
        return answer

    def _get(self, uri: str, accept: str, as_actor: str | None, max_bytes: int, until: float) -> Response:
        host = host_of(uri)
        if not self._policy.may_receive(host):
            raise Refused("host.blocked", host)
        if (left := _budget.get()) is not None:
            left.spend()
        answer = self.file(uri, accept, as_actor or self._instance_actor, max_bytes=max_bytes, until=until)
        if answer.status != 200:
            raise failure(answer)
        return answer

    def _knock(self, uri: str, accept: str, as_actor: str, scheme: Scheme, max_bytes: int, until: float) -> Response:
        sign = sign_cavage if scheme == "cavage" else sign_rfc9421
        left_s = until - time.monotonic()
        try:
            key = self._keys.signing(as_actor)
        except KeyError:
            # A city without a key yet: most servers answer the unsigned too.
            return self._door.get(uri, {"accept": accept}, max_bytes=max_bytes, deadline_s=left_s)

        def headers(url: str) -> Mapping[str, str]:
            return sign(Request("GET", url, {"accept": accept}), key, self._now())

        return self._door.get(uri, headers, max_bytes=max_bytes, deadline_s=left_s, redirects=REDIRECTS)


def other(scheme: Scheme) -> Scheme:
    """The scheme for the second knock."""
    return "rfc9421" if scheme == "cavage" else "cavage"


def failure(answer: Response) -> FederationError:
    """What an answer that is no success means."""
    status = answer.status
    if status == 404:
        return NotFound("fetch.absent", answer.url)
    if status == 410:
        return Gone("fetch.gone", answer.url)
    if status in (401, 403):
        return Refused("fetch.refused", answer.url)
    if status in _LATER or status >= 500:
        return Unreachable("fetch.later", answer.url, retry_after_s=retry_after_s(answer.headers))
    return NotActivity("fetch.status", f"{status} {answer.url}")


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> int | None:
    """Seconds that `Retry-After` asks for, at most a day; it may be a number or a date."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), MAX_RETRY_AFTER_S)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(int((aware - (now or datetime.now(UTC))).total_seconds()), 0), MAX_RETRY_AFTER_S)


def media_type(headers: Mapping[str, str]) -> str:
    """The content type without its parameters, in small letters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def is_activity_type(headers: Mapping[str, str]) -> bool:
    """Whether the content type is one that ActivityPub names; plain `ld+json` needs the profile (threat B2)."""
    kind = media_type(headers)
    return kind == ACTIVITY_JSON or (kind == "application/ld+json" and AS in headers.get("content-type", ""))


def _read(answer: Response, max_bytes: int) -> Document:
    if not is_activity_type(answer.headers):
        raise NotActivity("fetch.type", media_type(answer.headers)[:100])
    return Document(parse(answer.body, max_bytes=max_bytes))


def _is_at(id: str, url: str) -> bool:
    """Whether `id` is the address `url`, however each spells its host."""
    if not id or "#" in id or not is_same_origin(id, url):
        return False
    try:
        return wire_form(id) == wire_form(url)
    except BadDocument:
        return False
