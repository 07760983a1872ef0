"""Which quartiers take the posts of a page onto their walls."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from instance.accounts.models import Actor
from instance.core.db import BigId, db
from instance.quartiers.models import Quartier, Subscription


@dataclass(frozen=True)
class Taker:
    """A quartier that subscribed: its wall (the Group actor), its readers, its address."""

    quartier_id: int
    wall_id: int
    circle_id: int
    path: str | None


_TAKERS = (
    select(Quartier.id, Quartier.actor_id, Quartier.circle_id, Actor.path)
    .join(Subscription, Subscription.quartier_id == Quartier.id)
    .join(Actor, Actor.id == Quartier.actor_id)
    .where(
        Subscription.actor_id == bindparam("page_id", type_=BigId), Subscription.state == "live",
        Quartier.state == "open",
    )
    .order_by(Quartier.id)
)  # fmt: skip


def takers(page_actor_id: int) -> list[Taker]:
    """The open quartiers whose walls take what this actor says to everybody."""
    return [Taker(*row) for row in db.session.connection().execute(_TAKERS, {"page_id": page_actor_id})]
