"""What every page shares: rendering, protection of forms, headers, and one answer per kind of error."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_babel import gettext as _
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from instance.core.db import db
from instance.core.errors import DomainError, Invalid, NotFound
from instance.settings import Settings

UNREPEATED = re.compile("csrf_token|password|code|next")  # fields that no page shows again
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class Forms(CSRFProtect):  # type: ignore[misc]  # flask_wtf brings no types
    """What every write shows: the token of its form, and no other site as its origin (threats.md G5)."""

    def protect(self, apply_exemptions: bool = False) -> None:
        """Refuse what comes from elsewhere. Mail programs that unsubscribe are exempt; browsers always say."""
        is_write = request.method in current_app.config["WTF_CSRF_METHODS"] and request.endpoint is not None
        if is_write and not (apply_exemptions and self._is_exempt()) and not _is_from_here(request.origin):
            raise CSRFError("")
        super().protect(apply_exemptions)


def _is_from_here(origin: str | None) -> bool:
    return origin is None or origin in {f"{request.scheme}://{request.host}", settings().base_url}


csrf = Forms()
BUSY_S = 5
FEED_CACHE_S = 300
HIGHEST = 2**63 - 1  # of a row


def network() -> str:
    """The caller's address as far as limits need it: IPv4 whole, IPv6 by /64 (threats.md G6)."""
    address = get_remote_address()
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


limiter = Limiter(key_func=network, headers_enabled=False)


def settings() -> Settings:
    """The settings of the running app."""
    found: Settings = current_app.extensions["quartier"]
    return found


def current_viewer() -> int | None:
    """Actor id of who is reading, None for a stranger."""
    return getattr(g, "actor_id", None)


def current_account_id() -> int | None:
    """Account id of who is reading, None for a stranger."""
    return getattr(g, "account_id", None)


def page(template: str, status: int = 200, **values: Any) -> Response:
    """The page made from `template`; what is shown to somebody is never kept by a cache."""
    answer = make_response(render_template(template, **values), status)
    if current_viewer() is not None or getattr(g, "has_form", False):
        answer.headers["Cache-Control"] = "private, no-store"
    return answer


def feed(words: bytes) -> Response:
    """The answer to a feed reader: kept for five minutes by any cache, asked again by its tag."""
    answer = Response(words, content_type="application/atom+xml; charset=utf-8")
    answer.headers["Cache-Control"] = f"public, max-age={FEED_CACHE_S}"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def is_fragment() -> bool:
    """Whether htmx asks for a piece of the page instead of the whole one."""
    return "HX-Request" in request.headers


def local_path(target: str | None, default: str = "/") -> str:
    """`target` if it is a path of this instance, else `default`: no redirect leaves the house."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return default
    parts = urlsplit(target)
    return target if not parts.netloc and not parts.scheme and target.isprintable() else default


def row_number(text: str) -> int:
    """`text` as the number of a row (for `request.args.get(type=…)`). Raises `ValueError` where no row can have it."""
    if not text.isdecimal() or len(text) > 19 or (number := int(text)) > HIGHEST:
        raise ValueError("not the number of a row")
    return number


class _RowNumber(IntegerConverter):
    """Numbers in addresses: what no row can have is an absent page, before any database is asked."""

    regex = "[0-9]{1,19}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=HIGHEST)


def bind(app: Flask) -> None:
    """Protection of forms, headers and error pages for `app`."""
    app.url_map.converters["int"] = _RowNumber
    app.before_request(_refuse_nul)
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_headers)
    app.register_error_handler(DomainError, _refusal)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(Exception, _fault)


def _refuse_nul() -> None:
    """No text that people type holds a NUL, and PostgreSQL keeps none: refused before anything is asked."""
    asked = (value for _name, value in request.args.items(multi=True))
    if "\0" in request.path or any("\0" in value for value in asked):
        raise NotFound
    if any(has(request.path) for has, _told in _surfaces):
        return  # bodies of programs come in more forms: read and checked in mastodon/bodies.py
    if request.method == "POST" and any("\0" in value for _name, value in request.form.items(multi=True)):
        raise Invalid("input.nul", _("Ce texte contient un signe qui n’en est pas un. Effacez-le et recommencez."))


def _headers(answer: Response) -> Response:
    headers = answer.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "unsafe-none" if _is_awaited() else "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()")
    if request.endpoint == "static":
        headers["Access-Control-Allow-Origin"] = "*"  # the portrait of who has none is shown by programs elsewhere
    else:
        headers.setdefault("Cache-Control", "private, no-store")
        headers.setdefault("Vary", "Accept, Authorization, Cookie, HX-Request, Signature")
    if settings().base_url.startswith("https"):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return answer


AWAITED = "/oauth/authorize"  # a program in a browser opens it in a window of its own, and waits for what comes back
ON_THE_WAY = (AWAITED, "/oauth/autre-compte", "/connexion", "/reglages/deuxieme-etape")
SMALL = 64 * 1024


def _is_awaited() -> bool:
    """Whether this is the page of consent or a step of the log-in on the way to it: cut off from the window that
    opened it, the program there would never hear its code (Phanpy). No other page is, whatever its address says."""
    if not request.path.startswith(ON_THE_WAY):
        return False
    sent = request.form.get("next", "") if (request.content_length or 0) < SMALL and request.method == "POST" else ""
    return any(path.startswith(AWAITED) for path in (request.path, request.args.get("next", ""), sent))


Surface = tuple[Callable[[str], bool], Callable[[int, str], Response]]
_surfaces: list[Surface] = []


def register_surface(has: Callable[[str], bool], answer: Callable[[int, str], Response]) -> None:
    """Have errors at paths that `has` names told by `answer` (status, sentence): programs read no page."""
    if (has, answer) not in _surfaces:
        _surfaces.append((has, answer))


def _error(status: int, sentence: str = "", typed: Sequence[str] = ()) -> Response:
    for has, told in _surfaces:
        if has(request.path):
            return told(status, sentence)
    known = {403, 404, 413, 429, 500, 503, 507}
    template = f"errors/{status}.html" if status in known else "errors/400.html"
    answer = make_response(render_template(template, sentence=sentence, status=status, typed=typed), status)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _refusal(error: DomainError) -> Response:
    db.session.rollback()
    return _error(404) if isinstance(error, NotFound) else _error(error.status, error.sentence)


def what_was_typed() -> list[str]:
    """The longer texts of the form at hand, to be shown again where it cannot be taken; never a secret."""
    return [value for name, value in request.form.items() if len(value) > 20 and not UNREPEATED.search(name)]


def _stale_form(error: CSRFError) -> Response:
    sentence = _("Rien n’est parti : cette page était ouverte depuis trop longtemps. Rechargez-la, puis recommencez.")
    current_app.logger.info("form refused: %s", error.description)
    return _error(400, sentence, what_was_typed())


def _http(error: HTTPException) -> Response:
    db.session.rollback()
    if error.code is not None and error.code < 400:
        return make_response(error.get_response())
    answer = _error(error.code or 500)
    if error.code == 405:
        answer.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or [])
    return answer


def _busy(error: OperationalError) -> Response:
    current_app.logger.warning("database busy or away: %s", type(error.orig).__name__)
    db.session.rollback()
    g.is_fault = True
    answer = _error(503)
    answer.headers["Retry-After"] = str(BUSY_S)
    return answer


def _fault(error: Exception) -> Response:
    current_app.logger.exception("fault at %s", request.url_rule)
    db.session.rollback()
    g.is_fault = True
    return _error(500)
