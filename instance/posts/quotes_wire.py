"""Quotes between servers (FEP-044f): an author elsewhere is asked, and what they answer is kept with the quote."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from federation import activities
from federation.documents import Activity
from federation.errors import Ignored
from federation.urls import is_same_origin
from federation.vocabulary import CONTEXT
from instance.core.db import db
from instance.peers import outbox
from instance.posts import quotes, wire
from instance.posts.facts import Quoted, QuoteRevoked
from instance.posts.models import Post, Quote


def ask(facts: Sequence[Quoted]) -> None:
    """Reaction: QuoteRequest, to the author of what stands elsewhere and is quoted in front of everybody."""
    for fact in facts:
        quote, post = db.session.get(Quote, fact.post_id), db.session.get(Post, fact.post_id)
        if quote is None or quote.state != "pending" or post is None or not wire.may_leave(post):
            continue
        quoted = db.session.get_one(Post, quote.quoted_id)
        number, uri = outbox.new_uri()
        mine, author = wire.uri(post), wire.actor_uri(post.author)
        said = {
            "@context": CONTEXT, "id": uri, "type": "QuoteRequest", "actor": author,
            "to": [wire.actor_uri(quoted.author)], "object": wire.uri(quoted), "instrument": mine,
        }  # fmt: skip
        outbox.send(
            said, outgoing_id=number, sender=post.author, inboxes=wire.inbox_of(quoted.author_id), object_uri=mine,
            is_public=False,
        )  # fmt: skip


def receive_accept(activity: Activity) -> None:
    """The author's yes, with the address of their stamp, which must lie on their own server."""
    quote = _asked(activity)
    stamp = activity.one("result")
    if not stamp or not is_same_origin(stamp, activity.actor):
        raise Ignored("quote.stamp")
    if quote.state in {"pending", "rejected"}:
        quotes.settle(quote, "accepted", stamp)


def receive_reject(activity: Activity) -> None:
    """Their no, at once or later."""
    quote = _asked(activity)
    if quote.state in {"pending", "accepted"}:
        quotes.settle(quote, "rejected")


def _asked(activity: Activity) -> Quote:
    """The quote that is answered: ours, of a post by whoever answers. Raises `Ignored`."""
    request = activity.claimed
    quoting = request.one("instrument") if request is not None else None
    post = quotes.by_address(quoting) if quoting else None
    quote = db.session.get(Quote, post.id) if post is not None and post.uri is None else None
    quoted = db.session.get(Post, quote.quoted_id) if quote is not None else None
    if quote is None or quoted is None or quoted.uri is None or quoted.author.uri != activity.actor:
        raise Ignored("quote.unasked")
    return quote


def take_back(activity: Activity) -> bool:
    """Whether a Delete is of a stamp under a quote of ours, by the author of what is quoted; then the quote ends."""
    stamp = activity.object_id
    quote = db.session.scalar(select(Quote).where(Quote.stamp == stamp)) if stamp else None
    if quote is None or db.session.get_one(Post, quote.quoted_id).author.uri != activity.actor:
        return False
    if quote.state == "accepted":
        quotes.settle(quote, "revoked")
    return True


def send_revoked(facts: Sequence[QuoteRevoked]) -> None:
    """Reaction: Delete of our stamp, to the author elsewhere who quoted; at its address it is gone already."""
    for fact in facts:
        quote, post = db.session.get(Quote, fact.post_id), db.session.get(Post, fact.post_id)
        if quote is None or post is None or post.uri is None:
            continue
        quoted = db.session.get_one(Post, quote.quoted_id)
        number, uri = outbox.new_uri()
        stamp = wire.quote_uri(quoted, post.uri)
        author, to = wire.actor_uri(quoted.author), [wire.actor_uri(post.author)]
        said = activities.delete(stamp, id=uri, actor=author, to=to)
        said["object"] = {"id": stamp, "type": "QuoteAuthorization"}
        outbox.send(
            said, outgoing_id=number, sender=quoted.author, inboxes=wire.inbox_of(post.author_id), object_uri=stamp,
            is_public=False,
        )  # fmt: skip
