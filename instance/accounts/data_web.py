"""« Mes données »: to read, to take away, to end."""

from __future__ import annotations

from flask import Response, flash, g, jsonify, make_response, redirect, request
from flask_babel import gettext as _

from instance.accounts import closing, my_data
from instance.accounts import session as sessions
from instance.accounts.blueprint import bp
from instance.accounts.models import Account
from instance.accounts.reauth import password_fault
from instance.accounts.session import login_required
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.core.web import page


@bp.get("/mes-donnees")
@login_required
def my_data_page() -> Response:
    """Everything kept about the reader."""
    return page("accounts/my_data.html", chapters=my_data.chapters(g.account_id).values())


@bp.get("/mes-donnees.json")
@login_required
def my_data_file() -> Response:
    """The same as a file to keep."""
    answer = jsonify(my_data.as_document(g.account_id))
    answer.headers["Content-Disposition"] = 'attachment; filename="mes-donnees.json"'
    return answer


@bp.get("/mes-donnees/supprimer")
@login_required
def closing_page() -> Response:
    """What goes and what stays, before the password is asked."""
    return _closing_page(200, {})


@bp.post("/mes-donnees/supprimer")
@login_required
def close() -> Response:
    """Erase the account; the browser is a stranger's from here on."""
    account_id = g.account_id
    if sentence := password_fault(request.form.get("password", "")):
        return _closing_page(422, {"password": sentence})
    try:
        with commit():
            account = db.session.get_one(Account, account_id)
            closing.check(account)
            closing.close(account)
    except Invalid as error:
        return _closing_page(422, {"": error.sentence})
    sessions.leave()
    flash(_("Votre compte est supprimé."))
    return make_response(redirect("/", 303))


def _closing_page(status: int, errors: dict[str, str]) -> Response:
    return page("accounts/close.html", status, errors=errors, handle=sessions.account().actor.handle)
