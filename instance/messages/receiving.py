"""Reactions and a task: private notes from elsewhere take their place, and lists follow what goes away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import exists, select

from instance.accounts.facts import ActorBlocked
from instance.core.db import commit, db
from instance.messages import service
from instance.messages.models import Conversation
from instance.posts.audience import DIRECT
from instance.posts.facts import PostDeleted, PostReceived
from instance.posts.models import Post, PostCircle
from instance.quartiers.models import CircleMember

BATCH = 500


class About(Protocol):
    """A fact about a post."""

    @property
    def post_id(self) -> int: ...


def seat_received(facts: Sequence[PostReceived]) -> None:
    """Reaction: a private note stands in the lists of its persons here."""
    _seat(fact.post_id for fact in facts)


def _seat(post_ids: Iterable[int]) -> None:
    found = select(Post.id, Post.thread_id, Post.author_id, PostCircle.circle_id).join(
        PostCircle, PostCircle.post_id == Post.id
    )
    found = found.where(Post.id.in_(list(post_ids)), Post.scope == DIRECT, Post.deleted_at.is_(None))
    for post_id, thread_id, author_id, circle_id in db.session.execute(found.order_by(Post.id)).all():
        if db.session.get(Conversation, thread_id) is None:
            db.session.add(Conversation(id=thread_id, circle_id=circle_id))
            db.session.flush()
        service.seat(thread_id, circle_id, post_id, author_id)


def settle_gone(facts: Sequence[PostDeleted | About]) -> None:
    """Reaction: what was deleted, or judged, is nobody's newest message any more."""
    threads = select(Post.thread_id).where(Post.id.in_([fact.post_id for fact in facts]), Post.scope == DIRECT)
    for thread_id in set(db.session.scalars(threads)):
        service.settle(thread_id)


def settle_blocked(facts: Sequence[ActorBlocked]) -> None:
    """Reaction: neither are words of somebody with whom a block stands."""
    for fact in facts:
        theirs = select(CircleMember.circle_id).where(CircleMember.actor_id == fact.blocked_id)
        mine = select(CircleMember.circle_id).where(CircleMember.actor_id == fact.blocker_id)
        both = select(Conversation.id).where(Conversation.circle_id.in_(mine), Conversation.circle_id.in_(theirs))
        for thread_id in db.session.scalars(both).all():
            service.settle(thread_id)


def gather_messages(_: dict[str, Any]) -> None:
    """Task, daily: conversations of private notes that came before there were any."""
    stands = exists(select(1).where(Conversation.id == Post.thread_id))
    waiting = select(Post.id).where(Post.scope == DIRECT, Post.deleted_at.is_(None), ~stands).order_by(Post.id)
    ids = db.session.scalars(waiting.limit(BATCH)).all()
    db.session.rollback()
    if ids:
        with commit():
            _seat(ids)
