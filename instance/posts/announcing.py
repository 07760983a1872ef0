"""The quartier passes public posts on, twice: the activity for Lemmy and kin, the post's address for Mastodon and kin.

FEP-1b12: what its members, or people elsewhere, said in its public threads goes to all who follow the Group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, exists, insert, or_, select
from sqlalchemy.orm import aliased

from federation import activities, groups
from federation.urls import host_of
from instance.accounts import follows
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import BigId, db, sheet
from instance.peers import outbox
from instance.peers.models import Incoming
from instance.peers.outbox import Letter
from instance.posts import boosts, wire
from instance.posts.facts import PostApproved, PostChanged, PostReceived
from instance.posts.models import Boost, Post, WallEntry

Json = dict[str, Any]


_NEW_BOOST = insert(sheet(Boost))
_BOOST = select(Boost.id).where(
    Boost.actor_id == bindparam("actor_id", type_=BigId), Boost.post_id == bindparam("post_id", type_=BigId)
)  # fmt: skip
_root = aliased(Post)
# Of a batch, those whose thread stands on a wall here: most of what comes in stands on none (performance.md, rule 2).
_STANDING_HERE = (
    select(Post.id)
    .join(_root, _root.id == Post.thread_id)
    .where(
        Post.id.in_(bindparam("ids", expanding=True, type_=BigId)),
        or_(_root.home_id.is_not(None), exists(select(1).where(WallEntry.post_id == Post.thread_id))),
    )
)


def announce(group: Actor, post: Post, activity: Json | None, inboxes: set[str]) -> None:
    """Both announcements of a new public post, by `group`, the quartier in whose thread it stands, to its followers.

    `activity` is its Create as its author's server sent it; without it only the address is passed on.
    """
    if _is_announced(group, post):
        return
    uri = wire.uri(post)
    letters = [] if activity is None else [_passed_on(group, activity, inboxes)]
    number, announce_uri = outbox.new_uri()
    letters.append(Letter(number, groups.announce_object(wire.actor_uri(group), uri, id=announce_uri), inboxes))
    outbox.send_each(letters, sender=group, object_uri=uri, is_public=True)
    db.session.connection().execute(_NEW_BOOST, {"id": number, "actor_id": group.id, "post_id": post.id})


def _find_and_announce(post: Post, activity: Json | None) -> None:
    group = wire.group_of(post)
    if group is not None:
        announce(group, post, activity, follows.follower_inboxes(group.id))


def _is_announced(group: Actor, post: Post) -> bool:
    return _boost_of(group, post) is not None


def _boost_of(group: Actor, post: Post) -> int | None:
    found: int | None = db.session.connection().scalar(_BOOST, {"actor_id": group.id, "post_id": post.id})
    return found


def pass_on(group: Actor | None, activity: Json, object_uri: str) -> None:
    """Announce of an activity about something in a public thread, unchanged."""
    if group is not None:
        letter = _passed_on(group, activity, follows.follower_inboxes(group.id))
        outbox.send_each([letter], sender=group, object_uri=object_uri, is_public=True)


def _passed_on(group: Actor, activity: Json, inboxes: set[str]) -> Letter:
    number, announce_uri = outbox.new_uri()
    return Letter(number, groups.announce_activity(wire.actor_uri(group), activity, id=announce_uri), inboxes)


def _send(said: Json, number: int, group: Actor, object_uri: str) -> None:
    outbox.send(
        said, outgoing_id=number, sender=group, inboxes=follows.follower_inboxes(group.id), object_uri=object_uri,
        is_public=True,
    )  # fmt: skip


def take_back(post: Post) -> None:
    """Undo the boost of a post that moderation hid."""
    group = wire.group_of(post)
    boost_id = _boost_of(group, post) if group is not None else None
    if group is None or boost_id is None:
        return
    number, undo_uri = outbox.new_uri()
    said = groups.announce_object(wire.actor_uri(group), wire.uri(post), id=fed.uri_of(f"/a/{boost_id}"))
    _send(activities.undo(said, id=undo_uri), number, group, wire.uri(post))
    boosts.drop(Boost.id == boost_id)


def repeat(post: Post) -> None:
    """Pass on anew what was taken back."""
    if may_be_announced(post):
        _find_and_announce(post, None)


def may_be_announced(post: Post) -> bool:
    """Whether anybody may read it now."""
    return post.is_public and not post.is_held and post.verdict == "visible" and post.deleted_at is None


def pass_on_received(facts: Sequence[PostReceived | PostApproved]) -> None:
    """Reaction: what came from elsewhere into a public thread goes to all who follow the quartier."""
    values = {"ids": [fact.post_id for fact in facts]}
    for post_id in db.session.connection().scalars(_STANDING_HERE, values).all():
        post = db.session.get(Post, post_id)
        if post is not None and post.uri is not None and may_be_announced(post):
            _find_and_announce(post, _received((post.details or {}).get("activity", "")))


def pass_on_changed(facts: Sequence[PostChanged]) -> None:
    """Reaction: so do an edit and a deletion, as their author's server sent them."""
    for fact in facts:
        post, activity = db.session.get(Post, fact.post_id), _received(fact.incoming)
        group = wire.group_of(post) if post is not None and post.is_public and not post.is_held else None
        if post is None or activity is None or group is None:
            continue
        if post.deleted_at is not None or post.state == "retracted" or _is_announced(group, post):
            pass_on(group, activity, wire.uri(post))


def _received(activity_uri: str) -> Json | None:
    """The activity as it came, while its row is kept."""
    if not activity_uri:
        return None
    row = select(Incoming.body).where(Incoming.uri == activity_uri, Incoming.host == host_of(activity_uri))
    body = db.session.scalar(row)
    return msgspec.json.decode(body, type=dict[str, Any]) if body else None
