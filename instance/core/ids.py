"""Time-ordered 64-bit ids: 48 bits of milliseconds, 16 random bits. They are also the paging cursors."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime

from instance.core import clock

_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """An id above every one this process has given or been told of by `raise_floor`.

    After a clock that went back or a restored database, ids go on from the highest known one.
    """
    global _last
    with _lock:
        drawn = int(clock.now().timestamp() * 1000) << 16 | secrets.randbits(16)
        _last = drawn if drawn > _last else _last + 1 + secrets.randbits(8)
        return _last


def raise_floor(highest: int | None) -> None:
    """Make sure that the next id lies above `highest` (the largest one stored)."""
    global _last
    with _lock:
        _last = max(_last, highest or 0)


def lower_floor() -> None:
    """Forget what was given, for tests that move the clock back."""
    global _last
    with _lock:
        _last = 0


def moment_of(identifier: int) -> datetime:
    """The moment that an id carries, aware UTC, to the millisecond."""
    return datetime.fromtimestamp((identifier >> 16) / 1000, UTC)


def at(moment: datetime) -> int:
    """The lowest id that `moment` could have given: a bound for queries by time."""
    return int(moment.timestamp() * 1000) << 16
