"""The one thread of a process that holds the lines of all listeners; it runs from the first of them on.

Requests hand their socket over and are done. The thread waits for sockets and for the bus, tells events in batches,
asks every few seconds whether each token still lives, and lets go whoever is too slow or gone.
"""

from __future__ import annotations

import logging
import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from instance.core import bus
from instance.core.bus import Event
from instance.core.db import db
from instance.streaming import telling, wishes
from instance.streaming.lines import GOING, VIOLATION, Line

LINGER_S = 0.08  # so that a burst becomes one batch
CHECK_S = 3.0  # how long a token that ended may go on listening (threats.md G3: five at most)
BEAT_S = 25.0  # shorter than the patience of whatever stands in between
AGAIN_S = 1.0  # when the database is away
GOODBYE_S = 2.0
READY_S = 2.0  # for the first line, while Redis is asked
EACH_MAX = 8  # lines of one account
BATCH = 100  # events at once: lines are served between
EVENTS_MAX = 5000  # that wait while the database is away
log = logging.getLogger("quartier")


class Full(Exception):
    """No more lines: of this account, or at all."""


class Hub:
    """The lines of one process."""

    def __init__(self, app: Flask, most: int, base_url: str) -> None:
        self.app, self.most, self.base_url = app, most, base_url
        self._selector = selectors.DefaultSelector()
        self._heard_fd, self._wake_fd = os.pipe()
        for end in (self._heard_fd, self._wake_fd):
            os.set_blocking(end, False)
        self._selector.register(self._heard_fd, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self._places: dict[int, int] = {}  # taken, by account: reserved before a line is answered
        self._new: deque[Line] = deque()
        self._events: deque[Event] = deque(maxlen=EVENTS_MAX)
        self.lines: dict[int, Line] = {}  # by file descriptor
        self._stop, self._hears = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._deaf: Callable[[], None] = lambda: None
        self._tell_at = self._check_at = self._beat_at = 0.0

    def reserve(self, account_id: int) -> None:
        """Take a place for one more line of this account. Raises `Full`."""
        with self._lock:
            mine = self._places.get(account_id, 0)
            if self._stop.is_set() or mine >= EACH_MAX or sum(self._places.values()) >= self.most:
                raise Full
            self._places[account_id] = mine + 1
            if not self._threads:
                self._start()
        self._hears.wait(READY_S)  # lest what happens just after the answer is missed

    def release(self, account_id: int) -> None:
        """Give a place back."""
        with self._lock:
            left = self._places.get(account_id, 1) - 1
            if left > 0:
                self._places[account_id] = left
            else:
                self._places.pop(account_id, None)

    def take(self, line: Line) -> None:
        """Listen for this line from now on; its place was reserved."""
        with self._lock:
            self._new.append(line)
            if not self._threads:
                self._start()
        self._wake()

    def hear(self, event: Event) -> None:
        """Tell this event to whom it concerns, soon. From any thread."""
        is_first = not self._events
        self._events.append(event)
        if is_first:
            self._wake()

    def _hear_all(self, events: list[Event]) -> None:
        for event in events:
            self.hear(event)

    def _wake(self) -> None:
        with suppress(BlockingIOError, OSError):
            os.write(self._wake_fd, b"\0")

    def _start(self) -> None:
        self._threads = [threading.Thread(target=self._run, name="streams", daemon=True)]
        if bus.is_far():
            ways = (self._hear_all, self._hears, self._stop)
            self._threads.append(threading.Thread(target=bus.listen_far, args=ways, name="bus", daemon=True))
        else:
            self._deaf = bus.hear(self.hear)
            self._hears.set()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Say goodbye to everybody and end; waits for it, two seconds at most."""
        self._stop.set()
        self._wake()
        self._deaf()
        for thread in self._threads:
            thread.join(GOODBYE_S)

    def _run(self) -> None:
        self._check_at = time.monotonic()
        self._beat_at = self._check_at + BEAT_S
        while not self._stop.is_set():
            try:
                for key, mask in self._selector.select(self._patience()):
                    self._touch(key, mask)
                with self.app.app_context():
                    self._act(time.monotonic())
            except Exception:  # edge: one fault must not end the streams of everybody
                log.exception("streams: a batch failed")
        self._say_goodbye()

    def _patience(self) -> float | None:
        """How long nothing needs to be done."""
        due = [self._check_at, self._beat_at] if self.lines or self._new else []
        if self._events:
            due.append(self._tell_at)
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _touch(self, key: selectors.SelectorKey, mask: int) -> None:
        """Something happened on a socket."""
        if key.fd == self._heard_fd:
            with suppress(BlockingIOError):
                os.read(self._heard_fd, 4096)
            if self._events:
                self._tell_at = time.monotonic() + LINGER_S
            return
        line: Line = key.data
        with self.guarded(line):
            if mask & selectors.EVENT_WRITE:
                line.flush()
            if mask & selectors.EVENT_READ:
                for said in line.hear():
                    with self.app.app_context():
                        wishes.meet(line, said)
        self._settle(line)

    def guarded(self, line: Line) -> _Guard:
        """A context in which a line that fails is let go."""
        return _Guard(self, line)

    def _act(self, now: float) -> None:
        """What is due by the clock."""
        while self._new:
            self._register(self._new.popleft())
        is_batch = bool(self._events) and now >= self._tell_at
        if not self.lines:
            self._events.clear()
            return
        if is_batch or now >= self._check_at:
            try:
                self._check()
                if is_batch:
                    self._tell()
            except SQLAlchemyError as error:
                log.warning("streams: database busy or away: %s", type(error).__name__)
                self._tell_at = self._check_at = now + AGAIN_S
            finally:
                db.session.rollback()
        if now >= self._beat_at:
            self._beat_at = now + BEAT_S
            for line in list(self.lines.values()):
                with self.guarded(line):
                    line.beat()
                self._settle(line)

    def _register(self, line: Line) -> None:
        self.lines[line.sock.fileno()] = line
        self._selector.register(line.sock, selectors.EVENT_READ, line)
        self._settle(line)

    def _check(self) -> None:
        """Close the lines of tokens that ended."""
        alive = telling.alive({line.bearer_id for line in self.lines.values()})
        self._check_at = time.monotonic() + CHECK_S
        for line in list(self.lines.values()):
            if line.bearer_id not in alive:
                with self.guarded(line):
                    line.end(VIOLATION)
                self.drop(line)

    def _tell(self) -> None:
        db.session.rollback()  # after the look at tokens, SQLite would go on showing the city as it was then
        events = [self._events.popleft() for _each in range(min(BATCH, len(self._events)))]
        try:
            # Like a request, though nobody's: what is rendered builds addresses.
            with self.app.test_request_context("/api/v1/streaming", base_url=self.base_url):
                told = telling.batch(events, list(self.lines.values()))
                db.session.rollback()
        except SQLAlchemyError:
            self._events.extendleft(reversed(events))
            raise
        for line, stream, event, payload in told:
            if line.sock.fileno() >= 0:
                with self.guarded(line):
                    line.tell(stream.said, event, payload)
                self._settle(line)

    def _settle(self, line: Line) -> None:
        """Wait for room to write where something waits; close what is over."""
        if line.sock.fileno() < 0:
            return
        if line.is_over and not line.waiting:
            self.drop(line)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.waiting else 0)
        if self._selector.get_key(line.sock).events != wanted:
            self._selector.modify(line.sock, wanted, line)

    def drop(self, line: Line) -> None:
        """Close a line at once."""
        if line.sock.fileno() < 0:
            return
        self.lines.pop(line.sock.fileno(), None)
        with suppress(KeyError, ValueError):
            self._selector.unregister(line.sock)
        line.sock.close()
        self.release(line.account_id)

    def _say_goodbye(self) -> None:
        while self._new:
            self._register(self._new.popleft())
        for line in list(self.lines.values()):
            with self.guarded(line):
                line.end(GOING)
            self.drop(line)
        self._selector.close()


class _Guard:
    """Whatever fails on one line ends that line alone."""

    def __init__(self, hub: Hub, line: Line) -> None:
        self.hub, self.line = hub, line

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        if not isinstance(error, OSError):
            log.error("streams: a line failed", exc_info=error)
        self.hub.drop(self.line)
        return True


NAME = "quartier.streams"
_making = threading.Lock()


def of(app: Flask, most: int, base_url: str) -> Hub:
    """The hub of this process."""
    with _making:
        hub: Hub | None = app.extensions.get(NAME)
        if hub is None or hub._stop.is_set():
            hub = app.extensions[NAME] = Hub(app, most, base_url)
        return hub


def stop(app: Flask) -> None:
    """End all streams of this process, if there are any."""
    hub: Hub | None = app.extensions.pop(NAME, None)
    if hub is not None:
        hub.stop()
