"""What follows for words that went to another city when a passage opens again, or the agreement with that city ends.

While an agreement is only suspended, copies there are hidden, not gone: changes made meanwhile follow once it resumes.
With its end they are asked back (federation.md §6); a city that does not keep its word keeps what it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import delete, func, select

from instance.accounts.models import Actor
from instance.core import ids, jobs
from instance.core.db import commit, db
from instance.partners import agreements
from instance.partners.models import Agreement
from instance.peers.models import Delivery, Outgoing
from instance.posts import far, far_sending, wire
from instance.posts.models import Post, PostFar
from instance.quartiers.models import Passage

BATCH = 50


class Opened(Protocol):
    """A passage is open (a fact of another room)."""

    @property
    def passage_id(self) -> int: ...


class Ended(Protocol):
    """An agreement is over (a fact of another room)."""

    @property
    def agreement_id(self) -> int: ...


def opened(facts: Sequence[Opened]) -> None:
    """Reaction: what was changed while it was closed is said now."""
    for fact in facts:
        passage = db.session.get(Passage, fact.passage_id)
        if passage is not None and passage.joined_at is not None:
            jobs.put("catch_up_far", {"group_id": str(passage.far_id), "after": "0"})


def ended(facts: Sequence[Ended]) -> None:
    """Reaction: unless another one took its place, what went there is asked back."""
    which = Agreement.id.in_([fact.agreement_id for fact in facts])
    for host in sorted(db.session.scalars(select(Agreement.host).where(which).distinct())):
        if not agreements.of_host(host, ["live"]):
            jobs.put("take_back_far", {"host": host})


def catch_up(payload: dict[str, Any]) -> None:
    """Task: send anew what this Group has in older words than ours, some at a time."""
    group_id, after = int(payload["group_id"]), int(payload["after"])
    with commit():
        sent = select(PostFar.post_id).where(PostFar.group_id == group_id, PostFar.post_id > after)
        post_ids = list(db.session.scalars(sent.order_by(PostFar.post_id).limit(BATCH)))
        for post_id, there in far.reached(post_ids).items():
            post, mine = db.session.get_one(Post, post_id), [one for one in there if one.group_id == group_id]
            if _was_changed_since(post, {one.inbox for one in mine}):
                far_sending.tell_again(post, mine)
        if len(post_ids) == BATCH:
            jobs.put("catch_up_far", {"group_id": str(group_id), "after": str(post_ids[-1])})


def _was_changed_since(post: Post, inboxes: set[str]) -> bool:
    """Whether it has other words than in its last letter there; one that never went there is not looked at."""
    changed = wire.changed_at(post)
    if changed is None:
        return False
    letters = select(func.max(Outgoing.id)).join(Delivery, Delivery.outgoing_id == Outgoing.id)
    last = db.session.scalar(letters.where(Outgoing.object_uri == wire.uri(post), Delivery.inbox.in_(inboxes)))
    return last is not None and ids.moment_of(last) < changed


def take_back(payload: dict[str, Any]) -> None:
    """Task: ask a city with which no agreement is left to forget what it was sent, some at a time."""
    host = str(payload["host"])
    with commit():
        if agreements.of_host(host, ["live"]):
            return
        groups = select(Actor.id).where(Actor.host == host, Actor.kind == "group")
        sent = select(PostFar.post_id).where(PostFar.group_id.in_(groups)).distinct()
        post_ids = list(db.session.scalars(sent.order_by(PostFar.post_id).limit(BATCH)))
        for post_id, there in far.reached(post_ids).items():
            post = db.session.get_one(Post, post_id)
            if post.deleted_at is None:
                far_sending.take_back(post, [one for one in there if one.host == host])
        db.session.execute(delete(PostFar).where(PostFar.post_id.in_(post_ids), PostFar.group_id.in_(groups)))
        if len(post_ids) == BATCH:
            jobs.put("take_back_far", {"host": host})
