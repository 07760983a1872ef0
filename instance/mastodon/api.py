"""What every resource of the client API shares: who speaks, what was sent, how answers and errors look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import msgspec
from flask import Blueprint, Response, g, request
from flask_babel import gettext as _
from flask_babel import refresh
from werkzeug.http import HTTP_STATUS_CODES

from instance.core import paging
from instance.core.db import db
from instance.core.errors import DomainError, Invalid, NotAllowed, NotFound
from instance.core.fed import base_url
from instance.core.web import csrf, register_surface, row_number
from instance.mastodon import bodies, rates, tokens
from instance.mastodon.tokens import Bearer
from instance.quartiers.access import residence


class Api(Blueprint):
    """Calls with a slash at the end are the same calls: Ice Cubes sends one behind a tag, toot behind authorize."""

    def add_url_rule(self, rule: str, *words: Any, **wishes: Any) -> None:
        wishes.setdefault("strict_slashes", False)
        super().add_url_rule(rule, *words, **wishes)


bp = Api("mastodon", __name__, url_prefix="/api")
csrf.exempt(bp)  # no cookie speaks here: see `hear_token`
V = TypeVar("V", bound=Callable[..., Any])
encode = msgspec.json.Encoder().encode
TRUE = {"1", "true", "on", "yes"}
FALSE = {"0", "false", "off", "no", ""}


class NoToken(DomainError):
    """The call needs a token, and none that is alive came with it."""

    status = 401


@bp.before_request
def hear_token() -> None:
    """A cookie says nothing here, be it to read or to write (threats.md G5): whoever speaks shows a token."""
    for name in ("account", "account_id", "actor_id", "login_id", "language", "residence", "roles"):
        g.pop(name, None)
    sent_token = _sent_token()
    found = tokens.find_any(sent_token) if sent_token else None
    g.bearer = found if isinstance(found, Bearer) else None
    g.program = found if isinstance(found, tokens.Program) else None
    if g.bearer is not None:
        account = g.bearer.account
        g.account, g.account_id, g.actor_id, g.language = account, account.id, account.actor_id, account.language
        refresh()  # the language of before is forgotten
    rates.count(found.token_id if found is not None else None)


def _sent_token() -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def scope(name: str, *others: str) -> Callable[[V], V]:
    """For bearers of a token that covers `name` (or one of `others`).

    Writing also needs a proven address, save for the own profile.
    """
    names = (name, *others)

    def door(view: V) -> V:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            bearer: Bearer | None = g.bearer
            if bearer is None and g.program is None:
                raise NoToken("no_token", _("Il faut un jeton d’accès valable."))
            if bearer is None:
                raise NotAllowed("program", _("Ce jeton est celui d’une application : il ne parle pour personne."))
            _must_cover(bearer, names)
            if name.startswith("write:") and name != "write:accounts" and residence() is None:
                raise NotAllowed("visitor", _("Prouvez d’abord votre adresse : /preuve, une lettre suffit."))
            return view(*args, **kwargs)

        checked.scopes = names  # type: ignore[attr-defined]  # read by the test that walks every call
        return cast(V, checked)

    return door


def public(name: str) -> Callable[[V], V]:
    """For everybody; a token that comes along must cover `name`. Without one, `viewer()` is a stranger's None."""

    def door(view: V) -> V:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            speaks: Bearer | tokens.Program | None = g.bearer or g.program
            if speaks is not None:
                _must_cover(speaks, (name,))
            elif _sent_token():
                raise NoToken("no_token", _("Il faut un jeton d’accès valable."))
            return view(*args, **kwargs)

        checked.scopes = (name,)  # type: ignore[attr-defined]
        checked.is_public = True  # type: ignore[attr-defined]
        return cast(V, checked)

    return door


def open_call(view: V) -> V:
    """For everybody, and for any token: what it answers tells of nobody."""
    view.is_open = True  # type: ignore[attr-defined]
    return view


def _must_cover(speaks: Bearer | tokens.Program, names: Sequence[str]) -> None:
    if not any(speaks.may(one) for one in names):
        raise NotAllowed("scope", _("Ce jeton ne couvre pas « %(scope)s ».", scope=names[0]))


def viewer() -> int | None:
    """The actor of who speaks; None for a stranger, who reads what is public."""
    # By `g`, not by the account: after a commit that would be one more statement.
    actor_id: int | None = None if g.bearer is None else g.actor_id
    return actor_id


def bearer() -> Bearer:
    """Who speaks; only behind `scope`."""
    found: Bearer = g.bearer
    return found


def check_outside(who: Bearer) -> None:
    """Raise `NotAllowed` for a token whose person did not allow it to say anything to everybody."""
    if not who.may_publish_outside:
        raise NotAllowed("token.outside", _("Cette application ne peut pas publier hors de Quartier Libre."))


def sent() -> dict[str, Any]:
    """The fields of the body and the address; `x[]` is a list, `x[y]` is within `x` (see bodies.py)."""
    return bodies.fields_of(request)


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
def refused(error: DomainError) -> Response:
    """A refusal in words that the program shows to its person."""
    db.session.rollback()
    return fault(error.status, error.sentence)


def fault(status: int, sentence: str = "") -> Response:
    """An error as programs read it; without a sentence, the words that HTTP has."""
    words = sentence or (_("Introuvable.") if status == 404 else HTTP_STATUS_CODES.get(status, "Error"))
    return answer({"error": words}, status)


def _is_for_programs(path: str) -> bool:
    return path.startswith("/api/") or path in FOR_PROGRAMS


FOR_PROGRAMS = {"/oauth/token", "/oauth/revoke", "/oauth/userinfo"}
register_surface(_is_for_programs, fault)
