"""Passing public posts on. What is not public is never passed on, by nobody (threats.md F4)."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select

from instance.core.db import db, new_id
from instance.core.errors import NotAllowed
from instance.core.facts import record
from instance.posts.facts import Boosted, BoostEnded, BoostReceived
from instance.posts.models import Boost, Post


def boost(actor_id: int, post: Post) -> int:
    """Somebody who lives here passes `post` on to their followers; the number of the boost. Twice is once."""
    if not post.is_public or post.is_held or post.is_nameless or post.verdict != "visible":
        raise NotAllowed("boost.private", _("Seul un message visible partout peut être passé à d’autres."))
    if (found := find(actor_id, post.id)) is not None:
        return found
    boost_id = new_id()
    db.session.execute(insert(Boost), [{"id": boost_id, "actor_id": actor_id, "post_id": post.id}])
    record(Boosted(post.id, actor_id, boost_id))
    return boost_id


def end(actor_id: int, post: Post) -> None:
    """Take a boost back."""
    boost_id = find(actor_id, post.id)
    if boost_id is not None:
        db.session.execute(delete(Boost).where(Boost.id == boost_id))
        record(BoostEnded(post.id, actor_id, boost_id))


def find(actor_id: int, post_id: int) -> int | None:
    """The number of the boost of this post by this actor."""
    return db.session.scalar(select(Boost.id).where(Boost.actor_id == actor_id, Boost.post_id == post_id))


def keep(actor_id: int, post_id: int, uri: str) -> None:
    """A boost by somebody elsewhere, told to an author who lives here. Twice is once."""
    if find(actor_id, post_id) is None:
        db.session.execute(
            insert(Boost), [{"id": new_id(), "actor_id": actor_id, "post_id": post_id, "uri": uri}]
        )  # fmt: skip
        if db.session.get_one(Post, post_id).uri is None:
            record(BoostReceived(post_id, actor_id))
