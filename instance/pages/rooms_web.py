"""/mes-pages: the pages that somebody speaks for, and what pages ask of them."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from instance.accounts.session import login_required
from instance.core.db import commit
from instance.core.web import page
from instance.pages import ambassadors, service, team
from instance.pages.blueprint import bp
from instance.pages.founding_web import done, me
from instance.pages.site_web import kind_words
from instance.quartiers.access import residence


@bp.get("/mes-pages")
@login_required
def my_pages() -> ResponseReturnValue:
    """Teams and ambassadors' promises of the reader, and what waits for an answer."""
    from_team, from_pages = team.invitations(g.account_id), ambassadors.mine(g.account_id)
    home = residence()
    return page(
        "pages/mine.html", pages=service.of_account(g.account_id), invitations=from_team, promises=from_pages,
        roles=team.role_words(), kinds=kind_words(), may_found=home is not None and home.level == "strong",
        current="me",
    )  # fmt: skip


@bp.post("/mes-pages/<slug>/equipe")
@login_required
def answer_team(slug: str) -> ResponseReturnValue:
    """Join a team, or say no."""
    is_yes = request.form.get("answer") == "yes"
    with commit():
        team.answer(service.by_slug(slug), me(), is_yes=is_yes)
    if is_yes:
        return done(slug, _("Vous parlez maintenant pour cette page."))
    flash(_("L’invitation est refusée."), "ok")
    return redirect(url_for("pages.my_pages"), 303)


@bp.post("/mes-pages/<slug>/ambassade")
@login_required
def answer_ambassador(slug: str) -> ResponseReturnValue:
    """Become one, refuse, or end it."""
    is_yes = request.form.get("answer") == "yes"
    with commit():
        found = service.published(slug)
        ambassadors.answer(found, me(), is_yes=is_yes)
    flash(_("C’est noté."), "ok")
    return redirect(url_for("pages.my_pages"), 303)
