"""Mails about the account itself: new device, link for a password, what was changed. None carries a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_babel import format_datetime, get_locale
from flask_babel import gettext as _

from instance.accounts import emails, passwords, service
from instance.accounts.facts import NewDevice, PasswordChanged, ResetAsked, SecondFactorChanged
from instance.accounts.models import Account, Identity
from instance.core import clock, ids, jobs, secrets
from instance.core.db import commit, db
from instance.core.i18n import in_language
from instance.core.mail import Mail, send
from instance.core.web import settings


def tell_new_device(facts: Sequence[NewDevice]) -> None:
    """Reaction: one mail for each."""
    for fact in facts:
        jobs.put(
            "mail_new_device",
            {"account_id": str(fact.account_id), "session_id": str(fact.session_id), "device": fact.device},
        )


def send_reset(facts: Sequence[ResetAsked]) -> None:
    """Reaction: the task makes the token, so that it stands in the mail and nowhere else."""
    for fact in facts:
        jobs.put("mail_reset", {"account_id": str(fact.account_id)})


def tell_password_changed(facts: Sequence[PasswordChanged]) -> None:
    """Reaction: one mail for each."""
    for fact in facts:
        jobs.put("mail_password_changed", {"account_id": str(fact.account_id)})


def tell_second_factor(facts: Sequence[SecondFactorChanged]) -> None:
    """Reaction: one mail for each."""
    for fact in facts:
        jobs.put("mail_second_factor", {"account_id": str(fact.account_id), "what": fact.what})


def mail_second_factor(payload: dict[str, Any]) -> None:
    """Task: « the second step of your log-in changed »."""
    account, email = _reached(payload)
    if account is not None and email:
        with in_language(account.language):
            when = format_datetime(clock.now(), "d MMMM, H:mm")
            subject = _("La deuxième étape de votre connexion")
            _post(email, subject, "second_factor", when=when, what=_changed(payload["what"]))


def _changed(what: str) -> str:
    return {
        "totp_on": _("Une application a été ajoutée."),
        "totp_off": _("L’application a été retirée."),
        "passkey_on": _("Une clé d’accès a été ajoutée."),
        "passkey_off": _("Une clé d’accès a été retirée."),
        "codes": _("Dix nouveaux codes de secours ont été faits."),
        "code_used": _("Un code de secours a servi à se connecter."),
        "reset": _("L’équipe de l’instance a tout retiré, à votre demande. Vos appareils sont déconnectés."),
    }[what]


def mail_new_device(payload: dict[str, Any]) -> None:
    """Task: « a browser that you had not used before logged in »."""
    moment = ids.moment_of(int(payload["session_id"]))
    account, email = _reached(payload)
    if account is not None and email:
        with in_language(account.language):
            when = format_datetime(moment, "d MMMM, H:mm")
            subject = _("Nouvelle connexion à votre compte")
            _post(email, subject, "new_device", device=payload["device"], when=when)


def mail_reset(payload: dict[str, Any]) -> None:
    """Task: the link to choose a new password. A repeated task makes another link; both are good for an hour."""
    account, email = _reached(payload)
    if account is None or not email:
        return
    language, account_id, handle = account.language, account.id, account.actor.handle
    with commit():
        token = passwords.new_token(account_id)
    with in_language(language):
        url = f"{settings().base_url}/mot-de-passe/{token}"
        _post(email, _("Choisir un nouveau mot de passe"), "reset", url=url, handle=handle)


def mail_password_changed(payload: dict[str, Any]) -> None:
    """Task: « your password was changed »."""
    account, email = _reached(payload)
    if account is not None and email:
        with in_language(account.language):
            when = format_datetime(clock.now(), "d MMMM, H:mm")
            _post(email, _("Votre mot de passe a changé"), "password_changed", when=when)


def mail_email_link(payload: dict[str, Any]) -> None:
    """Task: the link that proves the new mailbox; or, there, that another account uses it already."""
    account, _present = _reached(payload)
    if account is None:
        return
    email = secrets.unseal("email", payload["email"])
    is_taken = service.has_email(email)
    url = "" if is_taken else f"{settings().base_url}/reglages/courriel/{emails.new_token(account, email)}"
    with in_language(account.language):
        _post(email, _("Votre nouvelle adresse e-mail"), "email_link", url=url, handle=account.actor.handle)


def mail_email_changed(payload: dict[str, Any]) -> None:
    """Task: the old address hears that it is no longer the account's."""
    account, _present = _reached(payload)
    if account is not None:
        with in_language(account.language):
            old = secrets.unseal("email", payload["email"])
            _post(old, _("L’adresse e-mail de votre compte a changé"), "email_changed")


def _reached(payload: dict[str, Any]) -> tuple[Account | None, str | None]:
    """The account of a task and its e-mail; None where the account is gone or has none."""
    account = db.session.get(Account, int(payload["account_id"]))
    identity = db.session.get(Identity, account.id) if account else None
    return account, identity.email if identity else None


def _post(to: str, subject: str, template: str, **values: Any) -> None:
    environment = current_app.jinja_env
    values |= {"base_url": settings().base_url, "site_name": settings().name, "subject": subject}
    values["lang"] = str(get_locale())
    text = environment.get_template(f"mail/{template}.txt").render(**values)
    html = environment.get_template(f"mail/{template}.html").render(**values)
    db.session.rollback()  # no transaction stays open while the mail server takes its time
    send(Mail(to, str(subject), text, html), settings())
