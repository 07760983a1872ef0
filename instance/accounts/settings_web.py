"""Settings of the reader: the name shown, language and display, quiet hours, what mails say."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, make_response, redirect, request, url_for
from flask_babel import gettext as _

from instance.accounts import service
from instance.accounts.blueprint import bp
from instance.accounts.models import Account
from instance.accounts.session import account, login_required
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.core.i18n import LANGUAGE_NAMES, LANGUAGES
from instance.core.web import page


@bp.get("/reglages")
@login_required
def settings_page() -> Response:
    """Everything that can be chosen, with what is chosen now."""
    return _page(200, _chosen(account()), {})


@bp.post("/reglages/nom")
@login_required
def show_name() -> Response:
    """« Salma B. » or the name in full: never another one (F03)."""
    is_full = request.form.get("shown") == "full"
    account_id = g.account_id
    with commit():
        service.show_name(db.session.get_one(Account, account_id), full=is_full)
    return kept()


@bp.post("/reglages/rue")
@login_required
def hide_street() -> Response:
    """Show the street no more; only a proof of address brings one."""
    account_id = g.account_id
    with commit():
        service.set_street(db.session.get_one(Account, account_id), None)
    return kept()


@bp.post("/reglages/lecture")
@login_required
def reading() -> Response:
    """Language, simple display, quiet hours, what mails tell, whether own reading counts."""
    form, account_id = request.form, g.account_id
    try:
        begin_h, end_h = _hour(form.get("quiet_from", "")), _hour(form.get("quiet_to", ""))
        if form.get("language") not in LANGUAGES:
            raise Invalid("language", _("Choisissez une des langues proposées."), field="language")
        with commit():
            mine = db.session.get_one(Account, account_id)
            service.set_quiet_hours(mine, begin_h, end_h)
            mine.language = form["language"]
            mine.is_simple = "is_simple" in form
            mine.shows_first_lines = "shows_first_lines" in form
            mine.counts_views = "counts_views" in form
        g.language = form["language"]
    except Invalid as error:
        typed = _chosen(account()) | {name: form.get(name, "") for name in ("language", "quiet_from", "quiet_to")}
        typed |= {name: name in form for name in ("is_simple", "shows_first_lines", "counts_views")}
        return _page(422, typed, {error.field: error.sentence})
    return kept()


def _hour(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Invalid("quiet.hours", _("Choisissez des heures entières."), field="quiet_from")
    return int(text)


def _chosen(mine: Account) -> dict[str, Any]:
    return {
        "shown": "full" if mine.is_name_full else "short",
        "language": mine.language,
        "quiet_from": "" if mine.quiet_from_h is None else str(mine.quiet_from_h),
        "quiet_to": "" if mine.quiet_to_h is None else str(mine.quiet_to_h),
        "is_simple": mine.is_simple,
        "shows_first_lines": mine.shows_first_lines,
        "counts_views": mine.counts_views,
        "shows_outside": mine.shows_outside,
        "spoke_outside": mine.spoke_outside,
        "summary": mine.summary,
        "approves_followers": mine.approves_followers,
        "reached_by": mine.reached_by,
    }


def _page(status: int, chosen: dict[str, Any], errors: dict[str, str]) -> Response:
    identity = service.identity_of(g.account_id)
    hours = [("", _("aucune"))] + [(str(hour), _("%(hour)d h", hour=hour)) for hour in range(24)]
    return page(
        "accounts/settings.html",
        status,
        chosen=chosen,
        errors=errors,
        hours=hours,
        short_name=service.short_name(identity.first_name, identity.last_name),
        full_name=f"{identity.first_name} {identity.last_name}",
        street=account().street,
        handle=account().actor.handle,
        language_names=list(LANGUAGE_NAMES.items()),
    )


def refused(error: Invalid, typed: dict[str, Any]) -> Response:
    """The page with what was typed and what is wrong with it."""
    return _page(422, _chosen(account()) | typed, {error.field: error.sentence})


def kept() -> Response:
    """Back to the page, where a line says that it is done."""
    flash(_("C’est noté."))
    return make_response(redirect(url_for("accounts.settings_page"), 303))
