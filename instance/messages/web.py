"""Pages of private messages: the list, a conversation, a new one. Who does not sit in one finds nothing there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts import closing, my_data, shown
from instance.accounts.session import account, login_required
from instance.core.db import commit
from instance.core.errors import NotFound
from instance.core.paging import HIGHEST, Window
from instance.core.web import page, row_number
from instance.messages import forms, own_data, reading, service
from instance.messages.forms import Letter
from instance.posts import cards, compose, visibility
from instance.posts.models import Post
from instance.posts.web import reading as who_reads
from instance.quartiers.access import residence, resident_required
from instance.quartiers.models import Quartier

PAGE = 20
bp = Blueprint("messages", __name__)


@bp.record_once
def _bind(_state: BlueprintSetupState) -> None:
    my_data.contribute("conversations", own_data.conversations)
    closing.on_close(service.erase)


@bp.get("/messages")
@login_required
def listing() -> ResponseReturnValue:
    """The reader's conversations, the one with the newest message first."""
    before = request.args.get("avant", type=row_number)
    lines = service.conversations(g.actor_id, Window(before or HIGHEST, 0, PAGE + 1, False))
    older = lines[PAGE - 1].last_post_id if len(lines) > PAGE else None
    rows = reading.rows(g.actor_id, lines[:PAGE])
    return page("messages/list.html", rows=rows, older=older, before=before, may_write=_home() is not None,
                current="messages")  # fmt: skip


def _home() -> Quartier | None:
    """The reader's quartier, while their proof lets them write."""
    home = residence()
    return home.quartier if home is not None and home.writes else None


@bp.get("/messages/nouveau")
@resident_required
def new() -> ResponseReturnValue:
    """An empty form; ?a=<name> says to whom."""
    letter = Letter(compose.Form(language=account().language), to=request.args.get("a", "")[:200])
    return _show_new(letter)


def _show_new(letter: Letter, status: int = 200) -> ResponseReturnValue:
    return page("messages/new.html", status, letter=letter, form=letter.form, may_write=_home() is not None,
                photos_max=compose.PHOTOS_MAX, current="messages")  # fmt: skip


def _sent() -> Letter:
    """What was typed; its pictures are kept from step to step."""
    form = compose.read(request.form, request.form.getlist("kept"))
    hosts = frozenset(request.form.getlist("confirmed")[:20])
    letter = Letter(form, to=request.form.get("to", ""), confirmed=hosts)
    compose.take_photos(form, account(), request.files.getlist("photo"), request.form.getlist("photo_description"))
    return letter


@bp.post("/messages/nouveau")
@resident_required
def begin() -> ResponseReturnValue:
    """Begin a conversation; before words leave for another server, a page names it."""
    letter, home = _sent(), _home()
    if home is None:
        return redirect(url_for("verification.proof"), 303)
    if not letter.form.errors:
        forms.find_persons(letter, account(), home)
    post_id = None if letter.form.errors else forms.send(letter, account(), home)
    if post_id is None:
        return _show_new(letter, 200 if letter.asks else letter.form.status)
    return redirect(url_for("messages.conversation", conversation_id=post_id), 303)


@bp.get("/messages/<int:conversation_id>")
@login_required
def conversation(conversation_id: int) -> ResponseReturnValue:
    """A conversation, which is read by being shown."""
    line = service.find(g.actor_id, conversation_id)
    if line.is_unread:
        with commit():
            service.mark(account(), conversation_id, is_read=True)
    return _show(conversation_id, Letter(compose.Form(language=account().language)))


def _show(conversation_id: int, letter: Letter, status: int = 200) -> ResponseReturnValue:
    line = service.find(g.actor_id, conversation_id)
    before = request.args.get("avant", type=row_number)
    found, older = reading.messages(g.actor_id, conversation_id, before)
    who = who_reads()
    names = {one.id: cards.author_name(one, who) for one in found}
    values: dict[str, Any] = {
        "line": line, "people": shown.people(g.actor_id, line.others), "older": older, "letter": letter,
        "messages": cards.reply_notes(found, who, found[0] if found else None, reading.answered(found, names)),
        "form": letter.form, "may_write": _home() is not None, "photos_max": compose.PHOTOS_MAX,
    }  # fmt: skip
    return page("messages/conversation.html", status, **values, current="messages")


@bp.post("/messages/<int:conversation_id>/repondre")
@resident_required
def answer(conversation_id: int) -> ResponseReturnValue:
    """Answer to all its persons, and to nobody else."""
    service.find(g.actor_id, conversation_id)
    letter = _sent()
    post_id = None if letter.form.errors else forms.send(letter, account(), _home(), _newest(conversation_id))
    if post_id is None:
        return _show(conversation_id, letter, 200 if letter.asks else letter.form.status)
    return redirect(url_for("messages.conversation", conversation_id=conversation_id, _anchor=f"r{post_id}"), 303)


def _newest(conversation_id: int) -> Post:
    """The message under which an answer goes: the last one that the writer reads."""
    newest = visibility.find(g.actor_id, service.find(g.actor_id, conversation_id).last_post_id)
    if newest is None:
        raise NotFound
    return newest


@bp.post("/messages/<int:conversation_id>/masquer")
@login_required
def hide(conversation_id: int) -> ResponseReturnValue:
    """Out of the list, until somebody writes again."""
    with commit():
        service.hide(account(), conversation_id)
    flash(_("La conversation est rangée. Elle revient si quelqu’un y écrit."), "ok")
    return redirect(url_for("messages.listing"), 303)


@bp.post("/messages/<int:conversation_id>/quitter")
@login_required
def leave(conversation_id: int) -> ResponseReturnValue:
    """Read and get nothing of it any more."""
    with commit():
        service.leave(account(), conversation_id)
    flash(_("Vous avez quitté la conversation. Vous n’y lirez plus rien."), "ok")
    return redirect(url_for("messages.listing"), 303)
