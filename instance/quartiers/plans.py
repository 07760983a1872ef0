"""Plan files: the streets drawn by their numbers, one dot each, for pages to pull in with `<use href>`.

Written into the data folder after an import; a page without them still has its outlines. The only thing in
them is where houses stand, which the address file tells everybody.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

from sqlalchemy import select

from instance.core.db import db
from instance.quartiers import shapes
from instance.quartiers.geometry import Bounds, Position
from instance.quartiers.models import Address, Quartier

FOLDER = "plans"
CITY = "plan.svg"


def file_of(slug: str) -> str:
    """The name of a quartier's own plan file."""
    return f"plan-{slug}.svg"


def symbol_of(code: str) -> str:
    """The name of a quartier's symbol, in the city's plan file as in its own."""
    return f"q{code}"


def write(data_dir: Path) -> None:
    """Write the plan of the city and of each quartier; a half-written file is never seen."""
    quartiers = db.session.scalars(select(Quartier).order_by(Quartier.code)).all()
    if not quartiers:
        return
    houses = _houses()
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    frame = shapes.plan_frame([bounds_of(quartier) for quartier in quartiers])
    symbols = [
        shapes.symbol(symbol_of(quartier.code), frame, shapes.dots(houses[quartier.id], frame))
        for quartier in quartiers
    ]
    _keep(folder / CITY, symbols)
    for quartier in quartiers:
        close = shapes.close_up_frame(bounds_of(quartier))
        path = shapes.dots(houses[quartier.id], close)
        _keep(folder / file_of(quartier.slug), [shapes.symbol(symbol_of(quartier.code), close, path)])


def bounds_of(quartier: Quartier) -> Bounds:
    """The rectangle around a stored quartier."""
    return Bounds(quartier.min_lon, quartier.min_lat, quartier.max_lon, quartier.max_lat)


def _houses() -> dict[int, list[Position]]:
    houses: dict[int, list[Position]] = defaultdict(list)
    held = select(Address.quartier_id, Address.lon, Address.lat).order_by(Address.id)
    for quartier_id, lon, lat in db.session.execute(held):
        if quartier_id is not None:
            houses[quartier_id].append((lon, lat))
    return houses


def _keep(path: Path, symbols: list[str]) -> None:
    whole = '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n"
    beside = path.with_suffix(".new")
    beside.write_text(whole, "utf-8")
    os.replace(beside, path)
