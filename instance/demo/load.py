"""Ormevielle moves into an empty database: through the services, each thing at the hour when it happened."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import click
from sqlalchemy import delete, select

from instance.accounts import service as accounts
from instance.accounts.models import Account, Actor
from instance.core import clock, ids, jobs
from instance.core.console import say
from instance.core.db import commit, db
from instance.core.kept import Kept
from instance.demo import papers, press, story, wall
from instance.legal import service as legal
from instance.legal.models import KINDS
from instance.notifications import service as notifications
from instance.quartiers import plans, roles
from instance.quartiers import service as quartiers
from instance.quartiers.address_file import rows_in
from instance.quartiers.imports import Source, bring_quartiers
from instance.quartiers.models import Address, Quartier
from instance.quartiers.quartier_file import Properties, quartiers_in
from instance.quartiers.reference import bring_addresses
from instance.settings import Settings
from instance.verification import letters
from instance.verification import service as verification

CAUGHT_UP = timedelta(hours=22)  # ago: everybody has read their notices up to then
HALF = "demo"  # kept while Ormevielle moves in: found later, it tells that the loading was cut off
FIRST_DAY = 95  # days ago: the map is imported
PLAIN_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that another is taken for


@dataclass(frozen=True)
class Login:
    """Somebody of Ormevielle as whom one may look around."""

    handle: str
    password: str
    name: str
    what: str


@dataclass(order=True)
class _Event:
    at: datetime
    place: int  # of two at the same moment, the one told first comes first
    happen: Callable[[], None] = field(compare=False)


def load(settings: Settings) -> list[Login]:
    """Fill an empty database with Ormevielle and print the log-ins, whose passwords are new each time.

    Nothing happens, and the list is empty, where anybody or any quartier is there already, or where
    QL_BASE_URL is not this machine: these passwords stand on a screen. A town whose loading was cut off is
    cleared and loaded again, unless somebody who is not of the story lives there.
    """
    if not settings.is_loopback or not (_is_empty() or _may_begin_again()):
        return []
    ids.lower_floor()  # the story begins before this process did
    town = _Town(settings)
    with commit():
        db.session.add(Kept(name=HALF, value="1"))
    try:
        town.live()
    finally:
        clock.shift(timedelta())
    with commit():
        db.session.execute(delete(Kept).where(Kept.name == HALF))
    _print(settings, town.logins)
    return town.logins


def _may_begin_again() -> bool:
    """Whether a half town was found and cleared away."""
    is_half = db.session.get(Kept, HALF) is not None
    present = set(db.session.scalars(select(Actor.handle).join(Account, Account.actor_id == Actor.id)))
    db.session.rollback()
    if not is_half:
        return False
    told = {one.handle for one in story.neighbours()} | {one["handle"] for one in story.letters()}
    if present - told:
        click.echo(
            say(
                "La ville de démonstration est à moitié chargée, et quelqu’un d’autre y a un compte :"
                " prenez un autre dossier de données."
            )
        )
        return False
    click.echo(say("La ville de démonstration était à moitié chargée : elle recommence."))
    _clear()
    return True


def _clear() -> None:
    """Empty every table at once; the files of pictures without a row are swept by the hourly task."""
    tables = db.metadata.sorted_tables
    with commit():
        connection = db.session.connection()
        if connection.dialect.name == "postgresql":
            names = ", ".join(f'"{table.name}"' for table in tables)
            connection.exec_driver_sql(f"TRUNCATE {names}")
            return
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in tables:
            connection.execute(table.delete())


def _is_empty() -> bool:
    rows = [db.session.scalar(select(table.id).limit(1)) for table in (Account, Quartier, Address)]
    found = any(row is not None for row in [*rows, db.session.get(Kept, HALF)])
    db.session.rollback()
    return not found


def _print(settings: Settings, logins: list[Login]) -> None:
    click.echo(say("Ville de démonstration : Ormevielle, inventée. Adresse : %(url)s", url=settings.base_url))
    wide = max(len(one.handle) for one in logins)
    for one in logins:
        click.echo(f"  {one.handle:<{wide}}  {one.password}  {one.name}, {one.what}")
    if not settings.roles_need_second_factor:
        click.echo(say("Les rôles se passent ici de la deuxième étape de connexion (QL_ROLES_NEED_SECOND_FACTOR=off)."))


class _Town:
    """The events of three months, told in the order of the clock."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.now = settings, clock.now()
        self.logins: list[Login] = []
        self.accounts: dict[str, int] = {}
        self.events: list[_Event] = []

    def live(self) -> None:
        self._at(self._day(FIRST_DAY, "09:00"), self._import)
        for minute, person in enumerate(story.neighbours()):
            self._at(self._day(person.verified_days_ago, f"10:{minute:02}"), self._move_in, person)
        for asked in story.letters():
            day = self._day(asked["asked_days_ago"], "08:30")
            self._at(min(day, self.now), self._ask_for_letter, asked["handle"], asked["name"], asked["home"])
        for opening in story.openings():
            self._at(self._day(opening["days_ago"], "12:00"), self._open, opening["quartier"], opening["reason"])
        writer = wall.Wall(self.accounts)
        for message in story.messages():
            for moment, act in writer.acts(message, message.moment(self.now, self.settings.timezone), self.now):
                self._at(moment, act)
        for moment, act in press.acts(self.accounts, self.now, self.settings.timezone):
            self._at(moment, act)
        self._at(self.now - CAUGHT_UP, self._catch_up)
        for event in sorted(self.events):
            clock.shift(timedelta())
            clock.shift(event.at - clock.now())
            event.happen()
            jobs.run_all()

    def _day(self, days_ago: int, hour: str) -> datetime:
        day = clock.day_of(self.now, self.settings.timezone) - timedelta(days=days_ago)
        return datetime.combine(day, time.fromisoformat(hour), self.settings.timezone)

    def _at(self, moment: datetime, act: Callable[..., None], *details: object) -> None:
        self.events.append(_Event(moment, len(self.events), lambda: act(*details)))

    def _import(self) -> None:
        drawn = quartiers_in(story.FOLDER / "quartiers.geojson", Properties())
        rows = rows_in(story.FOLDER / "addresses.csv.gz", lambda _: None)
        source = Source("quartiers.geojson", [one.code for one in drawn])
        with commit():
            bring_quartiers(drawn, source, self.settings.border_m)
            bring_addresses(rows)
            for kind in KINDS:
                for language in papers.LANGUAGES:
                    legal.write(kind, language, papers.of_ormevielle(kind, language))
        plans.write(self.settings.data_dir)
        db.session.rollback()

    def _move_in(self, person: story.Neighbour) -> None:
        with commit():
            account = self._sign_up(person.handle, person.name, has_email=person.email, what=person.login)
            proof = verification.begin(account, _house(person.home), shows_street=person.shows_street)
            by = self.accounts[_VERIFIER] if person.method == "desk" else None
            verification.grant(proof, person.method, self.settings, by=by)
            quartier = quartiers.by_code(person.quartier)
            for role in person.roles:
                roles.give(account, role, None if role in {"admin", "verifier"} else quartier, by=None)

    def _ask_for_letter(self, handle: str, name: str, home: str) -> None:
        with commit():
            proof = verification.begin(self._sign_up(handle, name), _house(home))
            verification.choose(proof, "letter")
            letters.ask(proof, "", self.settings)

    def _catch_up(self) -> None:
        with commit():
            for account_id in self.accounts.values():
                notifications.mark_read(account_id)

    def _sign_up(self, handle: str, name: str, *, has_email: bool = True, what: str = "") -> Account:
        first, last = accounts.split_name(name)
        password = "-".join("".join(secrets.choice(PLAIN_SIGNS) for _ in range(4)) for _ in range(3))
        email = f"{handle}@ormevielle.example" if has_email else None
        account = accounts.create(accounts.NewAccount(handle, first, last, password, email))
        self.accounts[handle] = account.id
        if what:
            self.logins.append(Login(handle, password, name, what))
        return account

    def _open(self, code: str, reason: str) -> None:
        with commit():
            quartiers.open_by_hand(quartiers.by_code(code), reason)


def _house(ban_id: str) -> Address:
    return db.session.scalars(select(Address).where(Address.ban_id == ban_id)).one()


_VERIFIER = next(one.handle for one in story.neighbours() if "verifier" in one.roles)
