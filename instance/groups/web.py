"""Pages of thematic groups: the list, founding one, its wall, its members. Who may not see a group finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from instance.accounts import closing, my_data, shown
from instance.accounts.session import account
from instance.core.db import commit
from instance.core.errors import DomainError, NotFound
from instance.core.web import page, row_number
from instance.groups import moves, own_data, rules, service, walls
from instance.groups.models import Group
from instance.groups.service import Wish
from instance.posts import audience, cards, compose
from instance.posts import service as posts
from instance.posts.web import reading
from instance.quartiers import service as quartiers
from instance.quartiers.access import residence, resident_required
from instance.quartiers.models import Quartier

bp = Blueprint("groups", __name__)


@bp.record_once
def _bind(_state: BlueprintSetupState) -> None:
    my_data.contribute("groups", own_data.groups)
    closing.on_close(moves.erase)
    quartiers.on_settled(moves.settle)
    audience.register_gate(rules.takes_words)


def _home() -> Quartier:
    """The reader's quartier; behind `resident_required`."""
    home = residence()
    if home is None:
        raise NotFound
    return home.quartier


def _writes() -> bool:
    home = residence()
    return home is not None and home.may_post


@bp.get("/groupes")
@resident_required
def listing() -> ResponseReturnValue:
    """The groups that the reader may see, their own first."""
    mine, home = service.of(g.actor_id), _home()
    others = [one for one in service.in_sight(g.actor_id, home.id) if one.id not in {own.id for own in mine}]
    places = rules.places([*mine, *others])
    return page("groups/list.html", mine=mine, others=others, places=places, home=home, current="wall")


@bp.get("/groupes/nouveau")
@resident_required
def new() -> ResponseReturnValue:
    """The form for a new group."""
    return _show_new(Wish(""), {})


def _show_new(wish: Wish, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "groups/new.html", status, wish=wish, errors=errors, home=_home(), may_write=_writes(),
        name_max=service.NAME_MAX, summary_max=service.SUMMARY_MAX, current="wall",
    )  # fmt: skip


@bp.post("/groupes/nouveau")
@resident_required
def found() -> ResponseReturnValue:
    """Found a group; who does becomes its first keeper."""
    form = request.form
    wish = Wish(
        form.get("name", ""), form.get("summary", ""), form.get("reach") == "city", form.get("joining", "open"),
        form.get("reach") == "neighbours",
    )  # fmt: skip
    try:
        rules.check_writes(residence())
        with commit():
            slug = service.found(account(), _home(), wish).slug
    except NotFound:
        raise
    except DomainError as error:
        return _show_new(wish, {error.field: error.sentence}, error.status)
    return redirect(url_for("groups.show", slug=slug), 303)


@bp.get("/g/<slug>")
@resident_required
def show(slug: str) -> ResponseReturnValue:
    """Its wall, for members; name, summary and the way in for who may join; nothing for all others."""
    group = service.seen(slug, g.actor_id, _home().id)
    return _show(group, compose.Form(language=account().language))


def _show(group: Group, form: compose.Form, status: int = 200) -> ResponseReturnValue:
    seat = service.seat_of(group, g.actor_id)
    if seat is None or seat.state != "member":
        place = rules.places([group]).get(group.id, "")
        return page("groups/door.html", group=group, seat=seat, place=place, may_join=_writes(), current="wall")
    before = request.args.get("avant", type=row_number)
    found, older = walls.wall(g.actor_id, group.actor_id, before)
    sheets = cards.notes(
        found, replace(reading(), wall_home_id=group.quartier_id), {one.id: one.replies for one in found}
    )
    return page(
        "groups/wall.html", status, group=group, seat=seat, notes=sheets, older=older, before=before, form=form,
        may_write=_writes() and group.state == "live", number=len(service.members(group)),
        asked=len(service.members(group, "asked")) if seat.role == "keeper" else 0, photos_max=compose.PHOTOS_MAX,
        current="wall",
    )  # fmt: skip


@bp.post("/g/<slug>/ecrire")
@resident_required
def write(slug: str) -> ResponseReturnValue:
    """New words on the wall of the group, for its members alone."""
    group, home = service.seen(slug, g.actor_id, _home().id), _home()
    service.audience(group, account())
    form = compose.read(request.form, request.form.getlist("kept"))
    compose.take_photos(form, account(), request.files.getlist("photo"), request.form.getlist("photo_description"))
    words = replace(form.words(), kind="news", may_be_untitled=True)
    if not form.errors:
        try:
            rules.check_writes(residence())
            with commit():
                group = service.seen(slug, g.actor_id, home.id)
                post_id = posts.publish(account(), home, words, service.audience(group, account()))
            return redirect(url_for("groups.show", slug=slug, _anchor=f"m{post_id}"), 303)
        except NotFound:
            raise
        except DomainError as error:
            form.errors[error.field], form.status = error.sentence, error.status
        except IntegrityError:
            if posts.sent_before(account(), words) is None:
                raise
            return redirect(url_for("groups.show", slug=slug), 303)
    return _show(service.seen(slug, g.actor_id, home.id), form, form.status)


@bp.post("/g/<slug>/rejoindre")
@resident_required
def join(slug: str) -> ResponseReturnValue:
    """Become a member, or ask to."""
    home = _home()
    with commit():
        seat = service.join(service.seen(slug, g.actor_id, home.id), account(), home.id)
        is_in = seat.state == "member"
    flash(_("Bienvenue dans le groupe.") if is_in else _("Votre demande est envoyée."), "ok")
    return redirect(url_for("groups.show", slug=slug), 303)


@bp.post("/g/<slug>/quitter")
@resident_required
def leave(slug: str) -> ResponseReturnValue:
    """Read and write there no more; or take a request back."""
    home = _home()
    with commit():
        service.leave(service.seen(slug, g.actor_id, home.id), g.actor_id)
    flash(_("Vous n’êtes plus dans ce groupe."), "ok")
    return redirect(url_for("groups.listing"), 303)


@bp.get("/g/<slug>/membres")
@resident_required
def members(slug: str) -> ResponseReturnValue:
    """Who belongs to it, for members; who asks to, for keepers."""
    group = service.seen(slug, g.actor_id, _home().id)
    seat = service.seat_of(group, g.actor_id)
    if seat is None or seat.state != "member":
        raise NotFound
    found, keeps = service.members(group), seat.role == "keeper"
    asking = [one for one, _seat in service.members(group, "asked")] if keeps else []
    removed = [one for one, _seat in service.members(group, "removed")] if keeps else []
    roles = {actor.id: row.role for actor, row in found}
    return page(
        "groups/members.html", group=group, people=shown.people(g.actor_id, [one for one, _seat in found]),
        asking=shown.people(g.actor_id, asking), removed=shown.people(g.actor_id, removed), roles=roles, keeps=keeps,
        current="wall",
    )  # fmt: skip


def _keep(slug: str, act: Callable[[Group, int], None], said: str) -> ResponseReturnValue:
    actor_id = request.form.get("actor", 0, row_number)
    with commit():
        act(service.kept_by(slug, account(), _home().id), actor_id)
    flash(said, "ok")
    return redirect(url_for("groups.members", slug=slug), 303)


@bp.post("/g/<slug>/membres/accepter")
@resident_required
def accept(slug: str) -> ResponseReturnValue:
    """A keeper lets somebody in."""
    return _keep(slug, service.accept, _("La personne fait partie du groupe."))


@bp.post("/g/<slug>/membres/refuser")
@resident_required
def refuse(slug: str) -> ResponseReturnValue:
    """A keeper says no; nothing tells it."""
    return _keep(slug, service.refuse, _("La demande est écartée. Rien ne le dit à la personne."))


@bp.post("/g/<slug>/membres/retirer")
@resident_required
def remove(slug: str) -> ResponseReturnValue:
    """A keeper takes somebody out."""
    return _keep(slug, service.remove, _("La personne ne fait plus partie du groupe."))


@bp.post("/g/<slug>/membres/laisser-revenir")
@resident_required
def let_return(slug: str) -> ResponseReturnValue:
    """A keeper forgets that somebody was taken out."""
    return _keep(slug, service.let_return, _("La personne peut de nouveau rejoindre le groupe."))


@bp.post("/g/<slug>/fermer")
@resident_required
def close(slug: str) -> ResponseReturnValue:
    """A keeper closes it: it is read by its members, and written no more."""
    home = _home()
    with commit():
        service.close(service.kept_by(slug, account(), home.id))
    flash(_("Le groupe est fermé. Ses membres le lisent encore."), "ok")
    return redirect(url_for("groups.show", slug=slug), 303)
