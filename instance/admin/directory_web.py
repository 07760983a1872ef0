"""The directory in the hands of admins: which cities are read for it, what went wrong, read again."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.admin.blueprint import bp
from instance.core.db import commit
from instance.core.errors import Invalid
from instance.core.web import page
from instance.partners import directory
from instance.quartiers.access import role_required


@bp.get("/admin/annuaire")
@role_required("admin")
def directory_list() -> ResponseReturnValue:
    """Known cities, by address."""
    return _cities("", {})


def _cities(typed: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "admin/directory.html", status, cities=directory.known(), partners=directory.partner_hosts(), typed=typed,
        errors=errors, reasons=_reasons(), current="work",
    )  # fmt: skip


def _reasons() -> dict[str, str]:
    return {
        "city.quartiers": _("Ce serveur répond, mais il ne montre pas de quartiers."),
        "city.nodeinfo": _("Ce serveur ne dit pas ce qui y tourne."),
        "fetch.absent": _("Ce serveur ne dit pas ce qui y tourne."),
        "host.blocked": _("Ce serveur est bloqué ici."),
        "file.host": _("Ce serveur est bloqué ici."),
    }


@bp.post("/admin/annuaire")
@role_required("admin")
def add_city() -> ResponseReturnValue:
    """Have a city looked for."""
    typed = request.form.get("host", "")
    try:
        with commit():
            host = directory.add(typed)
    except Invalid as refusal:
        return _cities(typed, {refusal.field: refusal.sentence}, 422)
    flash(_("%(host)s va être lu. Rechargez cette page dans un instant.", host=host), "ok")
    return redirect(url_for("admin.directory_list"), 303)


@bp.post("/admin/annuaire/relire")
@role_required("admin")
def read_city() -> ResponseReturnValue:
    """Read a city now, whatever waits."""
    return _do(directory.again, _("C’est relancé."))


@bp.post("/admin/annuaire/retirer")
@role_required("admin")
def remove_city() -> ResponseReturnValue:
    """Forget a city that is no partner."""
    return _do(directory.remove, _("Cette ville n’est plus dans l’annuaire."))


def _do(act: Callable[[str], None], said: str) -> ResponseReturnValue:
    with commit():
        act(request.form.get("host", ""))
    flash(said, "ok")
    return redirect(url_for("admin.directory_list"), 303)
