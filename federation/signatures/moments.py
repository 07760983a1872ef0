"""Whether a signature is of now: within an hour of our clock, or until the end it states itself (threat A5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from federation.errors import BadSignature

SKEW = timedelta(hours=1)
LONGEST = timedelta(hours=12)


def from_unix(stamp_s: int) -> datetime:
    """The moment of a Unix time in seconds. Raises `BadSignature`."""
    try:
        return datetime.fromtimestamp(stamp_s, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadSignature("signature.time") from error


def from_header(text: str) -> datetime:
    """The moment of a `Date` header. Raises `BadSignature`."""
    try:
        moment = parsedate_to_datetime(text[:100])
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise BadSignature("signature.time") from error


def check(stamp: datetime, ends: datetime | None, now: datetime) -> None:
    """Raise `BadSignature` unless a signature made at `stamp`, and good until `ends` if that is signed, counts now."""
    if stamp - now > SKEW:
        raise BadSignature("signature.time")
    if ends is None:
        if now - stamp > SKEW:
            raise BadSignature("signature.time")
    elif now > ends or now - stamp > LONGEST:
        raise BadSignature("signature.time")
