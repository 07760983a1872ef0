"""One line to a listener: its socket, what waits to be written on it, and how it is framed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from instance.mastodon.tokens import Bearer
from instance.streaming.streams import Stream

WAITING_MAX = 256 * 1024  # a reader that is further behind is let go: it asks for the rest by GET
SENT_MAX = 64 * 1024  # that the system may hold for one reader
READ = 16 * 1024
WISHES_MAX, WISHES_S = 100, 10.0  # that a client may utter in so long a time
GONE_MS = 60_000  # what is written and not acknowledged for so long: nobody is there any more
VIOLATION, GOING = 1008, 1001  # why a line is closed, in the numbers of RFC 6455


class Line:
    """What both kinds share. It is touched by the hub's thread alone."""

    __slots__ = (
        "account_id", "actor_id", "bearer_id", "is_over", "scopes", "sock", "streams", "waiting", "wishes",
        "wishes_until",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, bearer: Bearer, streams: set[Stream]) -> None:
        sock.setblocking(False)
        with suppress(OSError):  # another family, or another system: then the system's own patience counts
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENT_MAX)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_MS)
        self.sock, self.streams, self.scopes = sock, streams, bearer.scopes
        self.bearer_id, self.account_id, self.actor_id = bearer.token_id, bearer.account.id, bearer.account.actor_id
        self.waiting = bytearray()
        self.is_over = False  # closed as soon as what waits is written
        self.wishes, self.wishes_until = 0, 0.0

    def may_wish(self, now: float) -> bool:
        """Whether one more wish is none too many: each asks the database, in the thread that serves all lines."""
        if now > self.wishes_until:
            self.wishes, self.wishes_until = 0, now + WISHES_S
        self.wishes += 1
        return self.wishes <= WISHES_MAX

    def write(self, data: bytes) -> None:
        """Send now what the socket takes; the rest waits. Raises `OSError` where nobody reads it."""
        if self.is_over and data:
            return
        self.waiting += data
        if len(self.waiting) > WAITING_MAX:
            raise OSError("too slow")
        self.flush()

    def flush(self) -> None:
        """Send more of what waits."""
        with suppress(BlockingIOError):
            while self.waiting:
                del self.waiting[: self.sock.send(self.waiting)]

    def hear(self) -> Iterator[dict[str, Any]]:
        """What the client said. Raises `OSError` when it hung up."""
        raise NotImplementedError

    def tell(self, stream: list[str], event: str, payload: str | None) -> None:
        """Tell an event of a stream."""
        raise NotImplementedError

    def beat(self) -> None:
        """A sign of life, so that nobody in between takes the line for a dead one."""
        raise NotImplementedError

    def refuse(self, sentence: str, status: int) -> None:
        """Answer to a wish that cannot be met."""
        raise NotImplementedError

    def end(self, code: int) -> None:
        """Say goodbye; the hub closes the socket once that is written."""
        self.is_over = True

    def read(self) -> bytes:
        """What lies on the socket. Raises `OSError` when nobody is there any more."""
        data = self.sock.recv(READ)
        if not data:
            raise ConnectionResetError
        return data


class SseLine(Line):
    """Server-sent events: one stream, chosen by the address."""

    __slots__ = ()

    def hear(self) -> Iterator[dict[str, Any]]:
        with suppress(BlockingIOError):
            self.read()
        return iter(())

    def tell(self, stream: list[str], event: str, payload: str | None) -> None:
        # JSON has no line breaks of its own: one data line is enough.
        self.write(f"event: {event}\ndata: {'undefined' if payload is None else payload}\n\n".encode())

    def beat(self) -> None:
        self.write(b":thump\n")

    def refuse(self, sentence: str, status: int) -> None:
        return
