"""Log-in and log-out, and the switch to the simple display that strangers have too."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, request
from flask_babel import gettext as _

from instance.accounts import second_factor, second_step_web, service, throttle
from instance.accounts import session as sessions
from instance.accounts.blueprint import bp
from instance.accounts.models import Account
from instance.accounts.tries import come_back, count_try
from instance.core import clock
from instance.core.db import commit, db
from instance.core.web import local_path, network, page

LOGIN_MAX = 254
SIMPLE_COOKIE = "simple"  # read by chrome.py


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
        if owes_more := second_factor.is_on(account_id):
            token = second_factor.begin_half(account_id)
        else:
            token = sessions.begin(db.session.get_one(Account, account_id))
    return second_step_web.ask(token, target) if owes_more else second_step_web.entered(account_id, token, target)


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
    answer = make_response(redirect(sessions.came_from(), 303))
    if getattr(g, "account", None) is None:
        return sessions.remember(answer, SIMPLE_COOKIE, "1" if is_on else "0")
    account_id = g.account_id
    with commit():
        db.session.get_one(Account, account_id).is_simple = is_on
    return answer
