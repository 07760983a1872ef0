"""Founding a page, and its workshop: what is missing, who we are, going online, closing."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.core.errors import DomainError
from instance.core.web import page, row_number
from instance.pages import founding, service, site
from instance.pages.blueprint import bp
from instance.pages.doors import team_required
from instance.pages.models import Page
from instance.pages.site_web import kind_words
from instance.quartiers.access import residence, resident_required


def me() -> Account:
    """The account that acts, read anew inside `commit()`."""
    return db.session.get_one(Account, g.account_id)


def again(found: Page) -> Page:
    """The row, read anew inside `commit()`."""
    return db.session.get_one(Page, found.id)


def done(slug: str, sentence: str, endpoint: str = "pages.workshop") -> ResponseReturnValue:
    """Say so, and back to a room of the page."""
    flash(sentence, "ok")
    return redirect(url_for(endpoint, slug=slug) if slug else url_for(endpoint), 303)


def _form(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    home = residence()
    return page(
        "pages/new.html", status, errors=errors, typed=request.form, kinds=kind_words(), current="wall",
        may_found=home is not None and home.level == "strong" and home.writes,
    )  # fmt: skip


@bp.get("/pages/nouvelle")
@resident_required
def new() -> ResponseReturnValue:
    """The form; whoever is not strongly verified reads why not."""
    return _form({})


@bp.post("/pages/nouvelle")
@resident_required
def create() -> ResponseReturnValue:
    """A draft, which nobody but its team knows."""
    form = request.form
    wish = founding.Wish(form.get("kind", ""), form.get("name", ""), form.get("slug", ""), form.get("number", ""))
    try:
        with commit():
            slug = founding.found(me(), wish).slug
    except DomainError as refusal:
        return _form({refusal.field: refusal.sentence}, refusal.status)
    return done(slug, _("La page est en préparation. Personne d’autre ne la voit."))


@bp.get("/pages/<slug>/atelier")
@team_required()
def workshop(found: Page) -> ResponseReturnValue:
    """The first room of the team."""
    return _workshop(found, {})


def _workshop(found: Page, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    before = request.args.get("avant", type=row_number)
    posts, older = site.said_by(found, g.actor_id, before) if found.state == "published" else ([], None)
    return page(
        "pages/workshop.html", status, found=found, kind=kind_words()[found.kind], missing=founding.missing(found),
        role=service.role_of(found.id, g.account_id), errors=errors, posts=posts, older=older, current="me",
        answers=site.answers_of(found),
    )  # fmt: skip


@bp.post("/pages/<slug>/publier")
@team_required("manager")
def put_online(found: Page) -> ResponseReturnValue:
    """Everybody may know the page, if nothing is missing."""
    try:
        with commit():
            founding.put_online(again(found), me())
    except DomainError as refusal:
        return _workshop(again(found), {refusal.field: refusal.sentence}, refusal.status)
    return done(found.slug, _("La page est publiée."))


@bp.get("/pages/<slug>/textes")
@team_required("manager")
def texts(found: Page) -> ResponseReturnValue:
    """« Qui sommes-nous »."""
    return _texts(found, {name: getattr(found, name) for name in ("summary", *founding.TEXTS)}, {})


def _texts(found: Page, typed: dict[str, str], errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "pages/texts.html", status, found=found, typed=typed, errors=errors, most=founding.TEXT_MAX, current="me"
    )


@bp.post("/pages/<slug>/textes")
@team_required("manager")
def keep_texts(found: Page) -> ResponseReturnValue:
    """Keep them."""
    typed = {name: request.form.get(name, "") for name in ("summary", *founding.TEXTS)}
    try:
        with commit():
            founding.describe(again(found), me(), typed)
    except DomainError as refusal:
        return _texts(again(found), typed, {refusal.field: refusal.sentence}, refusal.status)
    return done(found.slug, _("Les textes sont gardés."))


@bp.get("/pages/<slug>/fermer")
@team_required("manager")
def closing_form(found: Page) -> ResponseReturnValue:
    """Ask before closing."""
    return _closing(found, {})


def _closing(found: Page, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page("pages/close.html", status, found=found, errors=errors, current="me")


@bp.post("/pages/<slug>/fermer")
@team_required("manager")
def close(found: Page) -> ResponseReturnValue:
    """The page ends."""
    if request.form.get("sure") != "1":
        return _closing(found, {"sure": _("Cochez la case : fermer ne se défait pas.")}, 422)
    with commit():
        founding.close(again(found), me())
    flash(_("La page est fermée."), "ok")
    return redirect(url_for("pages.my_pages"), 303)
