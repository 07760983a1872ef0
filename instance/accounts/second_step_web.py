"""The page between password and session: the second step, for who has set one up."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from instance.accounts import passkeys, second_factor, throttle
from instance.accounts import session as sessions
from instance.accounts.blueprint import bp
from instance.accounts.models import Account, HalfLogin
from instance.accounts.passkeys import Site
from instance.accounts.tries import come_back, count_try
from instance.core import clock
from instance.core.db import commit, db
from instance.core.web import local_path, page, settings

HALF = "half"


def site() -> Site:
    """Where passkeys are good."""
    return Site(settings().base_url, settings().name)


def ask(token: str, target: str) -> Response:
    """Lead a browser whose password was right to the second step."""
    session[HALF] = token
    return make_response(redirect(url_for("accounts.second_step", next=target), 303))


def entered(account_id: int, token: str, target: str) -> Response:
    """Lead a browser in; whose work asks for a second step and who has none is shown how to set it up."""
    if second_factor.is_needed(account_id) and not second_factor.is_on(account_id):
        target = url_for("accounts.second_factor_page", next=target)
    return sessions.enter(make_response(redirect(target, 303)), token)


@bp.get("/connexion/deuxieme-etape")
def second_step() -> Response:
    """The form; who gave no password, or too long ago, begins anew."""
    half = second_factor.half_of(session.get(HALF))
    target = local_path(request.args.get("next"))
    return _page(200, half, target, {}) if half is not None else _begin_anew(target)


@bp.post("/connexion/deuxieme-etape")
def take_second_step() -> Response:
    """Six digits, a recovery code or a passkey's signature; a wrong one uses nothing up but a try."""
    token, target = session.get(HALF, ""), local_path(request.form.get("next"))
    half = second_factor.half_of(token)
    if half is None:
        return _begin_anew(target)
    account_id, challenge = half.account_id, half.challenge or ""
    subject = throttle.subject("second", str(account_id))
    back_at = count_try([(subject, second_factor.TRIES)])
    if back_at is not None:
        answer = _page(429, half, target, {"code": come_back(back_at)})
        answer.headers["Retry-After"] = str(int((back_at - clock.now()).total_seconds()) + 1)
        return answer
    typed, signed = request.form.get("code", ""), request.form.get("credential", "")
    before = second_factor.means(account_id).codes_left
    opened = ""
    with commit():
        if signed:
            is_right = passkeys.take(account_id, signed, site(), challenge)
        else:
            is_right = second_factor.take_code(account_id, typed)
        if is_right and second_factor.end_half(token):
            throttle.give_back(subject)
            opened = sessions.begin(db.session.get_one(Account, account_id))
    if not opened:
        half = second_factor.half_of(token)
        sentence = _("Ce code ne convient pas, ou il a déjà servi. Attendez le suivant, puis recommencez.")
        if signed:
            sentence = _("Cette clé n’a pas été reconnue. Recommencez, ou écrivez un code.")
        return _page(422, half, target, {"code": sentence}) if half is not None else _begin_anew(target)
    answer = entered(account_id, opened, target)
    _count_codes(before, second_factor.means(account_id).codes_left)
    return answer


def _count_codes(before: int, left: int) -> None:
    if left < before:
        words = ngettext(
            "Ce code de secours a servi : il vous en reste %(num)d. Vous pouvez en refaire dans vos réglages.",
            "Ce code de secours a servi : il vous en reste %(num)d. Vous pouvez en refaire dans vos réglages.",
            left,
        )
        flash(words, "warn")


def _begin_anew(target: str) -> Response:
    flash(_("Écrivez d’abord votre mot de passe."), "info")
    return make_response(redirect(url_for("accounts.login", next=target), 303))


def _page(status: int, half: HalfLogin, target: str, errors: dict[str, str]) -> Response:
    mine = second_factor.means(half.account_id)
    options = passkeys.request(site(), half.challenge or "", mine.passkeys) if mine.passkeys else ""
    return page(
        "accounts/second_step.html", status, next=target, errors=errors, options=options, has_totp=mine.has_totp
    )  # fmt: skip
