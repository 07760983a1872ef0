"""The directory (F21): known cities and their quartiers, with state and outline. No person is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from instance.core import clock, fed, jobs
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.partners.models import Agreement, KnownCity
from instance.peers import rules
from instance.quartiers.geometry import Outline, outline_of
from instance.quartiers.models import Quartier

READ = "read_city"
QUARTIERS = 500  # of one city: more are not taken
ON_A_PAGE = 400
OURS = ""  # stands for this city among hosts
STALE = timedelta(days=90)  # who has not answered for so long is not shown any more


@dataclass(frozen=True)
class Line:
    """A quartier in the directory."""

    key: str
    name: str
    state: str  # pilot | open | dormant
    href: str
    city: str  # name of the instance
    is_ours: bool
    outline: Outline | None


@dataclass(frozen=True)
class City:
    """A city in the directory."""

    host: str
    name: str
    href: str
    lines: list[Line]
    away_since: datetime | None  # what is shown is of that moment


def version() -> str:
    """Another word whenever something in the directory is another; two light statements."""
    digest = hashlib.sha256()
    ours = select(Quartier.id, Quartier.name, Quartier.slug, Quartier.state, Quartier.shape).order_by(Quartier.id)
    known = (
        select(KnownCity.host, KnownCity.state, KnownCity.fetched_at)
        .where(KnownCity.fetched_at > clock.now() - STALE)
        .order_by(KnownCity.host)
    )
    for row in (*db.session.execute(ours), *db.session.execute(known)):
        digest.update(repr(tuple(row)).encode())
    digest.update(repr(rules.current().version).encode())
    return digest.hexdigest()


def cities(own_name: str) -> list[City]:
    """This city, then the others by name; blocked ones and those that were not read for long are left out."""
    known = db.session.scalars(select(KnownCity).where(KnownCity.fetched_at > clock.now() - STALE))
    shown = [one for one in known if rules.severity(one.host) != "block"]
    return [_ours(own_name), *sorted(map(_theirs, shown), key=lambda city: (city.name.casefold(), city.host))]


def _ours(name: str) -> City:
    rows = db.session.execute(
        select(Quartier.slug, Quartier.name, Quartier.state, Quartier.outline).order_by(Quartier.name)
    )
    lines = [
        Line(f"{OURS} {slug}", said, state, f"/q/{slug}" if state == "open" else "", name, True, outline_of(outline))
        for slug, said, state, outline in rows
    ]
    return City(fed.host(), name, "/", lines, None)


def _theirs(city: KnownCity) -> City:
    name = city.name or city.host
    lines = [
        Line(
            f"{city.host} {number}", one["name"], one["state"], one["uri"] if one["state"] == "open" else "", name,
            False, outline_of(one["outline"]) if one["outline"] else None,
        )
        for number, one in enumerate(city.quartiers)
    ]  # fmt: skip
    scheme = fed.base_url().partition("://")[0]
    return City(city.host, name, f"{scheme}://{city.host}/", lines, city.fetched_at if city.state == "away" else None)


def pages(found: Sequence[City]) -> list[list[City]]:
    """The cities, so many to a page that it stays light; a city is never cut in two."""
    result: list[list[City]] = [[]]
    for city in found:
        if result[-1] and sum(len(one.lines) for one in result[-1]) + len(city.lines) > ON_A_PAGE:
            result.append([])
        result[-1].append(city)
    return result


def known() -> list[KnownCity]:
    """Every known city, by address, without its quartiers' outlines being looked at."""
    return list(db.session.scalars(select(KnownCity).order_by(KnownCity.host)))


def partner_hosts() -> set[str]:
    """Servers with which an agreement is in force or suspended: they are in the directory by themselves."""
    live = Agreement.state == "live", Agreement.expires > clock.now()
    return set(db.session.scalars(select(Agreement.host).where(*live).distinct()))


def add(typed: str) -> str:
    """Have a city looked for at the address that an admin typed; its host. Inside `commit()`. Raises `Invalid`."""
    host = rules.clean_host(typed)
    if rules.severity(host) == "block":
        sentence = _("Ce serveur est bloqué ici. Retirez d’abord la décision.")
        raise Invalid("directory.blocked", sentence, field="host")
    _keep(host, is_added=True)
    order(host)
    return host


def remove(host: str) -> None:
    """Forget a city that an admin added. Inside `commit()`. Raises `NotFound`; a partner stays in."""
    city = db.session.get(KnownCity, host)
    if city is None or host in partner_hosts():
        raise NotFound
    db.session.delete(city)


def again(host: str) -> None:
    """Read a known city now. Inside `commit()`. Raises `NotFound`."""
    if db.session.get(KnownCity, host) is None:
        raise NotFound
    order(host)


def take_partners(_facts: Sequence[Any]) -> None:
    """Reaction and task: cities with an agreement are in the directory, and are read. Inside `commit()`."""
    missing = partner_hosts() - set(db.session.scalars(select(KnownCity.host)))
    for host in sorted(missing):
        _keep(host)
        order(host)


def read_all(_payload: dict[str, Any]) -> None:
    """Task, once a week: read every known city anew."""
    with commit():
        take_partners(())
        for host in db.session.scalars(select(KnownCity.host)).all():
            order(host)


def order(host: str) -> None:
    """Put the errand that reads a city, due now; one that waits for another try is it. Inside `commit()`."""
    db.session.execute(
        update(jobs.Job).where(jobs.Job.key == job_key(host), jobs.Job.state.in_(["done", "failed"])).values(key=None)
    )
    jobs.put(READ, {"host": host}, key=job_key(host))
    waiting = select(jobs.Job.id).where(jobs.Job.key == job_key(host), jobs.Job.state == "pending")
    jobs.retry(list(db.session.scalars(waiting)))


def job_key(host: str) -> str:
    """The name of the errand that reads this city."""
    return f"{READ}:{host}"


def _keep(host: str, *, is_added: bool = False) -> None:
    city = db.session.get(KnownCity, host)
    if city is None:
        city = KnownCity(host=host, quartiers=[])
        db.session.add(city)
    city.is_added = city.is_added or is_added
    db.session.flush()
