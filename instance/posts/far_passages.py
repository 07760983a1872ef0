"""What follows for words that went to another city when a passage opens again, or the agreement with that city ends.

While an agreement is only suspended, copies there are hidden, not gone: changes made meanwhile follow once it resumes.
With its end they are asked back (federation.md §6); a city that does not keep its word keeps what it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import delete, or_, select

from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, ids, jobs
from instance.core.db import commit, db
from instance.partners import agreements
from instance.partners.models import Agreement
from instance.peers import outbox
from instance.peers.models import Delivery, Outgoing
from instance.posts import far, far_sending, finding, wire
from instance.posts.models import Post, PostFar
from instance.quartiers.models import Passage, Quartier

BATCH = 50
CLOSED = "passage.closed"  # why a delivery was cancelled
WORDS = ("Create%", "Update%", "Announce Create%", "Announce Update%")


class Closed(Protocol):
    """A passage is closed (a fact of another room)."""

    @property
    def passage_id(self) -> int: ...


class Heard(Closed, Protocol):
    """A passage is open, and the other city knows (a fact of another room)."""

    @property
    def since(self) -> int: ...


class Ended(Protocol):
    """An agreement is over (a fact of another room)."""

    @property
    def agreement_id(self) -> int: ...


def opened(facts: Sequence[Heard]) -> None:
    """Reaction: what was changed while it was closed is said now, and what waited until they knew goes."""
    for fact in facts:
        passage = db.session.get(Passage, fact.passage_id)
        if passage is None or passage.joined_at is None:
            continue
        jobs.put("catch_up_far", {"group_id": str(passage.far_id), "after": "0"})
        far_group = db.session.get(RemoteActor, passage.far_id)
        if passage.is_open and passage.lets_public and far_group is not None and far_group.gone_at is None:
            group = db.session.get_one(Actor, db.session.get_one(Quartier, passage.quartier_id).actor_id)
            outbox.send_held(group, far_group.shared_inbox or far_group.inbox, fact.since)


def closed(facts: Sequence[Closed]) -> None:
    """Reaction: letters with words that still wait for the other city, which may be away, do not leave any more.

    One that is under way may arrive, and is not tried again.
    """
    for fact in facts:
        passage = db.session.get(Passage, fact.passage_id)
        if passage is None or passage.is_open:
            continue
        inbox = select(RemoteActor.inbox).where(RemoteActor.actor_id == passage.far_id).scalar_subquery()
        waiting = (
            select(Delivery, Outgoing.object_uri)
            .join(Outgoing, Outgoing.id == Delivery.outgoing_id)
            .where(Delivery.inbox == inbox, Delivery.state.in_(["pending", "running", "failed"]), ~Outgoing.is_public)
            .where(or_(*(Outgoing.kind.like(one) for one in WORDS)))
        )
        for delivery, object_uri in db.session.execute(waiting).all():
            if not _may_go(object_uri, passage.far_id):
                delivery.state, delivery.last_error, delivery.done_at = "cancelled", CLOSED, clock.now()


def _may_go(object_uri: str, group_id: int) -> bool:
    """Whether what is said there may reach the Group by another passage that is open."""
    post_id = finding.by_address(object_uri)
    post = db.session.get(Post, post_id) if post_id is not None else None
    if post is None:
        return False
    sent = post.id if post.uri is None else post.thread_id
    return any(one.is_open and one.group_id == group_id for one in far.reached([sent]).get(sent, ()))


def ended(facts: Sequence[Ended]) -> None:
    """Reaction: unless another one took its place, what went there is asked back."""
    which = Agreement.id.in_([fact.agreement_id for fact in facts])
    for host in sorted(db.session.scalars(select(Agreement.host).where(which).distinct())):
        if not agreements.of_host(host, ["live"]):
            jobs.put("take_back_far", {"host": host})


def catch_up(payload: dict[str, Any]) -> None:
    """Task: send anew what this Group has in older words than ours, or never got, some at a time."""
    group_id, after = int(payload["group_id"]), int(payload["after"])
    with commit():
        sent = select(PostFar.post_id).where(PostFar.group_id == group_id, PostFar.post_id > after)
        post_ids = list(db.session.scalars(sent.order_by(PostFar.post_id).limit(BATCH)))
        for post_id, there in far.reached(post_ids).items():
            post, mine = db.session.get_one(Post, post_id), [one for one in there if one.group_id == group_id]
            if _is_behind(post, {one.inbox for one in mine}):
                far_sending.tell_again(post, mine)
        if len(post_ids) == BATCH:
            jobs.put("catch_up_far", {"group_id": str(group_id), "after": str(post_ids[-1])})


def _is_behind(post: Post, inboxes: set[str]) -> bool:
    """Whether its last letter there has older words, or did not leave."""
    letters = select(Outgoing.id, Delivery.last_error).join(Delivery, Delivery.outgoing_id == Outgoing.id)
    mine = letters.where(Outgoing.object_uri == wire.uri(post), Delivery.inbox.in_(inboxes))
    last = db.session.execute(mine.order_by(Outgoing.id.desc()).limit(1)).first()
    changed = wire.changed_at(post)
    if last is None:  # written just before the passage closed
        return True
    return last.last_error == CLOSED or (changed is not None and ids.moment_of(last.id) < changed)


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
