"""Applicants: houses on a street, people who sign up through the pages, and the paper that reaches them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.quartiers import service as quartiers
from instance.quartiers.models import Address, Membership, Street, StreetWord
from instance.quartiers.normalise import key_words, street_key
from instance.verification import service
from instance.verification.fingerprint import fingerprint
from instance.verification.models import Proof
from tests.city import PASSWORD, City, Someone
from tests.support.pages import signless

NAMES = ("Salma Benali", "Yann Le Goff", "Mai Nguyen", "Paul Obadia", "Odile Marchand", "Karim Haddad", "Inès Roux")


class Applicants:
    """A street per quartier, and whoever moves in there."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._people = 0
        self._houses = 100

    def house(self, quartier: str | None, number: int = 0, *, street: str = "Rue Ramey", rep: str = "") -> int:
        """An address of the reference in `quartier` (None: hors zone); its id."""
        self._houses += 1
        with commit():
            road = db.session.scalar(select(Street).where(Street.key == street_key(street)))
            if road is None:
                road = Street(
                    id=self._houses,
                    name=street,
                    key=street_key(street),
                    insee="75118",
                    postcode="75018",
                    commune="Paris",
                )
                db.session.add(road)
                db.session.flush()
                for word in set(key_words(road.key)):
                    db.session.add(StreetWord(word=word, street_id=road.id))
            place = quartiers.by_slug(quartier) if quartier else None
            lon, lat = (place.min_lon + 0.005, place.min_lat + 0.005) if place else (9.0, 40.0)
            db.session.add(
                Address(
                    id=self._houses, ban_id=f"75118_{self._houses}", street_id=road.id, number=number or self._houses,
                    rep=rep, postcode="75018", insee="75118", commune="Paris 18e Arrondissement", town="PARIS", lon=lon,
                    lat=lat, quartier_id=place.id if place else None,
                )
            )  # fmt: skip
        return self._houses

    def mark(self, house: int) -> str:
        """The fingerprint of a house."""
        return fingerprint(db.session.get_one(Address, house))

    def fields(self, **typed: str) -> dict[str, str]:
        """The second step, filled in well by somebody new."""
        self._people += 1
        first, _space, last = NAMES[self._people % len(NAMES)].partition(" ")
        return {
            "first_name": first, "last_name": last, "handle": f"tilleul_{self._people}",
            "email": f"tilleul_{self._people}@example.org", "password": PASSWORD, "age": "1",
        } | typed  # fmt: skip

    def sign_up(self, house: int, browser: FlaskClient | None = None, **typed: str) -> Any:
        """Both steps in a browser; the answer to the second."""
        browser = browser or self.city.browser()
        self.city.post(browser, "/inscription", pick=str(house))
        return self.city.post(browser, "/inscription/vous", **self.fields(**typed))

    def applicant(self, house: int, *, name: str = "", **typed: str) -> Someone:
        """Somebody who has just signed up at `house`, in a browser of their own."""
        browser = self.city.browser()
        if name:
            typed["first_name"], _space, typed["last_name"] = name.partition(" ")
        answer = self.sign_up(house, browser, **typed)
        assert answer.status_code == 303, answer.text
        self.city.get(browser, "/preuve")
        handle = typed.get("handle", f"tilleul_{self._people}")
        account = accounts.by_login(f"@{handle}")
        assert account is not None
        return Someone(handle, account.id, account.actor_id, browser)

    def at(self, house: int, *, name: str = "", level: str = "strong", days_ago: int = 0, handle: str = "") -> Someone:
        """A resident at `house`, verified `days_ago` days ago as the desk does it."""
        self._people += 1
        someone = self.city.visitor(handle or f"voisin_{self._people}", name=name)
        with commit():
            account = db.session.get_one(Account, someone.account_id)
            proof = service.begin(account, db.session.get_one(Address, house))
            assert service.grant(proof, "desk" if level == "strong" else "household", self.city.settings)
            member = db.session.get_one(Membership, someone.account_id)
            if member.vouches_from:
                member.vouches_from -= timedelta(days=days_ago)
        return someone

    def verifier(self, quartier: str | None = None, handle: str = "nadia") -> Someone:
        """A volunteer who verifies in `quartier`, or everywhere, and lives nowhere here."""
        someone = self.city.visitor(handle, name="Nadia Klein")
        self.city.give_role(someone, "verifier", quartier)
        return someone

    def ask_letter(self, someone: Someone, **typed: str) -> Any:
        return self.city.post(someone.browser, "/preuve", method="letter", **typed)

    def paper(self, verifier: Someone) -> list[dict[str, str]]:
        """The letters that the verifier prints now: their codes and what is written in the window."""
        text = self.city.get(verifier.browser, "/courriers/imprimer").text
        sheets = []
        for sheet in text.split('<article class="letter')[1:]:
            code, opposition = re.findall(r"\b([A-Z2-9]{4}-[A-Z2-9]{4})\b", sheet)[:2]
            window = re.search(r'letter-to"[^>]*>([^<]*)<', sheet)
            reference = re.search(r"Référence de cette lettre\s?: (\w{6})", sheet)
            assert window and reference
            sheets.append(
                {"code": code, "opposition": opposition, "to": window[1], "reference": reference[1], "text": sheet}
            )
        return sheets

    def letter_to(self, someone: Someone, verifier: Someone) -> dict[str, str]:
        """Ask for a letter and have it printed and ticked as sent; the paper that arrives."""
        assert self.ask_letter(someone).status_code == 303
        paper = self.paper(verifier)[-1]
        self.send(verifier)
        return paper

    def send(self, verifier: Someone) -> Any:
        """Tick every letter that waits."""
        page = self.city.get(verifier.browser, "/courriers").text
        ids = re.findall(r'name="sent" value="(\d+)"', page)
        return self.city.post(verifier.browser, "/courriers", sent=ids)

    def type_code(self, someone: Someone, code: str) -> Any:
        return self.city.post(someone.browser, "/preuve/code", code=code)

    def proof(self, someone: Someone) -> Proof:
        """The latest proof of somebody."""
        return db.session.scalars(
            select(Proof).where(Proof.account_id == someone.account_id).order_by(Proof.id.desc())
        ).first()  # type: ignore[return-value]

    def home(self, someone: Someone) -> str | None:
        """The slug of the quartier where somebody lives now."""
        home = quartiers.residence(someone.account_id)
        slug = home.quartier.slug if home else None
        db.session.rollback()
        return slug

    def shown_code(self, someone: Someone) -> str:
        """The six signs on the applicant's own page."""
        found = re.search(r'class="copy">([A-Z2-9]{3}-[A-Z2-9]{3})<', self.city.get(someone.browser, "/preuve").text)
        assert found
        return found[1]

    def ask_vouchers(self, someone: Someone) -> str:
        """Choose the way of vouchers; the code to show."""
        assert self.city.post(someone.browser, "/preuve", method="vouch").status_code == 303
        return self.shown_code(someone)

    def vouch(self, voucher: Someone, code: str) -> Any:
        return self.city.post(voucher.browser, "/parrainer/confirmer", code=code)

    def count(self, model: Any) -> int:
        db.session.rollback()
        number = db.session.scalar(select(func.count()).select_from(model)) or 0
        db.session.rollback()
        return number


def at_once(app: Flask, acts: list[Callable[[], Any]]) -> list[Any]:
    """Run `acts` in threads of their own at the same moment; their results in this order."""
    results: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int) -> None:
        with app.app_context():
            start.wait(10)
            results[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def bare(answer: Any) -> str:
    """The text of an answer without what differs from browser to browser."""
    return signless(said(answer))


def said(answer: Any) -> str:
    """The text of an answer with plain spaces, as the source strings have them."""
    return str(answer.text).replace("\u202f", " ").replace("\u00a0", " ")
