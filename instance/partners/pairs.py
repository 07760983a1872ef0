"""Which quartiers of two cities touch: two files draw the same street, up to 10 m apart."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from instance.core.db import db
from instance.partners.survey import FarQuartier
from instance.quartiers.borders import TWO_FILES_M, Area, common_border_m
from instance.quartiers.geometry import outline_of
from instance.quartiers.models import Quartier

BORDERS_S = 20.0  # of our time for comparing outlines: what is left over has no border that we know
Pair = dict[str, Any]


def adjacent(theirs: Iterable[FarQuartier], least_m: float) -> list[Pair]:
    """Pairs of an open quartier of ours and one of `theirs` whose outlines run together for `least_m` metres."""
    mine = db.session.scalars(select(Quartier).where(Quartier.state == "open").order_by(Quartier.name, Quartier.id))
    areas = [(one, Area.of(outline_of(one.outline))) for one in mine]
    far = [(one, Area.of(one.outline)) for one in theirs if one.outline]
    found: list[Pair] = []
    until = time.thread_time() + BORDERS_S
    for quartier, area in areas:
        for other, other_area in far:
            if time.thread_time() >= until:
                return found
            border_m = common_border_m(area, other_area, TWO_FILES_M)
            if border_m >= least_m:
                found.append(pair(f"/q/{quartier.slug}", other.uri, other.name, round(border_m)))
    return found


def pair(ours: str, theirs: str, name: str = "", border_m: float = 0.0) -> Pair:
    """One pair as it is kept: path of ours, address of theirs, what they call it, metres in common."""
    return {"ours": ours, "theirs": theirs, "name": name, "border_m": border_m}


def key(one: Pair) -> str:
    """What names a pair in a form."""
    return f"{one['ours']} {one['theirs']}"


def chosen(pairs: Sequence[Pair], keys: Iterable[str]) -> list[Pair]:
    """Those of `pairs` that are named, in their order."""
    wanted = set(keys)
    return [one for one in pairs if key(one) in wanted]


def named(pairs: Sequence[Pair], theirs: Sequence[FarQuartier], touching: Sequence[Pair]) -> list[Pair]:
    """`pairs` with the names that the other city shows for its sides, and the borders among those `touching`."""
    names = {one.uri: one.name for one in theirs}
    borders = {key(one): one["border_m"] for one in touching}
    return [
        one | {"name": names.get(one["theirs"]) or one["name"], "border_m": borders.get(key(one), one["border_m"])}
        for one in pairs
    ]
