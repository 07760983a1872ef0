"""A server on loopback that answers as told, byte by byte: what no well-behaved server library would send."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress

Speak = Callable[[socket.socket, str], None]


class OddServer:
    """Reads one request after another on each connection and lets `speak(socket, path)` answer it."""

    def __init__(self, speak: Speak, tls: ssl.SSLContext | None = None) -> None:
        self.speak = speak
        self.heard: list[bytes] = []
        self.connections = 0
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def close(self) -> None:
        # A listening socket wakes its thread by `shutdown`, not by `close`.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            talk = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with talk:
                while request := self._request(talk):
                    self.heard.append(request)
                    self.speak(talk, request.split(b" ")[1].decode())

    def _request(self, talk: socket.socket) -> bytes:
        heard = b""
        while b"\r\n\r\n" not in heard:
            piece = talk.recv(65_536)
            if not piece:
                return b""
            heard += piece
        head, _, body = heard.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(body) < length:
            body += talk.recv(65_536)
        return head + b"\r\n\r\n" + body


def answer(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; header names with `_` for `-`."""
    lines = {"content_length": str(len(body))} | headers
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
