"""/api/v1/statuses: writing, reading, deleting. A client that sends nothing posts to its quartier."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from instance.core import secrets
from instance.core.db import commit, db
from instance.core.errors import Invalid, NotAllowed, NotFound
from instance.mastodon import render
from instance.mastodon.api import answer, bearer, bp, check_outside, number, scope, sent, text
from instance.mastodon.tokens import Bearer
from instance.posts import audience, service, threads, visibility
from instance.posts.compose import LANGUAGES
from instance.posts.models import Post
from instance.quartiers.access import residence
from instance.quartiers.models import Quartier

AUDIENCES = {"quartier": "quartier", "voisins": "neighbours"}


@bp.post("/v1/statuses")
@scope("write:statuses")
def publish() -> Response:
    """A new post, or a reply; the answer shows the audience that was kept (mastodon-api.md, audiences)."""
    fields = sent()
    home = _home()
    words = service.Words(
        text(fields, "status") or "", language=_language(fields), once=_once(), may_be_untitled=True,
    )  # fmt: skip
    me = bearer().account
    with commit():
        answered = _answered(fields, me.actor_id)
        if answered is None:
            post_id = service.publish(me, home, words, audience.for_post(_scope(fields, bearer()), home))
        else:
            readers = _reply_scope(fields, bearer(), answered, home)
            post_id = service.reply(me, home, answered, words, audience.for_reply(readers, answered, home))
    return _one(post_id)


def _home() -> Quartier:
    here = residence()
    if here is None or not here.may_post:
        raise NotAllowed("post.closed", _("Votre quartier n’est pas encore ouvert, ou votre preuve a pris fin."))
    return here.quartier


def _language(fields: dict[str, Any]) -> str:
    code = (text(fields, "language") or "fr")[:2]
    return code if code in LANGUAGES else "fr"


def _once() -> str | None:
    """The same Idempotency-Key gives the same post; kept with the post as the sign of its form."""
    key = request.headers.get("Idempotency-Key")
    return f"api:{secrets.digest(key)[:40]}" if key else None


def _answered(fields: dict[str, Any], viewer: int) -> Post | None:
    asked = fields.get("in_reply_to_id")
    if asked in (None, ""):
        return None
    post = visibility.find(viewer, number(asked))
    if post is None:
        raise NotFound
    return post


def _scope(fields: dict[str, Any], who: Bearer) -> str:
    """Our audience for Mastodon's visibility: public only where the token may, `unlisted` never public."""
    wished, own_word = text(fields, "visibility"), text(fields, "quartier_audience")
    if wished == "direct":
        raise Invalid("status.direct", _("Les messages privés ne sont pas encore possibles ici."), field="visibility")
    if own_word:
        if own_word not in AUDIENCES:
            raise Invalid("status.audience", _("Ce public n’existe pas."), field="quartier_audience")
        return AUDIENCES[own_word]
    if wished == "public":
        return "public" if who.may_publish_outside else "quartier"
    return "neighbours" if wished == "unlisted" else "quartier"


def _reply_scope(fields: dict[str, Any], who: Bearer, answered: Post, home: Quartier) -> str:
    """The audience asked for if the reply may have it, else the narrowest that reaches whom it answers."""
    possible = audience.reply_scopes(answered, home)
    wished = _scope(fields, who) if text(fields, "visibility") or text(fields, "quartier_audience") else possible[0]
    kept = wished if wished in possible else possible[0]
    if kept == "public":
        check_outside(who)
    return kept


def _one(post_id: int) -> Response:
    found = render.status(bearer().account.actor_id, post_id)
    if found is None:
        raise NotFound
    return answer(found)


@bp.get("/v1/statuses/<int:post_id>")
@scope("read:statuses")
def status(post_id: int) -> Response:
    """One post, if the bearer may read it."""
    return _one(post_id)


@bp.get("/v1/statuses/<int:post_id>/context")
@scope("read:statuses")
def context(post_id: int) -> Response:
    """The posts before it and after it, those that the bearer may read."""
    viewer = bearer().account.actor_id
    post = visibility.find(viewer, post_id)
    if post is None:
        raise NotFound
    others = [post.thread_id, *(one.id for one in threads.replies(viewer, post.thread_id))]
    found = render.statuses(viewer, others)
    before = [found[one] for one in others if one in found and one < post_id]
    after = [found[one] for one in others if one in found and one > post_id]
    return answer({"ancestors": before, "descendants": after})


@bp.delete("/v1/statuses/<int:post_id>")
@scope("write:statuses")
def remove(post_id: int) -> Response:
    """Delete an own post for good; the answer is the post as it was."""
    me = bearer().account
    was = render.status(me.actor_id, post_id)
    with commit():
        service.delete_own(me, post_id)
    db.session.rollback()
    return answer(was)
