"""/oauth/authorize: the page on which a person lets a program in, or does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, flash, g, make_response, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import refresh

from instance.accounts import session as sessions
from instance.accounts.models import Account
from instance.accounts.session import login_required
from instance.core.db import commit, db
from instance.core.errors import Invalid
from instance.core.i18n import LANGUAGES
from instance.core.web import CSP, page
from instance.mastodon import grants, redirects, scopes
from instance.mastodon.api import Api
from instance.mastodon.models import Application

bp = Api("programs", __name__)
ASKED = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "lang",
)  # fmt: skip
STATE_MAX = 2000


@dataclass(frozen=True)
class Wish:
    """What an application asks of the person at the page, checked."""

    application: Application
    redirect_uri: str
    scopes: frozenset[str]
    challenge: str | None
    fields: dict[str, str]  # as they came, for the form and for the way back from the log-in

    def answered(self, answer: dict[str, str]) -> str:
        """The address at which the application is answered."""
        state = self.fields.get("state")
        return redirects.with_answer(self.redirect_uri, answer | ({"state": state} if state else {}))


@bp.before_request
def _in_asked_language() -> None:
    """`lang` is honoured on these pages, and on the log-in on the way to them."""
    code = request.values.get("lang", "").replace("_", "-").partition("-")[0].lower()
    if code in LANGUAGES and request.endpoint == "programs.authorize":
        g.language = code
        if getattr(g, "account", None) is None:
            session["language"] = code
        refresh()


@bp.get("/oauth/authorize")
def authorize() -> Response:
    """Log-in first where there is none; then always the question, whatever was answered before."""
    try:
        wish = _wish(request.args)
    except Invalid as error:
        return page("mastodon/refused.html", 400, sentence=error.sentence)
    if getattr(g, "account", None) is None:
        return make_response(redirect(url_for("accounts.login", next=_again(wish)), 303))
    return _ask(wish)


def _wish(asked: Any) -> Wish:
    """What is asked. Raises `Invalid`: nobody is sent on by an address that may be a trap (RFC 9700 §4.11)."""
    fields = {name: asked[name] for name in ASKED if asked.get(name)}
    known = grants.application(fields.get("client_id", ""))
    if known is None:
        raise Invalid("app.unknown", _("Nous ne connaissons pas cette application. Recommencez depuis elle."))
    uri = fields.get("redirect_uri", "")
    if uri not in known.redirect_uris.split("\n") or not redirects.is_allowed(uri):
        raise Invalid("app.redirect", _("L’adresse de retour n’est pas celle que cette application a donnée."))
    if fields.get("response_type", "code") != "code":
        raise Invalid("app.type", _("Cette application demande une connexion que nous ne donnons pas."))
    if len(fields.get("state", "")) > STATE_MAX:
        raise Invalid("app.state", _("Cette application demande une connexion que nous ne donnons pas."))
    registered = frozenset(known.scopes.split())
    usual = "read" if scopes.covers(registered, "read") else known.scopes
    wished = scopes.within(scopes.parse(fields.get("scope") or usual), registered)
    return Wish(known, uri, wished, _challenge(fields), fields)


def _challenge(fields: dict[str, str]) -> str | None:
    """The S256 challenge; `plain` would show the secret itself (threats.md G2)."""
    challenge, method = fields.get("code_challenge"), fields.get("code_challenge_method", "plain")
    if challenge is None and "code_challenge_method" not in fields:
        return None
    is_good = challenge is not None and grants.CHALLENGE.fullmatch(challenge) and method == "S256"
    if not is_good:
        raise Invalid("app.challenge", _("Cette application protège mal sa connexion : elle doit utiliser S256."))
    return challenge


def _again(wish: Wish) -> str:
    return f"{url_for('programs.authorize')}?{urlencode(wish.fields)}"


def _ask(wish: Wish) -> Response:
    known = wish.application
    is_shown_here = wish.redirect_uri == redirects.OUT_OF_BAND
    made = page(
        "mastodon/authorize.html",
        name=known.name,
        website=urlsplit(known.website).hostname if known.website else None,
        place=None if is_shown_here else redirects.place_of(wish.redirect_uri),
        lines=scopes.in_words(wish.scopes),
        may_write=scopes.covers(wish.scopes, "write:statuses"),
        me=g.account.actor,
        fields=wish.fields,
        again=_again(wish),
    )
    if not is_shown_here:
        # Chromium holds form-action against the redirect that answers a form as well.
        source = redirects.source_of(wish.redirect_uri)
        made.headers["Content-Security-Policy"] = CSP.replace("form-action 'self'", f"form-action 'self' {source}")
    return made


@bp.post("/oauth/authorize")
@login_required
def decide() -> Response:
    """The person's answer goes to the application; « Autoriser » makes a code."""
    try:
        wish = _wish(request.form)
    except Invalid as error:
        return page("mastodon/refused.html", 400, sentence=error.sentence)
    if request.form.get("answer") != "allow":
        return _leave(wish, {"error": "access_denied"}, None)
    consent = grants.Consent(
        wish.redirect_uri, wish.scopes, wish.challenge,
        may_publish_outside="outside" in request.form and scopes.covers(wish.scopes, "write:statuses"),
    )  # fmt: skip
    account_id, application_id = g.account_id, wish.application.id
    with commit():
        account, known = db.session.get_one(Account, account_id), db.session.get_one(Application, application_id)
        code = grants.code_for(account, known, consent)
    return _leave(wish, {"code": code}, code)


def _leave(wish: Wish, answer: dict[str, str], code: str | None) -> Response:
    if wish.redirect_uri == redirects.OUT_OF_BAND:
        return page("mastodon/code.html", name=wish.application.name, code=code)
    return make_response(redirect(wish.answered(answer), 303))


@bp.post("/oauth/autre-compte")
def other_account() -> Response:
    """Leave this browser's session, and come back to the question as somebody else."""
    target = request.form.get("next", "")
    login_id = getattr(g, "login_id", None)
    if login_id is not None:
        with commit():
            sessions.end(login_id)
    sessions.leave()
    flash(_("Vous êtes déconnecté de cet appareil."))
    return make_response(redirect(url_for("accounts.login", next=target), 303))
