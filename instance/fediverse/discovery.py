"""How other servers find us: from a name to an actor (WebFinger), from a host to what runs on it (NodeInfo)."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from federation import BadDocument, nodeinfo, webfinger
from federation.vocabulary import JRD_JSON, XRD_XML
from instance.accounts import keys
from instance.core import fed
from instance.core.release import SOFTWARE, version
from instance.core.web import settings
from instance.fediverse.ports_documents import CITY, is_stone
from instance.verification import signup

bp = Blueprint("discovery", __name__)
CACHE_S = 600
RESOURCE_BYTES = 512


@bp.get("/.well-known/webfinger")
def finger() -> Response:
    """The actor behind `acct:name@host`, or behind one of our own addresses."""
    resource = request.args.get("resource", "")
    if not resource or len(resource.encode()) > RESOURCE_BYTES:
        return _answer({"error": "resource"}, 400)
    try:
        uri = _named(resource)
    except BadDocument:
        return _answer({"error": "resource"}, 400)
    said = CITY.get(uri, None) if uri else None
    if said is None or is_stone(said):
        return _answer({"error": "not_found"}, 404)
    subject = f"acct:{said['preferredUsername']}@{fed.host()}"
    # Where this person, at home here, looks somebody up whom they met elsewhere.
    subscribe = fed.uri_of("/chercher?q={uri}") if said["type"] == "Person" else None
    return _answer(webfinger.document(subject, said["id"], said.get("url"), subscribe), kind=JRD_JSON)


def _named(resource: str) -> str | None:
    """The actor's address; None if there is none. Raises `BadDocument` for what names nobody anywhere."""
    # FEP-d556: the server itself.
    # quirk(mastodon): its instance actor is named by its host, and others ask for ours so.
    if resource.rstrip("/") == fed.base_url() or resource == f"acct:{fed.host()}@{fed.host()}":
        return fed.uri_of(keys.INSTANCE)
    if resource.startswith(("https://", "http://")):
        path = fed.path_of(resource)
        return fed.uri_of(path.lower()) if path and re.fullmatch(r"/(?:(?:[uq]|pages)/[^/]+|actor)", path) else None
    user, host = webfinger.parse_resource(resource, max_bytes=RESOURCE_BYTES)
    if host != fed.host():
        return None
    return CITY.actor_of(user)


@bp.get("/.well-known/host-meta")
def host_meta() -> Response:
    """Where WebFinger answers, for servers that ask first."""
    return _open(Response(webfinger.host_meta(fed.base_url()), content_type=f"{XRD_XML}; charset=utf-8"))


@bp.get("/.well-known/nodeinfo")
def nodeinfo_links() -> Response:
    """Which versions there are, and who fetches for this city (FEP-2677)."""
    return _answer(nodeinfo.links(fed.base_url(), fed.uri_of(keys.INSTANCE)), kind=JRD_JSON)


@bp.get("/nodeinfo/2.0", endpoint="nodeinfo_2_0", defaults={"kind": "2.0"})
@bp.get("/nodeinfo/2.1", endpoint="nodeinfo_2_1", defaults={"kind": "2.1"})
def node(kind: str) -> Response:
    """What runs here, and nothing about who lives here."""
    said = nodeinfo.document(
        kind, software=SOFTWARE, software_version=version(), users={}, open_registrations=signup.is_open(settings()),
        metadata={"nodeName": settings().name},
    )  # fmt: skip
    return _answer(said, kind=f'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/{kind}#"')


def _answer(said: dict[str, Any], status: int = 200, *, kind: str = "application/json") -> Response:
    return _open(Response(msgspec.json.encode(said), status, content_type=kind))


def _open(answer: Response) -> Response:
    """What is there stays for ten minutes, what is not for none (any page may read it: mastodon/crossing.py)."""
    found = answer.status_code == 200
    answer.headers["Cache-Control"] = f"public, max-age={CACHE_S}" if found else "no-store"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer
