"""The reader's devices that hear of notices: this browser, and programs; each can be stopped without a script."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts import my_data
from instance.accounts.models import Account
from instance.accounts.session import account, login_required
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotFound
from instance.core.i18n import long_day
from instance.core.web import page
from instance.notifications import push
from instance.notifications.models import PushSubscription

bp = Blueprint("devices", __name__)


@bp.record_once
def _bind(_state: object) -> None:
    my_data.contribute("devices", _mine)


def _mine(account_id: int) -> tuple[str, my_data.Rows]:
    rows = [(name, _("prévenu depuis le %(day)s", day=long_day(row.created_at)))
            for row, name in push.of_account(account_id)]  # fmt: skip
    return _("Appareils prévenus"), rows


@bp.get("/avis/appareils")
@login_required
def devices() -> ResponseReturnValue:
    """Which devices hear, and with which words."""
    return _page(200, {})


@bp.post("/avis/appareils")
@login_required
def add_device() -> ResponseReturnValue:
    """This browser hears from now on, as long as it is logged in."""
    account_id, login_id, form = g.account_id, g.login_id, request.form
    wanted = push.Wanted(form.get("endpoint", ""), form.get("p256dh", ""), form.get("auth", ""), is_standard=True)
    try:
        push.check(wanted)
    except Invalid as error:
        return _page(422, {"": error.sentence})
    with commit():
        push.subscribe(account_id, wanted, login_id=login_id)
    flash(_("Cet appareil vous préviendra."), "ok")
    return redirect(url_for("devices.devices"), 303)


@bp.post("/avis/appareils/<int:subscription_id>/arreter")
@login_required
def stop_device(subscription_id: int) -> ResponseReturnValue:
    """One device hears no more."""
    account_id = g.account_id
    with commit():
        row = db.session.get(PushSubscription, subscription_id)
        if row is None or row.account_id != account_id:
            raise NotFound
        db.session.delete(row)
    flash(_("Cet appareil ne vous préviendra plus."), "ok")
    return redirect(url_for("devices.devices"), 303)


@bp.post("/avis/appareils/mots")
@login_required
def choose_words() -> ResponseReturnValue:
    """Whether devices show words of what is not public."""
    account_id = g.account_id
    with commit():
        db.session.get_one(Account, account_id).pushes_words = "pushes_words" in request.form
    flash(_("C’est noté."), "ok")
    return redirect(url_for("devices.devices"), 303)


def _page(status: int, errors: dict[str, str]) -> ResponseReturnValue:
    mine = push.of_account(g.account_id)
    return page(
        "notifications/devices.html", status, errors=errors, devices=mine, key=push.public_key().rstrip("="),
        pushes_words=account().pushes_words, is_here=any(row.login_id == g.login_id for row, _name in mine),
    )  # fmt: skip
