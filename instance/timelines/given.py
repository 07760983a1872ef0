"""What a resident follows without having asked: the own quartier, own groups, the pages that the quartier takes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from instance.accounts.models import Actor
from instance.core.db import BigId, db
from instance.groups.models import Group, GroupSeat
from instance.quartiers.models import Quartier, Subscription

_ME, _HOME = bindparam("me", type_=BigId), bindparam("home", type_=BigId)
_GROUPS = (
    select(Actor)
    .join(Group, Group.actor_id == Actor.id)
    .join(GroupSeat, GroupSeat.group_id == Group.id)
    .where(GroupSeat.actor_id == _ME, GroupSeat.state == "member")
    .order_by(Group.name, Actor.id)
)
_PAGES = (
    select(Actor)
    .join(Subscription, Subscription.actor_id == Actor.id)
    .where(Subscription.quartier_id == _HOME, Subscription.state == "live")
    .order_by(Actor.shown_name, Actor.id)
)


@dataclass(frozen=True)
class Given:
    """The actors of all three kinds, each by name."""

    quartier: Actor | None
    groups: list[Actor]
    pages: list[Actor]

    @property
    def all(self) -> list[Actor]:
        """The quartier first."""
        return [*([self.quartier] if self.quartier else []), *self.groups, *self.pages]


def to(actor_id: int, home: Quartier | None) -> Given:
    """What comes by itself to the actor, who lives in `home`."""
    groups = list(db.session.scalars(_GROUPS, {"me": actor_id}))
    if home is None:
        return Given(None, groups, [])
    return Given(db.session.get_one(Actor, home.actor_id), groups, pages_of(home))


def pages_of(home: Quartier) -> list[Actor]:
    """The pages whose posts stand on the wall of `home`."""
    return list(db.session.scalars(_PAGES, {"home": home.id}))
