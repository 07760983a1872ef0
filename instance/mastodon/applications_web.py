"""Settings: the applications that speak for the reader, how far, and the end of each."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, g, make_response, redirect, request, url_for
from flask_babel import gettext as _

from instance.accounts.my_data import Rows
from instance.accounts.session import login_required
from instance.core import fed
from instance.core.db import commit, db
from instance.core.errors import NotFound
from instance.core.i18n import long_day
from instance.core.web import page
from instance.mastodon import scopes, tokens
from instance.mastodon.authorize_web import bp
from instance.mastodon.models import Token


@bp.get("/reglages/applications")
@login_required
def applications() -> Response:
    """Each authorised application: what it may, since when, last used."""
    mine = tokens.of(g.account_id)
    return page("mastodon/applications.html", programs=[_shown(one) for one in mine], host=fed.host())


def _shown(token: Token) -> dict[str, object]:
    allowed, known = frozenset(token.scopes.split()), token.application
    return {
        "id": token.id, "name": known.name, "lines": _lines(token), "since": token.created_at,
        "website": urlsplit(known.website).hostname if known.website else None, "used_on": token.used_on,
        "may_write": scopes.covers(allowed, "write:statuses"), "is_outside": token.may_publish_outside,
    }  # fmt: skip


def kept(account_id: int) -> tuple[str, Rows]:
    """For « mes données »: the programs that speak for somebody, and what each may."""
    return _("Applications"), [
        (
            one.application.name,
            _("depuis le %(day)s : %(words)s", day=long_day(one.created_at), words=", ".join(_lines(one))),
        )
        for one in tokens.of(account_id)
    ]


def _lines(token: Token) -> list[str]:
    return scopes.in_words(frozenset(token.scopes.split()))


def _mine(token_id: int) -> Token:
    """A living token of the reader's. Raises `NotFound`."""
    row = db.session.get(Token, token_id)
    if row is None or row.account_id != g.account_id or row.revoked_at is not None:
        raise NotFound
    return row


@bp.post("/reglages/applications/<int:token_id>/terminer")
@login_required
def end_application(token_id: int) -> Response:
    """The application speaks for the reader no more, from this moment."""
    with commit():
        name = _mine(token_id).application.name
        tokens.end(token_id)
    flash(_("%(name)s n’a plus accès à votre compte.", name=name))
    return make_response(redirect(url_for("programs.applications"), 303))


@bp.post("/reglages/applications/<int:token_id>/dehors")
@login_required
def let_outside(token_id: int) -> Response:
    """Whether the application may publish outside of Quartier Libre."""
    is_allowed = request.form.get("outside") == "1"
    with commit():
        row = _mine(token_id)
        row.may_publish_outside = is_allowed
        name = row.application.name
    if is_allowed:
        flash(_("%(name)s peut publier hors de Quartier Libre.", name=name))
    else:
        flash(_("%(name)s ne publie plus hors de Quartier Libre.", name=name))
    return make_response(redirect(url_for("programs.applications"), 303))
