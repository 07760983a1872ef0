"""What we show to other servers: actors, posts, activities and collections, at the addresses that people click too.

Answered before anything else of a request happens: no session, no reader, one minute in any cache. An address that is
hidden answers as one that never was, signed or not.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, current_app, request

from federation import BadDocument, BadSignature, Request, signatures
from federation.urls import host_of
from federation.vocabulary import ACTIVITY_JSON, AS
from instance.core import fed
from instance.fediverse.ports_documents import CITY, is_stone
from instance.peers import rules

bp = Blueprint("documents", __name__)
CACHE_S = 60
# Pages for people, at whose address a document stands too.
PAGES = frozenset({"profiles.person", "timelines.wall", "posts.thread"})
ROOMS = frozenset({"documents", "discovery"})
COLLECTIONS = {
    "/actor": ("outbox", "followers", "following"),
    "/u/<handle>": ("outbox", "followers", "following"),
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
    if not _is_welcome():
        return _absent()
    uri = fed.uri_of(request.path.lower())
    said = CITY.get(uri, None) or CITY.collection(uri, request.args.get("page"), None)
    return _absent() if said is None else _answer(said, 410 if is_stone(said) else 200)


def _is_welcome() -> bool:
    """False for a server that is blocked, by the name it gives itself: to public things a signature opens nothing.

    So none is checked here, and no stranger makes us fetch a key; a liar gets what anybody gets unsigned.
    """
    try:
        key_id = signatures.key_id(Request(request.method, request.url, _headers()))
        return key_id is None or rules.severity(host_of(key_id)) != "block"
    except (BadSignature, BadDocument):
        return True


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _answer(said: dict[str, Any], status: int) -> Response:
    body = msgspec.json.encode(said)
    answer = Response(body, status, content_type=ACTIVITY_JSON)
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.headers["Cache-Control"] = f"public, max-age={CACHE_S}"
    answer.headers["Vary"] = "Accept, Signature"
    if status == 200:
        answer.make_conditional(request)
    return answer


def _absent() -> Response:
    """Hidden, absent, not open yet, not for this server: one answer to the byte."""
    answer = Response(b'{"error":"not_found"}', 404, content_type="application/json")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Vary"] = "Accept, Signature"
    return answer


bp.add_url_rule("/actor", "instance", show)
bp.add_url_rule("/a/<int:activity_id>", "activity", show)
for _owner, _names in COLLECTIONS.items():
    for _name in _names:
        bp.add_url_rule(f"{_owner}/{_name}", f"{_owner.split('/')[1]}_{_name}", show)
