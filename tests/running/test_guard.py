"""What stands above the server: it ends it, starts it again, and nobody who connects meanwhile is refused."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGHUP, SIGKILL, SIGTERM
from subprocess import PIPE, Popen

import pytest

# Forks a server as gunicorn does, in the manner named by its last word; the second server is well in any case.
TOP = """
import os, signal, socket, sys, tempfile, time
from instance.core import guard

manner = "well" if guard.is_handed_on() else sys.argv[1]
if guard.is_handed_on() and sys.argv[1] == "told":
    os.kill(os.getpid(), signal.SIGTERM)  # while the city is loaded
signal.pthread_sigmask(signal.SIG_BLOCK, guard.HEARD)
if guard.is_handed_on():
    listener = socket.socket(fileno=os.dup(guard.HANDED_ON))
else:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
beat = tempfile.TemporaryFile()
os.utime(beat.fileno(), (time.monotonic() - 60, time.monotonic() - 60)) if manner == "hung" else None
server = os.fork()
if server:
    guard.take_over(server, beat.fileno(), listener.fileno(), 0.3, 2)
if manner == "unable":
    os._exit(3)
signal.signal(signal.SIGTERM, signal.SIG_IGN if manner == "stubborn" else lambda *_: os._exit(0))
signal.pthread_sigmask(signal.SIG_UNBLOCK, guard.HEARD)
signal.alarm(60)  # whatever fails, nothing stays behind
while manner == "hung":
    signal.pause()
while True:
    line, _ = listener.accept()
    line.sendall(f"{os.getpid()} {os.getppid()}".encode())
    line.close()
"""


@contextmanager
def guarded(manner: str) -> Iterator[tuple[Popen[str], int]]:
    """The top process and the port."""
    with Popen([sys.executable, "-c", TOP, manner], stdout=PIPE, stderr=PIPE, text=True) as top:
        assert top.stdout is not None
        try:
            yield top, int(top.stdout.readline())
        finally:
            if top.poll() is None:
                top.terminate()


def ask(port: int) -> tuple[int, int]:
    """The numbers of the process that answered and of the one above it."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        server, above = line.recv(100).split()
        return int(server), int(above)


def gone(process: int) -> None:
    """Wait until it has ended and its parent has seen it."""
    limit = time.monotonic() + 10
    while os.path.exists(f"/proc/{process}"):
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_a_killed_server_is_started_again_and_who_connects_meanwhile_waits() -> None:
    with guarded("well") as (top, port):
        first, above = ask(port)
        assert above == top.pid

        os.kill(first, SIGKILL)
        gone(first)
        second, above = ask(port)

        assert second != first
        assert above == top.pid


def test_a_server_that_gives_no_sign_of_life_is_replaced() -> None:
    with guarded("hung") as (top, port):
        _server, above = ask(port)  # the connection waits until somebody takes it

        assert above == top.pid


def test_a_hang_up_starts_the_server_anew() -> None:
    with guarded("well") as (top, port):
        first, _above = ask(port)

        top.send_signal(SIGHUP)
        gone(first)

        _second, above = ask(port)
        assert above == top.pid


def test_an_end_asked_for_while_the_server_is_started_again_comes_when_it_stands() -> None:
    with guarded("told") as (top, port):
        first, _above = ask(port)
        os.kill(first, SIGKILL)

        assert top.wait(10) == 0
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=10)


@pytest.mark.parametrize(("manner", "code"), [("well", 0), ("stubborn", 0), ("unable", 3)])
def test_the_tree_ends_with_its_server(manner: str, code: int) -> None:
    with guarded(manner) as (top, port):
        if manner != "unable":
            server, _above = ask(port)
            top.send_signal(SIGTERM)

        assert top.wait(10) == code
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=10)
        assert manner == "unable" or not os.path.exists(f"/proc/{server}")
