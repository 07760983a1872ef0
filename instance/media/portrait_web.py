"""« Votre page » in the settings: the own portrait, and whether a neighbour who types a name is shown it."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, request, url_for
from flask_babel import gettext as _

from instance.accounts.models import Account
from instance.accounts.profile import change_profile
from instance.accounts.session import account, login_required
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.core.web import limiter, page
from instance.media import portraits, service
from instance.media.blueprint import bp


@bp.get("/reglages/page")
@login_required
def own_page() -> Response:
    """The picture as it is now, and the choice."""
    return _page(200, {})


@bp.post("/reglages/page/portrait")
@limiter.limit("30 per 30 minutes")
@login_required
def put_portrait() -> Response:
    """Another picture, or other words for the one that is there."""
    account_id, words = g.account_id, request.form.get("description", "")
    sent = request.files.get("photo")
    try:
        prepared = service.prepare(sent.read()) if sent is not None and sent.filename else None
        with commit():
            mine = db.session.get_one(Account, account_id)
            if prepared is not None:
                portraits.put(mine, portraits.PORTRAIT, prepared, words)
            elif not portraits.describe(mine, portraits.PORTRAIT, words):
                raise Invalid("portrait.none", _("Choisissez une photo."), field="photo")
    except Invalid as error:
        return _page(422, {"photo" if error.field == "photos" else error.field: error.sentence})
    return _kept()


@bp.post("/reglages/page/sans-portrait")
@login_required
def remove_portrait() -> Response:
    """Show none."""
    account_id = g.account_id
    with commit():
        portraits.remove(db.session.get_one(Account, account_id), portraits.PORTRAIT)
    return _kept()


@bp.post("/reglages/page/trouver")
@login_required
def choose_found() -> Response:
    """To be proposed where a neighbour types a name, or to be found by the whole identifier alone (F38)."""
    account_id, is_chosen = g.account_id, "is_discoverable" in request.form
    with commit():
        change_profile(db.session.get_one(Account, account_id), is_discoverable=is_chosen)
    return _kept()


def _page(status: int, errors: dict[str, str]) -> Response:
    mine = account()
    return page(
        "media/own_page.html", status, key=portraits.key_of(mine.actor_id),
        words=portraits.described_of(mine.actor_id).get(portraits.PORTRAIT, ""), errors=errors,
        is_discoverable=mine.is_discoverable,
    )  # fmt: skip


def _kept() -> Response:
    flash(_("C’est noté."))
    return make_response(redirect(url_for("media.own_page"), 303))
