"""Follows that end because of a server: its inbox is gone, or this city wants nothing of it any more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from instance.accounts import follows
from instance.accounts.models import Actor, Follow, RemoteActor
from instance.core.db import db
from instance.peers import rules
from instance.peers.facts import HostBlocked, InboxGone


def drop_followers_behind(facts: Sequence[InboxGone]) -> None:
    """Reaction: who has no inbox any more follows nobody here (federation.md §10). A shared inbox is nobody's own."""
    behind = select(RemoteActor.actor_id).where(RemoteActor.inbox.in_({fact.inbox for fact in facts}))
    for row in db.session.scalars(select(Follow).where(Follow.follower_id.in_(behind))).all():
        follows.reject(row)


def part_from_blocked(_facts: Sequence[HostBlocked]) -> None:
    """Reaction: no follow stands between people of here and those of a blocked server, in either direction."""
    now = rules.current()
    hosts = db.session.scalars(select(Actor.host).where(Actor.host.is_not(None)).distinct())
    blocked = [host for host in hosts if host is not None and now.severity(host) == "block"]
    theirs = select(Actor.id).where(Actor.host.in_(blocked))
    between = select(Follow).where(or_(Follow.follower_id.in_(theirs), Follow.followed_id.in_(theirs)))
    for row in db.session.scalars(between).all():
        is_their_follower = db.session.get_one(Actor, row.follower_id).host is not None
        (follows.reject if is_their_follower else follows.end)(row)
