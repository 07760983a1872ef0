"""The desk itself, for a page's team: whom the page has not answered, and what it was told in confidence.

Everybody else, moderators and admins included, gets the page of an absent address.
"""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts.session import account
from instance.core.db import commit, db
from instance.core.errors import DomainError, Invalid, NotFound
from instance.core.secrets import token as new_token
from instance.core.web import page as render
from instance.core.web import settings
from instance.desk import conversations, service
from instance.desk.blueprint import bp
from instance.desk.models import Tip
from instance.pages.doors import team_required
from instance.pages.models import Page
from instance.posts import cards
from instance.posts.web import reading

TYPES = {"picture": "image/webp", "text": "text/plain"}
ENDS = {"picture": "webp", "text": "txt"}


def state_words() -> dict[str, str]:
    """The states of a tip in words."""
    return {
        "unread": _("non lue"), "read": _("lue"), "useful": _("utile"), "published": _("publiée"),
        "unused": _("non retenue"),
    }  # fmt: skip


@bp.get("/pages/<slug>/bureau")
@team_required()
def desk(found: Page) -> ResponseReturnValue:
    """Conversations to answer, the oldest first."""
    return _show_desk(found, {}, None, "")


def _show_desk(
    page: Page, errors: dict[str, str], post_id: int | None, text: str, status: int = 200
) -> ResponseReturnValue:
    posts = conversations.waiting(page, g.actor_id)
    shown, who = posts[: conversations.SHOWN_MAX], reading()
    fresh = sum(tip.is_fresh for tip in service.of_page(page.id))
    notes = cards.notes(shown, who, {}, level=2, whole=True)
    values: dict[str, Any] = {
        "rows": list(zip(shown, notes, strict=True)), "more": len(posts) > len(shown), "fresh": fresh,
        "errors": errors, "typed": (post_id, text), "once": new_token,
    }  # fmt: skip
    return render("desk/conversations.html", status, page=page, **values)


@bp.post("/pages/<slug>/bureau/repondre/<int:post_id>")
@team_required()
def reply(found: Page, post_id: int) -> ResponseReturnValue:
    """Answer as the page."""
    text, page_id = request.form.get("text", ""), found.id
    try:
        with commit():
            found = db.session.get_one(Page, page_id)
            conversations.answer(found, account(), post_id, text, request.form.get("once") or new_token())
    except Invalid as error:
        return _show_desk(found, {f"text-{post_id}": error.sentence}, post_id, text, error.status)
    flash(_("La page a répondu."), "ok")
    return redirect(url_for("desk.desk", slug=found.slug), 303)


@bp.get("/pages/<slug>/bureau/infos")
@team_required()
def tips(found: Page) -> ResponseReturnValue:
    """What residents told the page, by state."""
    state = request.args.get("etat")
    state = state if state in service.STATES else None
    rows = [(tip, service.name_of(tip)) for tip in service.of_page(found.id, state)]
    return render("desk/tips.html", page=found, rows=rows, state=state, words=state_words())


def _tip(page: Page, token: str) -> Tip:
    return service.at_desk(page.id, token)


@bp.get("/pages/<slug>/bureau/infos/<token>")
@team_required()
def tip(found: Page, token: str) -> ResponseReturnValue:
    """One tip, opened: that it was read is kept, by whom and when is not."""
    it = _tip(found, token)
    if it.is_fresh or it.state == "unread":
        with commit():
            service.open_at_desk(_tip(found, token))
    return _show(found, token, {}, "")


def _show(page: Page, token: str, errors: dict[str, str], text: str, status: int = 200) -> ResponseReturnValue:
    it = _tip(page, token)
    values: dict[str, Any] = {
        "tip": it, "name": service.name_of(it), "messages": service.messages(it),
        "files": service.files(it), "words": state_words(), "grades": service.GRADES,
        "text_max": service.TEXT_MAX, "errors": errors, "text": text,
    }  # fmt: skip
    return render("desk/tip.html", status, page=page, **values)


@bp.post("/pages/<slug>/bureau/infos/<token>/etat")
@team_required()
def grade(found: Page, token: str) -> ResponseReturnValue:
    """Say what became of it."""
    return _act(found, token, lambda it: service.grade(it, request.form.get("state", "")))


@bp.post("/pages/<slug>/bureau/infos/<token>/question")
@team_required()
def ask(found: Page, token: str) -> ResponseReturnValue:
    """Ask back, without learning who it is."""
    return _act(found, token, lambda it: service.ask(it, request.form.get("text", ""), settings().timezone))


@bp.post("/pages/<slug>/bureau/infos/<token>/merci")
@team_required()
def thank(found: Page, token: str) -> ResponseReturnValue:
    """Thank the sender."""
    return _act(found, token, service.thank)


@bp.post("/pages/<slug>/bureau/infos/<token>/fermer")
@team_required()
def shut(found: Page, token: str) -> ResponseReturnValue:
    """Take no more words from this source, or take them again."""
    return _act(found, token, lambda it: service.shut(it, is_shut=request.form.get("on", "1") == "1"))


def _act(page: Page, token: str, act: Any) -> ResponseReturnValue:
    slug = page.slug
    try:
        with commit():
            act(_tip(page, token))
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _show(page, token, {error.field: error.sentence}, request.form.get("text", ""), error.status)
    return redirect(url_for("desk.tip", slug=slug, token=token), 303)


@bp.post("/pages/<slug>/bureau/infos/<token>/supprimer")
@team_required()
def remove(found: Page, token: str) -> ResponseReturnValue:
    """Delete a tip for good, its key first."""
    slug = found.slug
    with commit():
        service.remove(_tip(found, token))
    flash(_("L’info est effacée : sa clé n’existe plus."), "ok")
    return redirect(url_for("desk.tips", slug=slug), 303)


@bp.get("/pages/<slug>/bureau/infos/<token>/fichier/<int:number>")
@team_required()
def file(found: Page, token: str, number: int) -> ResponseReturnValue:
    """A file of a tip, for the team alone; nothing keeps it on the way."""
    it = service.file(_tip(found, token), number)
    answer = Response(it.data, mimetype=TYPES[it.kind])
    place = "inline" if it.kind == "picture" else "attachment"
    answer.headers["Content-Disposition"] = f'{place}; filename="fichier-{number + 1}.{ENDS[it.kind]}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
