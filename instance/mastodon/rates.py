"""How often a program may call: 300 times in five minutes per token, or per network without one (threats.md G6)."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from math import ceil

from flask import Response, g
from flask_babel import gettext as _

from instance.core.errors import TooMany
from instance.core.web import network, settings

CALLS, WINDOW_S = 300, 300
KEPT_MAX = 20_000  # callers; beyond that those whose window is over are forgotten
_lock = threading.Lock()
_windows: dict[str, tuple[int, float]] = {}  # caller → calls so far, end of the window; of this process


def count(token_id: int | None) -> None:
    """Count one call. Raises `TooMany`."""
    if not settings().rate_limits:
        return
    calls, ends_at = _count_one(f"token {token_id}" if token_id is not None else network(), time.time())
    g.rate = (max(0, CALLS - calls), ends_at)
    if calls > CALLS:
        raise TooMany("api", _("Trop d’appels : revenez dans quelques minutes."))


def _count_one(caller: str, now: float) -> tuple[int, float]:
    with _lock:
        calls, ends_at = _windows.get(caller, (0, 0.0))
        if ends_at <= now:
            calls, ends_at = 0, now + WINDOW_S
            if len(_windows) >= KEPT_MAX:
                _forget(now)
        _windows[caller] = calls + 1, ends_at
        return _windows[caller]


def _forget(now: float) -> None:
    for caller in [one for one, (_calls, ends_at) in _windows.items() if ends_at <= now]:
        del _windows[caller]


def say(answer: Response) -> None:
    """Write into the headers how many calls are left, and until when."""
    remaining, ends_at = getattr(g, "rate", (CALLS, time.time() + WINDOW_S))
    moment = datetime.fromtimestamp(ceil(ends_at), UTC)
    answer.headers["X-RateLimit-Limit"] = str(CALLS)
    answer.headers["X-RateLimit-Remaining"] = str(remaining)
    answer.headers["X-RateLimit-Reset"] = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if answer.status_code == 429:
        answer.headers.setdefault("Retry-After", str(max(1, ceil(ends_at - time.time()))))
