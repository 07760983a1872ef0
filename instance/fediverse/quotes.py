"""The leave to quote a public post, at the address that our Accept of a QuoteRequest names (FEP-044f)."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response, request

from federation.vocabulary import ACTIVITY_JSON
from instance.core.db import db
from instance.core.errors import NotFound
from instance.posts import quotes, wire
from instance.posts.models import Post

bp = Blueprint("quotes", __name__)


@bp.get("/p/<int:post_id>/citation")
def authorization(post_id: int) -> Response:
    """The QuoteAuthorization; gone with the post, and never there for what we did not allow or allow no more."""
    post = db.session.get(Post, post_id)
    quoting, mark = request.args.get("par", ""), request.args.get("m", "")
    said = wire.quote_authorization(post, quoting, mark) if post is not None else None
    if said is None or post is None or quotes.is_revoked(post, quoting):
        raise NotFound
    return Response(msgspec.json.encode(said), content_type=ACTIVITY_JSON)
