"""All quartiers at a glance: state and number of residents, in one statement. No person is in it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from instance.core import clock
from instance.core.db import db
from instance.quartiers.models import Membership, Quartier


@dataclass(frozen=True)
class Entry:
    """One quartier as the welcome page and the admin see it."""

    id: int
    code: str
    slug: str
    name: str
    state: str
    shape: str
    label_x: float
    label_y: float
    residents: int
    addresses: int

    @property
    def role(self) -> str:
        """How it is drawn: lit when open."""
        return "self" if self.state == "open" else "far"


def entries() -> list[Entry]:
    """Every quartier by name, with residents and addresses of live proofs."""
    live = (
        select(
            Membership.quartier_id,
            func.count().label("residents"),
            func.count(Membership.home_mark.distinct()).label("addresses"),
        )
        .where(Membership.writes_until > clock.now())
        .group_by(Membership.quartier_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Quartier.id, Quartier.code, Quartier.slug, Quartier.name, Quartier.state, Quartier.shape, Quartier.label_x,
            Quartier.label_y, func.coalesce(live.c.residents, 0), func.coalesce(live.c.addresses, 0),
        )
        .outerjoin(live, live.c.quartier_id == Quartier.id)
        .order_by(Quartier.name)
    )  # fmt: skip
    return [Entry(*row) for row in rows]
