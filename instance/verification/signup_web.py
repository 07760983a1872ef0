"""Sign-up: address, then who one is. The way of proof follows on /preuve."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, render_template, request
from flask_babel import gettext as _

from instance.accounts import session as sessions
from instance.accounts import throttle
from instance.accounts.models import Account
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.core.i18n import language
from instance.core.web import limiter, network, page, settings
from instance.quartiers import search
from instance.quartiers.search import Hit
from instance.verification import address_web, handles, signup
from instance.verification.blueprint import bp


def _step() -> address_web.Step:
    return address_web.Step("/inscription", "/inscription/vous")


@bp.get("/inscription")
def sign_up() -> Response:
    """« Quelle est votre adresse ? », with the quartier once one is chosen."""
    if getattr(g, "account", None) is not None:
        return make_response(redirect("/preuve", 303))
    if not signup.is_open(settings()):
        return page("verification/closed.html")
    return address_web.show("verification/address.html", _step())


@bp.post("/inscription")
def choose_address() -> Response:
    """What was typed or picked."""
    if not signup.is_open(settings()):
        return page("verification/closed.html", 403)
    step = _step()
    if address_web.take(step):
        return make_response(redirect("/inscription", 303))
    return address_web.show("verification/address.html", step, 422 if step.error else 200)


@bp.post("/inscription/suggestions")
@limiter.limit("300 per 5 minutes")
def suggestions() -> Response:
    """The fragment that follows the typing; a POST, so that no log holds an address."""
    hits = search.suggest(request.form.get("address", "")[:200])
    entries = [address_web.entry(hit) for hit in hits]
    return make_response(render_template("verification/suggestions.html", entries=entries))


@bp.get("/inscription/vous")
def about_you() -> Response:
    """Name, handle, e-mail, password."""
    hit = address_web.chosen()
    if getattr(g, "account", None) is not None or hit is None:
        return make_response(redirect("/inscription", 303))
    if not signup.is_open(settings()):
        return page("verification/closed.html")
    return _form(signup.Form(handle=handles.propose()), hit)


@bp.post("/inscription/vous")
def make_account() -> Response:
    """Make the account and its pending proof, and log the browser in. A form sent twice makes one account."""
    if getattr(g, "account", None) is not None:
        return make_response(redirect("/preuve", 303))
    if not signup.is_open(settings()):
        return page("verification/closed.html", 403)
    form, hit = signup.Form.read(request.form), address_web.chosen()
    if hit is None:
        flash(_("Choisissez d’abord votre adresse."), "info")
        return make_response(redirect("/inscription", 303))
    form.check(settings())
    if "handle" in form.errors and (twin := _twin(form)) is not None:
        return _enter(twin)
    if form.errors:
        return _form(form, hit, 422)
    back_at = count_try([(throttle.subject("signup", network()), signup.PER_NETWORK)])
    if back_at is not None:
        form.errors[""] = come_back(back_at)
        return _form(form, hit, 429)
    try:
        with commit():
            account_id = signup.sign_up(form, address_web.address_of(hit), language()).id
    except Invalid as error:  # the handle was taken a moment before
        if (twin := _twin(form)) is not None:
            return _enter(twin)
        form.errors[error.field] = error.sentence
        return _form(form, hit, 422)
    answer = _enter(account_id)
    told = _("Nous avons écrit à %(email)s. Ouvrez ce courriel pour confirmer votre adresse e-mail.", email=form.email)
    flash(told, "info")
    return answer


def _twin(form: signup.Form) -> int | None:
    """The account that this form has made already; each look counts as a log-in try."""
    name = throttle.subject("login", form.handle.lower())
    if count_try([(name, throttle.PER_ACCOUNT)]) is not None:
        return None
    twin = signup.made_just_now(form)
    return twin.id if twin else None


def _enter(account_id: int) -> Response:
    with commit():
        token = sessions.begin(db.session.get_one(Account, account_id))
    return sessions.enter(make_response(redirect("/preuve", 303)), token)


def _form(form: signup.Form, hit: Hit, status: int = 200) -> Response:
    street = address_web.address_of(hit).street.name
    return page("verification/you.html", status, form=form, errors=form.errors, hit=hit, street=street)
