"""Pages for writing: a new message, a reply, an edit, the drafts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from flask_babel import gettext as _

from instance.accounts import service as accounts
from instance.accounts.session import account, login_required
from instance.core import markup as wording
from instance.core.db import commit, db
from instance.core.errors import DomainError, NotFound
from instance.core.web import page, row_number
from instance.posts import audience, compose, drafts, scheduled, service, standing, visibility
from instance.posts.models import Post
from instance.posts.web import bp, see
from instance.quartiers import service as quartiers
from instance.quartiers.access import residence, resident_required
from instance.quartiers.models import Quartier


def _home(slug: str) -> Quartier:
    """The reader's own quartier, if `slug` names it; any other quartier is absent."""
    home = residence()
    if home is None or home.quartier.slug != slug.lower():
        raise NotFound
    return home.quartier


@bp.get("/q/<slug>/ecrire")
@resident_required
def new(slug: str) -> ResponseReturnValue:
    """An empty form, or one prefilled by the help buttons (?aide=besoin|offre) or a draft."""
    home = _home(slug)
    form = compose.Form(scope="quartier", language=account().language)
    if wish := request.args.get("aide"):
        form.kind = "question"
        form.title = _("J’ai besoin d’aide : ") if wish == "besoin" else _("Je peux aider : ")
    if "brouillon" in request.args:
        form = _from_draft()
    return _show(form, home, None)


def _from_draft() -> compose.Form:
    kept = drafts.get(account().id, request.args.get("brouillon", 0, row_number))
    return compose.from_draft(kept.fields, kept.id)


@bp.post("/q/<slug>/ecrire")
@resident_required
def create(slug: str) -> ResponseReturnValue:
    """Send, look again, or keep as a draft."""
    return _take(_home(slug), None)


@bp.get("/p/<int:post_id>/repondre")
@resident_required
def answer_form(post_id: int) -> ResponseReturnValue:
    """The form for a reply, alone on its page."""
    answered, home = _answered(post_id)
    form = compose.Form(scope=audience.reply_scopes(answered, home)[0], language=account().language)
    if "brouillon" in request.args:
        form = _from_draft()
    return _show(form, home, answered)


@bp.post("/p/<int:post_id>/repondre")
@resident_required
def answer(post_id: int) -> ResponseReturnValue:
    """Send a reply."""
    answered, home = _answered(post_id)
    return _take(home, answered)


def _answered(post_id: int) -> tuple[Post, Quartier]:
    answered, home = visibility.find(g.actor_id, post_id), residence()
    if answered is None or home is None or not audience.may_answer(answered, home.quartier, g.actor_id):
        raise NotFound
    return answered, home.quartier


def _take(home: Quartier, answered: Post | None) -> ResponseReturnValue:
    form = compose.read(request.form, request.form.getlist("kept"))
    if answered is not None and not form.scope:
        form.scope = audience.reply_scopes(answered, home)[0]
    if answered is not None and form.is_everywhere and standing.is_under_page(answered, home):
        form.scope = "public"
    compose.take_photos(form, account(), request.files.getlist("photo"), request.form.getlist("photo_description"))
    if request.form.get("act") == "draft":
        form.draft_id = compose.keep_draft(form, account(), answered)
        return redirect(url_for("posts.draft_list"), 303)
    here = residence()
    if here is None or not here.may_post:
        form.errors[""] = compose.closed_words(home)
    if not form.errors:
        form.errors = _checked(form, answered)
    if not form.errors and compose.needs_a_look(form, account(), answered):
        return _look_again(form, home, answered)
    post_id = None if form.errors else compose.send(form, account(), home, answered)
    if form.is_other:
        return _look_again(form, home, answered)
    if post_id is None:
        form.draft_id = compose.keep_draft(form, account(), answered)
        return _show(form, home, answered, form.status)
    if answered is not None:
        return redirect(url_for("posts.thread", post_id=answered.thread_id, _anchor=f"r{post_id}"), 303)
    return redirect(url_for("posts.thread", post_id=post_id), 303)


def _look_again(form: compose.Form, home: Quartier, answered: Post | None) -> ResponseReturnValue:
    """Who will read, by name, and what to think over, before the words go."""
    return page(
        "posts/confirm.html", **_values(form, home, answered), reminders=compose.reminders(form),
        outside_name=_outside_name() if form.scope == "public" else "", is_first=not account().spoke_outside,
    )  # fmt: skip


def _outside_name() -> str:
    """How the writer's words are signed for everybody."""
    identity = accounts.identity_of(account().id)
    return accounts.short_name(identity.first_name, identity.last_name)


def _checked(form: compose.Form, answered: Post | None) -> dict[str, str]:
    """What is missing, before the page of readers is shown."""
    try:
        service.check(form.words(), is_reply=answered is not None)
    except DomainError as error:
        return {error.field: error.sentence}
    return {}


def _show(form: compose.Form, home: Quartier, answered: Post | None, status: int = 200) -> ResponseReturnValue:
    return page("posts/compose.html", status, **_values(form, home, answered))


def _values(form: compose.Form, home: Quartier, answered: Post | None) -> dict[str, Any]:
    scopes = list(audience.SCOPES) if answered is None else audience.reply_scopes(answered, home)
    around = audience.around(home)
    return {
        "form": form, "home": home, "answered": answered, "scopes": scopes, "around": around,
        "under_page": answered is not None and standing.is_under_page(answered, home),
        "residents": quartiers.residents_number(home.id), "shapes": _shapes(home, around.near),
        "photos_max": compose.PHOTOS_MAX, "languages": compose.LANGUAGES, "current": "wall",
    }  # fmt: skip


def _shapes(home: Quartier, around: Sequence[Quartier]) -> list[dict[str, Any]]:
    near = {one.id for one in around}
    found = db.session.execute(db.select(Quartier.id, Quartier.code, Quartier.name, Quartier.shape))
    return [
        {"code": code, "name": name, "path": shape, "role": "self" if i == home.id else "near" if i in near else "far"}
        for i, code, name, shape in found
    ]


@bp.get("/brouillons")
@login_required
def draft_list() -> ResponseReturnValue:
    """The account's drafts, and what programs are to send for it later."""
    later = [
        (row, wording.first_line(row.asked["text"]), format_datetime(row.due_at, _("EEEE d MMMM y, H:mm")))
        for row in scheduled.of(account().id)
    ]
    return page("posts/drafts.html", drafts=drafts.of(account().id), later=later, home=residence())


@bp.post("/brouillons/<int:draft_id>/supprimer")
@login_required
def draft_away(draft_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    with commit():
        drafts.throw_away(account().id, draft_id)
    return redirect(url_for("posts.draft_list"), 303)


@bp.post("/brouillons/programmees/<int:scheduled_id>/annuler")
@login_required
def cancel_scheduled(scheduled_id: int) -> ResponseReturnValue:
    """A scheduled post does not go."""
    with commit():
        scheduled.cancel(account().id, scheduled_id)
    flash(_("L’annonce ne partira pas."), "ok")
    return redirect(url_for("posts.draft_list"), 303)


@bp.get("/p/<int:post_id>/modifier")
@login_required
def edit_form(post_id: int) -> ResponseReturnValue:
    """The form for changing an own post."""
    post = service.own(account(), post_id)
    details = post.details or {}
    form = compose.Form(
        title=post.title, text=post.text, kind=post.kind, scope=post.scope, language=post.language,
        where=details.get("where", ""), when=details.get("when", ""),
    )  # fmt: skip
    return page("posts/edit.html", form=form, post=post)


@bp.post("/p/<int:post_id>/modifier")
@login_required
def edit(post_id: int) -> ResponseReturnValue:
    """Change an own post; its history keeps the old words."""
    post = service.own(account(), post_id)
    form = compose.read(request.form, [])
    form.kind = post.kind
    home = residence()
    try:
        with commit():
            lives_in = home.quartier.id if home and home.may_post else None
            service.edit(account(), post_id, form.words(), lives_in=lives_in)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        form.errors[error.field] = error.sentence
        post = service.own(account(), post_id)
        return page("posts/edit.html", error.status, form=form, post=post)
    return redirect(see(post_id), 303)


__all__ = ["bp"]  # the blueprint with these routes on it
