"""The editor of legal pages, rules and guide: each save is a new version."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.admin.blueprint import bp
from instance.core.db import commit
from instance.core.errors import Invalid, NotFound
from instance.core.i18n import LANGUAGES
from instance.core.web import page
from instance.legal import service as legal
from instance.legal.models import KINDS, REQUIRED
from instance.legal.web import title_of
from instance.quartiers.access import role_required


@bp.get("/admin/pages")
@role_required("admin")
def text_list() -> ResponseReturnValue:
    """Every page in every language: written, with blanks, or empty."""
    there = legal.newest()
    rows = [
        (
            kind,
            title_of(kind),
            [(code, there.get((kind, code)), legal.is_filled(there.get((kind, code)))) for code in LANGUAGES],
        )
        for kind in KINDS
    ]
    return page("admin/texts.html", rows=rows, missing=legal.missing(), required=REQUIRED, current="work")


@bp.get("/admin/pages/<kind>/<code>")
@role_required("admin")
def text_form(kind: str, code: str) -> ResponseReturnValue:
    """The text in force, or with `?modele=1` the model to start from."""
    if kind not in KINDS or code not in LANGUAGES:
        raise NotFound
    now = legal.current(kind, code)
    text = legal.model(kind, code) if "modele" in request.args else (now.text if now else "")
    return _form(kind, code, text, {})


def _form(kind: str, code: str, text: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "admin/text.html", status, kind=kind, code=code, title=title_of(kind), text=text, errors=errors,
        has_model=bool(legal.model(kind, code)), now=legal.current(kind, code), text_max=legal.TEXT_MAX,
        has_blank=legal.has_blank(text), current="work",
    )  # fmt: skip


@bp.post("/admin/pages/<kind>/<code>")
@role_required("admin")
def keep_text(kind: str, code: str) -> ResponseReturnValue:
    """A new version; the one before stays readable."""
    text = request.form.get("text", "")
    try:
        with commit():
            number = legal.write(kind, code, text).version
    except Invalid as refusal:
        return _form(kind, code, text, {refusal.field: refusal.sentence}, 422)
    flash(_("La version %(number)d est en vigueur.", number=number), "ok")
    return redirect(url_for("admin.text_list"), 303)
