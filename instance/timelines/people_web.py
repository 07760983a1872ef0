"""Finding somebody of another server, their page here, and what a resident may do about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from instance.accounts import follows, lookup, relations, service, tries
from instance.accounts.models import Actor
from instance.accounts.session import account, login_required
from instance.core import clock
from instance.core.db import commit, db
from instance.core.errors import NotFound
from instance.core.web import current_viewer, page, row_number
from instance.media import elsewhere
from instance.posts import cards
from instance.posts.web import reading
from instance.quartiers.access import residence, resident_required
from instance.timelines import outsiders
from instance.timelines.blueprint import bp
from instance.timelines.outsiders import Outsider

MUTE_DAYS = ("1", "7", "30")


@bp.get("/chercher")
@resident_required
def search() -> ResponseReturnValue:
    """The form. A link that names somebody (?q=) leads on only to who is known here: no other server is asked."""
    asked = request.args.get("q", "")
    path = outsiders.path_to(asked, g.actor_id, _home_id(), asks_others=False) if asked else None
    return redirect(path, 303) if path is not None else _form(asked, {})


@bp.post("/chercher")
@resident_required
def find() -> ResponseReturnValue:
    """Lead to the page of who was asked for; their own server is asked where they are not known here."""
    asked = request.form.get("q", "")
    if not asked.strip():
        return _form(asked, {"q": _("Écrivez un nom, par exemple @nom@exemple.org.")}, 422)
    if moment := tries.count_try([lookup.asks_of(g.account_id)]):
        return _form(asked, {"q": tries.come_back(moment)}, 429)
    path = outsiders.path_to(asked, g.actor_id, _home_id(), asks_others=True)
    if path is None:
        sentence = _("Personne ne répond à ce nom. Vérifiez chaque lettre, et ce qui suit le dernier @.")
        return _form(asked, {"q": sentence}, 404)
    return redirect(path, 303)


def _form(asked: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page("timelines/search.html", status, asked=asked[: outsiders.ASKED_MAX], errors=errors, current="wall")


def _home_id() -> int | None:
    home = residence()
    return home.quartier.id if home else None


@bp.get("/comptes/<int:actor_id>")
def outsider(actor_id: int) -> ResponseReturnValue:
    """Somebody of another server, for residents; strangers are sent to their own page, or to the log-in."""
    if current_viewer() is None and (url := outsiders.origin(actor_id)):
        return redirect(url, 303)
    return _outsider_page(actor_id)


@resident_required
def _outsider_page(actor_id: int) -> ResponseReturnValue:
    who = _known(actor_id)
    if outsiders.lacks_portrait(who):
        with commit():
            elsewhere.expect_portrait(actor_id, who.remote.icon_url)
        who = _known(actor_id)
    before = request.args.get("avant", type=row_number)
    posts, older = outsiders.said_by(g.actor_id, actor_id, before)
    notes = cards.notes(posts, reading(), {post.id: post.replies for post in posts})
    return page(
        "timelines/outsider.html", who=who, actor=who.actor, summary=Markup(who.remote.summary), notes=notes,
        older=older, before=before, current="wall", note_max=relations.NOTE_MAX,
        durations=[("", _("sans fin")), ("1", _("un jour")), ("7", _("une semaine")), ("30", _("un mois"))],
    )  # fmt: skip


def _known(actor_id: int) -> Outsider:
    who = outsiders.outsider(g.actor_id, actor_id)
    if who is None:
        raise NotFound
    return who


@bp.post("/comptes/<int:actor_id>/suivre")
@resident_required
def follow(actor_id: int) -> ResponseReturnValue:
    """Ask to follow; a person elsewhere or their server says yes."""
    _known(actor_id)
    with commit():
        follows.follow(account().actor, db.session.get_one(Actor, actor_id))
    flash(_("La demande est partie."))
    return _back(actor_id)


@bp.post("/comptes/<int:actor_id>/ne-plus-suivre")
@login_required
def unfollow(actor_id: int) -> ResponseReturnValue:
    """End a follow, or take the request back."""
    return _act(actor_id, lambda mine, other: follows.unfollow(account().actor, db.session.get_one(Actor, other)))


@bp.post("/comptes/<int:actor_id>/masquer")
@resident_required
def mute(actor_id: int) -> ResponseReturnValue:
    """Read no more of what they say, for some days or until it is ended."""
    days = request.form.get("days", "")
    until = clock.now() + timedelta(days=int(days)) if days in MUTE_DAYS else None
    return _act(actor_id, lambda mine, other: relations.mute(mine, other, until=until))


@bp.post("/comptes/<int:actor_id>/note")
@resident_required
def note(actor_id: int) -> ResponseReturnValue:
    """Words about them for oneself alone; none takes them away."""
    account_id, words = g.account_id, request.form.get("note", "")
    return _act(actor_id, lambda _mine, other: relations.note(account_id, other, words[: relations.NOTE_MAX]))


@bp.post("/comptes/<int:actor_id>/montrer")
@resident_required
def unmute(actor_id: int) -> ResponseReturnValue:
    """Read it again."""
    return _act(actor_id, relations.unmute)


@bp.post("/comptes/<int:actor_id>/bloquer")
@resident_required
def block(actor_id: int) -> ResponseReturnValue:
    """Meet no more."""
    return _act(actor_id, relations.block)


@bp.post("/comptes/<int:actor_id>/debloquer")
@resident_required
def unblock(actor_id: int) -> ResponseReturnValue:
    """Meet again."""
    return _act(actor_id, service.unblock)


@bp.post("/comptes/<int:actor_id>/serveur")
@resident_required
def block_host(actor_id: int) -> ResponseReturnValue:
    """Nothing from their whole server any more."""
    host, own_id = _known(actor_id).actor.host or "", g.actor_id
    with commit():
        relations.block_host(own_id, host)
    flash(_("Plus rien ne vous viendra de %(host)s.", host=host))
    return redirect(url_for("accounts.blocked_page"), 303)


def _act(actor_id: int, act: Callable[[int, int], None]) -> ResponseReturnValue:
    _known(actor_id)
    own_id = g.actor_id
    with commit():
        act(own_id, actor_id)
    flash(_("C’est noté."))
    return _back(actor_id)


def _back(actor_id: int) -> ResponseReturnValue:
    return redirect(url_for("timelines.outsider", actor_id=actor_id), 303)
