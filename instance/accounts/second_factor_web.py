"""Settings of the second step: codes of a telephone, passkeys, recovery codes. Each change asks for the password."""

from __future__ import annotations

import json
from datetime import timedelta

from flask import Response, flash, g, make_response, redirect, request, url_for
from flask_babel import gettext as _

from instance.accounts import passkeys, second_factor, service, throttle
from instance.accounts import session as sessions
from instance.accounts.blueprint import bp
from instance.accounts.facts import SecondFactorChanged
from instance.accounts.models import Account
from instance.accounts.reauth import password_fault
from instance.accounts.second_step_web import site
from instance.accounts.session import login_required
from instance.accounts.tries import come_back, count_try
from instance.core import clock, secrets
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.core.facts import record
from instance.core.fed import host
from instance.core.signs import one_line
from instance.core.web import local_path, page, settings

SET_UP_FOR = timedelta(minutes=15)
PURPOSE = "second step set up"


@bp.get("/reglages/deuxieme-etape")
@login_required
def second_factor_page() -> Response:
    """What is set up, and what can be."""
    return _page(200, {})


@bp.post("/reglages/deuxieme-etape/application")
@login_required
def begin_totp() -> Response:
    """A fresh secret, as a drawing and in letters; nothing is kept before a first code came back."""
    if sentence := password_fault(request.form.get("password", "")):
        return _page(422, {"app_password": sentence})
    secret = second_factor.new_secret()
    return _totp_page(200, secret, _sealed(secret), {})


@bp.post("/reglages/deuxieme-etape/application/confirmer")
@login_required
def confirm_totp() -> Response:
    """The first code: from now on log-in asks for one."""
    begun, account_id, login_id = request.form.get("setup", ""), g.account_id, g.login_id
    secret = _opened(begun)
    if secret is None:
        return _too_late()
    back_at = count_try([(throttle.subject("second", str(account_id)), second_factor.TRIES)])
    if back_at is not None:
        return _totp_page(429, secret, begun, {"code": come_back(back_at)})
    step = second_factor.step_of(secret, request.form.get("code", ""))
    if step is None:
        sentence = _("Ce code ne convient pas. Vérifiez l’heure de votre téléphone, puis écrivez le code affiché.")
        return _totp_page(422, secret, begun, {"code": sentence})
    with commit():
        throttle.give_back(throttle.subject("second", str(account_id)))
        codes = second_factor.keep_totp(db.session.get_one(Account, account_id), secret, step, login_id=login_id)
        _end_programs(account_id)
    return _done(codes, _("Votre application compte désormais à chaque connexion."))


@bp.post("/reglages/deuxieme-etape/application/retirer")
@login_required
def drop_totp() -> Response:
    """No more codes of the telephone."""
    account_id = g.account_id
    if sentence := password_fault(request.form.get("password", "")):
        return _page(422, {"app_off": sentence})
    with commit():
        second_factor.drop_totp(account_id)
    return _done([], _("Votre application ne compte plus."))


@bp.post("/reglages/deuxieme-etape/cles")
@login_required
def begin_passkey() -> Response:
    """The page on which the browser makes a key; that part needs a script."""
    name = one_line(request.form.get("name", ""), passkeys.NAME_MAX)
    if not name:
        return _page(422, {"name": _("Donnez un nom à cette clé, par exemple « mon téléphone ».")})
    try:
        passkeys.check_room(g.account_id)
    except Invalid as error:
        return _page(422, {error.field: error.sentence})
    if sentence := password_fault(request.form.get("password", "")):
        return _page(422, {"key_password": sentence})
    return _passkey_page(200, name, secrets.token(), {})


@bp.post("/reglages/deuxieme-etape/cles/garder")
@login_required
def keep_passkey() -> Response:
    """The key that the browser made."""
    account_id, login_id = g.account_id, g.login_id
    begun = _opened(request.form.get("setup", ""))
    if begun is None:
        return _too_late()
    challenge, name = json.loads(begun)
    made = passkeys.read_made(request.form.get("credential", ""), site(), challenge)
    if made is None:
        return _passkey_page(422, name, challenge, {"": passkeys.none_made()})
    try:
        with commit():
            codes = passkeys.keep(db.session.get_one(Account, account_id), made, name, login_id=login_id)
            _end_programs(account_id)
    except Invalid as error:
        if error.field:
            return _page(422, {error.field: error.sentence})
        return _passkey_page(422, name, challenge, {"": error.sentence})
    return _done(codes, _("Votre clé compte désormais à chaque connexion."))


@bp.post("/reglages/deuxieme-etape/cles/<int:passkey_id>/retirer")
@login_required
def drop_passkey(passkey_id: int) -> Response:
    """One key less."""
    account_id = g.account_id
    if passkey_id not in {one.id for one in second_factor.means(account_id).passkeys}:
        raise NotFound
    if sentence := password_fault(request.form.get("password", "")):
        return _page(422, {f"key_{passkey_id}": sentence})
    with commit():
        second_factor.drop_passkey(account_id, passkey_id)
    return _done([], _("Cette clé ne compte plus."))


@bp.post("/reglages/deuxieme-etape/codes")
@login_required
def renew_codes() -> Response:
    """Ten fresh recovery codes, shown once."""
    account_id = g.account_id
    if not second_factor.is_on(account_id):
        raise NotFound
    if sentence := password_fault(request.form.get("password", "")):
        return _page(422, {"codes_password": sentence})
    with commit():
        codes = second_factor.new_codes(account_id)
        record(SecondFactorChanged(account_id, "codes"))
    return _done(codes, _("Vos anciens codes de secours ne valent plus rien."))


def _end_programs(account_id: int) -> None:
    """Applications never pass a second step: they keep what they were given, unless their person ends them here."""
    if _ends_programs():
        service.end_programs(account_id)


def _ends_programs() -> bool:
    return request.form.get("programs") == "1"


def _sealed(what: str) -> str:
    """What is being set up, for a hidden field: good for this session alone, and for a quarter of an hour."""
    until = int((clock.now() + SET_UP_FOR).timestamp())
    return secrets.seal(PURPOSE, json.dumps([g.login_id, until, what]))


def _opened(begun: str) -> str | None:
    try:
        login_id, until, what = json.loads(secrets.unseal(PURPOSE, begun))
    except (secrets.BadSecret, ValueError):
        return None
    return str(what) if login_id == g.login_id and until > clock.now().timestamp() else None


def _too_late() -> Response:
    flash(_("Cette page était ouverte depuis trop longtemps. Recommencez."), "warn")
    return _back()


def _done(codes: list[str], sentence: str) -> Response:
    """The codes, once; or back, where the sentence says what was done."""
    if codes:
        return page("accounts/recovery_codes.html", codes=codes, sentence=sentence, next=_next())
    flash(sentence)
    return _back()


def _next() -> str:
    return local_path(request.form.get("next") or request.args.get("next"), "")


def _back() -> Response:
    return make_response(redirect(url_for("accounts.second_factor_page"), 303))


def _totp_page(status: int, secret: str, begun: str, errors: dict[str, str]) -> Response:
    address = second_factor.address(sessions.account(), secret, settings().name, host())
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page(
        "accounts/totp.html", status, errors=errors, drawing=second_factor.drawing(address), address=address,
        groups=groups, setup=begun, next=_next(), ends_programs=_ends_programs(),
    )  # fmt: skip


def _passkey_page(status: int, name: str, challenge: str, errors: dict[str, str]) -> Response:
    mine = second_factor.means(g.account_id)
    options = passkeys.creation(sessions.account(), site(), challenge, mine.passkeys)
    setup = _sealed(json.dumps([challenge, name]))
    return page(
        "accounts/passkey.html", status, errors=errors, options=options, setup=setup, name=name, next=_next(),
        ends_programs=_ends_programs(),
    )  # fmt: skip


def _page(status: int, errors: dict[str, str]) -> Response:
    mine = second_factor.means(g.account_id)
    return page(
        "accounts/second_factor.html", status, errors=errors, mine=mine, next=_next(),
        is_missing=second_factor.is_needed(g.account_id) and not mine.is_on, typed=request.form.get("name", ""),
        handle=sessions.account().actor.handle,
    )  # fmt: skip
