"""What the tests of moderation share: a reported post, mails, limits, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts.models import JournalLine
from instance.core.db import db
from instance.moderation.models import Measure, Report
from instance.posts.models import Post
from tests.city import City, Someone
from tests.instance.accounts.conftest import Mailbox, limits, mails, plain
from tests.instance.media.conftest import Album, album
from tests.instance.posts.writing import write

__all__ = ["Album", "Mailbox", "album", "limits", "mails"]


@dataclass
class Case:
    """A post of Salma in Clignancourt that Bruno reported; Odile moderates there and lives elsewhere."""

    city: City
    here: str
    there: str
    salma: Someone
    bruno: Someone
    odile: Someone
    post: int

    def report(self, sender: Someone, post: int = 0, **fields: Any) -> Any:
        return self.city.post(
            sender.browser, f"/p/{post or self.post}/signaler", **({"reason": "insult", "text": "Ligne deux."} | fields)
        )

    @property
    def path(self) -> str:
        """The case's page."""
        db.session.rollback()
        number = db.session.scalar(select(Report.id).order_by(Report.id).limit(1))
        return f"/moderation/{number}"

    def decide(self, judge: Someone, measure: str = "hidden", **fields: Any) -> Any:
        words = {"measure": measure, "own_clause": "Règle 2", "reason": "Une insulte, ligne deux.", "days": "0"}
        return self.city.post(judge.browser, self.path, **(words | fields))

    def verdict(self, post: int = 0) -> str:
        db.session.rollback()
        return db.session.get_one(Post, post or self.post).verdict

    def measure(self) -> Measure:
        db.session.rollback()
        return db.session.scalars(
            select(Measure).where(Measure.appeal_of_id.is_(None)).order_by(Measure.id.desc())
        ).first()

    def journal(self, someone: Someone, act: str = "report_seen") -> list[JournalLine]:
        db.session.rollback()
        lines = select(JournalLine).where(JournalLine.account_id == someone.account_id, JournalLine.act == act)
        return list(db.session.scalars(lines.order_by(JournalLine.id)))

    def moderator(self) -> Someone:
        """One more moderator of the quartier, who lives nowhere."""
        judge = self.city.visitor()
        self.city.give_role(judge, "moderator", self.here)
        return judge

    def admin(self) -> Someone:
        return self.city.admin()

    def told(self, someone: Someone) -> str:
        """The page of notices, once what is due has run."""
        self.city.work()
        return plain(self.city.get(someone.browser, "/avis"))


@pytest.fixture
def case(city: City) -> Case:
    here, there = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    salma = city.resident(here, "salma", name="Salma Berger")
    bruno, odile = city.resident(here, "bruno", name="Bruno Martin"), city.resident(there)
    city.give_role(odile, "moderator", here)
    made = Case(city, here, there, salma, bruno, odile, write(city, salma, here, title="Un mot fâché"))
    assert made.report(bruno).status_code == 303
    return made
