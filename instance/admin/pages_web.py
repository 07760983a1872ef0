"""/admin/organisations: pages of organisations; names to look at, and closing."""

from __future__ import annotations

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts.models import Account
from instance.admin.blueprint import bp
from instance.core.db import commit, db
from instance.core.web import page
from instance.pages import founding, service, team
from instance.pages.site_web import kind_words
from instance.quartiers.access import role_required


@bp.get("/admin/organisations")
@role_required("admin")
def page_list() -> ResponseReturnValue:
    """Every page with its state; those whose name waits for a look first."""
    found = founding.every()
    managers = {
        one.id: [who.actor.handle for member, who in team.members(one) if member.role == "manager"] for one in found
    }
    return page("admin/pages.html", pages=found, kinds=kind_words(), managers=managers, current="work")


@bp.post("/admin/organisations/<slug>/regarder")
@role_required("admin")
def approve_page(slug: str) -> ResponseReturnValue:
    """The name is not a deceit."""
    with commit():
        founding.approve(service.by_slug(slug), db.session.get_one(Account, g.account_id))
    flash(_("Le nom est accepté."), "ok")
    return redirect(url_for("admin.page_list"), 303)


@bp.post("/admin/organisations/<slug>/fermer")
@role_required("admin")
def close_page(slug: str) -> ResponseReturnValue:
    """The page ends, here and elsewhere."""
    with commit():
        founding.close(service.by_slug(slug), db.session.get_one(Account, g.account_id))
    flash(_("La page est fermée."), "ok")
    return redirect(url_for("admin.page_list"), 303)
