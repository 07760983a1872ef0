"""Pages of persons, for their neighbours; and the block that ends every meeting."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, make_response, redirect, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import format_date
from flask_babel import gettext as _

from instance.accounts import closing, my_data, relations, service, shown
from instance.accounts.session import login_required
from instance.core.db import commit
from instance.core.errors import NotFound
from instance.core.web import current_viewer, page
from instance.quartiers import own_data
from instance.quartiers.access import residence
from instance.quartiers.profiles import Neighbour, near, seen

bp = Blueprint("profiles", __name__)


@bp.record_once
def _bind(_state: BlueprintSetupState) -> None:
    my_data.contribute("residence", own_data.residence)
    my_data.contribute("roles", own_data.roles)
    closing.before_close(own_data.check_admin_left)
    closing.on_close(own_data.erase)
    shown.register_near(near)


@bp.get("/u/<handle>")
def person(handle: str) -> Response:
    """A neighbour, or oneself; for all others the page of a handle that nobody has."""
    neighbour = _neighbour(handle)
    return page(
        "accounts/profile.html",
        neighbour=neighbour,
        since=format_date(neighbour.since, "MMMM yyyy") if neighbour.since else "",
        is_mine=neighbour.actor_id == current_viewer(),
    )


@bp.post("/u/<handle>/bloquer")
@login_required
def block(handle: str) -> Response:
    """Meet this neighbour no more."""
    neighbour, own_id = _neighbour(handle), g.actor_id
    with commit():
        relations.block(own_id, neighbour.actor_id)
    flash(_("Vous ne rencontrerez plus %(name)s. Rien ne le lui dit.", name=neighbour.name))
    return make_response(redirect(url_for("accounts.blocked_page"), 303))


@bp.post("/u/<handle>/debloquer")
@login_required
def unblock(handle: str) -> Response:
    """Meet again somebody whom the reader had blocked."""
    own_id = g.actor_id
    ours = [actor for actor in service.blocked_by(own_id) if actor.path is not None]
    blocked = {actor.handle: (actor.id, actor.shown_name) for actor in ours}
    if handle.lower() not in blocked:
        raise NotFound
    actor_id, name = blocked[handle.lower()]
    with commit():
        service.unblock(own_id, actor_id)
    flash(_("Vous pouvez de nouveau rencontrer %(name)s.", name=name))
    return make_response(redirect(url_for("accounts.blocked_page"), 303))


def _neighbour(handle: str) -> Neighbour:
    viewer_id = current_viewer()
    if viewer_id is None:
        raise NotFound
    home = residence()
    neighbour = seen(handle, viewer_id, home.quartier.id if home else None)
    if neighbour is None:
        raise NotFound
    return neighbour
