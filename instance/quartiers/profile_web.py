"""Pages of persons: for their neighbours, and for anybody once they are shown outside; the block that ends it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, flash, g, make_response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import format_date
from flask_babel import gettext as _
from markupsafe import Markup

from instance.accounts import closing, my_data, relations, service, shown
from instance.accounts.session import login_required
from instance.core import fed, markup
from instance.core.db import commit
from instance.core.errors import NotFound
from instance.core.web import current_viewer, page, row_number
from instance.quartiers import own_data
from instance.quartiers.access import residence
from instance.quartiers.profiles import Known, Neighbour, near, seen, seen_outside

bp = Blueprint("profiles", __name__)
Writings = Callable[[int, int | None], tuple[Sequence[Markup], int | None]]
Portrait = Callable[[int], str | None]
_writings: list[Writings] = []
_portrait: list[Portrait] = []


def register_portrait(portrait: Portrait) -> None:
    """Have `portrait(actor id)` give the key of somebody's picture; pages show it to whom they show the person."""
    _portrait[:] = [portrait]


def _portrait_of(actor_id: int) -> str | None:
    return _portrait[0](actor_id) if _portrait else None


def register_writings(writings: Writings) -> None:
    """Have `writings(actor id, cursor)` give one page of what somebody said to everybody, and the next cursor."""
    _writings[:] = [writings]


@bp.record_once
def _bind(_state: BlueprintSetupState) -> None:
    my_data.contribute("residence", own_data.residence)
    my_data.contribute("roles", own_data.roles)
    closing.before_close(own_data.check_admin_left)
    closing.on_close(own_data.erase)
    shown.register_near(near)


@bp.get("/u/<handle>")
def person(handle: str) -> Response:
    """A neighbour, or oneself; to others who spoke to everybody; else the page of a handle that nobody has."""
    neighbour = _neighbour(handle) if "dehors" not in request.args else None
    if neighbour is None:
        return _outside(_known(handle))
    return page(
        "accounts/profile.html",
        neighbour=neighbour,
        since=format_date(neighbour.since, "MMMM yyyy") if neighbour.since else "",
        portrait=_portrait_of(neighbour.actor_id),
        note=relations.of(g.actor_id, [neighbour.actor_id])[0].note,
        note_max=relations.NOTE_MAX,
        is_mine=neighbour.actor_id == current_viewer(),
        is_outside=seen_outside(handle, None) is not None,
    )


def _outside(known: Known) -> Response:
    """What strangers see: a short name, a few words, what was said to everybody."""
    before = request.args.get("avant", type=row_number)
    notes, older = _writings[0](known.actor_id, before) if _writings else ([], None)
    return page(
        "accounts/outside.html", known=known, portrait=_portrait_of(known.actor_id), notes=notes, older=older,
        before=before,
        summary=Markup(markup.from_text(known.summary)), address=f"@{known.handle}@{fed.host()}",
        may_block=current_viewer() not in (None, known.actor_id), is_preview="dehors" in request.args,
    )  # fmt: skip


@bp.post("/u/<handle>/note")
@login_required
def note(handle: str) -> Response:
    """Words about this neighbour for oneself alone; none takes them away."""
    other, account_id, words = _neighbour(handle) or _known(handle), g.account_id, request.form.get("note", "")
    with commit():
        relations.note(account_id, other.actor_id, words[: relations.NOTE_MAX])
    flash(_("C’est noté."))
    return make_response(redirect(url_for("profiles.person", handle=handle), 303))


@bp.post("/u/<handle>/bloquer")
@login_required
def block(handle: str) -> Response:
    """Meet this neighbour no more."""
    other, own_id = _neighbour(handle) or _known(handle), g.actor_id
    with commit():
        relations.block(own_id, other.actor_id)
    flash(_("Vous ne rencontrerez plus %(name)s. Rien ne le lui dit.", name=other.name))
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


def _neighbour(handle: str) -> Neighbour | None:
    viewer_id = current_viewer()
    if viewer_id is None:
        return None
    home = residence()
    return seen(handle, viewer_id, home.quartier.id if home else None)


def _known(handle: str) -> Known:
    known = seen_outside(handle, current_viewer())
    if known is None:
        raise NotFound
    return known
