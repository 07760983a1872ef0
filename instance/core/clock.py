"""The one clock: moments are aware UTC, days belong to the city (QL_TIMEZONE)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_shift = timedelta()


def now() -> datetime:
    """The present moment, aware UTC; tests move it with `shift`."""
    return datetime.now(UTC) + _shift


def shift(by: timedelta) -> None:
    """Move the clock by `by` from the machine's own (tests and demonstrations; zero puts it back)."""
    global _shift
    _shift = by


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The city's day at `moment`."""
    return moment.astimezone(zone).date()


def add_months(moment: datetime, months: int) -> datetime:
    """`moment` moved by calendar months, the day cut to the month's last one."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
