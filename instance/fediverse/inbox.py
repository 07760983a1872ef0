"""The inboxes: what other servers post is checked, stored and answered; the worker understands it later."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Blueprint, Response, request
from sqlalchemy import bindparam, select
from werkzeug.exceptions import RequestEntityTooLarge

from federation import FederationError
from federation.documents import MAX_BYTES
from federation.errors import TooFast, TooLarge
from federation.urls import host_of
from federation.vocabulary import ACTIVITY_JSON, AS
from instance.accounts import followers_sync, follows
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import db
from instance.core.errors import NotFound
from instance.core.web import csrf
from instance.fediverse import callers

bp = Blueprint("inbox", __name__)
csrf.exempt(bp)

_ACTOR = select(Actor).where(Actor.path == bindparam("path"))


@bp.post("/inbox")
def shared() -> Response:
    """For everybody here."""
    return _receive()


@bp.post("/actor/inbox")
def instance() -> Response:
    """For the city as such: reports."""
    return _receive()


@bp.post("/u/<handle>/inbox")
def person(handle: str) -> Response:
    """For one resident."""
    _known(f"/u/{handle.lower()}")
    return _receive()


@bp.post("/q/<slug>/inbox")
def quartier(slug: str) -> Response:
    """For one quartier; that of a pilot is not there."""
    _known(f"/q/{slug.lower()}")
    return _receive()


@bp.post("/pages/<slug>/inbox")
def organization(slug: str) -> Response:
    """For one page; that of a draft is not there."""
    _known(f"/pages/{slug.lower()}")
    return _receive()


@bp.get("/u/<handle>/followers_synchronization")
def followers_of_person(handle: str) -> Response:
    """Followers of a resident on the server that asks (FEP-8fcf)."""
    return _partial(_known(f"/u/{handle.lower()}"))


@bp.get("/pages/<slug>/followers_synchronization")
def followers_of_page(slug: str) -> Response:
    """The same of a page."""
    return _partial(_known(f"/pages/{slug.lower()}"))


@bp.get("/q/<slug>/followers_synchronization")
def followers_of_quartier(slug: str) -> Response:
    """The same of a quartier."""
    return _partial(_known(f"/q/{slug.lower()}"))


def _known(path: str) -> Actor:
    """Whom this inbox belongs to. Raises `NotFound` where strangers may not know anybody."""
    actor = db.session.scalar(_ACTOR, {"path": path})
    if actor is None or not follows.may_be_followed(actor):
        raise NotFound
    return actor


def _receive() -> Response:
    request.max_content_length = MAX_BYTES
    if (request.content_length or 0) > MAX_BYTES:
        raise TooLarge("activity.size")
    status = fed.engine().receive(callers.as_sent(request.get_data(cache=False)))
    return Response("", status)


def _partial(actor: Actor) -> Response:
    """Only a server's own people are told to it, so only a signed request gets an answer."""
    actor_id = actor.id
    reader = fed.engine().reader(callers.as_sent(b""))
    if reader is None:
        return _refused(401, "signature.absent")
    uri = fed.base_url() + request.path
    items = followers_sync.partial(actor_id, host_of(reader))
    said = {"@context": AS, "id": uri, "type": "OrderedCollection", "orderedItems": items}
    return _as_json(said, 200, ACTIVITY_JSON)


@bp.errorhandler(FederationError)
def _federation(error: FederationError) -> Response:
    db.session.rollback()
    answer = _refused(error.status, error.code)
    if isinstance(error, TooFast):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


@bp.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Response:
    return _refused(413, "activity.size")


def _refused(status: int, code: str) -> Response:
    """A reason as a word: never what was said, or who is here."""
    return Response("", status) if status < 300 else _as_json({"error": code}, status, "application/json")


def _as_json(said: Mapping[str, object], status: int, kind: str) -> Response:
    answer = Response(json.dumps(said), status, content_type=kind)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
