"""The drawing that sign-up shows: the quartier found, its neighbours around it, the street and the house."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from instance.core.db import db
from instance.quartiers import service as quartiers
from instance.quartiers import shapes
from instance.quartiers.geometry import outline_of
from instance.quartiers.models import Address, Quartier
from instance.quartiers.plans import bounds_of
from instance.quartiers.search import Hit
from instance.quartiers.simplify import simplified


@dataclass(frozen=True)
class CloseUp:
    """One quartier's own drawing, as `ui.outline_map` takes it."""

    shapes: list[dict[str, str]]
    width: float
    height: float
    street: str  # path of dots, one per house number of the street
    home: tuple[float, float]


def of(hit: Hit) -> CloseUp | None:
    """The drawing around an address; None for one that lies in no quartier."""
    quartier = db.session.get(Quartier, hit.quartier_id) if hit.quartier_id is not None else None
    if quartier is None:
        return None
    drawn = [*quartiers.neighbours(quartier), quartier]
    frame = shapes.close_up_frame(bounds_of(quartier))
    outlines = simplified({one.id: outline_of(one.outline) for one in drawn}, shapes.SIMPLIFY_M)
    street_id = select(Address.street_id).where(Address.id == hit.address_id).scalar_subquery()
    houses = db.session.execute(
        select(Address.lon, Address.lat).where(Address.street_id == street_id, Address.quartier_id == quartier.id)
    )
    home_x, home_y = frame.at((hit.lon, hit.lat))
    return CloseUp(
        [
            {
                "code": one.code,
                "name": one.name,
                "path": frame.path(outlines[one.id]),
                "role": "self" if one is quartier else "far",
            }
            for one in drawn
        ],
        frame.width,
        frame.height,
        shapes.dots(((lon, lat) for lon, lat in houses), frame),
        (round(home_x, 1), round(home_y, 1)),
    )
