"""Mails to who reported a public post without account: received, then decided. No word of the post or of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from instance.core import jobs
from instance.core.db import db
from instance.core.i18n import in_language
from instance.core.mail import Mail, send
from instance.core.web import settings
from instance.moderation import reports
from instance.moderation.facts import ReportAnswered, ReportReceived
from instance.moderation.models import Report


def confirm(facts: Sequence[ReportReceived]) -> None:
    """Reaction: a mail to each who left an address."""
    _put([fact.report_id for fact in facts])


def answer(facts: Sequence[ReportAnswered]) -> None:
    """Reaction: a mail to each who left an address."""
    _put([fact.report_id for fact in facts if not fact.account_id])


def _put(report_ids: Sequence[int]) -> None:
    for report_id in report_ids:
        report = db.session.get(Report, report_id)
        if report is not None and report.email:
            jobs.put("mail_report", {"report_id": str(report_id), "is_answer": report.outcome is not None})


def mail_report(payload: dict[str, Any]) -> None:
    """Task: « received », or what was decided and how to contest it."""
    report = db.session.get(Report, int(payload["report_id"]))
    if report is None or not report.email:
        return
    email, url = report.email, f"{settings().base_url}/p/{report.post_id}"
    with in_language(report.language):
        if payload["is_answer"]:
            subject = _("Réponse à votre signalement")
            paragraphs = [
                _("Une personne de la modération a décidé, sans moyen automatique."),
                reports.outcome_words(report),
            ]
            if report.answer:
                paragraphs.append(report.answer)
            paragraphs.append(
                _(
                    "Vous pouvez contester : écrivez à l’association, %(url)s. La justice reste ouverte.",
                    url=f"{settings().base_url}/contact",
                )
            )
        else:
            subject = _("Votre signalement est bien reçu")
            paragraphs = [_("Une personne de la modération va le lire. Vous recevrez sa décision par courriel.")]
        values = {
            "subject": subject, "paragraphs": paragraphs, "url": url, "site_name": settings().name,
        }  # fmt: skip
        text = current_app.jinja_env.get_template("mail/report.txt").render(**values)
        html = current_app.jinja_env.get_template("mail/report.html").render(**values)
    db.session.rollback()  # no transaction stays open while the mail server takes its time
    send(Mail(email, subject, text, html), settings())
