"""Reactions: what of a resident's doing goes to other servers. `wire.may_leave` is asked before each.

A post that is not public makes no row here, neither when it is written nor when it is edited, thanked or deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy import func, insert, select

from federation import FederationError, activities
from federation.documents import Document
from federation.vocabulary import PUBLIC
from instance.accounts import follows, remote
from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, fed, jobs
from instance.core.db import commit, db
from instance.peers import outbox
from instance.peers.models import Outgoing
from instance.posts import announcing, link_cards, naming, told, wire
from instance.posts.facts import (
    Boosted,
    BoostEnded,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostRetracted,
    PostWithdrawn,
    Thanked,
)
from instance.posts.models import Mention, Post

Json = dict[str, Any]


def send_published(facts: Sequence[PostPublished]) -> None:
    """Create, to the author's followers and to who is named; then the quartier announces it."""
    for post in told.posts(facts):
        if not wire.may_leave(post):
            continue
        link_cards.note(post, is_new=True)
        if far := naming.unknown(post):  # they are asked for by an errand, which then publishes
            jobs.put("find_named", {"post_id": str(post.id), "names": far})
        else:
            _publish(post)


def find_named(payload: dict[str, Any]) -> None:
    """Task: look up who is named as @name@host and not known yet, then publish; who is not found stays a word."""
    documents = []
    for name in payload["names"]:
        try:
            documents.append(fed.engine().fetch_actor(fed.engine().lookup(name)))
        except FederationError:
            continue
    post_id = int(payload["post_id"])
    with commit():
        post = db.session.get(Post, post_id)
        if post is None or not wire.may_leave(post) or _was_sent(wire.uri(post)):
            return
        known = set(db.session.scalars(select(Mention.actor_id).where(Mention.post_id == post_id)))
        found = {one for document in documents if (one := _kept(document)) is not None} - known
        if found:
            db.session.execute(insert(Mention), [{"post_id": post_id, "actor_id": one} for one in sorted(found)])
        _publish(post)


def _kept(document: Document) -> int | None:
    """The row of who was found; None for what is no usable actor: it holds no post back."""
    try:
        with db.session.begin_nested():
            return remote.store(document).id
    except FederationError:
        return None


def _was_sent(object_uri: str) -> bool:
    sent = select(Outgoing.id).where(Outgoing.object_uri == object_uri, Outgoing.kind.like("Create%"))
    return db.session.scalar(sent.limit(1)) is not None


def _publish(post: Post) -> None:
    number, activity_uri = outbox.new_uri()
    around = wire.around(post)
    note = wire.document(post, around)
    activity = activities.create(note, id=activity_uri, actor=note["attributedTo"])
    followers = follows.inboxes_of({one.id for one in (post.author, around.group) if one is not None})
    _send(activity, number, post.author, followers[post.author_id] | _readers(post, around), note["id"])
    if around.group is not None:
        announcing.announce(around.group, post, activity, followers[around.group.id])


def _send(activity: Json, number: int, sender: Actor, inboxes: Iterable[str], object_uri: str) -> None:
    outbox.send(
        activity, outgoing_id=number, sender=sender, inboxes=inboxes, object_uri=object_uri, is_public=True
    )  # fmt: skip


def _readers(post: Post, around: wire.Around) -> set[str]:
    """Inboxes, besides those of the author's followers: of who is spoken to, of groups elsewhere that the thread stands
    in, and of who began the thread: a page elsewhere hears of each public answer.
    """
    root = db.session.get(Post, post.thread_id) if post.thread_id != post.id else None
    named = {one.inbox for one in around.named if one.inbox}
    named |= wire.inbox_of(root.author_id) if root is not None and root.uri is not None else set()
    if around.away:
        inbox = func.coalesce(RemoteActor.shared_inbox, RemoteActor.inbox)
        groups = select(inbox).join(Actor, Actor.id == RemoteActor.actor_id).where(Actor.uri.in_(around.away))
        named |= set(db.session.scalars(groups))
    return named


def send_edited(facts: Sequence[PostEdited]) -> None:
    """Update, to all who got the post and to who would get it now."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is None or not wire.may_leave(post):
            continue
        link_cards.note(post)
        tell_again(post)


def tell_again(post: Post, more: Iterable[str] = ()) -> None:
    """Update of a public post as it stands, if it was sent, to the inboxes `more` too. Inside `commit()`."""
    if not _was_sent(wire.uri(post)):
        return
    number, activity_uri = outbox.new_uri()
    around = wire.around(post)
    note = wire.document(post, around)
    activity = activities.update(note, id=activity_uri, actor=note["attributedTo"])
    readers = follows.follower_inboxes(post.author_id) | _readers(post, around)
    _send(activity, number, post.author, outbox.inboxes_told(note["id"]) | readers | set(more), note["id"])
    announcing.pass_on(around.group, activity, note["id"])


def send_deleted(facts: Sequence[PostDeleted | PostWithdrawn]) -> None:
    """Delete, to all who got anything about the post."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is not None:
            withdraw(post)


def send_retracted(facts: Sequence[PostRetracted]) -> None:
    """The same, with the reason, for what a page took back; what came from elsewhere its own server tells of."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is not None:
            withdraw(post, (post.details or {}).get("reason", ""))


def withdraw(post: Post, reason: str = "") -> None:
    """Ask every server that was told of a public post of ours to forget it."""
    here = wire.uri(post)
    if post.uri is not None or not post.is_public or not _was_sent(here):
        return
    number, activity_uri = outbox.new_uri()
    author = wire.actor_uri(post.author)
    activity = activities.delete(here, id=activity_uri, actor=author, cc=[f"{author}/followers"])
    if reason:
        activity["summary"] = reason
    told = outbox.inboxes_told(here)
    _send(activity, number, post.author, told, here)
    announcing.pass_on(wire.group_of(post), activity, here)


class Judged(Protocol):
    """A measure about a post (a fact of moderation, which this room does not know)."""

    @property
    def post_id(self) -> int: ...


def follow_verdict(facts: Sequence[Judged]) -> None:
    """What moderation removed is withdrawn everywhere; what it hid or gave back, the quartier takes back or repeats."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is None or not post.is_public or post.deleted_at is not None:
            continue
        if post.verdict == "visible":
            announcing.repeat(post)
            continue
        announcing.take_back(post)
        if post.verdict == "removed":
            withdraw(post)


def send_thanked(facts: Sequence[Thanked]) -> None:
    """Like of a public post from elsewhere, or its Undo, to the author alone."""
    for fact in facts:
        post, actor = db.session.get(Post, fact.post_id), db.session.get(Actor, fact.actor_id)
        if post is None or actor is None or post.uri is None or not post.is_public:
            continue
        author = wire.actor_uri(post.author)
        number, activity_uri = outbox.new_uri()
        if fact.is_on:
            activity = activities.like(post.uri, id=activity_uri, actor=wire.actor_uri(actor), to=[author])
        elif (said := _last_like(actor, post.uri)) is not None:
            activity = activities.undo(said, id=activity_uri)
        else:
            continue
        outbox.send(
            activity, outgoing_id=number, sender=actor, inboxes=wire.inbox_of(post.author_id), object_uri=post.uri,
            is_public=False,
        )  # fmt: skip


def _last_like(actor: Actor, object_uri: str) -> Json | None:
    mine = (Outgoing.sender == actor.path) & (Outgoing.object_uri == object_uri) & (Outgoing.kind == "Like")
    body = db.session.scalars(select(Outgoing.body).where(mine).order_by(Outgoing.id.desc())).first()
    return msgspec.json.decode(body, type=dict[str, Any]) if body else None


def send_boosted(facts: Sequence[Boosted]) -> None:
    """Announce of a public post, to the followers of who passed it on and to its author."""
    for fact in facts:
        post, actor = db.session.get(Post, fact.post_id), db.session.get(Actor, fact.actor_id)
        if post is None or actor is None or not _may_be_passed_on(post):
            continue
        activity = _boost(post, actor, fact.boost_id)
        _send(activity, fact.boost_id, actor, _boost_readers(post, actor), wire.uri(post))


def send_boost_ended(facts: Sequence[BoostEnded]) -> None:
    """Undo of the same, to the same."""
    for fact in facts:
        post, actor = db.session.get(Post, fact.post_id), db.session.get(Actor, fact.actor_id)
        if post is None or actor is None or not post.is_public or db.session.get(Outgoing, fact.boost_id) is None:
            continue
        number, activity_uri = outbox.new_uri()
        activity = activities.undo(_boost(post, actor, fact.boost_id), id=activity_uri)
        _send(activity, number, actor, _boost_readers(post, actor), wire.uri(post))


def _may_be_passed_on(post: Post) -> bool:
    return wire.may_leave(post) or (
        post.uri is not None and post.is_public and post.verdict == "visible" and post.deleted_at is None
    )


def _boost(post: Post, actor: Actor, boost_id: int) -> Json:
    mine = wire.actor_uri(actor)
    return activities.announce(
        wire.uri(post), id=fed.uri_of(f"/a/{boost_id}"), actor=mine, published=clock.now(), to=[PUBLIC],
        cc=[f"{mine}/followers", wire.actor_uri(post.author)],
    )  # fmt: skip


def _boost_readers(post: Post, actor: Actor) -> set[str]:
    return follows.follower_inboxes(actor.id) | wire.inbox_of(post.author_id)
