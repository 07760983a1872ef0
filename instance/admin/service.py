"""The instance in numbers, against its target; how verified residents grew from day to day (F24, F51)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from instance.accounts.models import Account
from instance.admin.models import Target
from instance.core import clock
from instance.core.db import db
from instance.core.errors import Invalid
from instance.quartiers.models import Membership, Quartier, VerifiedDay, Waiting

ACTIVE_DAYS = 30
TARGET_MAX = 10_000_000
CURVE_WIDTH, CURVE_HEIGHT = 720, 240


@dataclass(frozen=True)
class Figures:
    """Counts of the moment, each one statement over the rows themselves."""

    joined: int  # accounts
    verified: int  # residents whose proof is live
    active: int  # accounts used within ACTIVE_DAYS days, today included
    waiting: int  # addresses in no quartier yet
    open_quartiers: int
    quartiers: int


def figures(today: date) -> Figures:
    """The counts; `today` is the city's day."""
    since = today - timedelta(days=ACTIVE_DAYS - 1)
    return Figures(
        joined=_count(select(func.count()).select_from(Account)),
        verified=_count(select(func.count()).select_from(Membership).where(Membership.writes_until > clock.now())),
        active=_count(
            select(func.count()).select_from(Account).where(Account.state == "active", Account.active_on >= since)
        ),
        waiting=_count(select(func.count()).select_from(Waiting)),
        open_quartiers=_count(select(func.count()).select_from(Quartier).where(Quartier.state == "open")),
        quartiers=_count(select(func.count()).select_from(Quartier)),
    )


def _count(statement: Select[int]) -> int:
    return db.session.scalar(statement) or 0


def target() -> Target | None:
    """What the association wants to reach; None if nobody said."""
    return db.session.get(Target, 1)


def set_target(residents: str, by_day: str) -> None:
    """Keep the target as it was typed. An empty number takes it away. Raises `Invalid` naming the field."""
    row = target()
    if not residents.strip():
        if row is not None:
            db.session.delete(row)
        return
    number = residents.strip().replace(" ", "").replace("\u202f", "").replace("\xa0", "")
    if not number.isascii() or not number.isdigit() or not 0 < int(number[:9]) <= TARGET_MAX or len(number) > 8:
        raise Invalid("target.number", _("Écrivez un nombre entier, par exemple 1500."), field="residents")
    try:
        day = date.fromisoformat(by_day) if by_day.strip() else None
    except ValueError:
        raise Invalid("target.day", _("Écrivez une date comme 2027-03-31."), field="by_day") from None
    if row is None:
        db.session.add(Target(id=1, residents=int(number), by_day=day))
    else:
        row.residents, row.by_day = int(number), day


@dataclass(frozen=True)
class Day:
    """Residents verified on a day, and from the first day up to it."""

    day: date
    number: int
    total: int


@dataclass(frozen=True)
class Curve:
    """Days with somebody verified, oldest first; `points` draw the totals in a box of CURVE_WIDTH x CURVE_HEIGHT."""

    days: list[Day]
    points: str

    @property
    def total(self) -> int:
        """All verifications so far."""
        return self.days[-1].total if self.days else 0


def growth(quartier_id: int | None, today: date) -> Curve:
    """How many were verified on which day, in one quartier or (None) in all."""
    query = select(VerifiedDay.day, func.sum(VerifiedDay.number)).group_by(VerifiedDay.day).order_by(VerifiedDay.day)
    if quartier_id is not None:
        query = query.where(VerifiedDay.quartier_id == quartier_id)
    days: list[Day] = []
    total = 0
    for day, number in db.session.execute(query):
        total += int(number)
        days.append(Day(day, int(number), total))
    return Curve(days, _points(days, today))


def _points(days: list[Day], today: date) -> str:
    """A stair: flat until the next day on which somebody was verified, up to today."""
    if not days:
        return ""
    first, last = days[0].day, max(today, days[-1].day)
    across = CURVE_WIDTH / max((last - first).days, 1)
    up = CURVE_HEIGHT / days[-1].total
    corners: list[tuple[float, float]] = [(0.0, float(CURVE_HEIGHT))]
    for one in days:
        x = (one.day - first).days * across
        corners += [(x, corners[-1][1]), (x, CURVE_HEIGHT - one.total * up)]
    corners.append(((last - first).days * across, corners[-1][1]))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
