"""Reaction: who is quoted hears of it, if they may read what quotes them."""

from __future__ import annotations

from collections.abc import Sequence

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
        path = f"/p/{post.thread_id}#r{post.id}" if post.reply_to_id else f"/p/{post.id}"
        telling_outside.tell_one(author_id, post.author_id, News("quote", path, post.id))
