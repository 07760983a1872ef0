"""City: the driver that tests speak to. It goes through services for what is given, through HTTP for what is tested."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instance.accounts import names
from instance.accounts import service as accounts
from instance.accounts.models import Account, Actor, Totp
from instance.core import clock, jobs
from instance.core.db import commit, db, new_id
from instance.quartiers import roles
from instance.quartiers import service as quartiers
from instance.quartiers.models import Quartier, QuartierPair
from instance.settings import Settings
from tests.support import redis

PASSWORD = "la cour de la rue Letort"
TOTP_SECRET = "QUARTIERLIBREQUARTIERLIBRE234567"  # on the telephone of who holds a role
ROUNDS = 120
FIRST_NAMES = (
    "Salma",
    "Bruno",
    "Odile",
    "Karim",
    "Lucile",
    "Fatou",
    "Yvonne",
    "Aminata",
    "Paul",
    "Inès",
    "Louise",
    "Noé",
)


@dataclass(frozen=True)
class Someone:
    """A person of the test: ids, and a browser of their own."""

    handle: str
    account_id: int
    actor_id: int
    browser: FlaskClient


class City:
    """A small city. Ids, not rows, come back: rows belong to the request that reads them."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self._people = 0
        self._squares = 0

    def quartier(self, name: str, *, state: str = "open", code: str = "") -> str:
        """A square quartier east of the last one; returns its slug."""
        self._squares += 1
        slug = name.lower().replace("'", "-").replace("’", "-").replace(" ", "-")
        west, south = 2.0 + self._squares * 0.01, 48.0
        corners = [
            [west, south],
            [west + 0.01, south],
            [west + 0.01, south + 0.01],
            [west, south + 0.01],
            [west, south],
        ]
        with commit():
            actor = Actor(
                id=new_id(),
                kind="group",
                handle=slug,
                path=f"/q/{slug}",
                shown_name=name,
                created_at=clock.now(),
            )
            db.session.add(actor)
            db.session.flush()
            names.take(slug, actor)
            db.session.add(
                Quartier(
                    id=new_id(), actor_id=actor.id, circle_id=quartiers.new_circle().id,
                    code=code or f"Q{self._squares}", slug=slug, name=name, commune="99001", state=state,
                    silhouette="M8 8H56V56H8Z", shape="M0 0H9V9H0Z",
                    outline={"type": "Polygon", "coordinates": [corners]}, min_lon=west, min_lat=south,
                    max_lon=west + 0.01, max_lat=south + 0.01, created_at=clock.now(),
                    opened_at=clock.now() if state == "open" else None,
                )
            )  # fmt: skip
        return slug

    def adjoin(self, one: str, other: str) -> None:
        """Make two quartiers neighbours."""
        with commit():
            low, high = sorted((self.quartier_id(one), self.quartier_id(other)))
            db.session.add(QuartierPair(a_id=low, b_id=high, border_m=300.0, origin="computed"))

    def quartier_id(self, slug: str) -> int:
        return db.session.scalars(select(Quartier.id).where(Quartier.slug == slug)).one()

    def visitor(self, handle: str = "", *, name: str = "", email: str | None = "", **wishes: Any) -> Someone:
        """An account that lives nowhere yet, with its own browser, logged in."""
        self._people += 1
        first = FIRST_NAMES[self._people % len(FIRST_NAMES)]
        handle = handle or f"{first.lower().replace('è', 'e').replace('é', 'e')}_{self._people}"
        first, last = accounts.split_name(name or f"{first} Berger")
        email = f"{handle}@example.org" if email == "" else email
        with commit():
            account = accounts.create(accounts.NewAccount(handle, first, last, PASSWORD, email))
            for wish, value in wishes.items():
                setattr(account, wish, value)
            account_id, actor_id = account.id, account.actor_id
        browser = self.browser()
        someone = Someone(handle, account_id, actor_id, browser)
        self.log_in(someone)
        return someone

    def resident(
        self, quartier: str, handle: str = "", *, level: str = "strong", address: str | None = None,
        roles_here: tuple[str, ...] = (), **wishes: Any,
    ) -> Someone:  # fmt: skip
        """A verified resident of `quartier`; `address` is any word standing for a home."""
        someone = self.visitor(handle, **wishes)
        self.settle(someone, quartier, level=level, address=address)
        for role in roles_here:
            self.give_role(someone, role, quartier)
        return someone

    def settle(self, someone: Someone, quartier: str, *, level: str = "strong", address: str | None = None) -> None:
        """Make somebody a resident of `quartier`, as a granted proof does."""
        with commit():
            account = db.session.get_one(Account, someone.account_id)
            home = quartiers.Home(self.quartier_id(quartier), level, address, clock.now() + timedelta(days=700))
            quartiers.admit(account, home, self.settings)

    def move_away(self, someone: Someone) -> None:
        with commit():
            quartiers.leave(db.session.get_one(Account, someone.account_id))

    def give_role(
        self, someone: Someone, role: str, quartier: str | None = None, *, has_second_step: bool = True
    ) -> None:
        """A role, and the second step of log-in that its pages ask for."""
        with commit():
            place = quartiers.by_slug(quartier) if quartier else None
            roles.give(db.session.get_one(Account, someone.account_id), role, place, by=None)
            if has_second_step and db.session.get(Totp, someone.account_id) is None:
                db.session.add(Totp(account_id=someone.account_id, secret=TOTP_SECRET, confirmed_at=clock.now()))

    def admin(self, handle: str = "admin_lea") -> Someone:
        """An admin who lives nowhere here."""
        someone = self.visitor(handle)
        self.give_role(someone, "admin")
        return someone

    def browser(self) -> FlaskClient:
        """A browser with an empty cookie jar."""
        return self.app.test_client()

    def log_in(self, someone: Someone) -> None:
        answer = self.post(someone.browser, "/connexion", login=someone.handle, password=PASSWORD)
        if answer.location and answer.location.startswith("/connexion/"):
            with commit():  # a code is good once: this one counts although another log-in of this half minute had it
                db.session.get_one(Totp, someone.account_id).last_step = 0
            answer = self.post(someone.browser, "/connexion/deuxieme-etape", code=self.code())
        assert answer.status_code == 303, answer.get_data(as_text=True)

    def code(self, secret: str = TOTP_SECRET) -> str:
        """What the application on the telephone of a holder of a role shows now."""
        return pyotp.TOTP(secret).at(clock.now())

    def post(self, browser: FlaskClient, path: str, **fields: Any) -> Any:
        """Send a form (its protection against forgery is tried in tests of its own)."""
        answer = browser.post(path, data=fields)
        db.session.rollback()
        return answer

    def get(self, browser: FlaskClient, path: str) -> Any:
        answer = browser.get(path)
        db.session.rollback()
        return answer

    def reads_wall(self, someone: Someone, slug: str) -> bool:
        """Whether /q/<slug> shows somebody the neighbours' wall, and not the face that everybody sees."""
        return "tri=new" in self.get(someone.browser, f"/q/{slug}").text

    def work(self) -> None:
        """Run every job that is due: as the worker thread does, or through RQ where the suite runs in Redis mode."""
        if self.settings.redis_url:
            for lane in jobs.lanes():
                lane.settle()  # what an earlier run broke off
            for _ in range(ROUNDS):  # what an errand brings home is due after it
                due = next((lane for lane in jobs.lanes() if lane.is_any_due()), None)
                if due is None:
                    break
                redis.drain(self.app, self.settings, is_slow=due.is_slow)
        else:
            jobs.run_all()
        db.session.rollback()
