"""What a partner city may read by itself: words for a quartier and its neighbours that were sent to it, no more."""

from __future__ import annotations

from federation.errors import BadDocument
from federation.urls import host_of, is_same_origin
from instance.accounts.models import Actor
from instance.core.db import db
from instance.posts import far, wire
from instance.posts.models import Post
from instance.posts.wire import Json


def may_read(application_id: int, post_id: int) -> bool:
    """Whether the Application `application_id` may read a post now: it went to a Group of that city, whose way is open.

    Who asks must have signed by that Application: that is for the caller to see to.
    """
    actor = db.session.get(Actor, application_id)
    if actor is None or actor.kind != "application" or actor.uri is None:
        return False
    post = db.session.get(Post, post_id)
    return post is not None and far.is_said(post) and was_sent_to(post, actor.uri)


def document(post_id: int, application_uri: str) -> Json | None:
    """The post as it is now, for the Application of a partner that has proved to ask; None for anything else."""
    post = db.session.get(Post, post_id)
    if post is None or not far.is_said(post) or not was_sent_to(post, application_uri):
        return None
    return wire.far_document(post, host_of(application_uri))


def was_sent_to(post: Post, application_uri: str) -> bool:
    """Whether a Group of the city at `application_uri` was named when `post` was written, and may get it still."""
    return any(one.is_open and _is_of(one.uri, application_uri) for one in far.reached([post.id]).get(post.id, ()))


def _is_of(group_uri: str, application_uri: str) -> bool:
    try:
        return is_same_origin(group_uri, application_uri)
    except BadDocument:
        return False
