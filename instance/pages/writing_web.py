"""Writing as a page: posts, articles, answers under them, corrections, retractions."""

from __future__ import annotations

from collections.abc import Callable

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from instance.accounts.models import Account
from instance.accounts.session import account
from instance.core.db import commit, db
from instance.core.errors import DomainError, NotFound
from instance.core.web import page
from instance.media import service as media
from instance.pages import editions, service
from instance.pages.blueprint import bp
from instance.pages.doors import team_required
from instance.pages.founding_web import again, done, me
from instance.pages.models import Edition, Page
from instance.posts import cards, compose, retracting, threads, visibility
from instance.posts.compose import Form
from instance.posts.models import Post
from instance.posts.web import reading


@bp.get("/pages/<slug>/ecrire")
@team_required()
def write(found: Page) -> ResponseReturnValue:
    """An empty form."""
    return _write(found, Form(kind="news", scope="public", language=account().language))


def _write(found: Page, form: Form, status: int = 200) -> ResponseReturnValue:
    chosen = request.form.getlist("edition")
    return page(
        "pages/write.html", status, found=found, form=form, editions=editions.of(found), chosen=chosen,
        photos_max=compose.PHOTOS_MAX, languages=compose.LANGUAGES, most=service.TEXT_MAX["article"], current="me",
    )  # fmt: skip


@bp.post("/pages/<slug>/ecrire")
@team_required()
def publish(found: Page) -> ResponseReturnValue:
    """Say it to everybody, or to the quartiers of the chosen editions."""
    form = _taken()
    number = _sent(form, lambda by: service.publish(again(found), by, form.words(), _editions(again(found))))
    if number is None:
        return _write(again(found), form, form.status)
    return redirect(url_for("posts.thread", post_id=number), 303)


def _editions(found: Page) -> list[Edition]:
    return editions.chosen(found, [one for one in request.form.getlist("edition") if one])


def _taken() -> Form:
    """What was typed, its pictures kept; each needs a description."""
    form = compose.read(request.form, request.form.getlist("kept"))
    compose.take_photos(form, account(), request.files.getlist("photo"), request.form.getlist("photo_description"))
    if not form.errors and any(not form.descriptions.get(key, "").strip() for key in form.photos):
        form.errors["photo_description"] = _("Décrivez l’image : une page parle aussi à qui ne la voit pas.")
    return form


def _sent(form: Form, say: Callable[[Account], int]) -> int | None:
    """The post's number, or None with the errors in `form`. The same form twice is one post."""
    if form.errors:
        return None
    try:
        with commit():
            by = me()
            for key in form.photos:
                media.describe(by.id, key, form.descriptions.get(key, ""))
            return say(by)
    except NotFound:
        raise
    except DomainError as refusal:
        form.errors[refusal.field], form.status = refusal.sentence, refusal.status
        return None
    except IntegrityError:  # two at the same moment: one of them is there
        db.session.rollback()
        with commit():
            return say(me())


@bp.get("/pages/<slug>/repondre/<int:post_id>")
@team_required()
def answer_form(found: Page, post_id: int) -> ResponseReturnValue:
    """What is answered, and who reads the answer."""
    answered = _answered(found, post_id)
    return _answer(found, answered, Form(kind="news", scope=answered.scope, language=account().language))


def _answered(found: Page, post_id: int) -> Post:
    """Something in a thread of this page that its team reads. Raises `NotFound` for all else."""
    answered = visibility.find(g.actor_id, post_id)
    if answered is None:
        raise NotFound
    service.answerable(found, account(), answered)
    return answered


def _answer(found: Page, answered: Post, form: Form, status: int = 200) -> ResponseReturnValue:
    who, first = reading(), threads.one(g.actor_id, answered.thread_id)
    heard = threads.replies(g.actor_id, answered.thread_id)
    row = first if first is not None and first.id == answered.id else threads.one(g.actor_id, answered.id)
    others = [(one.id, cards.author_name(one, who)) for one in heard if one.author_id != found.actor_id]
    return page(
        "pages/answer.html", status, found=found, answered=answered, form=form, current="me",
        name=cards.author_name(row, who) if row else "", place=row.home_name if row else "",
        others=[one for one in others if one[0] != answered.id],
    )  # fmt: skip


@bp.post("/pages/<slug>/repondre/<int:post_id>")
@team_required()
def answer(found: Page, post_id: int) -> ResponseReturnValue:
    """Answer in the page's name, to those who read what is answered."""
    answered, form = _answered(found, post_id), _taken()
    form.kind = "news"
    number = _sent(form, lambda by: service.reply(again(found), by, _answered(found, post_id), form.words()))
    if number is None:
        return _answer(again(found), _answered(again(found), post_id), form, form.status)
    return redirect(url_for("posts.thread", post_id=answered.thread_id, _anchor=f"r{number}"), 303)


@bp.get("/pages/<slug>/corriger/<int:post_id>")
@team_required()
def correction_form(found: Page, post_id: int) -> ResponseReturnValue:
    """The words as they stand."""
    post = service.own(found, post_id)
    form = Form(title=post.title, text=post.text, kind=post.kind, scope=post.scope, language=post.language)
    return _correction(found, post, form, "")


def _correction(found: Page, post: Post, form: Form, why: str, status: int = 200) -> ResponseReturnValue:
    return page(
        "pages/correct.html", status, found=found, post=post, form=form, why=why, current="me",
        most=service.TEXT_MAX["article"], why_max=retracting.NOTE_MAX,
    )  # fmt: skip


@bp.post("/pages/<slug>/corriger/<int:post_id>")
@team_required()
def correct(found: Page, post_id: int) -> ResponseReturnValue:
    """New words; the old ones stay readable, and a note says what was put right."""
    post, why = service.own(found, post_id), request.form.get("why", "")
    form = compose.read(request.form, [])
    form.kind = post.kind
    try:
        with commit():
            thread_id = service.correct(again(found), me(), post_id, form.words(), why).thread_id
    except NotFound:
        raise
    except DomainError as refusal:
        form.errors[refusal.field] = refusal.sentence
        return _correction(again(found), service.own(again(found), post_id), form, why, refusal.status)
    return redirect(url_for("posts.thread", post_id=thread_id), 303)


@bp.get("/pages/<slug>/retirer/<int:post_id>")
@team_required()
def retraction_form(found: Page, post_id: int) -> ResponseReturnValue:
    """Ask for the reason."""
    return _retraction(found, service.own(found, post_id), {})


def _retraction(found: Page, post: Post, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "pages/retract.html", status, found=found, post=post, errors=errors, current="me",
        reason=request.form.get("reason", ""), most=retracting.REASON_MAX,
    )  # fmt: skip


@bp.post("/pages/<slug>/retirer/<int:post_id>")
@team_required()
def retract(found: Page, post_id: int) -> ResponseReturnValue:
    """Its words go; who took them back and why stays in their place."""
    try:
        with commit():
            service.retract(again(found), me(), post_id, request.form.get("reason", ""))
    except NotFound:
        raise
    except DomainError as refusal:
        post = service.own(again(found), post_id)
        return _retraction(again(found), post, {refusal.field: refusal.sentence}, refusal.status)
    return done(found.slug, _("L’article est retiré, avec votre raison."))
