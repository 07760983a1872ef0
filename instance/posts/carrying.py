"""« Faire suivre »: a quartier that carries passes public posts of its neighbours of other cities on to its followers.

One Announce of the post's address (federation.md §8), naming the Group through which it came. What came at second
hand, what this quartier has passed on before, and what our own people wrote stops here; the database holds one row
per quartier and post.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy import exists, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from federation import activities, groups
from federation.vocabulary import AS, QL_NS
from instance.accounts import follows
from instance.accounts.models import Actor
from instance.core.db import db
from instance.peers import outbox
from instance.peers.models import Outgoing
from instance.posts import announcing, boosts, wire
from instance.posts.facts import PassedOn, PassingEnded
from instance.posts.models import Boost, Post
from instance.quartiers import passages

VIA = "ql:via"


class About(Protocol):
    """Any fact about a post."""

    @property
    def post_id(self) -> int: ...


def carry(facts: Sequence[PassedOn]) -> None:
    """Reaction: each quartier that touches the Group, carries and has not done so before announces the post."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is None or not _may_be_carried(post):
            continue
        far = db.session.get_one(Actor, fact.group_id)
        for group in passages.carriers(far.id):
            announce(group, post, far)


def _may_be_carried(post: Post) -> bool:
    """Whether it begins a thread: answers are passed on by the Group in which they stand, and by nobody else."""
    return post.thread_id == post.id and post.uri is not None and announcing.may_be_announced(post)


def announce(group: Actor, post: Post, far: Actor) -> None:
    """Our Group passes on what came from `far`. Once for ever: the database says no to a second row."""
    number, activity_uri = outbox.new_uri()
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Boost), [{"id": number, "actor_id": group.id, "post_id": post.id}])
    except IntegrityError:
        return
    said = groups.announce_object(wire.actor_uri(group), wire.uri(post), id=activity_uri)
    _send(said | {"@context": [AS, {"ql": QL_NS}], VIA: [far.uri]}, number, group, post)


def _send(said: dict[str, Any], number: int, group: Actor, post: Post, told: frozenset[str] = frozenset()) -> None:
    inboxes = follows.follower_inboxes(group.id) | told
    outbox.send(
        said, outgoing_id=number, sender=group, inboxes=inboxes, object_uri=wire.uri(post), is_public=True
    )  # fmt: skip


def end(facts: Sequence[About | PassingEnded]) -> None:
    """Reaction: a post that was deleted, or that its own Group passes on no more, is not passed on by us either."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is not None and post.uri is not None:
            take_back(post)


def follow_verdict(facts: Sequence[About]) -> None:
    """Reaction: what moderation here hid is taken back, what it gave back is passed on anew."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is None or post.uri is None or not post.is_public:
            continue
        if post.verdict != "visible":
            take_back(post)
        elif post.group_id is not None and _is_passed_on(post):
            carry([PassedOn(post.id, post.group_id)])


def _is_passed_on(post: Post) -> bool:
    """Whether the Group to which it belongs passed it on, and still does."""
    row = select(Boost.id).where(Boost.actor_id == post.group_id, Boost.post_id == post.id)
    return db.session.scalar(row) is not None


def take_back(post: Post) -> None:
    """Undo what our quartiers carried of it, to all who were told."""
    uri, undone = wire.uri(post), aliased(Outgoing)
    later = exists(
        select(1).where(
            undone.object_uri == uri, undone.kind == "Undo Announce", undone.sender == Outgoing.sender,
            undone.id > Outgoing.id,
        )
    )  # fmt: skip
    ours = select(Outgoing).where(
        Outgoing.object_uri == uri, Outgoing.kind == "Announce", Outgoing.sender.startswith("/q/"), ~later
    )
    for row in db.session.scalars(ours).all():
        said = msgspec.json.decode(row.body, type=dict[str, Any])
        group = db.session.scalar(select(Actor).where(Actor.path == row.sender))
        if VIA not in said or group is None:
            continue
        boosts.drop(Boost.actor_id == group.id, Boost.post_id == post.id)
        number, undo_uri = outbox.new_uri()
        _send(activities.undo(said, id=undo_uri), number, group, post, frozenset(outbox.inboxes_told(uri)))
