"""Outlines of several cities on one drawing each: cities that lie near each other share one, north up.

What a drawing weighs is bounded, whatever others drew: positions are dropped until few enough are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instance.quartiers.geometry import Bounds, Outline, Ring, bounds_of
from instance.quartiers.shapes import SIMPLIFY_M, Frame, Shape, plan_shapes
from instance.quartiers.simplify import simplified

WIDTH = 720.0
MARGIN = 6.0
NEAR_M = 10_000  # cities whose outlines come that near are drawn together
POSITIONS = 6_000  # of all drawings of a page: about 20 KB packed
PARTS = 4  # of one quartier: islands beyond that are not drawn
RING = 400  # positions of one ring
LEAST = 12


def together(bounds: Mapping[str, Sequence[Bounds]]) -> list[list[str]]:
    """Names of cities by drawing, in the order given; a city without outlines has none to share."""
    groups: list[list[str]] = []
    for name, own in bounds.items():
        near = [one for one in groups if any(_touch(own, bounds[other]) for other in one)]
        rest = [one for one in groups if one not in near]
        groups = [*rest, [*(other for one in near for other in one), name]]
    order = list(bounds)
    return sorted((sorted(one, key=order.index) for one in groups), key=lambda one: order.index(one[0]))


def _touch(some: Sequence[Bounds], others: Sequence[Bounds]) -> bool:
    if not some or not others:
        return False
    return _around(some).grown(NEAR_M).meets(_around(others))


def _around(some: Sequence[Bounds]) -> Bounds:
    return Bounds(
        min(one.min_lon for one in some),
        min(one.min_lat for one in some),
        max(one.max_lon for one in some),
        max(one.max_lat for one in some),
    )


@dataclass(frozen=True)
class Drawing:
    """One drawing: its size and, by the keys of the outlines, what is on it."""

    width: float
    height: float
    shapes: dict[str, Shape]


def draw(outlines: dict[str, Outline], positions: int = POSITIONS) -> Drawing | None:
    """The outlines on one drawing of at most about `positions` corners; None where there is nothing to draw."""
    if not outlines:
        return None
    tolerance_m, ring, parts = SIMPLIFY_M, RING, PARTS
    plain = _lean(outlines, tolerance_m, ring, parts)
    while _corners(plain) > positions and parts:
        tolerance_m, ring = tolerance_m * 2, max(LEAST, ring // 2)
        parts -= ring == LEAST
        plain = _lean(plain, tolerance_m, ring, max(parts, 1))
    whole = _around([bounds_of(outline) for outline in plain.values()])
    frame = Frame.wide(whole, WIDTH, MARGIN)
    if frame.height > WIDTH:
        frame = Frame.square(whole, WIDTH, MARGIN)
    return Drawing(frame.width, frame.height, plan_shapes(plain, frame))


def kept(outlines: Mapping[str, Outline]) -> dict[str, Outline]:
    """The outlines of a city elsewhere as they are kept to be drawn: bounded, places rounded to a metre."""
    return {
        key: [[[(round(x, 5), round(y, 5)) for x, y in ring] for ring in part] for part in outline]
        for key, outline in _lean(outlines, SIMPLIFY_M / 2, RING, PARTS).items()
    }


def _lean(outlines: Mapping[str, Outline], tolerance_m: float, ring: int, parts: int) -> dict[str, Outline]:
    plain = simplified(dict(outlines), tolerance_m)
    return {key: _reduced(outline, ring, parts) for key, outline in plain.items()}


def _reduced(outline: Outline, ring: int, parts: int) -> Outline:
    """The largest parts of an outline, without holes, each of at most `ring` positions."""
    largest = sorted((part[0] for part in outline), key=_extent, reverse=True)[:parts]
    return [[_thinned(one, ring)] for one in largest]


def _extent(ring: Ring) -> float:
    around = bounds_of([[ring]])
    return (around.max_lon - around.min_lon) * (around.max_lat - around.min_lat)


def _thinned(ring: Ring, most: int) -> Ring:
    if len(ring) <= most:
        return ring
    step = -(-len(ring) // (most - 1))
    return [*ring[:-1:step], ring[0]]


def _corners(outlines: Mapping[str, Outline]) -> int:
    return sum(len(part[0]) for outline in outlines.values() for part in outline)
