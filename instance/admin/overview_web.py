"""The first page of the work: for each role its rooms; for admins the numbers."""

from __future__ import annotations

from datetime import date

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.admin import service
from instance.admin.blueprint import bp
from instance.core import clock, french
from instance.core.db import commit
from instance.core.errors import Invalid, NotFound
from instance.core.web import page, settings
from instance.legal import service as legal
from instance.moderation import cases
from instance.moderation.cases import Judge
from instance.pages import proofs
from instance.partners import neighbourhood
from instance.quartiers import roles
from instance.quartiers import service as quartiers
from instance.quartiers.access import check_second_step, my_roles, residence, role_required


def today() -> date:
    """The city's day."""
    return clock.day_of(clock.now(), settings().timezone)


@bp.get("/travail")
@role_required(*roles.NAMES)
def work() -> ResponseReturnValue:
    """The rooms of the reader's roles."""
    mine, who, home = my_roles(), Judge(g.account_id, g.actor_id), residence()
    rooms: list[tuple[str, str, str]] = []
    if "verifier" in mine or "admin" in mine:
        rooms.append(("/guichet", _("Le guichet"), _("Regarder un papier, dire oui ou non.")))
        rooms.append(("/courriers", _("Les courriers"), _("Imprimer, poster, noter les retours.")))
        number = len(proofs.to_print(g.account_id))
        rooms.append(("/guichet/pages", _("Les preuves des pages"), _("Lettres à imprimer : %(num)d", num=number)))
    if "moderator" in mine:
        number = len(cases.open_lines(who))
        rooms.append((url_for("moderation.case_list"), _("La modération"), _("À décider : %(num)d", num=number)))
    if "moderator" in mine or "admin" in mine:
        number = len(cases.open_appeals(who))
        rooms.append((url_for("moderation.appeal_list"), _("Les contestations"), _("À lire : %(num)d", num=number)))
        number = neighbourhood.waiting(mine.get("moderator", []), is_admin="admin" in mine)
        rooms.append(
            (url_for("moderation.neighbours"), _("Les quartiers voisins"), _("À répondre : %(num)d", num=number))
        )
    if "admin" in mine:
        rooms.append((url_for("admin.overview"), _("L’administration"), _("Habitants, quartiers, tâches, pages.")))
    if home is not None and home.quartier.id in mine.get("referent", []):
        wall = url_for("timelines.wall", slug=home.quartier.slug)
        name = home.quartier.name
        title = _("Le mur %(of_name)s", name=name, of_name=french.of(name))
        rooms.append((wall, title, _("Épingler ce qui doit rester en vue.")))
    return page("admin/work.html", rooms=rooms, home=home, current="work")


@bp.get("/admin")
@role_required("admin")
def overview() -> ResponseReturnValue:
    """Joined, verified, active, against the target; what waits for somebody."""
    aim = service.target()
    typed = {"residents": str(aim.residents), "by_day": str(aim.by_day or "")} if aim else {}
    return _overview(typed, {})


def _overview(typed: dict[str, str], errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    number, unserved = cases.waiting()
    return page(
        "admin/overview.html", status, figures=service.figures(today()), target=service.target(), typed=typed,
        errors=errors, curve=service.growth(None, today()), missing=legal.missing(), open_reports=number,
        unserved=unserved, registrations=settings().registrations, current="work",
    )  # fmt: skip


@bp.post("/admin/objectif")
@role_required("admin")
def keep_target() -> ResponseReturnValue:
    """Keep the target."""
    typed = {name: request.form.get(name, "") for name in ("residents", "by_day")}
    try:
        with commit():
            service.set_target(typed["residents"], typed["by_day"])
    except Invalid as refusal:
        return _overview(typed, {refusal.field: refusal.sentence}, 422)
    return redirect(url_for("admin.overview"), 303)


@bp.get("/q/<slug>/croissance")
def growth(slug: str) -> ResponseReturnValue:
    """Verified per day, for residents of the quartier and for admins: numbers, nobody's name."""
    home = residence()
    lives_here = home is not None and home.quartier.slug == slug.lower()
    if not lives_here and "admin" not in my_roles():
        raise NotFound
    if not lives_here:
        check_second_step()
    quartier = quartiers.by_slug(slug)
    curve = service.growth(quartier.id, today())
    return page("admin/growth.html", quartier=quartier, curve=curve, lives_here=lives_here)


@bp.get("/q/<slug>/roles")
def who_does_what(slug: str) -> ResponseReturnValue:
    """Who holds which role, for residents of the quartier."""
    home = residence()
    if home is None or home.quartier.slug != slug.lower():
        raise NotFound
    return page("admin/who.html", quartier=home.quartier, board=roles.board_of(home.quartier.id, g.actor_id))
