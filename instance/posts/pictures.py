"""Pictures that come late: cards are drawn anew, and an address that ran out meanwhile is asked for again."""

from __future__ import annotations

from sqlalchemy import select, update

from federation import BadDocument
from federation.urls import host_of
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import db
from instance.partners import agreements
from instance.posts import far, foreign
from instance.posts.models import Post


def redraw(post_id: int | None, actor_id: int | None) -> None:
    """Give the post, or everything by the actor, a new version. Inside `commit()`."""
    if post_id is not None:
        db.session.execute(update(Post).where(Post.id == post_id).values(version=Post.version + 1))
    if actor_id is not None:
        db.session.execute(update(Actor).where(Actor.id == actor_id).values(version=Actor.version + 1))


def asks_by_name(post_id: int, url: str) -> bool:
    """Whether the picture at `url` is asked for in this city's name: it came with a partner's words for a few.

    Anybody can name an address of a partner as that of a picture: nobody makes us knock there as ourselves.
    """
    post = db.session.get(Post, post_id)
    try:
        return post is not None and far.came_by_passage(post) and agreements.is_partner(host_of(url))
    except BadDocument:
        return False


def fresh_address(post_id: int, url: str) -> str | None:
    """Where the picture that stood at `url` is found now: its post is asked for anew, in this city's name.

    A partner city signs such addresses for a day only; it may have been away for longer. Outside of any transaction;
    raises a `FederationError`.
    """
    uri = db.session.scalar(select(Post.uri).where(Post.id == post_id, Post.deleted_at.is_(None)))
    db.session.rollback()
    if uri is None:
        return None
    found = fed.engine().fetch(uri)
    if found.id != uri:
        return None
    place = url.partition("?")[0]
    return next((one.url for one in foreign.read(found).pictures if one.url.partition("?")[0] == place), None)
