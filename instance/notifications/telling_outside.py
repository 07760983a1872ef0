"""Reactions: follows, thanks and words passed on, told to whom they concern; nothing of who was muted or blocked."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from instance.accounts import relations
from instance.accounts.facts import ActorBlocked, FollowAccepted, FollowAsked
from instance.accounts.models import Account, Actor, HostBlock, Mute
from instance.core.db import db
from instance.core.web import settings
from instance.notifications import service
from instance.notifications.service import News
from instance.posts import rewording, thread_mutes, visibility
from instance.posts.facts import BoostReceived, PostReworded, ThanksReceived
from instance.posts.models import Post


def tell_asked(facts: Sequence[FollowAsked]) -> None:
    """« Ada demande à vous suivre. »"""
    for fact in facts:
        tell_one(fact.followed_id, fact.follower_id, News("follow_request", "/abonnements", actor_id=fact.follower_id))


def tell_followed(facts: Sequence[FollowAccepted]) -> None:
    """« Ada vous suit », unless the reader has just said yes."""
    for fact in facts:
        account = _account(fact.followed_id)
        if account is not None and not service.settle_request(account.id, fact.follower_id):
            tell_one(fact.followed_id, fact.follower_id, News("follow", "/abonnements", actor_id=fact.follower_id))


def tell_thanks(facts: Sequence[ThanksReceived]) -> None:
    """« Ada vous dit merci », once for a post: thanks are not counted."""
    for fact in facts:
        _tell_author(fact.post_id, fact.actor_id, "thanks")


def tell_boost(facts: Sequence[BoostReceived]) -> None:
    """« Ada fait suivre un de vos mots », once for a post."""
    for fact in facts:
        _tell_author(fact.post_id, fact.actor_id, "boost")


def tell_reworded(facts: Sequence[PostReworded]) -> None:
    """« Ada a changé un mot que vous avez fait suivre »: once for each change, the last one alone stays in the page."""
    for post_id in dict.fromkeys(fact.post_id for fact in facts):
        post = db.session.get(Post, post_id)
        if post is None or post.deleted_at is not None or post.is_nameless or post.is_held:
            continue
        who = rewording.passed_on_by(post.id)
        deaf = {actor_id for actor_id, _thread in thread_mutes.who(who, [post.thread_id])}
        for reader_id in who:
            if reader_id not in deaf and visibility.may_read(reader_id, post.id):
                service.forget_update(reader_id, post.id)
                tell_one(reader_id, post.author_id, News("update", _path(post), post.id))


def forget_blocked(facts: Sequence[ActorBlocked]) -> None:
    """Who blocked somebody finds nothing of them among the notices, nor they the other way round."""
    for fact in facts:
        for mine, other in ((fact.blocker_id, fact.blocked_id), (fact.blocked_id, fact.blocker_id)):
            account = _account(mine)
            if account is not None:
                service.forget_of(account.id, other)


def _tell_author(post_id: int, actor_id: int, kind: str) -> None:
    post = db.session.get(Post, post_id)
    if post is None or post.deleted_at is not None or post.is_nameless:
        return
    if not visibility.may_read(post.author_id, post.id) or thread_mutes.who([post.author_id], [post.thread_id]):
        return
    tell_one(post.author_id, actor_id, News(kind, _path(post), post.id, actor_id=actor_id))


def _path(post: Post) -> str:
    return f"/p/{post.thread_id}#r{post.id}" if post.reply_to_id else f"/p/{post.id}"


def tell_one(reader_id: int, doer_id: int, news: News) -> None:
    """Tell the account of actor `reader_id`, if it is one of ours and wants to hear of `doer_id`."""
    account, doer = _account(reader_id), db.session.get(Actor, doer_id)
    if account is None or doer is None or reader_id == doer_id or not relations.may_meet(reader_id, doer):
        return
    muted = select(Mute.muted_id).where(Mute.muter_id == reader_id, Mute.muted_id == doer_id)
    is_muted = db.session.scalar(muted.where(Mute.hides_notices, relations.live())) is not None
    is_shut_out = doer.host is not None and db.session.get(HostBlock, (reader_id, doer.host)) is not None
    if not is_muted and not is_shut_out:
        service.tell([account.id], news, settings().timezone)


def _account(actor_id: int) -> Account | None:
    return db.session.scalar(select(Account).where(Account.actor_id == actor_id))
