"""Which partner city asks: the one thing that opens more than the public answer, and only to a few questions.

A signature is checked only where the key's own name is of a live partner: no stranger makes us fetch a key. It counts
if its owner is the very Application with which the agreement was signed.
"""

from __future__ import annotations

from flask import g, request

from federation import BadDocument, BadSignature, Request, signatures
from federation.errors import FederationError, TooFast
from federation.urls import host_of
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import db
from instance.partners import agreements
from instance.partners.claims_given import Partner
from instance.posts import far_reads, visibility


def as_sent(body: bytes = b"") -> Request:
    """The request under our public address: a signature names that one, whatever stands in front of us (A6)."""
    target = request.full_path if request.query_string else request.path
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(request.method, fed.base_url() + (raw if raw.startswith("/") else target), headers, body)


def signing_host() -> str | None:
    """The server of the key that the request names, whether or not it was signed by it."""
    try:
        key_id = signatures.key_id(as_sent())
        return host_of(key_id) if key_id is not None else None
    except (BadSignature, BadDocument):
        return None


def partner() -> Partner | None:
    """The partner whose Application signed this request; None for everybody else, whatever they signed.

    Raises `TooFast` when too many keys are being fetched to ask for this one now.
    """
    if "partner" not in g:
        g.partner = _partner()
    found: Partner | None = g.partner
    return found


def _partner() -> Partner | None:
    host = signing_host()
    agreement = agreements.live_with(host) if host is not None else None
    if host is None or agreement is None:
        return None
    application = db.session.get_one(Actor, agreement.partner_id)
    known = Partner(application.id, application.uri or "", host)
    db.session.rollback()  # its key may have to be fetched: no transaction stays open meanwhile
    try:
        owner = fed.engine().reader(as_sent())
    except TooFast:
        raise
    except FederationError:
        return None
    return known if owner == known.uri else None


def may_read(viewer: int | None, post_id: int) -> bool:
    """The gate of pictures: a reader who may read the post, or the partner that it was sent to and that signs for it.

    For a partner, an address that names it is not enough, nor is its signature without that address.
    """
    if visibility.may_read(viewer, post_id):
        return True
    if viewer is None or not far_reads.may_read(viewer, post_id):
        return False
    try:
        asking = partner()
    except TooFast:
        return False
    return asking is not None and asking.actor_id == viewer
