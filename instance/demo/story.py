"""Who lives in Ormevielle and what they wrote to one another, in days and minutes before now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from instance.core import clock

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Neighbour:
    """A verified resident; `home` is an id of addresses.csv.gz."""

    handle: str
    name: str
    quartier: str  # code
    home: str
    verified_days_ago: int
    method: str  # letter | desk | vouch
    shows_street: bool = False
    roles: tuple[str, ...] = ()
    email: bool = True
    login: str = ""  # what the table of log-ins says of them; empty: not listed


@dataclass(frozen=True)
class Reply:
    """A reply, `after` minutes after the post; `to` is the place of another reply that it answers."""

    by: str
    after: int
    text: str
    to: int | None = None
    merci: tuple[str, ...] = ()
    solves: bool = False


@dataclass(frozen=True)
class Photo:
    file: str  # in pictures/
    description: str


@dataclass(frozen=True)
class Message:
    """A post with its thread, its thanks and its picture."""

    by: str
    kind: str
    scope: str
    ago: dict[str, Any]  # {"days": 3, "at": "19:05"} by the city's clock, or {"hours": 2}
    title: str
    text: str
    photo: Photo | None = None
    merci: tuple[str, ...] = ()
    pinned: bool = False
    replies: tuple[Reply, ...] = ()

    def moment(self, now: datetime, zone: ZoneInfo) -> datetime:
        """When it was written, seen from `now`."""
        return moment(self.ago, now, zone)


def moment(ago: dict[str, Any], now: datetime, zone: ZoneInfo) -> datetime:
    """What `ago` means, seen from `now`."""
    if "hours" in ago:
        return now - timedelta(hours=ago["hours"])
    day = clock.day_of(now, zone) - timedelta(days=ago["days"])
    return datetime.combine(day, time.fromisoformat(ago["at"]), zone)


def neighbours() -> list[Neighbour]:
    """The verified residents, those who came first at the head."""
    people = [Neighbour(**_tuples(row)) for row in _read("residents.json")["residents"]]
    return sorted(people, key=lambda one: -one.verified_days_ago)


def letters() -> list[dict[str, Any]]:
    """People who asked for a letter that is not printed yet: handle, name, home, asked_days_ago."""
    return list(_read("residents.json")["letters"])


def openings() -> list[dict[str, Any]]:
    """Quartiers that the administration opened before ten residents: quartier, days_ago, reason."""
    return list(_read("residents.json")["opened_by_hand"])


def messages() -> Iterator[Message]:
    """The posts, the oldest first."""
    for row in _read("posts.json"):
        fields = _tuples(row)
        fields["replies"] = tuple(Reply(**_tuples(reply)) for reply in fields.get("replies", ()))
        fields["photo"] = Photo(**fields["photo"]) if "photo" in fields else None
        yield Message(**fields)


def pages() -> list[dict[str, Any]]:
    """Organisations that speak to quartiers, and their articles, the oldest first."""
    return list(_read("pages.json"))


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
