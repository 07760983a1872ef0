"""Quartiers as admins handle them: states and numbers, neighbours, roles. Nothing that stands on a wall."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.admin import people, places
from instance.admin.blueprint import bp
from instance.core.db import commit
from instance.core.errors import DomainError, NotFound
from instance.core.web import page
from instance.quartiers import overview, register, roles
from instance.quartiers import service as quartiers
from instance.quartiers.access import role_required

HERE = ("referent", "moderator", "verifier")  # roles for one quartier


@bp.get("/admin/quartiers")
@role_required("admin")
def quartier_list() -> ResponseReturnValue:
    """Every quartier with its state and numbers."""
    return page("admin/quartiers.html", entries=register.entries(), current="work")


@bp.get("/admin/quartiers/<slug>")
@role_required("admin")
def quartier_page(slug: str) -> ResponseReturnValue:
    """One quartier: opening by hand, neighbours."""
    return _quartier(slug, {})


def _quartier(slug: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    quartier = quartiers.by_slug(slug)
    near = quartiers.neighbours(quartier)
    known = {quartier.id, *(one.id for one in near)}
    return page(
        "admin/quartier.html", status, quartier=quartier, near=near, errors=errors, typed=request.form,
        others=[one for one in overview.entries() if one.id not in known], reason_max=places.REASON_MAX,
        residents=quartiers.residents_number(quartier.id), addresses=quartiers.addresses_number(quartier.id),
        current="work",
    )  # fmt: skip


def _done(slug: str, sentence: str, endpoint: str = "admin.quartier_page") -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for(endpoint, slug=slug), 303)


def _refused(slug: str, refusal: DomainError) -> ResponseReturnValue:
    if isinstance(refusal, NotFound):
        raise refusal
    return _quartier(slug, {refusal.field: refusal.sentence}, refusal.status)


@bp.post("/admin/quartiers/<slug>/ouvrir")
@role_required("admin")
def open_quartier(slug: str) -> ResponseReturnValue:
    """Open a pilot by hand, with a reason."""
    reason = request.form.get("reason", "")
    try:
        with commit():
            places.open_by_hand(quartiers.by_slug(slug), reason)
    except DomainError as refusal:
        return _refused(slug, refusal)
    return _done(slug, _("Le quartier est ouvert. Ses habitants sont prévenus."))


@bp.post("/admin/quartiers/<slug>/voisins")
@role_required("admin")
def join(slug: str) -> ResponseReturnValue:
    """Make a neighbour by hand."""
    other = request.form.get("other", "")
    try:
        with commit():
            places.join(quartiers.by_slug(slug), quartiers.by_slug(other))
    except DomainError as refusal:
        return _refused(slug, refusal)
    return _done(slug, _("Les deux quartiers sont voisins."))


@bp.post("/admin/quartiers/<slug>/voisins/retirer")
@role_required("admin")
def part(slug: str) -> ResponseReturnValue:
    """End a neighbourhood by hand."""
    other = request.form.get("other", "")
    try:
        with commit():
            places.part(quartiers.by_slug(slug), quartiers.by_slug(other))
    except DomainError as refusal:
        return _refused(slug, refusal)
    return _done(slug, _("Les deux quartiers ne sont plus voisins."))


@bp.get("/admin/quartiers/<slug>/roles")
@role_required("admin")
def quartier_roles(slug: str) -> ResponseReturnValue:
    """Who holds which role here."""
    return _roles(slug, {})


def _roles(slug: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    quartier = quartiers.by_slug(slug)
    board = [(name, account) for name in HERE for account in roles.holders(name, quartier.id)]
    return page(
        "admin/quartier_roles.html", status, quartier=quartier, board=board, names=HERE, errors=errors,
        typed=request.form, current="work",
    )  # fmt: skip


@bp.post("/admin/quartiers/<slug>/roles")
@role_required("admin")
def give_role_here(slug: str) -> ResponseReturnValue:
    """Give a role for this quartier to somebody named by handle."""
    by, form = g.account_id, request.form
    try:
        with commit():
            people.give(people.typed(form.get("handle", "")), form.get("role", ""), quartiers.by_slug(slug), by=by)
    except NotFound:
        raise
    except DomainError as refusal:
        return _roles(slug, {refusal.field: refusal.sentence}, refusal.status)
    return _done(slug, _("Le rôle est confié. La personne est prévenue."), "admin.quartier_roles")


@bp.post("/admin/quartiers/<slug>/roles/retirer")
@role_required("admin")
def take_role_here(slug: str) -> ResponseReturnValue:
    """Take a role back."""
    by, form = g.account_id, request.form
    with commit():
        account = people.by_handle(form.get("handle", ""))
        roles.take(account.id, form.get("role", ""), quartiers.by_slug(slug), by=by)
    return _done(slug, _("Le rôle est retiré."), "admin.quartier_roles")
