"""How often a program may call: 300 times in five minutes per token, or per network without one (threats.md G6)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from math import ceil

from flask import Response, g
from flask_babel import gettext as _
from limits import RateLimitItemPerMinute

from instance.core.errors import TooMany
from instance.core.web import limiter, network, settings

CALLS, MINUTES = 300, 5
_EACH = RateLimitItemPerMinute(CALLS, MINUTES)


def count(token_id: int | None) -> None:
    """Count one call. Raises `TooMany`."""
    if not settings().rate_limits:
        return
    who = ("api", f"token {token_id}" if token_id is not None else network())
    is_within = limiter.limiter.hit(_EACH, *who)
    window = limiter.limiter.get_window_stats(_EACH, *who)
    g.rate = (window.remaining, window.reset_time)
    if not is_within:
        raise TooMany("api", _("Trop d’appels : revenez dans quelques minutes."))


def say(answer: Response) -> None:
    """Write into the headers how many calls are left, and until when."""
    remaining, reset_at = getattr(g, "rate", (CALLS, None))
    reset_at = reset_at if reset_at is not None else time.time() + MINUTES * 60
    moment = datetime.fromtimestamp(ceil(reset_at), UTC)
    answer.headers["X-RateLimit-Limit"] = str(CALLS)
    answer.headers["X-RateLimit-Remaining"] = str(remaining)
    answer.headers["X-RateLimit-Reset"] = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if answer.status_code == 429:
        answer.headers["Retry-After"] = str(max(1, ceil(reset_at - time.time())))
