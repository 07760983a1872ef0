"""/oauth/token, /oauth/revoke, /oauth/userinfo and their metadata: OAuth 2 as programs speak it (decision 0020)."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import unquote

from flask import Response, g, request, url_for
from flask_babel import gettext as _

from instance.core import secrets
from instance.core.db import commit, db
from instance.core.errors import DomainError, Invalid, NotAllowed
from instance.core.fed import base_url, uri_of
from instance.core.web import csrf
from instance.mastodon import grants, people, scopes, tokens
from instance.mastodon.api import Api, NoToken, answer, fault, hear_token, sent, text
from instance.mastodon.grants import Refused
from instance.mastodon.models import Application, Token

bp = Api("oauth", __name__)
csrf.exempt(bp)
CACHE_S = 600
bp.before_request(hear_token)


class BadClient(Refused):
    """Nobody registered so, or with another secret."""

    def __init__(self) -> None:
        super().__init__("invalid_client", "The application is unknown, or its secret is another one.")


@bp.post("/oauth/token")
def token() -> Response:
    """A token for a code, or for an application that speaks for itself."""
    fields = sent()
    known = _client(fields)
    kind = text(fields, "grant_type")
    if kind == "authorization_code":
        return _from_code(known, fields)
    if kind == "client_credentials":
        return _for_itself(known, fields)
    raise Refused("unsupported_grant_type", "authorization_code and client_credentials are the grants there are.")


def _client(fields: dict[str, Any]) -> Application:
    """The application that asks, by its id and secret in the body or by Basic. Raises `BadClient`."""
    client_id, secret = text(fields, "client_id"), text(fields, "client_secret")
    kind, _space, pair = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        client_id, secret = _basic(pair)
    known = grants.application(client_id or "")
    if known is None or not grants.is_secret_of(known, secret or ""):
        raise BadClient
    return known


def _basic(pair: str) -> tuple[str, str]:
    try:
        name, _colon, secret = base64.b64decode(pair.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise BadClient from error
    return unquote(name), unquote(secret)


def _from_code(known: Application, fields: dict[str, Any]) -> Response:
    code, uri = text(fields, "code"), text(fields, "redirect_uri")
    if not code or not uri:
        raise Refused("invalid_request", "code and redirect_uri are needed.")
    with commit():
        made = grants.exchange(known, code, uri, text(fields, "code_verifier"))
        said = _entity(*made) if made is not None else None
    if said is None:
        raise Refused("invalid_grant", "The code was used before: its token has ended.")
    return answer(said)


def _for_itself(known: Application, fields: dict[str, Any]) -> Response:
    registered = frozenset(known.scopes.split())
    wished = scopes.within(scopes.parse(text(fields, "scope") or known.scopes), registered)
    with commit():
        made = tokens.make(None, known, wished, may_publish_outside=False)
        db.session.flush()
        row = db.session.scalars(db.select(Token).where(Token.digest == secrets.digest(made))).one()
        said = _entity(made, row)
    return answer(said)


def _entity(token: str, row: Token) -> dict[str, Any]:
    return {
        "access_token": token, "token_type": "Bearer", "scope": row.scopes,
        "created_at": int(row.created_at.timestamp()),
    }  # fmt: skip


@bp.post("/oauth/revoke")
def revoke() -> Response:
    """End a token of the application that asks; the answer is the same for one that nobody knows (RFC 7009)."""
    fields = sent()
    known = _client(fields)
    row = db.session.scalar(db.select(Token).where(Token.digest == secrets.digest(text(fields, "token") or "")))
    if row is not None and row.application_id != known.id:
        return _fault("unauthorized_client", "The token is another application's.", 403)
    if row is not None:
        token_id = row.id
        with commit():
            tokens.end(token_id)
    return answer({})


@bp.route("/oauth/userinfo", methods=["GET", "POST"])
def userinfo() -> Response:
    """Who the token speaks for, as OpenID names it."""
    bearer: tokens.Bearer | None = g.bearer
    if bearer is None:
        raise NoToken("no_token", _("Il faut un jeton d’accès valable."))
    if not bearer.may("profile"):
        raise NotAllowed("scope", _("Ce jeton ne couvre pas « %(scope)s ».", scope="profile"))
    mine = people.own(bearer.account)
    return answer(
        {
            "iss": base_url(), "sub": mine["uri"], "name": mine["display_name"], "profile": mine["url"],
            "preferred_username": mine["username"], "picture": mine["avatar"],
        }
    )  # fmt: skip


@bp.get("/.well-known/oauth-authorization-server")
def metadata() -> Response:
    """Where everything is (RFC 8414)."""
    made = answer(
        {
            "issuer": base_url(),
            "authorization_endpoint": uri_of(url_for("programs.authorize")),
            "token_endpoint": uri_of(url_for("oauth.token")),
            "revocation_endpoint": uri_of(url_for("oauth.revoke")),
            "userinfo_endpoint": uri_of(url_for("oauth.userinfo")),
            "app_registration_endpoint": uri_of(url_for("mastodon.register")),
            "service_documentation": "https://docs.joinmastodon.org/",
            "scopes_supported": list(scopes.ALL),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "ui_locales_supported": ["fr", "en"],
        }
    )
    made.headers["Cache-Control"] = f"public, max-age={CACHE_S}"
    made.headers["Vary"] = "Accept-Encoding"
    return made


@bp.errorhandler(Refused)
def _refused(error: Refused) -> Response:
    db.session.rollback()
    made = _fault(error.word, error.sentence, 401 if isinstance(error, BadClient) else 400)
    if isinstance(error, BadClient):
        made.headers["WWW-Authenticate"] = 'Basic realm="oauth"'
    return made


@bp.errorhandler(DomainError)
def _wrong(error: DomainError) -> Response:
    db.session.rollback()
    if isinstance(error, Invalid):
        return _fault("invalid_scope" if error.code == "token.scope" else "invalid_request", error.sentence, 400)
    return fault(error.status, error.sentence)


def _fault(word: str, sentence: str, status: int) -> Response:
    return answer({"error": word, "error_description": sentence}, status)
