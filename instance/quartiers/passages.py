"""Open ways to quartiers of other cities: what may go through them now, and what came through them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select

from instance.accounts import follows
from instance.accounts.models import Actor, Follow, RemoteActor
from instance.core import clock
from instance.core.db import BigId, db
from instance.quartiers.models import Passage, Quartier

NOW = follows.NOW


@dataclass(frozen=True)
class Far:
    """A neighbour quartier of another city, through an open passage."""

    passage_id: int
    quartier_id: int  # ours
    group_id: int  # theirs
    uri: str
    host: str
    name: str
    inbox: str
    is_heard: bool  # their city knows that it is open: before, what went there would be refused


def is_open(passage: type[Passage] = Passage) -> ColumnElement[bool]:
    """The condition on `passage` (or an alias of it); the statement is run with `now`."""
    return and_(passage.is_open, passage.until > NOW)


def is_resting(follow: type[Follow] = Follow) -> ColumnElement[bool]:
    """Whether `follow`, of a Group of another city by one of ours, brings nothing public now: its passage is closed.

    The statement is run with `now`.
    """
    closed = or_(~is_open(), ~Passage.lets_public)
    return exists(
        select(1)
        .select_from(Passage)
        .join(Quartier, Quartier.id == Passage.quartier_id)
        .where(Quartier.actor_id == follow.follower_id, Passage.far_id == follow.followed_id, closed)
        .correlate(follow)
    )


_FAR = (
    select(
        Passage.id, Passage.quartier_id, Actor.id, Actor.uri, Actor.host, Actor.shown_name, RemoteActor.inbox,
        Passage.unheard_since.is_(None),
    )
    .join(Actor, Actor.id == Passage.far_id)
    .join(RemoteActor, RemoteActor.actor_id == Actor.id)
    .where(is_open(), RemoteActor.gone_at.is_(None))
    .order_by(Actor.shown_name, Actor.id)
)  # fmt: skip
_FROM = _FAR.where(Passage.quartier_id == bindparam("quartier_id", type_=BigId))
_TO = _FAR.where(Actor.uri == bindparam("far_uri"))


def open_from(quartier: Quartier) -> list[Far]:
    """The neighbour quartiers of other cities that words written in `quartier` can reach now, by name."""
    return _found(_FROM, quartier_id=quartier.id)


def open_to(far_uri: str) -> list[Far]:
    """The open passages that lead to the Group at `far_uri`: one for each quartier of ours that touches it."""
    return _found(_TO, far_uri=far_uri)


# Our Groups, and Groups of other cities to which nothing public of theirs goes now, although they may follow.
_CLOSED = (
    select(Quartier.actor_id, Passage.far_id)
    .join(Passage, Passage.quartier_id == Quartier.id)
    .where(
        Quartier.actor_id.in_(follows.FOLLOWED),
        or_(~is_open(), ~Passage.lets_public, Passage.unheard_since.is_not(None)),
    )
)  # fmt: skip
follows.register_pause(_CLOSED)
_CARRIERS = (
    select(Actor)
    .join(Quartier, Quartier.actor_id == Actor.id)
    .join(Passage, Passage.quartier_id == Quartier.id)
    .where(
        Passage.far_id == bindparam("far_id", type_=BigId), is_open(), Passage.lets_public, Quartier.carries,
        Quartier.state == "open",
    )
    .order_by(Actor.id)
)  # fmt: skip


def carriers(far_id: int) -> list[Actor]:
    """Our Groups that pass on to their followers what the Group `far_id` of another city says to everybody."""
    return list(db.session.scalars(_CARRIERS, {"far_id": far_id, "now": clock.now()}))


def _found(statement: object, **values: object) -> list[Far]:
    rows = db.session.connection().execute(statement, {"now": clock.now(), **values})  # type: ignore[call-overload]
    return [Far(*row) for row in rows]
