"""The welcome page: the city drawn by its quartiers, and the way in."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from instance.core.db import db
from instance.core.i18n import LANGUAGES
from instance.core.web import local_path, page
from instance.quartiers import overview, plan_web, plans
from instance.quartiers.access import residence
from instance.quartiers.models import Plan

bp = Blueprint("quartiers", __name__)


@bp.get("/")
def welcome() -> ResponseReturnValue:
    """Residents go to their wall; others see which quartiers there are and how to come in."""
    home = residence()
    if home is not None and "accueil" not in request.args:
        return redirect(url_for("timelines.wall", slug=home.quartier.slug), 303)
    plan = db.session.scalar(select(Plan))
    return page("quartiers/welcome.html", entries=overview.entries(), plan=plan, dots=plan_web.url_of(plans.CITY))


@bp.get("/langue/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Keep a language for this browser; an account's own language is set on its page."""
    if code in LANGUAGES:
        session["language"] = code
    return redirect(local_path(request.args.get("next")), 303)
