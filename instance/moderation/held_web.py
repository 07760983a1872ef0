"""Words from outside, read by a moderator before they stand in a public thread."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.core.db import commit
from instance.core.errors import NotFound
from instance.core.web import page
from instance.moderation.blueprint import bp
from instance.posts import holding
from instance.quartiers import service
from instance.quartiers.access import my_roles, role_required


def quartiers() -> set[int]:
    """Those in which the reader moderates."""
    return {one for one in my_roles().get("moderator", []) if one is not None}


@bp.get("/moderation/attente")
@role_required("moderator")
def held() -> ResponseReturnValue:
    """What waits, the oldest first."""
    places = service.those(quartiers())
    return page("moderation/held.html", held=holding.waiting(quartiers()), places=places, current="work")


@bp.post("/moderation/attente/quartier/<slug>")
@role_required("moderator")
def open_to_outsiders(slug: str) -> ResponseReturnValue:
    """What the quartier takes from outside: replies at once or read before, new threads or none."""
    place = service.by_slug(slug)
    if place.id not in quartiers():
        raise NotFound
    with commit():
        service.open_to_outsiders(service.by_slug(slug), holds="holds" in request.form, posts="posts" in request.form)
    flash(_("C’est noté pour %(name)s.", name=place.name), "ok")
    return redirect(url_for("moderation.held"), 303)


@bp.post("/moderation/attente/<int:post_id>/accepter")
@role_required("moderator")
def approve_held(post_id: int) -> ResponseReturnValue:
    """Let it in."""
    with commit():
        holding.approve(post_id, quartiers())
    flash(_("La réponse est visible dans la conversation."), "ok")
    return redirect(url_for("moderation.held"), 303)


@bp.post("/moderation/attente/<int:post_id>/refuser")
@role_required("moderator")
def refuse_held(post_id: int) -> ResponseReturnValue:
    """Keep nothing of it."""
    with commit():
        holding.refuse(post_id, quartiers())
    flash(_("La réponse est refusée. Rien n’en est gardé."), "ok")
    return redirect(url_for("moderation.held"), 303)
