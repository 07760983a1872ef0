"""Reactions: private messages and thematic groups. Who muted the one who writes is not told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from sqlalchemy import select, update

from instance.accounts import relations
from instance.accounts.models import Account, Mute
from instance.core import clock
from instance.core.db import db
from instance.core.web import settings
from instance.groups.facts import GroupAsked, GroupJoined
from instance.groups.models import Group, GroupSeat
from instance.notifications import service
from instance.notifications.models import Notification
from instance.notifications.service import News
from instance.posts import thread_mutes, visibility
from instance.posts.models import Mention, Post

KIND = "message"


def path_of(thread_id: int, post_id: int) -> str:
    """Where a message stands."""
    return f"/messages/{thread_id}#r{post_id}"


def tell_message(post: Post) -> None:
    """The persons of a conversation hear of a new message of somebody here."""
    persons = set(db.session.scalars(select(Mention.actor_id).where(Mention.post_id == post.id)))
    muters = set(db.session.scalars(select(Mute.muter_id).where(Mute.muted_id == post.author_id, relations.live())))
    deaf = muters | {actor_id for actor_id, _thread in thread_mutes.who(persons, [post.thread_id])}
    readers = [one for one in persons - deaf - {post.author_id} if visibility.may_read(one, post.id)]
    service.tell(_accounts(readers), News(KIND, path_of(post.thread_id, post.id), post.id), settings().timezone)


def _accounts(actor_ids: Collection[int]) -> list[int]:
    if not actor_ids:
        return []
    return list(db.session.scalars(select(Account.id).where(Account.actor_id.in_(actor_ids))))


class Read(Protocol):
    """Somebody has read a conversation (a fact of messages, beside this room)."""

    @property
    def account_id(self) -> int: ...
    @property
    def conversation_id(self) -> int: ...


def note_read(facts: Sequence[Read]) -> None:
    """What was told of a conversation is read with it."""
    for fact in facts:
        mine = (Notification.account_id == fact.account_id) & (Notification.kind == KIND)
        theirs = select(Post.id).where(Post.thread_id == fact.conversation_id)
        told = update(Notification).where(mine, Notification.read_at.is_(None), Notification.post_id.in_(theirs))
        db.session.execute(told.values(read_at=clock.now()))


def tell_asked(facts: Sequence[GroupAsked]) -> None:
    """« … demande à rejoindre un groupe », to its keepers."""
    for fact in facts:
        group = db.session.get(Group, fact.group_id)
        if group is None:
            continue
        keepers = select(GroupSeat.actor_id).where(
            GroupSeat.group_id == group.id, GroupSeat.role == "keeper", GroupSeat.state == "member"
        )
        muters = select(Mute.muter_id).where(Mute.muted_id == fact.actor_id, relations.live())
        told = set(db.session.scalars(keepers.where(GroupSeat.actor_id.not_in(muters))))
        news = News("group", f"/g/{group.slug}/membres", actor_id=fact.actor_id)
        service.tell(_accounts(told), news, settings().timezone)


def tell_joined(facts: Sequence[GroupJoined]) -> None:
    """« Votre demande est acceptée », by the group, as whose name it is told."""
    for fact in facts:
        group = db.session.get(Group, fact.group_id)
        if group is not None:
            news = News("group_joined", f"/g/{group.slug}", actor_id=group.actor_id)
            service.tell(_accounts([fact.actor_id]), news, settings().timezone)
