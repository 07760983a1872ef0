"""Requests and answers as values, and the one door through which anything goes out (threats.md, rule 4 and C1-C4)."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError
from urllib3.exceptions import SSLError as TLSError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout

from federation.addresses import PUBLIC_PORTS, Resolve, Resolver
from federation.connections import CONNECT_S, pools
from federation.errors import BadDocument, Forbidden, TooLarge, Unreachable
from federation.urls import host_of, origin, wire_form

ERROR_BODY_BYTES = 16_384  # of an answer that is no success only so much is read
REST_S = 300.0
FAIR_S = 5.0  # who answered nothing whole within so long may be called slow
MAX_RESTING = 10_000
REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class Request:
    """What came in, or is about to go out; `url` is absolute, with its query, header names in small letters."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What another server answered; `url` is where it was found in the end, header names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


Headers = Mapping[str, str] | Callable[[str], Mapping[str, str]]
"""Headers, or a function that signs them anew for the address of each redirect."""


class Door:
    """The way out. Raises `Forbidden`, `Unreachable` and `TooLarge`, and nothing else; threads may share it.

    `allow` are exceptions for labs, `host:port` or `network/bits:port`, reached over plain http too; all else is
    https to a public address. `ca_file` replaces the public certificate authorities.
    """

    def __init__(
        self,
        allow: Sequence[str] = (),
        user_agent: str = "federation",
        *,
        now: Callable[[], float] = time.monotonic,
        resolve: Resolve = socket.getaddrinfo,
        ca_file: str | None = None,
    ) -> None:
        resolver = Resolver(allow, resolve)
        # One context for all: loading the authorities takes longer than a whole request.
        context = ssl.create_default_context(cafile=ca_file or DEFAULT_CA_BUNDLE_PATH)
        self._allowed = resolver.allowed
        self._user_agent = user_agent
        self._session = _Session(_Adapter(resolver, context))
        self._pools = pools(resolver, context, hosts=100, per_host=4)
        self._resting = _Resting(now)

    def get(self, url: str, headers: Headers, *, max_bytes: int, deadline_s: float, redirects: int = 3) -> Response:
        """Fetch `url`; `deadline_s` bounds all of it, `max_bytes` the body once unpacked.

        Redirects are followed on the same host only; with `redirects=0` the redirect itself is the answer. A host
        to which no connection was made, or that was too slow, is not tried again for five minutes, those of a lab
        excepted.
        """
        until = time.monotonic() + deadline_s
        first = self._checked(url)
        here = first
        for _ in range(redirects + 1):
            given = headers(here) if callable(headers) else headers
            answer = self._fetch(here, given, max_bytes, until)
            place = answer.headers.get("location")
            if answer.status not in REDIRECTS or not place or redirects == 0:
                return answer
            here = self._checked(urljoin(here, place))
            if host_of(here) != host_of(first):
                raise Forbidden("door.redirect", here)
        raise Forbidden("door.redirects", first)

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, deadline_s: float) -> Response:
        """Send `body` to `url`, once and without redirects; the first bytes of the answer's body come back."""
        here = self._checked(url)
        sent = self._headers(headers, "identity")
        try:
            raw = self._pools.urlopen(
                "POST", here, body=body, headers=sent, timeout=_timeout(deadline_s), retries=False, redirect=False,
                preload_content=False, decode_content=False,
            )  # fmt: skip
            return _answer(raw, here, ERROR_BODY_BYTES, whole=False)
        except (HTTPError, OSError) as error:
            raise _unreachable(error, here) from error

    def _fetch(self, url: str, headers: Mapping[str, str], max_bytes: int, until: float) -> Response:
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise Unreachable("door.slow", url)
        place = host_of(url)
        self._resting.check(place)
        request = requests.Request("GET", url, headers=self._headers(headers, "gzip")).prepare()
        request.url = url  # `requests` spells it its own way, and then the signature is about another address
        try:
            timeout: Any = _timeout(left_s)  # `requests` takes it; its published types do not know
            answer = self._session.send(request, stream=True, timeout=timeout)
            return _answer(answer.raw, url, max_bytes, whole=200 <= answer.status_code < 300)
        except Unreachable as error:
            self._let_rest(error, url, left_s)
            raise
        except (requests.RequestException, HTTPError, OSError) as error:
            found = _unreachable(error, url)
            self._let_rest(found, url, left_s)
            raise found from error

    def _let_rest(self, error: Unreachable, url: str, given_s: float) -> None:
        """Who does not answer is left alone for a while; who is slow, only if there was time for an answer."""
        is_silent = error.code in ("door.name", "door.connect") or (error.code == "door.slow" and given_s >= FAIR_S)
        if is_silent and not self._allowed.uses(origin(url)[2]):
            self._resting.add(host_of(url))

    def _headers(self, headers: Mapping[str, str], encoding: str) -> dict[str, str]:
        given = {name.lower(): value for name, value in headers.items()}
        return {"user-agent": self._user_agent, "accept-encoding": encoding} | given

    def _checked(self, url: str) -> str:
        try:
            scheme, host, port = origin(url)
            url = wire_form(url)
        except BadDocument as error:
            raise Forbidden("door.url", url) from error
        if not self._allowed.uses(port):
            if port not in PUBLIC_PORTS:
                raise Forbidden("door.port", host)
            if scheme != "https":
                raise Forbidden("door.plain", host)
        return url


class _Adapter(HTTPAdapter):
    """`requests` over our own pools."""

    def __init__(self, resolver: Resolver, context: ssl.SSLContext) -> None:
        self._given = resolver, context
        super().__init__()

    def init_poolmanager(self, *_args: Any, **_options: Any) -> None:
        self.poolmanager = pools(*self._given, hosts=50, per_host=2)

    def cert_verify(self, *_args: Any, **_options: Any) -> None:
        """Nothing: the context has its authorities; `requests` would load them for every connection."""


class _Session(requests.Session):
    """No proxies and no passwords from the environment, no cookies, no redirects."""

    def __init__(self, adapter: HTTPAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: to know where a redirect leads, `requests` would read its whole body first, however long."""


class _Resting:
    """Hosts that did not answer a moment ago."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._until: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, place: str) -> None:
        with self._lock:
            self._until[place] = self._now() + REST_S
            self._until.move_to_end(place)
            while len(self._until) > MAX_RESTING:
                self._until.popitem(last=False)

    def check(self, place: str) -> None:
        with self._lock:
            if self._until.get(place, 0.0) > self._now():
                raise Unreachable("door.resting", place)
            self._until.pop(place, None)


def _timeout(left_s: float) -> Timeout:
    return Timeout(connect=min(CONNECT_S, left_s), total=left_s)


def _unreachable(error: BaseException | None, url: str) -> Unreachable:
    kinds = []
    while error is not None:
        kinds.append(error)
        error = error.__context__
    if any(isinstance(each, (ssl.SSLError, TLSError)) for each in kinds):
        return Unreachable("door.tls", url)
    return Unreachable("door.slow" if any(isinstance(each, TimeoutError) for each in kinds) else "door.cut", url)


def _answer(raw: BaseHTTPResponse, url: str, max_bytes: int, *, whole: bool) -> Response:
    """Read the answer; where the whole of it is not needed, what is too much is left and the connection given up."""
    is_read = False
    try:
        body, is_read = _body(raw, max_bytes if whole else ERROR_BODY_BYTES, whole)
    finally:
        if not is_read:
            raw.close()
    headers = {name.lower(): value for name, value in raw.headers.items() if name.lower() != "content-encoding"}
    return Response(raw.status, headers, body, url)


def _body(raw: BaseHTTPResponse, max_bytes: int, whole: bool) -> tuple[bytes, bool]:
    encoding = raw.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        if whole:
            raise Forbidden("door.encoding", encoding[:100])
        return b"", False
    declared = raw.headers.get("content-length", "")
    if whole and declared.isdigit() and int(declared[:20]) > max_bytes:
        raise TooLarge("door.size")
    unpack = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    body = bytearray()
    taken = 0
    for piece in raw.stream(65_536, decode_content=False):
        taken += len(piece)
        try:
            body += unpack.decompress(piece, max_bytes + 1 - len(body)) if unpack else piece
        except zlib.error as error:
            raise Unreachable("door.cut") from error
        # Packed bytes count too: there are endless ones that unpack to nothing.
        if max(taken, len(body)) > max_bytes:
            if whole:
                raise TooLarge("door.size")
            return bytes(body[:max_bytes]), False
    if unpack and taken and not unpack.eof and whole:
        raise Unreachable("door.cut")
    return bytes(body), True
