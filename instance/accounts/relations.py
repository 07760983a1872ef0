"""What stands between a person and others: follows, blocks, mutes; and whether they may meet at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, or_, select

from instance.accounts.models import Account, Actor, Block, Follow, HostBlock, Mute
from instance.core.db import db


@dataclass(frozen=True)
class Relation:
    """How actor `actor_id` and the one who asks stand to each other. Being blocked is never told."""

    actor_id: int
    follows: bool
    asked: bool
    is_followed_by: bool
    is_asked_by: bool
    shows_boosts: bool
    notifies: bool
    blocks: bool
    mutes: bool
    blocks_host: bool


def of(mine: int, others: Sequence[int]) -> list[Relation]:
    """The relations of actor `mine` to those of `others` that exist, in their order."""
    known = {one.id: one for one in db.session.scalars(select(Actor).where(Actor.id.in_(others)))}
    to, back = _follows(mine, others)
    blocks = set(
        db.session.scalars(select(Block.blocked_id).where(Block.blocker_id == mine, Block.blocked_id.in_(others)))
    )
    mutes = set(db.session.scalars(select(Mute.muted_id).where(Mute.muter_id == mine, Mute.muted_id.in_(others))))
    hosts = set(db.session.scalars(select(HostBlock.host).where(HostBlock.actor_id == mine)))
    return [
        Relation(
            one, one in to and to[one].state == "accepted", one in to and to[one].state == "pending",
            one in back and back[one].state == "accepted", one in back and back[one].state == "pending",
            one in to and to[one].shows_boosts, one in to and to[one].notifies, one in blocks, one in mutes,
            known[one].host in hosts,
        )
        for one in others
        if one in known
    ]  # fmt: skip


def _follows(mine: int, others: Sequence[int]) -> tuple[dict[int, Follow], dict[int, Follow]]:
    between = select(Follow).where(
        or_(
            and_(Follow.follower_id == mine, Follow.followed_id.in_(others)),
            and_(Follow.followed_id == mine, Follow.follower_id.in_(others)),
        )
    )
    rows = list(db.session.scalars(between))
    to = {row.followed_id: row for row in rows if row.follower_id == mine}
    return to, {row.follower_id: row for row in rows if row.followed_id == mine}


def may_meet(mine: int, other: Actor) -> bool:
    """Whether neither has blocked the other, and `other` is still there."""
    if other.id == mine:
        return True
    apart = exists(
        select(1).where(
            or_(
                and_(Block.blocker_id == mine, Block.blocked_id == other.id),
                and_(Block.blocker_id == other.id, Block.blocked_id == mine),
            )
        )
    )
    closed = exists(select(1).where(Account.actor_id == other.id, Account.state != "active"))
    return not db.session.scalar(select(or_(apart, closed)))
