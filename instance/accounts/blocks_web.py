"""Whom and which servers the reader wants nothing or less of, with the way back from each."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, request, url_for
from flask_babel import gettext as _

from instance.accounts import blocks, relations, service, shown
from instance.accounts.blueprint import bp
from instance.accounts.session import login_required
from instance.core.db import commit
from instance.core.errors import Invalid
from instance.core.web import page


@bp.get("/reglages/bloques")
@login_required
def blocked_page() -> Response:
    """People blocked, people muted, servers blocked."""
    return _page(200, "", {})


@bp.post("/reglages/bloques/<int:actor_id>/debloquer")
@login_required
def unblock(actor_id: int) -> Response:
    """Meet somebody again; a follow does not come back by itself."""
    own_id = g.actor_id
    with commit():
        service.unblock(own_id, actor_id)
    return _kept()


@bp.post("/reglages/masques/<int:actor_id>/montrer")
@login_required
def unmute(actor_id: int) -> Response:
    """Read again what somebody says."""
    own_id = g.actor_id
    with commit():
        relations.unmute(own_id, actor_id)
    return _kept()


@bp.post("/reglages/serveurs")
@login_required
def block_host() -> Response:
    """Nothing from a whole server any more."""
    own_id, typed = g.actor_id, request.form.get("host", "")
    try:
        host = blocks.host_of(typed)
    except Invalid as error:
        return _page(422, typed[:300], {error.field: error.sentence})
    with commit():
        relations.block_host(own_id, host)
    flash(_("Plus rien ne vous viendra de %(host)s.", host=host))
    return _back()


@bp.post("/reglages/serveurs/debloquer")
@login_required
def unblock_host() -> Response:
    """Meet people of a server again."""
    own_id, host = g.actor_id, request.form.get("host", "")
    with commit():
        relations.unblock_host(own_id, host)
    return _kept()


def _page(status: int, typed: str, errors: dict[str, str]) -> Response:
    own_id = g.actor_id
    return page(
        "accounts/blocked.html", status, blocked=shown.people(own_id, service.blocked_by(own_id)),
        muted=shown.people(own_id, blocks.muted_by(own_id)), hosts=blocks.hosts(own_id), typed=typed, errors=errors,
    )  # fmt: skip


def _kept() -> Response:
    flash(_("C’est noté."))
    return _back()


def _back() -> Response:
    return make_response(redirect(url_for("accounts.blocked_page"), 303))
