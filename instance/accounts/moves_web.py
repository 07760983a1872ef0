"""« Changer de serveur »: former accounts, the leave for another one, and lists to take along or to bring."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

from flask import Response, flash, g, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from instance.accounts import exports, lookup, moves_out, session, throttle, tries
from instance.accounts.blueprint import bp
from instance.accounts.reauth import password_fault
from instance.accounts.session import login_required
from instance.core.db import commit
from instance.core.errors import Invalid, NotFound
from instance.core.web import page

TYPED_MAX = 5_000  # signs
LISTS = throttle.Limit(10, timedelta(days=1))  # each names thousands of accounts, about whom servers are asked


@bp.get("/reglages/ailleurs")
@login_required
def elsewhere_page() -> Response:
    """What moves and what does not, before anything is asked."""
    return _page(200, {}, {})


@bp.post("/reglages/ailleurs/anciens")
@login_required
def keep_former() -> Response:
    """« Je viens d’ailleurs »: accounts that may move in here."""
    typed = request.form.get("also_known_as", "")[:TYPED_MAX]
    if moment := tries.count_try([lookup.asks_of(g.account_id)] * max(1, len(typed.split()))):
        return _page(429, {"also_known_as": typed}, {"also_known_as": tries.come_back(moment)})
    try:
        moves_out.set_former(session.account(), typed)
    except Invalid as error:
        return _page(422, {"also_known_as": typed}, {error.field: error.sentence})
    flash(_("C’est noté. Sur votre ancien compte, demandez maintenant le déménagement vers celui-ci."))
    return _back()


@bp.post("/reglages/ailleurs/partir")
@login_required
def move_out() -> Response:
    """« Je pars ailleurs »: those who follow are sent to the other account."""
    target = request.form.get("target", "").strip()[:TYPED_MAX]
    errors = {} if target else {"target": _("Écrivez votre nouveau compte, par exemple @nom@exemple.org.")}
    if not errors and (sentence := password_fault(request.form.get("password", ""))):
        errors = {"password": sentence}
    if errors:
        return _page(422, {"target": target}, errors)
    if moment := tries.count_try([lookup.asks_of(g.account_id)]):
        return _page(429, {"target": target}, {"target": tries.come_back(moment)})
    try:
        new = moves_out.move(session.account(), target)
    except Invalid as error:
        return _page(422, {"target": target}, {error.field: error.sentence})
    flash(_("Ceux qui vous suivent sont envoyés vers @%(name)s.", name=new.acct))
    return _back()


@bp.get("/reglages/ailleurs/<kind>.csv")
@login_required
def list_file(kind: str) -> Response:
    """One of the reader's lists, as other servers read them."""
    if kind not in exports.KINDS:
        raise NotFound
    answer = Response(exports.written(g.actor_id, kind), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{exports.FILES[kind]}"'
    return answer


@bp.post("/reglages/ailleurs/apporter")
@login_required
def bring_list() -> Response:
    """Follow or block everybody whom a file names, or nobody."""
    own_id, file, act = g.actor_id, request.files.get("file"), request.form.get("act", "")
    if moment := tries.count_try([(throttle.subject("lists brought", str(g.account_id)), LISTS)]):
        return _page(429, {"act": act}, {"file": tries.come_back(moment)})
    try:
        if file is None or not file.filename:
            raise Invalid("import.file", _("Choisissez le fichier."), field="file")
        with closing(file):
            names = exports.read(file.stream.read(exports.BYTES_MAX + 1))
        with commit():
            taken = exports.take(own_id, act, names)
    except Invalid as error:
        return _page(422, {"act": act}, {error.field: error.sentence})
    new = ngettext("%(num)d compte demandé à son serveur", "%(num)d comptes demandés à leurs serveurs", taken.new)
    known = ngettext("%(num)d déjà dans votre liste", "%(num)d déjà dans votre liste", taken.known)
    flash(f"{new}, {known}.")
    return _back()


def _page(status: int, typed: dict[str, str], errors: dict[str, str]) -> Response:
    account = session.account()
    return page(
        "accounts/elsewhere.html", status, typed={"also_known_as": account.also_known_as} | typed, errors=errors,
        handle=account.actor.handle, moved_to=account.moved_to, moved_at=account.moved_at,
    )  # fmt: skip


def _back() -> Response:
    return make_response(redirect(url_for("accounts.elsewhere_page"), 303))
