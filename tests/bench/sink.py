"""A server that takes every letter and says 202, in a process of its own so that its work is not counted as ours."""

from __future__ import annotations

import multiprocessing
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def sink() -> Iterator[int]:
    """Its port, on every address of loopback: 127.0.0.1, 127.0.0.2 … are as many servers."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    yield here.recv()
    process.kill()
    process.join()


def _serve(told: Connection) -> None:
    listening = socket.create_server(("0.0.0.0", 0), backlog=1024)
    told.send(listening.getsockname()[1])
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection, connection.makefile("rb") as lines:
        while lines.readline():
            length = 0
            while (line := lines.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            lines.read(length)
            connection.sendall(ANSWER)
