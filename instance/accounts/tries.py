"""Limits as pages meet them: count a try, say when to come back."""

from __future__ import annotations

from datetime import datetime

from flask_babel import format_time
from flask_babel import gettext as _

from instance.accounts import throttle
from instance.core.db import commit
from instance.core.web import settings


def count_try(subjects: list[tuple[str, throttle.Limit]]) -> datetime | None:
    """Count one try for each of `subjects`; the moment to come back at if it is one too many."""
    if not settings().rate_limits:
        return None
    with commit():
        waits = [throttle.count(subject, limit) for subject, limit in subjects]
    return max(filter(None, waits), default=None)


def come_back(moment: datetime) -> str:
    """The sentence for somebody who tried too often."""
    return str(_("Trop d’essais pour l’instant. Revenez à %(time)s.", time=format_time(moment, "H:mm")))
