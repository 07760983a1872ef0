"""/api/v1/apps: programs that want to be let in register here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, g
from flask_babel import gettext as _

from instance.accounts import throttle
from instance.accounts.tries import come_back, count_try
from instance.core import clock, secrets
from instance.core.db import commit, db
from instance.core.errors import Invalid, TooMany
from instance.core.signs import one_line
from instance.core.web import network
from instance.mastodon import redirects, scopes, tokens
from instance.mastodon.api import NoToken, answer, bp, open_call, sent, text
from instance.mastodon.models import Application, Token
from instance.notifications.push_sealing import public_key

REGISTERED = throttle.Limit(5, timedelta(minutes=10))  # of one network (threats.md G6)
NAME_MAX = 60


@bp.post("/v1/apps")
@open_call
def register() -> Response:
    """A new application: its id and its secret, shown this once."""
    fields = sent()
    uris = redirects.checked(_uris(fields.get("redirect_uris") or fields.get("redirect_uri")))
    wished = scopes.parse(_joined(fields.get("scopes")) or "read")
    name = one_line(text(fields, "client_name") or "", NAME_MAX)
    if not name:
        raise Invalid("app.name", _("Donnez le nom de l’application : client_name."), field="client_name")
    website = _website(text(fields, "website"))
    if (back_at := count_try([(throttle.subject("apps", network()), REGISTERED)])) is not None:
        raise TooMany("apps", come_back(back_at))
    client_id, secret = secrets.token(), secrets.token()
    with commit():
        made = Application(
            name=name, website=website, client_id=client_id, secret_digest=secrets.digest(secret),
            redirect_uris="\n".join(uris), scopes=scopes.written(wished), created_at=clock.now(),
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        said = entity(made)
    return answer(said | {"client_id": client_id, "client_secret": secret, "client_secret_expires_at": 0})


def _uris(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [uri for part in parts if part is not None for uri in str(part).split()]


def _joined(value: Any) -> str:
    """Scopes as text: some programs send a list."""
    return " ".join(str(one) for one in value) if isinstance(value, list) else str(value or "")


def _website(typed: str | None) -> str | None:
    """The application's page, if it is one; a word that is none is left out."""
    if not typed or len(typed) > redirects.MAX_LENGTH or not redirects.is_allowed(typed):
        return None
    return typed if urlsplit(typed).scheme in {"http", "https"} else None


def entity(known: Application) -> dict[str, Any]:
    """The Application entity, without secrets."""
    uris = known.redirect_uris.split("\n") if known.redirect_uris else []
    return {
        "id": str(known.id), "name": known.name, "website": known.website, "scopes": known.scopes.split(),
        "redirect_uri": "\n".join(uris), "redirect_uris": uris, "vapid_key": public_key(),
    }  # fmt: skip


@bp.get("/v1/apps/verify_credentials")
@open_call
def verify() -> Response:
    """Which application the token is of, whoever it speaks for."""
    bearer: tokens.Bearer | tokens.Program | None = g.bearer or g.program
    if bearer is None:
        raise NoToken("no_token", _("Il faut un jeton d’accès valable."))
    return answer(entity(db.session.get_one(Token, bearer.token_id).application))
