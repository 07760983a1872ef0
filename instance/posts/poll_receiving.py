"""Votes of people elsewhere under our public polls: once per person and option, kept as rows, told to nobody."""

from __future__ import annotations

from sqlalchemy import select

from federation.documents import Document
from federation.errors import Ignored
from instance.accounts.models import HostBlock
from instance.core import clock, fed
from instance.core.db import db
from instance.core.facts import record
from instance.core.signs import one_line
from instance.peers import incoming
from instance.posts import polls, reasons, visibility
from instance.posts.facts import PollVoted
from instance.posts.models import Poll, PollOption, Post


def count(document: Document, author: reasons.Author, activity_id: str) -> int:
    """Count a Note that has a name and no words; the id of the poll's post. Raises `Ignored`."""
    post = _asked(document.in_reply_to or "", author)
    incoming.forget_words(activity_id)  # votes are secret: the journal keeps that it came, not what it said
    db.session.execute(select(Post.id).where(Post.id == post.id).with_for_update(key_share=True))
    poll = db.session.get_one(Poll, post.id)
    if poll.closes_at <= clock.now():
        raise Ignored("poll.closed")
    titles = select(PollOption.title, PollOption.position).where(PollOption.post_id == post.id)
    places = {row.title: row.position for row in db.session.execute(titles)}
    place = places.get(one_line(document.name or "", polls.OPTION_MAX))
    if place is None:
        raise Ignored("poll.choice")
    before = polls.choices_of(author.id, post.id)
    if place in before or (before and not poll.is_multiple):
        raise Ignored("poll.voted")
    polls.keep(author.id, post, [place], is_new=not before)
    record(PollVoted(post.id, author.id))
    return post.id


def _asked(uri: str, author: reasons.Author) -> Post:
    """The public poll of ours at `uri`, if `author` may read it and who asks blocks neither them nor their host."""
    post = db.session.get(Post, reasons.post_number(fed.path_of(uri) or ""))
    if post is None or post.uri is not None or post.kind != polls.KIND or not post.is_public:
        raise Ignored("poll.vote")
    is_apart = db.session.get(HostBlock, (post.author_id, author.host)) is not None
    if is_apart or not visibility.may_read(author.id, post.id):
        raise Ignored("poll.vote")
    return post
