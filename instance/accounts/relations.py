"""What stands between a person and others: follows, blocks, mutes; and whether they may meet at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, exists, or_, select

from instance.accounts import follows, service
from instance.accounts.models import Account, Actor, Block, Follow, HostBlock, Mute
from instance.core import clock
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
    if other.kind == "organization" and other.path is not None and not follows.may_be_followed(other):
        return False  # a page that is not published, or was closed
    closed = exists(select(1).where(Account.actor_id == other.id, Account.state != "active"))
    return not db.session.scalar(select(or_(service.apart(mine, other.id), closed)))


def block(mine: int, other: int) -> None:
    """Neither meets the other any more; follows between them end. Nobody is told. Inside `commit()`."""
    if mine != other:
        follows.sever(mine, other)
        service.block(mine, other)


def mute(mine: int, other: int) -> None:
    """Show `mine` nothing more of `other` in timelines and threads. Twice is once."""
    if mine != other and db.session.get(Mute, (mine, other)) is None:
        db.session.add(Mute(muter_id=mine, muted_id=other, since=clock.now()))


def unmute(mine: int, other: int) -> None:
    """End a mute."""
    db.session.execute(delete(Mute).where(Mute.muter_id == mine, Mute.muted_id == other))


def block_host(mine: int, host: str) -> None:
    """Show `mine` nothing more from a whole server; follows between them end. Twice is once. Inside `commit()`."""
    if db.session.get(HostBlock, (mine, host)) is None:
        follows.sever_host(mine, host)
        db.session.add(HostBlock(actor_id=mine, host=host, since=clock.now()))


def unblock_host(mine: int, host: str) -> None:
    """Let a server's people be met again."""
    db.session.execute(delete(HostBlock).where(HostBlock.actor_id == mine, HostBlock.host == host))
