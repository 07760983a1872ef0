"""Reactions: what of polls goes to other servers. Totals of public ones; a resident's vote, to who asks alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from federation import activities
from instance.accounts.models import Actor, RemoteActor
from instance.core import clock, jobs
from instance.core.db import commit, db
from instance.peers import outbox
from instance.posts import polls, sending, wire
from instance.posts.facts import PollClosed, PollVoted
from instance.posts.models import PollVote, Post

EVERY_S = 180  # totals go out at most so often


def send_voted(facts: Sequence[PollVoted]) -> None:
    """New totals of a public poll of ours, in a while; a vote elsewhere goes to the author of the poll at once."""
    for fact in facts:
        post, actor = db.session.get(Post, fact.post_id), db.session.get(Actor, fact.actor_id)
        if post is None or actor is None or post.deleted_at is not None:
            continue
        if post.uri is not None:
            _send_vote(post, actor)
        elif wire.may_leave(post):
            order_totals(post.id)


def order_totals(post_id: int) -> None:
    """Have the totals told at the end of these minutes, once. Inside `commit()`."""
    number = int(clock.now().timestamp()) // EVERY_S
    due = datetime.fromtimestamp((number + 1) * EVERY_S, UTC)
    jobs.put("tell_totals", {"post_id": str(post_id)}, due_at=due, key=f"tell_totals:{post_id}:{number}")


def _send_vote(post: Post, actor: Actor) -> None:
    """A Note for each option that was chosen, named as it is, without words (as Mastodon says it)."""
    options = (post.details or {}).get("options", [])
    mine, author = wire.actor_uri(actor), wire.actor_uri(post.author)
    for place in polls.choices_of(actor.id, post.id):
        if place >= len(options):
            continue
        note = {
            "id": f"{mine}#votes/{post.id}/{place}", "type": "Note", "name": options[place]["name"],
            "attributedTo": mine, "inReplyTo": post.uri, "to": [author],
        }  # fmt: skip
        number, uri = outbox.new_uri()
        outbox.send(
            activities.create(note, id=uri, actor=mine), outgoing_id=number, sender=actor,
            inboxes=wire.inbox_of(post.author_id), object_uri=note["id"], is_public=False,
        )  # fmt: skip


def tell_totals(payload: dict[str, Any]) -> None:
    """Task: an Update with the totals of now, to all who got the poll and to who voted from elsewhere."""
    with commit():
        post = db.session.get(Post, int(payload["post_id"]))
        if post is not None and post.state == "open":  # at the end it is said anyway
            _tell(post)


def send_closed(facts: Sequence[PollClosed]) -> None:
    """The same once a poll of ours is closed."""
    for fact in facts:
        post = db.session.get(Post, fact.post_id)
        if post is not None:
            _tell(post)


def _tell(post: Post) -> None:
    if wire.may_leave(post) and post.kind == polls.KIND:
        inbox = func.coalesce(RemoteActor.shared_inbox, RemoteActor.inbox)
        voters = select(inbox).select_from(RemoteActor).join(PollVote, PollVote.actor_id == RemoteActor.actor_id)
        asked = voters.where(PollVote.post_id == post.id, RemoteActor.gone_at.is_(None)).distinct()
        sending.tell_again(post, db.session.scalars(asked))


def close_poll(payload: dict[str, Any]) -> None:
    """Task: the time of a poll is over."""
    with commit():
        post = db.session.get(Post, int(payload["post_id"]))
        if post is not None and post.deleted_at is None:
            polls.close(post)
