"""A resident tells a page something in confidence, and follows what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from instance.accounts import closing, my_data, relations, throttle
from instance.accounts.models import Actor, RemoteActor
from instance.accounts.session import account, login_required
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit, db
from instance.core.errors import DomainError, NotFound
from instance.core.secrets import token as new_token
from instance.core.web import page as render
from instance.core.web import settings
from instance.desk import cleaning, figures_web, own_data, senders, service, team_web
from instance.desk.blueprint import bp
from instance.desk.models import Tip
from instance.media import pictures
from instance.media import service as media
from instance.pages import service as pages
from instance.pages.models import FeedSource, Page
from instance.quartiers.access import residence, resident_required

__all__ = ["bp", "figures_web", "team_web"]

TIPS = throttle.Limit(10, timedelta(days=1))  # per account
ANSWERS = throttle.Limit(60, timedelta(days=1))


@bp.record_once
def _bind(_state: object) -> None:
    """What this room adds to « mes données », erases when an account closes, and keeps in the store."""
    my_data.contribute("tips", own_data.tips)
    closing.on_close(senders.forget)
    media.register_owner(service.ours)


@dataclass
class Form:
    """A tip being written; files have to be chosen anew when something is wrong."""

    text: str = ""
    sign: str = "protected"  # protected | name
    once: str = field(default_factory=new_token)
    errors: dict[str, str] = field(default_factory=dict)
    status: int = 422


@bp.get("/pages/<slug>/info")
@resident_required
def tip_form(slug: str) -> ResponseReturnValue:
    """The form; beside it, what the people who run this server could do, and the page's own contact."""
    return _show(pages.published(slug), Form(status=200))


@bp.post("/pages/<slug>/info")
@resident_required
def send(slug: str) -> ResponseReturnValue:
    """Send a tip."""
    to = pages.published(slug)
    form = Form(request.form.get("text", ""), request.form.get("sign", ""), request.form.get("once") or new_token())
    home = residence()
    if home is None or not home.writes:
        form.errors[""] = _("Votre preuve d’adresse a expiré : renouvelez-la pour écrire à une page.")
    if form.sign not in {"protected", "name"}:
        form.errors["sign"] = _("Choisissez si la page connaît votre nom.")
    tip_id = None if form.errors else _send(to, form)
    if tip_id is None:
        return _show(to, form)
    flash(_("Votre info est dans le bureau de la page. Gardez l’œil sur « Mes infos » : la réponse vient ici."), "ok")
    return redirect(url_for("desk.own_tip", token=tip_id), 303)


def _send(to: Page, form: Form) -> str | None:
    try:
        back_at = count_try([(throttle.subject("form", f"tip {g.account_id}"), TIPS)])
        if back_at is not None:
            form.errors[""], form.status = come_back(back_at), 429
            return None
        files = [one for one in request.files.getlist("files") if one.filename]
        if len(files) > cleaning.FILES_MAX:
            form.errors["files"] = _("Quatre fichiers au plus.")
            return None
        service.checked(form.text, has_files=bool(files))
        clean = [cleaning.clean(one.stream.read(pictures.MAX_BYTES + 1)) for one in files]
        page_id, is_protected = to.id, form.sign == "protected"
        made = service.draft(g.account_id, form.once, clean)
        with commit():
            page = db.session.get_one(Page, page_id)
            return service.send(account(), page, made, form.text, is_protected=is_protected, zone=settings().timezone)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        form.errors[error.field], form.status = error.sentence, error.status
    except IntegrityError:
        if db.session.get(Tip, made.id) is None:  # else the same form came twice, at the same moment
            raise
        return made.id
    return None


def _show(to: Page, form: Form) -> ResponseReturnValue:
    return render(
        "desk/info.html", form.status, page=to, form=form, text_max=service.TEXT_MAX, files_max=cleaning.FILES_MAX
    )


@bp.get("/comptes/<int:actor_id>/info")
@login_required
def elsewhere(actor_id: int) -> ResponseReturnValue:
    """A page of another server: no form, for a tip would lie outside; its own contact instead."""
    actor = db.session.get(Actor, actor_id)
    if actor is None or actor.uri is None or actor.kind != "organization" or not relations.may_meet(g.actor_id, actor):
        raise NotFound
    known, feed = db.session.get(RemoteActor, actor_id), db.session.get(FeedSource, actor_id)
    if known is not None and known.gone_at is None:
        return render("desk/elsewhere.html", actor=actor, url=known.url, summary=known.summary)
    if feed is not None:
        return render("desk/elsewhere.html", actor=actor, url=feed.site or actor.uri, summary="")
    raise NotFound


@bp.get("/mes-infos")
@login_required
def own_tips() -> ResponseReturnValue:
    """The reader's tips and what became of them."""
    rows = [(tip, service.page_name(tip)) for tip in senders.of(g.account_id)]
    return render("desk/own_tips.html", rows=rows, words=team_web.state_words())


@bp.get("/mes-infos/<token>")
@login_required
def own_tip(token: str) -> ResponseReturnValue:
    """One tip of the reader's: its state, what was said on both sides."""
    tip = senders.own(g.account_id, token)
    if tip.has_news:
        with commit():
            service.look(senders.own(g.account_id, token))
    return _show_own(token, {}, "")


def _show_own(token: str, errors: dict[str, str], text: str, status: int = 200) -> ResponseReturnValue:
    tip = senders.own(g.account_id, token)
    values: dict[str, Any] = {
        "tip": tip, "name": service.page_name(tip), "messages": service.messages(tip), "files": service.files(tip),
        "words": team_web.state_words(), "text_max": service.TEXT_MAX, "errors": errors, "text": text,
        "signed": service.name_of(tip),
    }  # fmt: skip
    return render("desk/own_tip.html", status, **values)


@bp.post("/mes-infos/<token>")
@login_required
def answer(token: str) -> ResponseReturnValue:
    """Further words to the page."""
    text = request.form.get("text", "")
    back_at = count_try([(throttle.subject("form", f"tip answer {g.account_id}"), ANSWERS)])
    if back_at is not None:
        return _show_own(token, {"": come_back(back_at)}, text, 429)
    try:
        with commit():
            service.answer(senders.own(g.account_id, token), text, settings().timezone)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _show_own(token, {error.field: error.sentence}, text, error.status)
    return redirect(url_for("desk.own_tip", token=token), 303)


@bp.post("/mes-infos/<token>/retirer")
@login_required
def withdraw(token: str) -> ResponseReturnValue:
    """Take a tip back: nobody can read it any more."""
    with commit():
        service.remove(senders.own(g.account_id, token))
    flash(_("L’info est effacée. Ce que la page en avait noté reste chez elle."), "ok")
    return redirect(url_for("desk.own_tips"), 303)


def news_line(account_id: int) -> tuple[str, str] | None:
    """For the page of notices: a sentence and an address, where a page answered. No row anywhere says so."""
    return (_("Une page a répondu à une de vos infos."), "/mes-infos") if senders.has_news(account_id) else None
