"""Reaction: who is quoted hears of it, if they may read what quotes them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from instance.accounts import follows
from instance.accounts.models import Account
from instance.core.db import db
from instance.notifications import telling_outside
from instance.notifications.service import News
from instance.posts import thread_mutes, visibility
from instance.posts.facts import Quoted
from instance.posts.models import Post, Quote


def tell_quoted(facts: Sequence[Quoted]) -> None:
    """« Ada cite un de vos messages. »"""
    for fact in facts:
        quote, post = db.session.get(Quote, fact.post_id), db.session.get(Post, fact.post_id)
        if quote is None or quote.state != "accepted" or post is None or post.deleted_at is not None:
            continue
        quoted = db.session.get_one(Post, quote.quoted_id)
        author_id = quoted.author_id
        if author_id == post.author_id or quoted.is_nameless or not visibility.may_read(author_id, post.id):
            continue
        if thread_mutes.who([author_id], [quoted.thread_id, post.thread_id]):
            continue
        is_outsider = post.uri is not None and post.from_id is None  # who writes from a neighbour city is none
        if is_outsider and not _lets_in(author_id, post.author_id):
            continue
        path = f"/p/{post.thread_id}#r{post.id}" if post.reply_to_id else f"/p/{post.id}"
        telling_outside.tell_one(author_id, post.author_id, News("quote", path, post.id))


def _lets_in(reader_id: int, author_id: int) -> bool:
    """Whether the reader lets this author of another server write to them; quoting is one way to."""
    reached_by = db.session.scalar(select(Account.reached_by).where(Account.actor_id == reader_id))
    row = follows.between(reader_id, author_id)
    return reached_by == "anyone" or (reached_by == "followed" and row is not None and row.state == "accepted")
