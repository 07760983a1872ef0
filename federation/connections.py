"""Sockets that go where the resolver said and no further, and answers that come in time or not at all (threats C2, C3).

`requests` and urllib3 bound each read; a server that sends one byte a second passes both. Here every read of an
answer, its headers included, counts against one clock.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from functools import partial
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from federation.addresses import Resolver
from federation.errors import Unreachable

CONNECT_S = 5.0
READ_S = 10.0
MAX_LINE_BYTES = 65_536


class _Timed(io.RawIOBase):
    """The bytes of one answer, until the clock has run out."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._inner = sock.makefile("rb", buffering=0)
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(min(left_s, READ_S))
        return self._inner.readinto(buffer)

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Lines(io.BufferedReader):
    def readline(self, size: int | None = -1, /) -> bytes:
        # urllib3 before 2.8 reads the size line of a chunk without a limit.
        return super().readline(MAX_LINE_BYTES if size is None or size < 0 else size)


class _Socket:
    """What `http.client` asks of a socket once the request is sent."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until

    def makefile(self, _mode: str) -> io.BufferedReader:
        return _Lines(_Timed(self._sock, self._until))


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, until: float, **options: Any) -> None:
        super().__init__(_Socket(sock, until), *args, **options)  # type: ignore[arg-type]  # it calls makefile alone


class _Plain(HTTPConnection):
    """Connects to an address that was checked, never to a name."""

    is_plain = True

    def __init__(self, *args: Any, resolver: Resolver, **options: Any) -> None:
        super().__init__(*args, **options)
        self._resolver = resolver

    def _new_conn(self) -> socket.socket:
        until = time.monotonic() + float(self.timeout or CONNECT_S)
        failure: OSError | None = None
        for family, address in self._resolver.addresses(self.host, self.port, plain=self.is_plain):
            left_s = until - time.monotonic()
            if left_s <= 0:
                break
            try:
                return self._open(family, address, left_s)
            except OSError as error:
                failure = error
        raise Unreachable("door.connect", self.host) from failure

    def _open(self, family: socket.AddressFamily, address: str, left_s: float) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(left_s)
            sock.connect((address, self.port))
        except BaseException:
            sock.close()
            raise
        return sock

    def putrequest(self, *args: Any, **options: Any) -> None:
        if self.sock is not None:  # kept from an earlier request, with what was left of its time
            self.sock.settimeout(self.timeout)
        super().putrequest(*args, **options)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself
        until = time.monotonic() + float(self.timeout or READ_S)
        begun: list[_Answer] = []

        def begin(*args: Any, **options: Any) -> _Answer:
            begun.append(_Answer(*args, until=until, **options))
            return begun[-1]

        answer: Any = begin
        self.response_class = answer
        try:
            return super().getresponse()
        except BaseException:
            for one in begun:  # http.client leaves the file of a broken answer to the collector, and with it the socket
                one.close()
            raise


class _Secure(_Plain, HTTPSConnection):
    """The same under TLS, which checks the certificate against the name that was asked for."""

    is_plain = False


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def pools(resolver: Resolver, context: ssl.SSLContext, *, hosts: int, per_host: int) -> PoolManager:
    """Keep-alive connections to at most `hosts` servers, `per_host` kept for each; threads share them."""
    manager = PoolManager(num_pools=hosts, maxsize=per_host, ssl_context=context)
    kinds: Any = {
        "http": partial(_PlainPool, resolver=resolver),
        "https": partial(_SecurePool, resolver=resolver),
    }
    manager.pool_classes_by_scheme = kinds
    return manager
