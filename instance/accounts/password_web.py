"""Pages for a forgotten password: ask for a link, choose a new one."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _

from instance.accounts import passwords, service, throttle
from instance.accounts.blueprint import bp
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit
from instance.core.errors import Invalid
from instance.core.web import network, page

LOGIN_MAX = 254


@bp.get("/mot-de-passe/oubli")
def forgotten() -> Response:
    """Whose password is it?"""
    return page("accounts/forgotten.html", login="", errors={})


@bp.post("/mot-de-passe/oubli")
def ask_reset() -> Response:
    """The same page for every name: with a mail, at the desk, or not at all, shows in the mailbox only."""
    typed = request.form.get("login", "").strip()[:LOGIN_MAX]
    if not typed:
        errors = {"login": _("Écrivez votre identifiant ou votre adresse e-mail.")}
        return page("accounts/forgotten.html", 422, login="", errors=errors)
    back_at = count_try([(throttle.subject("reset-network", network()), throttle.PER_NETWORK)])
    if back_at is not None:
        return page("accounts/forgotten.html", 429, login=typed, errors={"login": come_back(back_at)})
    with commit():
        passwords.ask(typed)
    return page("accounts/reset_asked.html")


@bp.get("/mot-de-passe/<token>")
def new_password(token: str) -> Response:
    """The form of a link that is still good. Opening it uses nothing up: mail filters open links too."""
    return _form(200, token, {})


@bp.post("/mot-de-passe/<token>")
def choose_password(token: str) -> Response:
    """A new password; every session ends, and nobody is logged in by a link."""
    try:
        service.check_password(request.form.get("password", ""))
        with commit():
            account = passwords.choose(token, request.form.get("password", ""))
    except Invalid as error:
        return _form(422, token, {error.field: error.sentence})
    if account is None:
        return _form(410, token, {})
    flash(_("Votre mot de passe est changé. Connectez-vous avec le nouveau."))
    return make_response(redirect(url_for("accounts.login"), 303))


def _form(status: int, token: str, errors: dict[str, str]) -> Response:
    """The form if the link is still good. The link is a key: the next page does not learn where one came from."""
    account = passwords.account_of(token)
    if account is None:
        answer = page("accounts/link_over.html", 410)
    else:
        values = {"token": token, "handle": account.actor.handle, "errors": errors}
        answer = page("accounts/new_password.html", status, **values)
    answer.headers["Referrer-Policy"] = "strict-origin"
    return answer
