"""Passing public posts on. What is not public is never passed on, by nobody (threats.md F4)."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, insert, select

from instance.accounts.models import Actor
from instance.core import bus
from instance.core.db import db, new_id
from instance.core.errors import NotAllowed
from instance.core.facts import record
from instance.posts import page_cards
from instance.posts.facts import Boosted, BoostEnded, BoostReceived, PassedOn, PassingEnded
from instance.posts.models import Boost, Post


def boost(actor_id: int, post: Post) -> int:
    """Somebody who lives here passes `post` on to their followers; the number of the boost. Twice is once."""
    if not page_cards.may_travel(post) or post.verdict != "visible":
        raise NotAllowed("boost.private", _("Seul un message visible partout peut être passé à d’autres."))
    if (found := find(actor_id, post.id)) is not None:
        return found
    boost_id = new_id()
    db.session.execute(insert(Boost), [{"id": boost_id, "actor_id": actor_id, "post_id": post.id}])
    bus.publish({"boost": boost_id})
    record(Boosted(post.id, actor_id, boost_id))
    if post.uri is None:
        record(BoostReceived(post.id, actor_id))
    return boost_id


def end(actor_id: int, post: Post) -> None:
    """Take a boost back."""
    boost_id = find(actor_id, post.id)
    if boost_id is not None:
        drop(Boost.id == boost_id)
        record(BoostEnded(post.id, actor_id, boost_id))


def drop(*which: ColumnElement[bool]) -> int:
    """End the boosts that `which` selects, for whoever listens too; how many. Inside `commit()`."""
    ended = delete(Boost).where(*which).returning(Boost.id, Boost.actor_id, Boost.post_id)
    rows = db.session.execute(ended.execution_options(synchronize_session=False)).all()
    for row in rows:
        bus.publish({"unboost": row.id, "actor": row.actor_id, "post": row.post_id})
    return len(rows)


def find(actor_id: int, post_id: int) -> int | None:
    """The number of the boost of this post by this actor."""
    return db.session.scalar(select(Boost.id).where(Boost.actor_id == actor_id, Boost.post_id == post_id))


def behind(number: int) -> int:
    """The number of the post that `number` stands for: of a boost, what was passed on; any other is its own."""
    return db.session.scalar(select(Boost.post_id).where(Boost.id == number)) or number


def keep(actor_id: int, post_id: int, uri: str, via: Sequence[str] = ()) -> None:
    """A boost by somebody elsewhere, told to an author who lives here. Twice is once.

    A Group makes the post its own where the post speaks to it; `via` names those through which it came (federation.md
    §8): what came at second hand is not passed on.
    """
    if find(actor_id, post_id) is not None:
        return
    boost_id = new_id()
    db.session.execute(insert(Boost), [{"id": boost_id, "actor_id": actor_id, "post_id": post_id, "uri": uri}])
    bus.publish({"boost": boost_id})
    post = db.session.get_one(Post, post_id)
    if post.uri is None:
        record(BoostReceived(post_id, actor_id))
        return
    booster = db.session.get_one(Actor, actor_id)
    if booster.kind != "group" or booster.uri not in (post.details or {}).get("groups", []):
        return
    post.group_id = post.group_id or booster.id
    if post.group_id == booster.id and not via:
        record(PassedOn(post_id, booster.id))


def undone(actor_id: int, uri: str) -> None:
    """Somebody elsewhere takes the boost `uri` back: where a Group did, others take it back after it."""
    row = db.session.scalar(select(Boost).where(Boost.actor_id == actor_id, Boost.uri == uri))
    if row is not None and db.session.get_one(Post, row.post_id).group_id == actor_id:
        record(PassingEnded(row.post_id, actor_id))
