"""« Les quartiers voisins »: moderators propose and answer exchanges with quartiers of other cities, and cut them."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts import follows
from instance.accounts.models import Account, Actor, Follow
from instance.core import french
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.core.web import HIGHEST, page
from instance.moderation.blueprint import bp
from instance.partners import neighbourhood, passages
from instance.quartiers import service
from instance.quartiers.access import my_roles, role_required
from instance.quartiers.models import Passage, Quartier

ROLES = ("moderator", "admin")


def _mine() -> list[Quartier]:
    return neighbourhood.touched(my_roles().get("moderator", []), is_admin="admin" in my_roles())


def _quartier(slug: str) -> Quartier:
    """The quartier, if its exchanges are the reader's to settle. Raises `NotFound`."""
    found = service.by_slug(slug)
    if found.state != "open" or not (found.id in my_roles().get("moderator", []) or "admin" in my_roles()):
        raise NotFound
    return found


def _passage(passage_id: int) -> Passage:
    found = db.session.get(Passage, passage_id) if passage_id <= HIGHEST else None
    if found is None:
        raise NotFound
    _quartier(db.session.get_one(Quartier, found.quartier_id).slug)
    return found


def _back() -> ResponseReturnValue:
    return redirect(url_for("moderation.neighbours"), 303)


@bp.get("/moderation/voisins")
@role_required(*ROLES)
def neighbours() -> ResponseReturnValue:
    """Each quartier with its neighbours in other cities."""
    return page("moderation/neighbours.html", places=neighbourhood.around(_mine()), current="work")


@bp.post("/moderation/voisins/<int:passage_id>/proposer")
@role_required(*ROLES)
def propose_passage(passage_id: int) -> ResponseReturnValue:
    """Ask the other quartier, or say yes to what it asked."""
    try:
        with commit():
            passages.propose(_passage(passage_id), db.session.get_one(Account, g.account_id))
    except Invalid as refusal:
        flash(refusal.sentence, "error")
        return _back()
    flash(_("C’est parti : l’autre quartier est prévenu."), "ok")
    return _back()


@bp.post("/moderation/voisins/<int:passage_id>/refuser")
@role_required(*ROLES)
def refuse_passage(passage_id: int) -> ResponseReturnValue:
    """No to the other quartier."""
    with commit():
        passages.refuse(_passage(passage_id))
    flash(_("C’est refusé. L’autre quartier est prévenu."), "ok")
    return _back()


@bp.route("/moderation/voisins/<int:passage_id>/quitter", methods=["GET", "POST"])
@role_required(*ROLES)
def leave_passage(passage_id: int) -> ResponseReturnValue:
    """End the exchange with one quartier, after a page that says what goes."""
    passage = _passage(passage_id)
    if request.method == "GET":
        quartier, far = db.session.get_one(Quartier, passage.quartier_id), db.session.get_one(Actor, passage.far_id)
        return page("moderation/neighbours_end.html", quartier=quartier, far=far, current="work")
    with commit():
        passages.leave(_passage(passage_id))
    flash(_("C’est fini : plus rien ne passe entre les deux quartiers."), "ok")
    return _back()


@bp.route("/moderation/voisins/quartier/<slug>/couper", methods=["GET", "POST"])
@role_required(*ROLES)
def shut_quartier(slug: str) -> ResponseReturnValue:
    """The kill switch of a quartier, after a page that says what it does."""
    quartier = _quartier(slug)
    if request.method == "GET":
        return page("moderation/neighbours_end.html", quartier=quartier, far=None, current="work")
    with commit():
        passages.shut(_quartier(slug), True)
    name, of_name = quartier.name, french.of(quartier.name)
    flash(_("Les échanges %(of_name)s avec les autres villes sont coupés.", name=name, of_name=of_name), "ok")
    return _back()


@bp.post("/moderation/voisins/quartier/<slug>/rouvrir")
@role_required(*ROLES)
def reopen_quartier(slug: str) -> ResponseReturnValue:
    """Take the exchanges up again, as they stood."""
    quartier = _quartier(slug)
    with commit():
        passages.shut(_quartier(slug), False)
    name, of_name = quartier.name, french.of(quartier.name)
    flash(_("Les échanges %(of_name)s avec les autres villes reprennent.", name=name, of_name=of_name), "ok")
    return _back()


@bp.post("/moderation/voisins/quartier/<slug>/faire-suivre")
@role_required(*ROLES)
def carry_neighbours(slug: str) -> ResponseReturnValue:
    """Whether the quartier passes public words of its neighbours on to those who follow it."""
    quartier = _quartier(slug)
    with commit():
        _quartier(slug).carries = "carries" in request.form
    flash(_("C’est noté pour %(name)s.", name=quartier.name), "ok")
    return _back()


@bp.post("/moderation/voisins/demandes/<int:follow_id>/accepter")
@role_required(*ROLES)
def accept_group(follow_id: int) -> ResponseReturnValue:
    """Yes to a Group that stands under no agreement: it gets what is public, as any follower does."""
    with commit():
        follows.accept(_asked(follow_id))
    flash(_("C’est accepté : ce groupe reçoit les messages visibles partout."), "ok")
    return _back()


@bp.post("/moderation/voisins/demandes/<int:follow_id>/refuser")
@role_required(*ROLES)
def refuse_group(follow_id: int) -> ResponseReturnValue:
    """No to it."""
    with commit():
        follows.reject(_asked(follow_id))
    flash(_("C’est refusé. Ce groupe ne reçoit rien."), "ok")
    return _back()


def _asked(follow_id: int) -> Follow:
    """A request of a Group that waits on the page of this moderator. Raises `NotFound`."""
    listed = {one.follow_id for place in neighbourhood.around(_mine()) for one in place.asking}
    if follow_id not in listed:
        raise NotFound
    return db.session.get_one(Follow, follow_id)
