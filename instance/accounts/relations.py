"""What stands between a person and others: follows, blocks, mutes; and whether they may meet at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import BindParameter, ColumnElement, and_, delete, exists, func, or_, select

from instance.accounts import follows, service
from instance.accounts.models import Account, Actor, ActorNote, Block, Follow, HostBlock, Mute
from instance.core import clock
from instance.core.db import db
from instance.core.errors import Invalid

NOTE_MAX = 2000
HOSTS_MAX = 5000  # servers that one person blocks


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
    mutes_notices: bool
    blocks_host: bool
    languages: list[str] | None
    note: str
    endorses: bool = False


def nothing(other: int) -> Relation:
    """Between two who never met."""
    no = False
    return Relation(other, no, no, no, no, no, no, no, no, no, no, None, "")


def of(mine: int, others: Sequence[int]) -> list[Relation]:
    """The relations of actor `mine` to those of `others` that exist, in their order."""
    known = {one.id: one for one in db.session.scalars(select(Actor).where(Actor.id.in_(others)))}
    to, back = _follows(mine, others)
    blocks = set(
        db.session.scalars(select(Block.blocked_id).where(Block.blocker_id == mine, Block.blocked_id.in_(others)))
    )
    muted = select(Mute.muted_id, Mute.hides_notices).where(Mute.muter_id == mine, Mute.muted_id.in_(others), live())
    mutes: dict[int, bool] = {row[0]: row[1] for row in db.session.execute(muted)}
    notes = _notes(mine, others)
    hosts = set(db.session.scalars(select(HostBlock.host).where(HostBlock.actor_id == mine)))
    return [
        Relation(
            one, one in to and to[one].state == "accepted", one in to and to[one].state == "pending",
            one in back and back[one].state == "accepted", one in back and back[one].state == "pending",
            one in to and to[one].shows_boosts, one in to and to[one].notifies, one in blocks, one in mutes,
            mutes.get(one, False), known[one].host in hosts, to[one].languages if one in to else None,
            notes.get(one, ""), one in to and to[one].is_endorsed,
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


def live(moment: BindParameter[datetime] | None = None) -> ColumnElement[bool]:
    """The condition on mutes that have not run out: now, or in a prebuilt statement at the moment that it is given."""
    return or_(Mute.until.is_(None), Mute.until > (clock.now() if moment is None else moment))


def mute(mine: int, other: int, *, until: datetime | None = None, hides_notices: bool = True) -> None:
    """Show `mine` nothing more of `other` in timelines and threads; said again, the last word counts."""
    if mine == other:
        return
    row = db.session.get(Mute, (mine, other))
    if row is None:
        row = Mute(muter_id=mine, muted_id=other, since=clock.now())
        db.session.add(row)
    row.until, row.hides_notices = until, hides_notices


def _notes(mine: int, others: Sequence[int]) -> dict[int, str]:
    mine_only = select(ActorNote.about_id, ActorNote.text).join(Account, Account.id == ActorNote.account_id)
    rows = db.session.execute(mine_only.where(Account.actor_id == mine, ActorNote.about_id.in_(others)))
    return {row[0]: row[1] for row in rows}


def note(account_id: int, about: int, text: str) -> None:
    """Keep what an account writes down about somebody, for itself alone; nothing takes it away. Inside `commit()`."""
    words = text.replace("\r\n", "\n").strip()
    if len(words) > NOTE_MAX:
        raise Invalid("note.long", _("Raccourcissez cette note à %(num)d signes.", num=NOTE_MAX), field="comment")
    row = db.session.get(ActorNote, (account_id, about))
    if row is not None and not words:
        db.session.delete(row)
    elif row is not None:
        row.text = words
    elif words:
        db.session.add(ActorNote(account_id=account_id, about_id=about, text=words))
    db.session.flush()


def unmute(mine: int, other: int) -> None:
    """End a mute."""
    db.session.execute(delete(Mute).where(Mute.muter_id == mine, Mute.muted_id == other))


def block_host(mine: int, host: str) -> None:
    """Show `mine` nothing more from a whole server; follows between them end. Twice is once. Inside `commit()`."""
    if db.session.get(HostBlock, (mine, host)) is None:
        there = db.session.scalar(select(func.count()).where(HostBlock.actor_id == mine)) or 0
        if there >= HOSTS_MAX:
            raise Invalid("host.many", _("Vous bloquez déjà %(num)d serveurs.", num=HOSTS_MAX), field="host")
        follows.sever_host(mine, host)
        db.session.add(HostBlock(actor_id=mine, host=host, since=clock.now()))


def unblock_host(mine: int, host: str) -> None:
    """Let a server's people be met again."""
    db.session.execute(delete(HostBlock).where(HostBlock.actor_id == mine, HostBlock.host == host))
