"""How the reader logs in: e-mail, password, and the browsers that are logged in now."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, flash, g, make_response, redirect, request, url_for
from flask_babel import gettext as _

from instance.accounts import emails, second_factor, service, throttle
from instance.accounts import session as sessions
from instance.accounts.blueprint import bp
from instance.accounts.models import Account
from instance.accounts.reauth import password_fault
from instance.accounts.session import login_required
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.core.web import page

LINKS = throttle.Limit(5, timedelta(days=1))


@bp.get("/reglages/connexion")
@login_required
def security_page() -> Response:
    """E-mail, password, list of sessions."""
    return _page(200, {})


@bp.post("/reglages/courriel")
@login_required
def ask_email() -> Response:
    """Send a link to the new address; the answer is the same whoever uses that address."""
    account_id, typed = g.account_id, request.form.get("email", "")
    if sentence := password_fault(request.form.get("email_password", "")):
        return _page(422, {"email_password": sentence}, typed)
    try:
        service.check_email(typed)
        back_at = count_try([(throttle.subject("email", str(account_id)), LINKS)])
        if back_at is not None:
            return _page(429, {"email": come_back(back_at)}, typed)
        with commit():
            emails.ask(db.session.get_one(Account, account_id), typed)
    except Invalid as error:
        return _page(422, {"email": error.sentence}, typed)
    flash(_("Ouvrez le lien que nous envoyons à cette adresse. Elle comptera ensuite."))
    return _back()


@bp.get("/reglages/courriel/<token>")
@login_required
def email_link(token: str) -> Response:
    """The page of the link: one button, so that a mail filter confirms nothing."""
    try:
        email = emails.read(sessions.account(), token)
    except Invalid:
        return page("accounts/link_over.html", 410)
    return page("accounts/confirm_email.html", email=email, token=token)


@bp.post("/reglages/courriel/<token>")
@login_required
def confirm_email(token: str) -> Response:
    """The new address counts from now on."""
    account_id = g.account_id
    try:
        with commit():
            emails.confirm(db.session.get_one(Account, account_id), token)
    except Invalid:
        return page("accounts/link_over.html", 410)
    flash(_("Votre nouvelle adresse e-mail est notée."))
    return _back()


@bp.post("/reglages/mot-de-passe")
@login_required
def change_password() -> Response:
    """A new password; the other sessions end."""
    account_id, login_id, password = g.account_id, g.login_id, request.form.get("password", "")
    if sentence := password_fault(request.form.get("old_password", "")):
        return _page(422, {"old_password": sentence})
    try:
        service.check_password(password)
        with commit():
            service.set_password(db.session.get_one(Account, account_id), password, keep_session=login_id)
    except Invalid as error:
        return _page(422, {error.field: error.sentence})
    flash(_("Votre mot de passe est changé. Vos autres appareils sont déconnectés."))
    return _back()


@bp.post("/reglages/sessions/<int:login_id>/terminer")
@login_required
def end_session(login_id: int) -> Response:
    """End one of the reader's own sessions; ending this one is a log-out."""
    account_id, own_id = g.account_id, g.login_id
    if login_id not in {one.id for one in sessions.of(account_id)}:
        raise NotFound
    with commit():
        sessions.end(login_id)
    if login_id == own_id:
        sessions.leave()
        return make_response(redirect("/", 303))
    flash(_("Cet appareil est déconnecté."))
    return _back()


@bp.post("/reglages/sessions/terminer-les-autres")
@login_required
def end_other_sessions() -> Response:
    """End every session but this one."""
    account_id, login_id = g.account_id, g.login_id
    with commit():
        sessions.end_others(account_id, login_id)
    flash(_("Vos autres appareils sont déconnectés."))
    return _back()


def _page(status: int, errors: dict[str, str], typed: str = "") -> Response:
    return page(
        "accounts/security.html",
        status,
        errors=errors,
        typed=typed,
        handle=sessions.account().actor.handle,
        email=service.identity_of(g.account_id).email,
        second=second_factor.means(g.account_id),
        sessions=sessions.of(g.account_id),
        this_id=g.login_id,
    )


def _back() -> Response:
    return make_response(redirect(url_for("accounts.security_page"), 303))
