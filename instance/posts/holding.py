"""Words from outside that wait for a moderator of the quartier in whose public thread they would stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from instance.accounts.models import Actor
from instance.core import bus
from instance.core.db import db
from instance.core.errors import NotFound
from instance.core.facts import record
from instance.posts import service
from instance.posts.facts import PostApproved
from instance.posts.models import Post, WallEntry
from instance.quartiers.models import Quartier

SHOWN = 100


@dataclass(frozen=True)
class Held:
    """A post that waits, its author, the thread and the quartier."""

    post: Post
    author: Actor
    root: Post
    place: str


def _held(quartier_ids: Collection[int]) -> Select[Post, Actor, Post, str]:
    root = aliased(Post)
    stands = or_(Quartier.id == root.home_id, Quartier.actor_id == WallEntry.wall_id)
    return (
        select(Post, Actor, root, Quartier.name)
        .join(Actor, Actor.id == Post.author_id)
        .join(root, root.id == Post.thread_id)
        .outerjoin(WallEntry, and_(WallEntry.post_id == root.id, WallEntry.reason == "outside"))
        .join(Quartier, stands)
        .where(Post.is_held, Post.deleted_at.is_(None), Quartier.id.in_(quartier_ids))
    )


def waiting(quartier_ids: Collection[int]) -> list[Held]:
    """What waits in these quartiers, the oldest first, at most `SHOWN`."""
    rows = db.session.execute(_held(quartier_ids).order_by(Post.id).limit(SHOWN))
    return [Held(*row) for row in rows]


def number(quartier_ids: Collection[int]) -> int:
    """How much waits in these quartiers."""
    return db.session.scalar(_held(quartier_ids).with_only_columns(func.count(Post.id.distinct()))) or 0


def _one(post_id: int, quartier_ids: Collection[int]) -> Post:
    found = db.session.get(Post, post_id) if db.session.scalar(_held(quartier_ids).where(Post.id == post_id)) else None
    if found is None:
        raise NotFound
    db.session.refresh(found, with_for_update=True)
    if not found.is_held:
        raise NotFound
    return found


def approve(post_id: int, quartier_ids: Collection[int]) -> None:
    """Let it stand in its thread, for everybody. Raises `NotFound` for what does not wait there."""
    post = _one(post_id, quartier_ids)
    post.is_held = False
    post.version += 1
    db.session.flush()
    if post.reply_to_id is not None:
        service.refresh_walls(post.thread_id)
    record(PostApproved(post.id))
    bus.publish({"update": post.id})


def refuse(post_id: int, quartier_ids: Collection[int]) -> None:
    """Keep nothing of it. What its author changes later changes nothing here."""
    service.wipe(_one(post_id, quartier_ids))
