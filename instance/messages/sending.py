"""Reactions: private messages go to the named persons elsewhere, each in their own inbox, and to nobody else.

Never a shared inbox, never a collection: `to` holds the persons, and who holds the letter is one of them. What the
conversation's circle says is asked when the letter is written, as is whether the server may have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from federation import activities
from federation.vocabulary import CONTEXT
from instance.accounts import relations
from instance.accounts.models import Account, Actor, RemoteActor
from instance.core import fed, ids, markup
from instance.core.db import db
from instance.messages import persons, service
from instance.partners import agreements, claims
from instance.peers import outbox
from instance.peers.outbox import Letter
from instance.posts import tags, told, wire
from instance.posts.audience import DIRECT, circles_of
from instance.posts.facts import PostDeleted, PostEdited, PostPublished
from instance.posts.models import Post

Json = dict[str, Any]


def send_published(facts: Sequence[PostPublished]) -> None:
    """Create."""
    for post in told.posts(facts):
        if _is_said(post):
            _tell(post, "Create")


def send_edited(facts: Sequence[PostEdited]) -> None:
    """Update."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is not None and _is_said(post):
            _tell(post, "Update")


def send_deleted(facts: Sequence[PostDeleted]) -> None:
    """Delete, to every inbox that got anything of it."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is None or post.scope != DIRECT or post.uri is not None:
            continue
        here = wire.uri(post)
        if not (told := outbox.inboxes_told(here)):
            continue
        number, uri = outbox.new_uri()
        to = [wire.actor_uri(one) for one, _inbox in _away(post)]
        activity = activities.delete(here, id=uri, actor=wire.actor_uri(post.author), to=to)
        outbox.send(
            activity, outgoing_id=number, sender=post.author, inboxes=told, object_uri=here, is_public=False
        )  # fmt: skip


def _is_said(post: Post) -> bool:
    return post.scope == DIRECT and post.uri is None and post.verdict == "visible" and post.deleted_at is None


def _away(post: Post) -> list[tuple[Actor, str]]:
    """The persons elsewhere who still sit in the conversation, with their own inboxes."""
    rows = (
        select(Actor, RemoteActor.inbox)
        .join(RemoteActor, RemoteActor.actor_id == Actor.id)
        .where(Actor.id.in_(_members(post) - {post.author_id}), RemoteActor.gone_at.is_(None))
        .order_by(Actor.id)
    )
    return [(one, inbox) for one, inbox in db.session.execute(rows)]


def _members(post: Post) -> set[int]:
    return set().union(*(service.members(circle_id) for circle_id in circles_of(post.id)))


def _tell(post: Post, kind: str) -> None:
    away = _reached(post)
    if not away:
        return
    claims.note_contact(post.author_id, {host for one, _ in away if (host := one.host) and agreements.is_partner(host)})
    note, letters = _note(post), []
    groups = [[one] for one in away] if post.media_count else [away]  # a picture's address names its one reader
    for some in groups:
        number, uri = outbox.new_uri()
        said = note | {"attachment": wire.pictures_for(post, some[0][0].id)} if post.media_count else note
        make = activities.create if kind == "Create" else activities.update
        letters.append(Letter(number, make(said, id=uri, actor=note["attributedTo"]), {inbox for _one, inbox in some}))
    outbox.send_each(letters, sender=post.author, object_uri=note["id"], is_public=False)


def _reached(post: Post) -> list[tuple[Actor, str]]:
    """Those to whom these words go now: no block stands between, and the writer agreed to the server."""
    away = _away(post)
    account_id = db.session.scalar(select(Account.id).where(Account.actor_id == post.author_id))
    if not away or account_id is None:
        return []
    refused = set(persons.unconfirmed(account_id, [one for one, _inbox in away]))
    return [
        (one, inbox)
        for one, inbox in away
        if one.host not in refused and relations.may_meet(post.author_id, one)
    ]  # fmt: skip


def _note(post: Post) -> Json:
    here, author = wire.uri(post), wire.actor_uri(post.author)
    others = select(Actor).where(Actor.id.in_(_members(post) - {post.author_id})).order_by(Actor.id)
    named = [(wire.actor_uri(one), f"@{one.handle}@{one.host or fed.host()}") for one in db.session.scalars(others)]
    links = {word: uri for uri, label in named for word in (label, label.rpartition("@")[0])}
    content = wire.quoting(post)[0] + markup.with_mentions(tags.absolute(post.html), links)
    said: Json = {
        "@context": CONTEXT, "id": here, "type": "Note", "attributedTo": author, "to": [uri for uri, _label in named],
        "cc": [], "content": content, "contentMap": {post.language: content}, "url": here, "attachment": [],
        "published": activities.stamp(ids.moment_of(post.id)), "sensitive": post.is_sensitive or bool(post.warning),
        "tag": [{"type": "Mention", "href": uri, "name": label} for uri, label in named],
    }  # fmt: skip
    if post.warning:
        said["summary"] = post.warning
    if post.edited_at is not None:
        said["updated"] = activities.stamp(post.edited_at)
    answered = db.session.get(Post, post.reply_to_id) if post.reply_to_id else None
    if answered is not None and answered.scope == DIRECT:
        said["inReplyTo"] = wire.uri(answered)
    return said
