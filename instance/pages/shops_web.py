"""A shop's short form of the day, and /commerces: the shops of a quartier, and who delivers there."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.core.db import commit
from instance.core.errors import DomainError, NotFound
from instance.core.web import page
from instance.pages import shops
from instance.pages.blueprint import bp
from instance.pages.doors import team_required
from instance.pages.founding_web import again, done, me
from instance.pages.models import Page
from instance.quartiers import overview
from instance.quartiers import service as quartiers
from instance.quartiers.access import residence


@bp.get("/pages/<slug>/etat")
@team_required()
def status_form(found: Page) -> ResponseReturnValue:
    """What the shop said last."""
    if found.kind != "shop":
        raise NotFound
    said = shops.Status(
        found.is_open is not False, found.hours, bool(found.delivers), found.delivers_how,
        frozenset(one.id for one in shops.areas(found)), bool(found.sells_gifts), found.gifts_url,
    )  # fmt: skip
    return _form(found, said, {})


def _form(found: Page, said: shops.Status, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    return page(
        "pages/status.html", status, found=found, said=said, around=shops.around(found), errors=errors,
        stale=shops.needs_confirming(found), current="me",
    )  # fmt: skip


@bp.post("/pages/<slug>/etat")
@team_required()
def say_status(found: Page) -> ResponseReturnValue:
    """Say how things stand today; the date is that of now."""
    form = request.form
    areas = frozenset(int(one) for one in form.getlist("areas") if one.isdecimal() and len(one) < 20)
    said = shops.Status(
        form.get("open") == "yes", form.get("hours", ""), "delivers" in form, form.get("delivers_how", ""), areas,
        "gifts" in form, form.get("gifts_url", "").strip(),
    )  # fmt: skip
    try:
        with commit():
            shops.say(again(found), me(), said)
    except NotFound:
        raise
    except DomainError as refusal:
        return _form(again(found), said, {refusal.field: refusal.sentence}, refusal.status)
    return done(found.slug, _("L’état du jour est affiché."))


@bp.get("/commerces")
def shop_list() -> ResponseReturnValue:
    """The shops of the reader's quartier, or of the one asked for (`quartier=slug`); `livre=1`: who delivers there."""
    home = residence()
    slug = request.args.get("quartier", "")
    quartier = quartiers.by_slug(slug) if slug else home.quartier if home else None
    delivering = request.args.get("livre") == "1"
    found = shops.of_quartier(quartier, delivering=delivering) if quartier is not None else []
    here: dict[str, Any] = {"quartier": quartier.slug} if quartier is not None else {}
    return page(
        "pages/shops.html", quartier=quartier, quartiers=overview.entries() if quartier is None else [],
        shops=[(shop, shops.needs_confirming(shop), shops.areas(shop)) for shop in found], delivering=delivering,
        all_url=url_for("pages.shop_list", **here), delivering_url=url_for("pages.shop_list", livre=1, **here),
        is_home=home is not None and quartier is not None and home.quartier.id == quartier.id, current="wall",
        filter_word=_("Livre chez moi"),
    )  # fmt: skip
