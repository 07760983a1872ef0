"""Threads that sign and post, and do nothing else: no database, no waiting for one server by all of them.

At most two letters are under way to one server, and servers that answer slowly, or not, hold half of the threads at
most; the others stay for those that answer.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from federation import Sent
from federation.keys import SigningKey
from federation.ports import Scheme

THREADS = 8
PER_HOST = 2
SLOW_S = 1.0
SLOW_THREADS = THREADS // 2
REMEMBERED = 10_000  # servers that were slow


@dataclass(frozen=True)
class Letter:
    """One delivery with all that a thread needs for it."""

    id: int
    host: str
    inbox: str
    attempt: int
    body: bytes
    key: SigningKey | None  # None: being made
    scheme: Scheme | None  # what the server took last
    is_answer: bool = False  # whoever waits until it is taken hears of it
    claimed_s: float = field(default_factory=time.monotonic)


Carry = Callable[[Letter], Sent]


class Carriers:
    """Takes letters, gives back letters with what became of them. `put`, `collect` and `take_back` are the caller's."""

    def __init__(self, carry: Carry, *, threads: int = THREADS, per_host: int = PER_HOST) -> None:
        self._carry, self._threads, self._per_host = carry, threads, per_host
        self._lock = threading.Lock()
        self._to_do = threading.Condition(self._lock)
        self._done = threading.Condition(self._lock)
        self._wanted = 0  # how many ends the collector waits for
        self._waiting: OrderedDict[str, deque[Letter]] = OrderedDict()  # by server; the one served last stands last
        self._under_way: Counter[str] = Counter()
        self._over: list[tuple[Letter, Sent]] = []
        self._slow: OrderedDict[str, None] = OrderedDict()
        self._slow_under_way = 0
        self._started = 0

    def put(self, letters: Iterable[Letter]) -> None:
        """Hand letters over; those to one server go in this order."""
        with self._lock:
            for letter in letters:
                self._waiting.setdefault(letter.host, deque()).append(letter)
            while self._started < min(self._threads, len(self)):
                threading.Thread(target=self._work, name=f"carrier-{self._started}", daemon=True).start()
                self._started += 1
            self._to_do.notify_all()

    def collect(self, seconds: float, enough: int) -> list[tuple[Letter, Sent]]:
        """What is over: as soon as `enough` are, or all, or after `seconds`."""
        end = time.monotonic() + seconds
        with self._lock:
            self._wanted = enough
            while len(self._over) < enough and self._is_busy():
                left_s = end - time.monotonic()
                if left_s <= 0:
                    break
                self._done.wait(left_s)
            over, self._over = self._over, []
        return over

    def keep(self, over: Iterable[tuple[Letter, Sent]]) -> None:
        """Take ends back that could not be written down: `collect` gives them once more."""
        with self._lock:
            self._over += over

    def take_back(self, is_wanted: Callable[[Letter], bool]) -> list[Letter]:
        """Letters that no thread has begun with and that `is_wanted` picks; they are no longer in these hands."""
        taken: list[Letter] = []
        with self._lock:
            for host in list(self._waiting):
                kept: deque[Letter] = deque()
                for letter in self._waiting[host]:
                    (taken if is_wanted(letter) else kept).append(letter)
                if kept:
                    self._waiting[host] = kept
                else:
                    del self._waiting[host]
        return taken

    def in_hand(self) -> Counter[str]:
        """Letters by server that are waiting, under way or over and not collected yet."""
        with self._lock:
            hands = Counter(letter.host for letter, _sent in self._over)
            hands.update(self._under_way)
            for host, letters in self._waiting.items():
                hands[host] += len(letters)
        return +hands

    def __len__(self) -> int:
        """Letters in hand. The lock is held, or the figure is of a moment ago."""
        return sum(map(len, self._waiting.values())) + self._under_way.total() + len(self._over)

    def _is_busy(self) -> bool:
        return bool(self._waiting) or self._under_way.total() > 0

    def _next(self) -> Letter | None:
        for host, letters in self._waiting.items():
            if self._under_way[host] >= self._per_host:
                continue
            if host in self._slow and self._slow_under_way >= SLOW_THREADS:
                continue
            letter = letters.popleft()
            self._waiting.move_to_end(host)
            if not letters:
                del self._waiting[host]
            return letter
        return None

    def _work(self) -> None:
        while True:
            with self._lock:
                while (letter := self._next()) is None:
                    self._to_do.wait()
                is_slow = letter.host in self._slow
                self._under_way[letter.host] += 1
                self._slow_under_way += is_slow
            began = time.monotonic()
            sent = self._carried(letter)
            spent_s = time.monotonic() - began
            with self._lock:
                self._under_way[letter.host] -= 1
                if not self._under_way[letter.host]:
                    del self._under_way[letter.host]
                self._slow_under_way -= is_slow
                self._judge(letter.host, spent_s)
                self._over.append((letter, sent))
                if len(self._over) >= self._wanted or not self._is_busy():
                    self._done.notify()

    def _carried(self, letter: Letter) -> Sent:
        try:
            return self._carry(letter)
        except Exception as error:  # noqa: BLE001  edge of the thread: the row says what went wrong
            return Sent(None, "retry", None, type(error).__name__, letter.scheme or "cavage")

    def _judge(self, host: str, spent_s: float) -> None:
        if spent_s < SLOW_S:
            if host in self._slow:
                del self._slow[host]
                self._to_do.notify_all()  # this thread takes the next letter; now others may help
            return
        self._slow[host] = None
        self._slow.move_to_end(host)
        while len(self._slow) > REMEMBERED:
            self._slow.popitem(last=False)
