"""Mails about a proof of address: it ends soon, a new one is asked for, a letter came back, a no, an end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core import jobs
from instance.core.db import db
from instance.core.i18n import in_language, long_day
from instance.core.mail import Mail, send
from instance.core.web import settings
from instance.quartiers.models import Membership
from instance.verification import service
from instance.verification.facts import (
    LetterReturned,
    ProofEnding,
    ProofRefused,
    ProofRevoked,
    QuartierFound,
    RecheckAsked,
)

Told = LetterReturned | ProofEnding | ProofRefused | ProofRevoked | QuartierFound | RecheckAsked
Words = tuple[str, list[str]]  # subject, paragraphs


def tell(facts: Sequence[Told]) -> None:
    """Reaction: one mail for each."""
    for fact in facts:
        days = fact.days if isinstance(fact, ProofEnding) else 0
        jobs.put("mail_proof", {"account_id": str(fact.account_id), "about": type(fact).__name__, "days": days})


def mail_proof(payload: dict[str, Any]) -> None:
    """Task: the mail, if the account is still there and has an e-mail."""
    account = db.session.get(Account, int(payload["account_id"]))
    email = accounts.identity_of(account.id).email if account else None
    if account is None or not email:
        return
    with in_language(account.language):
        words = _words(account.id, payload["about"], int(payload["days"]))
        if words is None:
            return
        subject, paragraphs = words
        values = {
            "subject": subject, "paragraphs": paragraphs, "url": f"{settings().base_url}/preuve",
            "site_name": settings().name,
        }  # fmt: skip
        text = current_app.jinja_env.get_template("mail/proof.txt").render(**values)
        html = current_app.jinja_env.get_template("mail/proof.html").render(**values)
    db.session.rollback()  # no transaction stays open while the mail server takes its time
    send(Mail(email, subject, text, html), settings())


def _words(account_id: int, about: str, days: int) -> Words | None:
    """Subject and paragraphs; None when what was to be said is no longer so."""
    again = _("Vous pouvez recommencer quand vous voulez, par courrier, au guichet ou avec deux voisins.")
    if about == "ProofEnding":
        return _ending(account_id, days)
    if about == "RecheckAsked":
        return _recheck(account_id)
    if about == "QuartierFound":
        told = _("Un quartier existe maintenant à votre adresse. Il reste à prouver que vous y habitez.")
        return _("Un quartier existe chez vous"), [told]
    if about == "LetterReturned":
        told = _("La poste nous l’a rendu : elle n’a trouvé personne à votre nom à cette adresse.")
        return _("Votre courrier est revenu"), [told, _("Nous avons effacé l’adresse."), again]
    if about == "ProofRefused":
        told = _("La personne au guichet n’a pas pu confirmer votre adresse. Nous l’avons effacée.")
        return _("Votre adresse n’est pas confirmée"), [told, again]
    ended = _("Vous ne lisez plus le mur de votre quartier. Le motif est dans « Mes données ».")
    return _("Votre vérification est retirée"), [ended, again]


def _ending(account_id: int, days: int) -> Words | None:
    member = db.session.get(Membership, account_id)
    if member is None:
        return None
    told = ngettext(
        "Votre preuve d’adresse finit dans %(num)d jour au plus, le %(day)s.",
        "Votre preuve d’adresse finit dans %(num)d jours au plus, le %(day)s.",
        days,
        day=long_day(member.writes_until),
    )
    after = _("Ensuite vous lirez encore 30 jours, sans écrire.")
    return _("Votre preuve d’adresse finit bientôt"), [told, after, _("La renouveler prend deux minutes.")]


def _recheck(account_id: int) -> Words | None:
    due_at = service.recheck_due(account_id)
    if due_at is None:
        return None
    told = _("Donnez une nouvelle preuve d’adresse avant le %(day)s.", day=long_day(due_at))
    until = _("D’ici là rien ne change. Sans nouvelle preuve, vous ne lirez plus le mur de votre quartier.")
    return _("Habitez-vous toujours ici ?"), [told, until]
