"""Who follows whom. A follow counts once it is accepted (threats.md F1); persons say yes themselves by default.

Rows and rules only: what goes to other servers follows from the facts (follow_wire.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, delete, func, or_, select, tuple_

from instance.accounts.facts import ActorBlocked, FollowAccepted, FollowAsked, FollowEnded, FollowRefused
from instance.accounts.models import Account, Actor, Follow, HostBlock, RemoteActor
from instance.accounts.service import apart
from instance.core import clock, fed
from instance.core.db import BigId, Moment, db, new_id
from instance.core.errors import Invalid, NotFound
from instance.core.facts import record

URIS_MAX = 10  # Follows of one pair that are told apart
Gate = Callable[[Actor], bool]
End = Callable[[int, int], None]  # follower, followed
Pause = Select[int, int]  # followed, follower
_gates: list[Gate] = []
_ends: list[End] = []
_pauses: list[Pause] = []

FOLLOWED = bindparam("followed", type_=BigId, expanding=True)
NOW = bindparam("now", type_=Moment)


def register_gate(gate: Gate) -> None:
    """Have `gate` asked whether one of our actors may be followed at all (rooms above know their own)."""
    if gate not in _gates:
        _gates.append(gate)


def register_end(end: End) -> None:
    """Have `end` called in the transaction in which a follow ends: what it let somebody read closes at once."""
    if end not in _ends:
        _ends.append(end)


def register_pause(pause: Pause) -> None:
    """Have `pause` say which followers of ours get nothing for now, although they still follow.

    It finds pairs (followed, follower) for the actors `FOLLOWED` at the moment `NOW`.
    """
    if not any(one is pause for one in _pauses):
        _pauses.append(pause)


def _close(row: Follow) -> None:
    for close in _ends:
        close(row.follower_id, row.followed_id)


def may_be_followed(actor: Actor) -> bool:
    """Whether it is somebody or something with followers: no application, no closed account, no pilot quartier."""
    if actor.path is None:
        return actor.kind != "application" and not _is_gone(actor)
    if actor.kind == "application" or not all(gate(actor) for gate in _gates):
        return False
    return actor.kind != "person" or _account(actor) is not None


def follow(follower: Actor, followed: Actor) -> Follow:
    """Ask to follow, or follow at once where that is open to everybody; asking twice changes nothing.

    Inside `commit()`. Raises `NotFound` where a block stands between the two, `Invalid` for oneself.
    """
    if follower.id == followed.id:
        raise Invalid("follow.self", _("Vous ne pouvez pas vous suivre vous-même."))
    if not may_be_followed(followed) or is_apart(follower, followed):
        raise NotFound
    return between(follower.id, followed.id) or add(follower, followed)


def add(follower: Actor, followed: Actor, uri: str | None = None) -> Follow:
    """The row of a new follow, settled at once where nobody needs to say yes."""
    number = new_id()
    uri = uri or (fed.uri_of(f"/f/{number}") if followed.uri is not None else None)
    made = Follow(
        id=number, follower_id=follower.id, followed_id=followed.id, state="pending", uri=uri, shows_boosts=True,
        notifies=False, since=clock.now(),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    if followed.uri is None and not waits_for_yes(follower, followed):
        accept(made)
    else:
        record(FollowAsked(made.id, follower.id, followed.id))
    return made


def waits_for_yes(follower: Actor, followed: Actor) -> bool:
    """Whether one of ours must say yes first: persons by default; quartiers to other groups (FEP-d36d)."""
    if followed.kind != "person":
        return follower.kind == followed.kind == "group"
    account = _account(followed)
    return account is None or account.approves_followers


def unfollow(follower: Actor, followed: Actor) -> None:
    """End a follow, or take the request back. Inside `commit()`."""
    row = between(follower.id, followed.id)
    if row is not None:
        end(row)


def end(row: Follow) -> None:
    """The follower's own end of it."""
    _close(row)
    db.session.delete(row)
    db.session.flush()
    record(FollowEnded(row.follower_id, row.followed_id, row.uri or ""))


def accept(row: Follow) -> None:
    """From now on it counts. Inside `commit()`."""
    if row.state != "accepted":
        row.state, row.since = "accepted", clock.now()
        db.session.flush()
        record(FollowAccepted(row.id, row.follower_id, row.followed_id))


def reject(row: Follow) -> None:
    """No, or no more. Inside `commit()`."""
    _close(row)
    db.session.delete(row)
    db.session.flush()
    record(FollowRefused(row.follower_id, row.followed_id, row.uri or ""))


def between(follower_id: int, followed_id: int) -> Follow | None:
    """The follow of these two, whatever its state."""
    pair = select(Follow).where(Follow.follower_id == follower_id, Follow.followed_id == followed_id)
    return db.session.scalar(pair)


def is_following(follower_id: int, followed_id: int) -> bool:
    """Whether an accepted follow stands."""
    row = between(follower_id, followed_id)
    return row is not None and row.state == "accepted"


def is_apart(one: Actor, other: Actor) -> bool:
    """Whether a block of a person or of a whole server stands between two actors."""
    if db.session.scalar(select(apart(one.id, other.id))):
        return True
    pairs = [(mine.id, far.host) for mine, far in ((one, other), (other, one)) if far.host is not None]
    blocks = (select(HostBlock.host).where(HostBlock.actor_id == mine, HostBlock.host == host) for mine, host in pairs)
    return any(db.session.scalar(block) is not None for block in blocks)


def follower_inboxes(actor_id: int) -> set[str]:
    """Where what this actor says to its followers goes: one inbox per server where it has one for all."""
    return inboxes_of([actor_id])[actor_id]


def inboxes_of(actor_ids: Collection[int]) -> dict[int, set[str]]:
    """The same for several actors, in one statement."""
    found: dict[int, set[str]] = {one: set() for one in actor_ids}
    values = {"followed": list(found), "now": clock.now()}
    for followed_id, inbox in db.session.connection().execute(_inboxes(tuple(_pauses)), values):
        found[followed_id].add(inbox)
    return found


# Asked for each public post: built once (performance.md, rule 5).
@lru_cache(maxsize=2)
def _inboxes(pauses: tuple[Pause, ...]) -> Select[int, str]:
    inbox = func.coalesce(RemoteActor.shared_inbox, RemoteActor.inbox)
    query = select(Follow.followed_id, inbox).join(RemoteActor, RemoteActor.actor_id == Follow.follower_id)
    query = query.where(Follow.followed_id.in_(FOLLOWED), Follow.state == "accepted", RemoteActor.gone_at.is_(None))
    for pause in pauses:
        query = query.where(tuple_(Follow.followed_id, Follow.follower_id).not_in(pause))
    return query.distinct()


def pending_for(actor_id: int) -> list[tuple[Follow, Actor]]:
    """Requests that wait for this actor's answer, the oldest first."""
    query = select(Follow, Actor).join(Actor, Actor.id == Follow.follower_id)
    rows = db.session.execute(
        query.where(Follow.followed_id == actor_id, Follow.state == "pending").order_by(Follow.id)
    )
    return [(row, actor) for row, actor in rows]


def sever(one_id: int, other_id: int) -> None:
    """End all that stands between two actors, each side as its own: for blocks. Inside `commit()`."""
    for follower_id, followed_id in ((one_id, other_id), (other_id, one_id)):
        row = between(follower_id, followed_id)
        if row is not None and db.session.get_one(Actor, follower_id).uri is None:
            end(row)
        elif row is not None:
            reject(row)


def sever_host(actor_id: int, host: str) -> None:
    """The same for one of ours and everybody of `host`. Inside `commit()`."""
    others = select(Actor.id).where(Actor.host == host)
    rows = select(Follow.follower_id, Follow.followed_id).where(
        or_(
            (Follow.follower_id == actor_id) & Follow.followed_id.in_(others),
            (Follow.followed_id == actor_id) & Follow.follower_id.in_(others),
        )
    )
    for follower_id, followed_id in db.session.execute(rows).all():
        sever(follower_id, followed_id)


def drop(actor_ids: Iterable[int]) -> None:
    """Forget every follow of and by remote actors that are gone; nobody is left to be told. Inside `commit()`."""
    gone = list(actor_ids)
    rows = db.session.scalars(select(Follow).where(or_(Follow.follower_id.in_(gone), Follow.followed_id.in_(gone))))
    drop_rows(rows.all())


def drop_rows(rows: Sequence[Follow]) -> None:
    """Forget these, without a word to the other side; rooms above hear that they ended."""
    for row in rows:
        _close(row)
        record(FollowEnded(row.follower_id, row.followed_id, ""))
    db.session.execute(delete(Follow).where(Follow.id.in_([row.id for row in rows])))


def end_blocked(facts: Sequence[ActorBlocked]) -> None:
    """Reaction: whoever blocks somebody neither follows them nor is followed."""
    for fact in facts:
        sever(fact.blocker_id, fact.blocked_id)


def _account(actor: Actor) -> Account | None:
    return db.session.scalar(select(Account).where(Account.actor_id == actor.id, Account.state == "active"))


def _is_gone(actor: Actor) -> bool:
    known = db.session.get(RemoteActor, actor.id)
    return known is None or known.gone_at is not None
