"""Log-in and log-out, and the switch to the simple display that strangers have too."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from flask import Response, flash, g, make_response, redirect, request, session
from flask_babel import format_time
from flask_babel import gettext as _

from instance.accounts import service, throttle
from instance.accounts import session as sessions
from instance.accounts.blueprint import bp
from instance.accounts.models import Account
from instance.core import clock
from instance.core.db import commit, db
from instance.core.web import local_path, network, page, settings

LOGIN_MAX = 254


@bp.get("/connexion")
def login() -> Response:
    """The form; whoever is logged in goes on."""
    target = local_path(request.args.get("next"))
    if getattr(g, "account", None) is not None:
        return make_response(redirect(target, 303))
    return page("accounts/login.html", login="", next=target, errors={})


@bp.post("/connexion")
def log_in() -> Response:
    """Handle or e-mail, and password. One sentence for every failure, as slow for names that nobody has."""
    typed, password = request.form.get("login", "").strip()[:LOGIN_MAX], request.form.get("password", "")
    target = local_path(request.form.get("next"))
    subjects = _subjects(typed)
    back_at = count_try(subjects)
    if back_at is not None:
        answer = _again(429, typed, target, come_back(back_at))
        answer.headers["Retry-After"] = str(int((back_at - clock.now()).total_seconds()) + 1)
        return answer
    account = service.by_login(typed)
    if not service.is_password_of(account, password) or account is None:
        sentence = _("Cet identifiant et ce mot de passe ne vont pas ensemble. Vérifiez les deux.")
        return _again(422, typed, target, sentence)
    account_id = account.id
    with commit():
        for subject, _limit in subjects:
            throttle.give_back(subject)
        token = sessions.begin(db.session.get_one(Account, account_id))
    return sessions.enter(make_response(redirect(target, 303)), token)


def _subjects(typed: str) -> list[tuple[str, throttle.Limit]]:
    """What a try at `typed` counts for. A browser that this account knows has a count of its own, so that
    nobody can lock its owner out by guessing."""
    name = service.normal_login(typed)
    sign = request.cookies.get(sessions.DEVICE_COOKIE, "")
    if service.is_device_of(name, sign):
        return [(throttle.subject("device", f"{sign} {name}"), throttle.PER_ACCOUNT)]
    return [
        (throttle.subject("network", network()), throttle.PER_NETWORK),
        (throttle.subject("login", name), throttle.PER_ACCOUNT),
    ]


def count_try(subjects: list[tuple[str, throttle.Limit]]) -> datetime | None:
    """Count one try for each of `subjects`; the moment to come back at if it is one too many."""
    if not settings().rate_limits:
        return None
    with commit():
        waits = [throttle.count(subject, limit) for subject, limit in subjects]
    return max(filter(None, waits), default=None)


def come_back(moment: datetime) -> str:
    """The sentence for somebody who tried too often."""
    return str(_("Trop d’essais pour l’instant. Revenez à %(time)s.", time=format_time(moment, "H:mm")))


def _again(status: int, typed: str, target: str, sentence: str) -> Response:
    return page("accounts/login.html", status, login=typed, next=target, errors={"login": sentence})


@bp.post("/deconnexion")
def log_out() -> Response:
    """End this browser's session; what a stranger may choose stays chosen."""
    login_id = getattr(g, "login_id", None)
    if login_id is not None:
        with commit():
            sessions.end(login_id)
    sessions.leave()
    flash(_("Vous êtes déconnecté de cet appareil."))
    return make_response(redirect("/", 303))


@bp.post("/affichage-simple")
def simple_display() -> Response:
    """Large type and three entries (F54): kept on the account, for strangers in this browser."""
    is_on = request.form.get("simple") == "1"
    if getattr(g, "account", None) is not None:
        account_id = g.account_id
        with commit():
            db.session.get_one(Account, account_id).is_simple = is_on
    else:
        session["simple"] = is_on
    return make_response(redirect(came_from(), 303))


def came_from() -> str:
    """The path of the page that sent this form, if it was one of ours; else the first page."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return "/"
    return local_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)
