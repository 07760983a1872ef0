"""Settings about the world beyond: whether strangers see a profile, who may follow and write from elsewhere."""

from __future__ import annotations

from flask import Response, g, request
from flask_babel import gettext as _

from instance.accounts import closing, farewell, outside, settings_web
from instance.accounts.blueprint import bp
from instance.accounts.models import Account
from instance.accounts.profile import change_profile
from instance.accounts.session import login_required
from instance.core.db import commit, db
from instance.core.errors import Invalid


@bp.record_once
def _bind(_state: object) -> None:
    closing.on_close(farewell.say)


@bp.post("/reglages/dehors")
@login_required
def choose_outside() -> Response:
    """« Profil visible hors de Quartier Libre », a few words, who may follow, who may write."""
    form, account_id = request.form, g.account_id
    try:
        if form.get("reached_by", "anyone") not in outside.REACHED_BY:
            raise Invalid("reached_by", _("Choisissez une des réponses proposées."), field="reached_by")
        with commit():
            kept = db.session.get_one(Account, account_id)
            change_profile(kept, summary=form.get("summary"), approves_followers="approves_followers" in form)
            outside.choose(kept, shows="shows_outside" in form)
            kept.reached_by = form.get("reached_by", kept.reached_by)
    except Invalid as error:
        return settings_web.refused(error, {name: form.get(name, "") for name in ("summary", "reached_by")})
    return settings_web.kept()
