"""What this room keeps about a person, as « mes données » tells it, and what goes when the account closes."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from instance.accounts.models import Account
from instance.accounts.my_data import Rows
from instance.core import ids
from instance.core.db import db
from instance.core.i18n import long_day
from instance.moderation import reports
from instance.moderation.models import Measure, Report


def sent(account_id: int) -> tuple[str, Rows]:
    """The reports that the person sent."""
    return _("Vos signalements"), [
        (
            _("Le %(day)s, message %(number)d", day=long_day(ids.moment_of(one.id)), number=one.post_id),
            " · ".join(filter(None, (str(reports.REASONS[one.reason]), one.text, reports.outcome_words(one)))),
        )
        for one in reports.of(account_id)
    ]


def measures(account_id: int) -> tuple[str, Rows]:
    """What was decided about the person's posts, and what they answered."""
    rows = db.session.scalars(select(Measure).where(Measure.account_id == account_id).order_by(Measure.id.desc()))
    return _("Décisions de la modération sur vos messages"), [
        (
            _("Le %(day)s, message %(number)d", day=long_day(ids.moment_of(one.id)), number=one.post_id),
            " · ".join(filter(None, (measure_word(one), one.clause, one.plea, one.reason))),
        )
        for one in rows
    ]


def measure_word(measure: Measure) -> str:
    """The name of what was decided."""
    return {
        "hidden": _("message masqué"),
        "removed": _("message retiré"),
        "upheld": _("décision maintenue"),
        "lifted": _("message rendu au mur"),
    }.get(measure.measure or "", _("contestation en attente"))


def erase(account: Account) -> None:
    """What names the person or was written by them goes; that something was decided stays, without words."""
    contests = delete(Measure).where(Measure.account_id == account.id, Measure.measure.is_(None))
    db.session.execute(contests)
    db.session.execute(update(Report).where(Report.reporter_id == account.id).values(text=""))
    db.session.execute(update(Measure).where(Measure.account_id == account.id).values(plea="", reason=""))
