"""Drawings of quartiers: SVG paths for plates, plans and close-ups, and dots for house numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import hypot
from typing import TypeVar

from instance.quartiers.geometry import (
    Bounds,
    Outline,
    Position,
    Segment,
    bounds_of,
    edges,
    metres_per_degree,
    rings,
)
from instance.quartiers.simplify import simplified

Key = TypeVar("Key")

SIMPLIFY_M = 22.0
PLAN_WIDTH = 720.0
CLOSE_UP = 480.0
DOT_GAP = 1.8
_SILHOUETTE, _SILHOUETTE_MARGIN = 64.0, 2.0


@dataclass(frozen=True)
class Frame:
    """How positions fall on a drawing: `width` by `height` units, north up."""

    width: float
    height: float
    lon: float  # of the drawing's left edge
    lat: float  # of its top edge
    per_lon: float  # units in a degree of longitude
    per_lat: float

    @classmethod
    def wide(cls, bounds: Bounds, width: float, margin: float) -> Frame:
        """A drawing as wide as asked, and as high as the bounds need."""
        across, down = _size_m(bounds)
        scale = (width - 2 * margin) / max(across, 1.0)
        height = round(max(down, 1.0) * scale + 2 * margin)
        return cls._centred(bounds, width, height, scale)

    @classmethod
    def square(cls, bounds: Bounds, side: float, margin: float) -> Frame:
        """A square drawing with the bounds in its middle."""
        scale = (side - 2 * margin) / max(*_size_m(bounds), 1.0)
        return cls._centred(bounds, side, side, scale)

    @classmethod
    def _centred(cls, bounds: Bounds, width: float, height: float, scale: float) -> Frame:
        middle_lon, middle_lat = (bounds.min_lon + bounds.max_lon) / 2, (bounds.min_lat + bounds.max_lat) / 2
        metres_lon, metres_lat = metres_per_degree(middle_lat)
        per_lon, per_lat = metres_lon * scale, metres_lat * scale
        return cls(
            width,
            height,
            middle_lon - width / 2 / per_lon,
            middle_lat + height / 2 / per_lat,
            per_lon,
            per_lat,
        )

    def at(self, position: Position) -> tuple[float, float]:
        """Where `position` falls: units from the left and from the top."""
        return (position[0] - self.lon) * self.per_lon, (self.lat - position[1]) * self.per_lat

    def path(self, outline: Outline, decimals: int = 1) -> str:
        """The outline as the `d` of an SVG path, in relative steps."""
        return "".join(self._loop(ring, 10**decimals, decimals) for ring in rings(outline))

    def _loop(self, ring: Sequence[Position], unit: int, decimals: int) -> str:
        places = [(round(x * unit), round(y * unit)) for x, y in map(self.at, ring[:-1])]
        start = "M{} {}".format(*(_figure(value, unit, decimals) for value in places[0]))
        steps = [
            f"{_figure(x2 - x1, unit, decimals)} {_figure(y2 - y1, unit, decimals)}"
            for (x1, y1), (x2, y2) in pairwise(places)
            if (x1, y1) != (x2, y2)
        ]
        return f"{start}l{' '.join(steps)}z" if steps else ""


@dataclass(frozen=True)
class Shape:
    """A quartier in the plan: its path, and where its number stands."""

    path: str
    label_x: float
    label_y: float


def plan_frame(all_bounds: Sequence[Bounds]) -> Frame:
    """The frame of the one drawing that holds all quartiers, of which there is at least one."""
    whole = Bounds(
        min(b.min_lon for b in all_bounds),
        min(b.min_lat for b in all_bounds),
        max(b.max_lon for b in all_bounds),
        max(b.max_lat for b in all_bounds),
    )
    return Frame.wide(whole, PLAN_WIDTH, 4)


def close_up_frame(bounds: Bounds) -> Frame:
    """The frame of one quartier's own drawing, with some room for what lies around."""
    return Frame.square(bounds, CLOSE_UP, 24)


def plan_shapes(outlines: dict[Key, Outline], frame: Frame) -> dict[Key, Shape]:
    """Each quartier's part of the plan; neighbours keep their common border."""
    plain = simplified(outlines, SIMPLIFY_M)
    return {key: Shape(frame.path(outline), *_label_place(outline, frame)) for key, outline in plain.items()}


def silhouette(outline: Outline) -> str:
    """The outline alone as a path in 64 x 64 units, for the street plate."""
    frame = Frame.square(bounds_of(outline), _SILHOUETTE, _SILHOUETTE_MARGIN)
    coarse_m = max(SIMPLIFY_M, max(_size_m(bounds_of(outline))) / 60)
    return frame.path(simplified({"": outline}, coarse_m)[""])


def dots(positions: Iterable[Position], frame: Frame, gap: float = DOT_GAP) -> str:
    """A path of dots: strokes without length, for round caps. Empty when there is none.

    Dots nearer than `gap` units to an earlier one, or outside the frame, are left out.
    """
    taken: dict[tuple[int, int], list[tuple[int, int]]] = {}
    steps = []
    last_x = last_y = 0
    for x, y in (frame.at(position) for position in positions):
        if not (0 <= x <= frame.width and 0 <= y <= frame.height):
            continue
        dot = round(x), round(y)
        cell = int(dot[0] // gap), int(dot[1] // gap)
        if _is_crowded(dot, cell, taken, gap):
            continue
        taken.setdefault(cell, []).append(dot)
        steps.append(f"m{dot[0] - last_x} {dot[1] - last_y}h0")
        last_x, last_y = dot
    return "M0 0" + "".join(steps) if steps else ""


def symbol(name: str, frame: Frame, path: str) -> str:
    """One `<symbol>` of a plan file."""
    return f'<symbol id="{escape(name)}" viewBox="0 0 {frame.width:g} {frame.height:g}"><path d="{path}"/></symbol>'


def _size_m(bounds: Bounds) -> tuple[float, float]:
    per_lon, per_lat = metres_per_degree((bounds.min_lat + bounds.max_lat) / 2)
    return (bounds.max_lon - bounds.min_lon) * per_lon, (bounds.max_lat - bounds.min_lat) * per_lat


def _figure(value: int, unit: int, decimals: int) -> str:
    return f"{value / unit:.{decimals}f}".rstrip("0").rstrip(".") if value % unit else str(value // unit)


def _is_crowded(
    dot: tuple[int, int],
    cell: tuple[int, int],
    taken: dict[tuple[int, int], list[tuple[int, int]]],
    gap: float,
) -> bool:
    return any(
        hypot(dot[0] - x, dot[1] - y) < gap
        for column in (cell[0] - 1, cell[0], cell[0] + 1)
        for row in (cell[1] - 1, cell[1], cell[1] + 1)
        for x, y in taken.get((column, row), ())
    )


def _label_place(outline: Outline, frame: Frame) -> tuple[float, float]:
    """The place inside that is farthest from the border, to a twentieth of the outline's size."""
    segments = [(*frame.at((x1, y1)), *frame.at((x2, y2))) for x1, y1, x2, y2 in edges(rings(outline))]
    left, right = min(s[0] for s in segments), max(s[0] for s in segments)
    top, bottom = min(s[1] for s in segments), max(s[1] for s in segments)
    step = max(right - left, bottom - top) / 20 or 1.0
    best = (-1.0, (left + right) / 2, (top + bottom) / 2)
    for row in range(int((bottom - top) / step) + 1):
        y = top + (row + 0.5) * step
        crossings = sorted(
            x1 + (y - y1) * (x2 - x1) / (y2 - y1) for x1, y1, x2, y2 in segments if (y1 <= y) != (y2 <= y)
        )
        for start, end in zip(crossings[::2], crossings[1::2], strict=True):
            for place in range(int((end - start) / step) + 1):
                x = start + min((place + 0.5) * step, (end - start) / 2)
                best = max(best, (min(_distance(x, y, s) for s in segments), x, y))
    return round(best[1], 1), round(best[2], 1)


def _distance(x: float, y: float, segment: Segment) -> float:
    x1, y1, x2, y2 = segment
    dx, dy = x2 - x1, y2 - y1
    along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy or 1.0)
    along = min(1.0, max(0.0, along))
    return hypot(x - x1 - along * dx, y - y1 - along * dy)
