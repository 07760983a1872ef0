"""What we show to other servers: actors, posts, activities and collections, at the addresses that people click too.

Answered before anything else of a request happens: no session, one minute in any cache. An address that is hidden
answers as one that never was, signed or not. A partner city alone, by the signature of its Application, reads a little
more of persons and posts, and no cache keeps that.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, current_app, request

from federation.errors import TooFast
from federation.vocabulary import ACTIVITY_JSON, AS
from instance.core import fed
from instance.fediverse import answers, callers
from instance.fediverse.ports_documents import CITY, is_stone
from instance.partners import agreements
from instance.peers import rules

bp = Blueprint("documents", __name__)
CACHE_S = 60
# Pages for people, at whose address a document stands too; at that of a thematic group there is none, for anybody.
PAGES = frozenset({"profiles.person", "timelines.wall", "posts.thread", "pages.site_page", "groups.show"})
ROOMS = frozenset({"documents", "discovery", "attest"})
COLLECTIONS = {
    "/actor": ("outbox", "followers", "following", "quartiers", "pilots"),
    "/u/<handle>": ("outbox", "followers", "following"),
    "/pages/<slug>": ("outbox", "followers", "following", "featured"),
    "/q/<slug>": ("outbox", "followers", "following", "featured", "moderators", "adjacent", "residents"),
    "/p/<int:post_id>": ("replies", "context"),
}  # fmt: skip


def bind(app: Flask) -> None:
    """Answer ahead of sessions: what looks for a reader would tell caches that each cookie gets its own answer."""
    app.before_request_funcs.setdefault(None, []).insert(1, answer_early)  # after the stop-watch of the log


def answer_early() -> Response | None:
    """The document, where one is asked for; else None, and the request goes its way."""
    if request.method not in {"GET", "HEAD"}:
        return None
    if request.endpoint in PAGES:
        return show() if wants_document() else None
    if request.blueprint in ROOMS and request.endpoint:
        found = current_app.view_functions[request.endpoint](**(request.view_args or {}))
        assert isinstance(found, Response)
        return found
    return None


def wants_document() -> bool:
    """Whether the reader asks for ActivityPub by its name, and no less than for a page."""
    wanted = 0.0
    for kind, quality in request.accept_mimetypes:
        name = kind.lower().replace(" ", "")
        if name.startswith(ACTIVITY_JSON) or (name.startswith("application/ld+json") and AS in name):
            wanted = max(wanted, quality)
    return wanted > 0 and wanted >= request.accept_mimetypes["text/html"]


def show(**_parts: Any) -> Response:
    """The document at the address that is asked for."""
    signer = callers.signing_host()
    if signer is not None and rules.severity(signer) == "block":
        # By the name it gives itself: a liar gets what anybody gets unsigned.
        return answers.absent()
    uri = fed.uri_of(request.path.lower())
    said = CITY.get(uri, None) or CITY.collection(uri, request.args.get("page"), None)
    if signer is not None and request.endpoint in PAGES and agreements.is_partner(signer):
        try:
            more = _for_partner(uri)
        except TooFast as error:
            return answers.later(error.retry_after_s)
        if more is not None and more != said:
            return answers.private(more)
    return answers.absent() if said is None else _answer(said, 410 if is_stone(said) else 200)


def _for_partner(uri: str) -> dict[str, Any] | None:
    """What a partner city reads there, if it is the one that signed."""
    asking = callers.partner()
    return CITY.get(uri, asking.uri) if asking is not None else None


def _answer(said: dict[str, Any], status: int) -> Response:
    body = msgspec.json.encode(said)
    answer = Response(body, status, content_type=ACTIVITY_JSON)
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.headers["Cache-Control"] = f"public, max-age={CACHE_S}"
    answer.headers["Vary"] = answers.VARY
    if status == 200:
        answer.make_conditional(request)
    return answer


bp.add_url_rule("/actor", "instance", show)
bp.add_url_rule("/a/<int:activity_id>", "activity", show)
for _owner, _names in COLLECTIONS.items():
    for _name in _names:
        bp.add_url_rule(f"{_owner}/{_name}", f"{_owner.split('/')[1]}_{_name}", show)
