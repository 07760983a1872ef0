"""/guichet/nouveau: an account for somebody without e-mail, made at the desk and verified at once."""

from __future__ import annotations

from flask import Response, g, make_response, redirect, request
from flask_babel import gettext as _

from instance.accounts import service as accounts
from instance.core.db import commit
from instance.core.errors import DomainError
from instance.core.i18n import language
from instance.core.web import page, settings
from instance.quartiers.access import role_required
from instance.quartiers.search import Hit
from instance.verification import address_web, codes, desk, handles, signup
from instance.verification.blueprint import bp


def _step() -> address_web.Step:
    return address_web.Step("/guichet/nouveau", "/guichet/nouveau/compte")


@bp.get("/guichet/nouveau")
@role_required("verifier", "admin")
def desk_address() -> Response:
    """The address that the person gives."""
    return address_web.show("verification/desk_address.html", _step())


@bp.post("/guichet/nouveau")
@role_required("verifier", "admin")
def choose_desk_address() -> Response:
    """What was typed or picked."""
    step = _step()
    if address_web.take(step):
        return make_response(redirect("/guichet/nouveau", 303))
    return address_web.show("verification/desk_address.html", step, 422 if step.error else 200)


@bp.get("/guichet/nouveau/compte")
@role_required("verifier", "admin")
def desk_account_form() -> Response:
    """Name and handle; the password is made here and shown once."""
    hit = address_web.chosen()
    if hit is None:
        return make_response(redirect("/guichet/nouveau", 303))
    return _form(signup.Form(handle=handles.propose()), hit, {})


def _form(form: signup.Form, hit: Hit, errors: dict[str, str]) -> Response:
    return page("verification/desk_account.html", 422 if errors else 200, form=form, hit=hit, errors=errors)


@bp.post("/guichet/nouveau/compte")
@role_required("verifier", "admin")
def open_desk_account() -> Response:
    """Make the account, verified by the document shown; the answer shows the password, this once."""
    form, hit = signup.Form.read(request.form), address_web.chosen()
    if hit is None:
        return make_response(redirect("/guichet/nouveau", 303))
    form.check_desk(settings())
    if request.form.get("seen") != "1":
        form.errors["seen"] = _("Cochez cette case après avoir regardé le document.")
    if form.errors:
        return _form(form, hit, form.errors)
    password = codes.password()
    new = accounts.NewAccount(form.handle, form.first_name, form.last_name, password, language=language())
    try:
        with commit():
            account, is_resident = desk.open_account(new, address_web.address_of(hit), settings(), by=g.account_id)
            handle = account.actor.handle
    except DomainError as error:
        return _form(form, hit, {error.field: error.sentence})
    address_web.forget()
    return page("verification/desk_account_made.html", handle=handle, password=password, is_resident=is_resident)
