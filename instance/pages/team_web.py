"""The rooms of a page's managers: team, editions, ambassadors; and the journal, for the whole team."""

from __future__ import annotations

from flask import g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts.models import Account, Actor
from instance.core.db import commit, db
from instance.core.errors import DomainError, NotFound
from instance.core.web import page, row_number
from instance.pages import ambassadors, editions, service, team
from instance.pages.blueprint import bp
from instance.pages.doors import team_required
from instance.pages.founding_web import again, done, me
from instance.pages.models import Page, PageLine
from instance.posts import origins

LINES = 200


def _member(account_id: str) -> Account:
    try:
        found = db.session.get(Account, row_number(account_id))
    except ValueError:
        found = None
    if found is None:
        raise NotFound
    return found


@bp.get("/pages/<slug>/equipe")
@team_required()
def team_page(found: Page) -> ResponseReturnValue:
    """Who speaks for the page."""
    return _team(found, {})


def _team(found: Page, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "pages/team.html", status, found=found, members=team.members(found), words=team.role_words(), errors=errors,
        typed=request.form, role=service.role_of(found.id, g.account_id), me_id=g.account_id, current="me",
    )  # fmt: skip


@bp.post("/pages/<slug>/equipe")
@team_required("manager")
def invite(found: Page) -> ResponseReturnValue:
    """Invite a resident by handle."""
    try:
        with commit():
            team.invite(again(found), me(), request.form.get("handle", ""), request.form.get("role", ""))
    except DomainError as refusal:
        return _team(again(found), {refusal.field: refusal.sentence}, refusal.status)
    return done(found.slug, _("L’invitation est partie."), "pages.team_page")


@bp.post("/pages/<slug>/equipe/role")
@team_required("manager")
def set_role(found: Page) -> ResponseReturnValue:
    """Another role for a member."""
    try:
        with commit():
            team.set_role(again(found), me(), _member(request.form.get("member", "")), request.form.get("role", ""))
    except NotFound:
        raise
    except DomainError as refusal:
        return _team(again(found), {"member": refusal.sentence}, refusal.status)
    return done(found.slug, _("Le rôle est changé."), "pages.team_page")


@bp.post("/pages/<slug>/equipe/retirer")
@team_required()
def remove(found: Page) -> ResponseReturnValue:
    """A manager takes somebody out; anybody may leave."""
    typed = request.form.get("member", "")
    is_me = typed == str(g.account_id)
    if not is_me and service.role_of(found.id, g.account_id) != "manager":
        raise NotFound
    try:
        with commit():
            team.remove(again(found), me(), _member(typed))
    except NotFound:
        raise
    except DomainError as refusal:
        return _team(again(found), {"member": refusal.sentence}, refusal.status)
    if is_me:
        return done("", _("Vous ne parlez plus pour cette page."), "pages.my_pages")
    return done(found.slug, _("La personne n’est plus de l’équipe."), "pages.team_page")


@bp.get("/pages/<slug>/journal")
@team_required()
def journal(found: Page) -> ResponseReturnValue:
    """What was done in the page's name, and by whom."""
    rows = db.session.execute(
        select(PageLine, Actor.shown_name)
        .outerjoin(Account, Account.id == PageLine.by_id)
        .outerjoin(Actor, Actor.id == Account.actor_id)
        .where(PageLine.page_id == found.id)
        .order_by(PageLine.id.desc())
        .limit(LINES)
    )
    lines = [(line.at, _act(line), name or _("l’équipe de l’instance")) for line, name in rows]
    return page("pages/journal.html", found=found, lines=lines, current="me")


def _act(line: PageLine) -> str:
    words = {
        "founded": _("Page fondée"), "texts": _("Textes changés"), "letter_asked": _("Courrier demandé"),
        "letter_refused": _("Courrier refusé : le siège n’est pas celui du registre"),
        "letter_returned": _("Courrier revenu"), "proved": _("Organisation prouvée"), "looked": _("Nom regardé"),
        "published": _("Page publiée"), "closed": _("Page fermée"), "invited": _("Invitation"),
        "joined": _("Entrée dans l’équipe"), "role": _("Rôle changé"), "left": _("Départ de l’équipe"),
        "posted": _("Publication"), "answered": _("Réponse"), "corrected": _("Correction"),
        "retracted": _("Retrait"), "edition": _("Édition changée"), "edition_ended": _("Édition finie"),
        "status": _("État du jour"), "ambassador": _("Ambassade proposée"), "ambassador_ended": _("Ambassade finie"),
    }  # fmt: skip
    what = f"@{line.detail['handle']}" if "handle" in line.detail else line.detail.get("name", "")
    word = words.get(line.act, line.act)
    return f"{word} · {what}" if what else word


@bp.get("/pages/<slug>/editions")
@team_required("manager")
def edition_list(found: Page) -> ResponseReturnValue:
    """Sets of quartiers that the page speaks to."""
    return _editions(found, {})


def _editions(found: Page, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    rows, choices = [(one, editions.places(one)) for one in editions.of(found)], editions.choices(found)
    far = origins.named(one.id for one in (*choices, *(place for _one, places in rows for place in places)))
    return page(
        "pages/editions.html", status, found=found, choices=choices, typed=request.form, editions=rows, far=far,
        errors=errors, ticked=set(request.form.getlist("places")), current="me",
    )  # fmt: skip


def _ticked() -> list[int]:
    return [int(one) for one in request.form.getlist("places") if one.isdecimal() and len(one) < 20]


@bp.post("/pages/<slug>/editions")
@team_required("manager")
def add_edition(found: Page) -> ResponseReturnValue:
    """A new one, or other quartiers for the one that `edition` names."""
    try:
        with commit():
            fresh = again(found)
            if typed := request.form.get("edition", ""):
                editions.cover(fresh, me(), editions.get(fresh, _number(typed)), _ticked())
            else:
                editions.add(fresh, me(), request.form.get("name", ""), _ticked())
    except NotFound:
        raise
    except DomainError as refusal:
        return _editions(again(found), {refusal.field: refusal.sentence}, refusal.status)
    return done(found.slug, _("L’édition est gardée."), "pages.edition_list")


@bp.post("/pages/<slug>/editions/retirer")
@team_required("manager")
def remove_edition(found: Page) -> ResponseReturnValue:
    """End one; what it published stays."""
    with commit():
        editions.remove(again(found), me(), _number(request.form.get("edition", "")))
    return done(found.slug, _("L’édition est retirée."), "pages.edition_list")


def _number(text: str) -> int:
    try:
        return row_number(text)
    except ValueError as error:
        raise NotFound from error


@bp.get("/pages/<slug>/ambassades")
@team_required("manager")
def ambassador_list(found: Page) -> ResponseReturnValue:
    """Residents who speak well of the page, and for what."""
    return _ambassadors(found, {})


def _ambassadors(found: Page, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "pages/ambassadors.html", status, found=found, rows=ambassadors.of(found), errors=errors, typed=request.form,
        most=ambassadors.INTEREST_MAX, current="me",
    )  # fmt: skip


@bp.post("/pages/<slug>/ambassades")
@team_required("manager")
def ask_ambassador(found: Page) -> ResponseReturnValue:
    """Propose it; the person says yes or no."""
    try:
        with commit():
            ambassadors.ask(again(found), me(), request.form.get("handle", ""), request.form.get("interest", ""))
    except DomainError as refusal:
        return _ambassadors(again(found), {refusal.field: refusal.sentence}, refusal.status)
    return done(found.slug, _("La proposition est partie."), "pages.ambassador_list")


@bp.post("/pages/<slug>/ambassades/retirer")
@team_required("manager")
def end_ambassador(found: Page) -> ResponseReturnValue:
    """End one."""
    with commit():
        ambassadors.end(again(found), me(), _number(request.form.get("member", "")))
    return done(found.slug, _("L’ambassade est finie."), "pages.ambassador_list")
