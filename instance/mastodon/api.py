"""What every resource of the client API shares: who speaks, what was sent, how answers and errors look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import msgspec
from flask import Blueprint, Response, g, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from instance.core import paging
from instance.core.db import db
from instance.core.errors import DomainError, Invalid, NotAllowed, NotFound
from instance.core.fed import base_url
from instance.core.web import csrf, limiter, row_number
from instance.mastodon.tokens import Bearer, find
from instance.quartiers.access import residence

bp = Blueprint("mastodon", __name__, url_prefix="/api")
csrf.exempt(bp)  # no cookie speaks here: see `_only_tokens`
limiter.limit("300 per 5 minutes")(bp)
V = TypeVar("V", bound=Callable[..., Any])
encode = msgspec.json.Encoder().encode
TRUE = {"1", "true", "on", "yes"}
FALSE = {"0", "false", "off", "no", ""}


class NoToken(DomainError):
    """The call needs a token, and none that is alive came with it."""

    status = 401


@bp.before_request
def _only_tokens() -> None:
    """A cookie says nothing here, be it to read or to write (threats.md G5): whoever speaks shows a token."""
    for name in ("account", "account_id", "actor_id", "login_id", "language"):
        g.pop(name, None)
    bearer = find(_sent_token()) if _sent_token() else None
    g.bearer = bearer
    if bearer is not None:
        g.account, g.account_id, g.actor_id = bearer.account, bearer.account.id, bearer.account.actor_id
        g.language = bearer.account.language


def _sent_token() -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def scope(name: str) -> Callable[[V], V]:
    """For bearers of a token that covers `name`; writing also needs a proven address, save for the own profile."""

    def door(view: V) -> V:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            bearer: Bearer | None = g.bearer
            if bearer is None:
                raise NoToken("no_token", _("Il faut un jeton d’accès valable."))
            if not bearer.may(name):
                raise NotAllowed("scope", _("Ce jeton ne couvre pas « %(scope)s ».", scope=name))
            if name.startswith("write:") and name != "write:accounts" and residence() is None:
                raise NotAllowed("visitor", _("Prouvez d’abord votre adresse : /preuve, une lettre suffit."))
            return view(*args, **kwargs)

        return cast(V, checked)

    return door


def public(name: str) -> Callable[[V], V]:
    """For everybody; a token that comes along must cover `name`. Without one, `viewer()` is a stranger's None."""

    def door(view: V) -> V:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if _sent_token() and g.bearer is None:
                raise NoToken("no_token", _("Il faut un jeton d’accès valable."))
            if g.bearer is not None and not g.bearer.may(name):
                raise NotAllowed("scope", _("Ce jeton ne couvre pas « %(scope)s ».", scope=name))
            return view(*args, **kwargs)

        return cast(V, checked)

    return door


def viewer() -> int | None:
    """The actor of who speaks; None for a stranger, who reads what is public."""
    found: Bearer | None = g.bearer
    return None if found is None else found.account.actor_id


def bearer() -> Bearer:
    """Who speaks; only behind `scope`."""
    found: Bearer = g.bearer
    return found


def check_outside(who: Bearer) -> None:
    """Raise `NotAllowed` for a token whose person did not allow it to say anything to everybody."""
    if not who.may_publish_outside:
        raise NotAllowed("token.outside", _("Cette application ne peut pas publier hors de Quartier Libre."))


def sent() -> dict[str, Any]:
    """The fields of the body, from JSON, a form or a multipart form; `x[]` is a list under `x`."""
    if request.is_json:
        try:
            found = msgspec.json.decode(request.get_data())
        except msgspec.DecodeError as error:
            raise Invalid("body", _("Le corps de la requête n’est pas du JSON.")) from error
        return found if isinstance(found, dict) else {}
    fields: dict[str, Any] = {}
    for name, values in request.form.lists():
        fields[name.removesuffix("[]")] = values if name.endswith("[]") else values[-1]
    return fields


def text(fields: dict[str, Any], name: str) -> str | None:
    """A field as text; None when it was not sent."""
    value = fields.get(name)
    return None if value is None else str(value)


def flag(fields: dict[str, Any], name: str) -> bool | None:
    """A field as yes or no; clients send true, "true", "1" (mastodon-api.md). None when it was not sent."""
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in TRUE | FALSE:
        raise Invalid("flag", _("%(name)s doit être vrai ou faux.", name=name))
    return word in TRUE


def number(value: object) -> int:
    """The id of a row. Raises `NotFound` for what can be none."""
    try:
        return row_number(str(value))
    except ValueError as error:
        raise NotFound from error


def answer(document: Any, status: int = 200) -> Response:
    """`document` as JSON, for nobody else's cache."""
    made = Response(encode(document), status, mimetype="application/json")
    made.headers["Cache-Control"] = "private, no-store"
    return made


def listing(documents: Sequence[Any], cursors: Sequence[int]) -> Response:
    """A page of a list with its Link header; `cursors` are the ids by which the list is paged, newest first."""
    made = answer(documents)
    if link := paging.link_header(base_url() + request.path, list(request.args.items(multi=True)), cursors):
        made.headers["Link"] = link
    return made


@bp.errorhandler(DomainError)
def _refused(error: DomainError) -> Response:
    db.session.rollback()
    return answer({"error": error.sentence or _("Introuvable.")}, error.status)


@bp.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    db.session.rollback()
    return answer({"error": error.name}, error.code or 500)


@bp.after_request
def _open_to_programs(made: Response) -> Response:
    """CORS: programs of any origin may call, as no cookie counts (mastodon-api.md)."""
    made.headers["Access-Control-Allow-Origin"] = "*"
    made.headers["Access-Control-Expose-Headers"] = (
        "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
    )
    if request.method == "OPTIONS":
        made.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
        made.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key"
    return made


@bp.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def absent(rest: str) -> Response:
    """Calls that this API does not know: an error that a program can read."""
    raise NotFound
