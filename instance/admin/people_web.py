"""Residents as admins find them: no address, no wall, no legal name."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.admin import people
from instance.admin.blueprint import bp
from instance.core.db import commit
from instance.core.errors import DomainError, NotFound
from instance.core.web import page
from instance.quartiers import overview, roles
from instance.quartiers import service as quartiers
from instance.quartiers.access import role_required
from instance.quartiers.models import Quartier

CHOICE = ("referent", "moderator", "verifier", "admin")  # the widest last: a slip of the hand gives the least


@bp.get("/admin/habitants")
@role_required("admin")
def residents() -> ResponseReturnValue:
    """Search by handle or shown name."""
    words, after = request.args.get("q", "")[:80], request.args.get("apres", "")[:40]
    found = people.search(words, after)
    older = found[people.PAGE - 1].handle if len(found) > people.PAGE else ""
    return page("admin/residents.html", found=found[: people.PAGE], words=words, older=older, current="work")


@bp.get("/admin/habitants/<handle>")
@role_required("admin")
def resident(handle: str) -> ResponseReturnValue:
    """One account: state and roles."""
    return _resident(handle, {})


def _resident(handle: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    account = people.by_handle(handle)
    return page(
        "admin/resident.html", status, account=account, held=people.roles_of(account), errors=errors,
        lives_in=people.residence_of(account), places=overview.entries(), names=CHOICE, typed=request.form,
        is_self=account.id == g.account_id, reason_max=people.REASON_MAX, current="work",
    )  # fmt: skip


def _done(handle: str, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("admin.resident", handle=handle), 303)


def _refused(handle: str, refusal: DomainError) -> ResponseReturnValue:
    if isinstance(refusal, NotFound):
        raise refusal
    return _resident(handle, {refusal.field: refusal.sentence}, refusal.status)


@bp.post("/admin/habitants/<handle>/suspendre")
@role_required("admin")
def suspend(handle: str) -> ResponseReturnValue:
    """Suspend with a reason."""
    by, reason = g.account_id, request.form.get("reason", "")
    try:
        with commit():
            people.suspend(people.by_handle(handle), reason, by=by)
    except DomainError as refusal:
        return _refused(handle, refusal)
    return _done(handle, _("Le compte est suspendu. La personne reçoit la raison par courriel."))


@bp.post("/admin/habitants/<handle>/rouvrir")
@role_required("admin")
def reactivate(handle: str) -> ResponseReturnValue:
    """Give an account back."""
    by, reason = g.account_id, request.form.get("reason", "")
    try:
        with commit():
            people.reactivate(people.by_handle(handle), reason, by=by)
    except DomainError as refusal:
        return _refused(handle, refusal)
    return _done(handle, _("Le compte est rouvert."))


@bp.post("/admin/habitants/<handle>/roles")
@role_required("admin")
def give_role(handle: str) -> ResponseReturnValue:
    """Give a role, for a quartier or for the whole instance."""
    by, form = g.account_id, request.form
    try:
        with commit():
            people.give(people.by_handle(handle), form.get("role", ""), _chosen(form.get("quartier", "")), by=by)
    except DomainError as refusal:
        return _refused(handle, refusal)
    return _done(handle, _("Le rôle est confié. La personne est prévenue."))


@bp.post("/admin/habitants/<handle>/roles/retirer")
@role_required("admin")
def take_role(handle: str) -> ResponseReturnValue:
    """Take a role back."""
    by, form = g.account_id, request.form
    try:
        with commit():
            account = people.by_handle(handle)
            roles.take(account.id, form.get("role", ""), _chosen(form.get("quartier", "")), by=by)
    except DomainError as refusal:
        return _refused(handle, refusal)
    return _done(handle, _("Le rôle est retiré."))


def _chosen(slug: str) -> Quartier | None:
    return quartiers.by_slug(slug) if slug else None
