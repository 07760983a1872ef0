"""Which quartiers are neighbours: the length of the border they have in common, and how far they overlap.

Lengths and areas are in metres, measured around the place where the two outlines meet. Within one file
neighbours share their edges, so 1 m of tolerance is plenty; two files draw the same street up to 10 m apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, sqrt

from instance.quartiers.geometry import (
    Bounds,
    Outline,
    Plane,
    Segment,
    SegmentGrid,
    bounds_of,
    meets_box,
    rings,
)

ONE_FILE_M = 1.0
TWO_FILES_M = 10.0


@dataclass(frozen=True)
class Area:
    """An outline with its bounds, ready to be compared with others."""

    outline: Outline
    bounds: Bounds

    @classmethod
    def of(cls, outline: Outline) -> Area:
        return cls(outline, bounds_of(outline))


def common_border_m(one: Area, other: Area, tolerance_m: float) -> float:
    """Metres over which two outlines run within `tolerance_m` of each other: the shorter of both sides."""
    reach, other_reach = one.bounds.grown(tolerance_m), other.bounds.grown(tolerance_m)
    if not reach.meets(other_reach):
        return 0.0
    window = reach.common(other_reach)
    plane = _plane(window)
    mine = _within(plane.segments(rings(one.outline)), plane, window)
    theirs = _within(plane.segments(rings(other.outline)), plane, window)
    return min(_length_near(mine, theirs, tolerance_m), _length_near(theirs, mine, tolerance_m))


def _length_near(mine: list[Segment], theirs: list[Segment], tolerance_m: float) -> float:
    grid = SegmentGrid(theirs)
    total = 0.0
    for segment in mine:
        stretches = [
            stretch
            for number in grid.near(segment, tolerance_m)
            if (stretch := _stretch_near(segment, theirs[number], tolerance_m))
        ]
        length = hypot(segment[2] - segment[0], segment[3] - segment[1])
        total += length * _covered(stretches)
    return total


def overlap_m2(one: Area, other: Area) -> float:
    """Square metres that both outlines hold.

    The plane is cut into flat slabs at every vertex and crossing. Within a slab no edge crosses another:
    the common width grows evenly, so that the width halfway up times the height is exact.
    """
    if not one.bounds.meets(other.bounds):
        return 0.0
    plane = _plane(one.bounds.common(other.bounds))
    mine = [_upwards(s) for s in plane.segments(rings(one.outline)) if s[1] != s[3]]
    theirs = [_upwards(s) for s in plane.segments(rings(other.outline)) if s[1] != s[3]]
    low = max(min(s[1] for s in mine), min(s[1] for s in theirs))
    high = min(max(s[3] for s in mine), max(s[3] for s in theirs))
    levels = {y for s in (*mine, *theirs) for y in (s[1], s[3])} | set(_crossings(mine, theirs))
    cuts = sorted({y for y in levels if low < y < high} | {low, high})
    total = 0.0
    sweep_mine, sweep_theirs = _Sweep(mine), _Sweep(theirs)
    for bottom, top in pairwise(cuts):
        middle = (bottom + top) / 2
        total += (top - bottom) * _common_width(sweep_mine.cut(middle), sweep_theirs.cut(middle))
    return total


def _plane(bounds: Bounds) -> Plane:
    return Plane((bounds.min_lon + bounds.max_lon) / 2, (bounds.min_lat + bounds.max_lat) / 2)


def _within(segments: Sequence[Segment], plane: Plane, window: Bounds) -> list[Segment]:
    corner_ring = [(window.min_lon, window.min_lat), (window.max_lon, window.max_lat)]
    left, low, right, high = plane.segments([corner_ring])[0]
    return [segment for segment in segments if meets_box(segment, left, low, right, high)]


def _stretch_near(segment: Segment, other: Segment, reach: float) -> tuple[float, float] | None:
    """The part of `segment`, as (from, to) in 0..1, that lies within `reach` of `other`.

    What lies within `reach` of a segment is convex (a rectangle and two discs), so that it is one part.
    """
    x1, y1, x2, y2 = segment
    dx, dy = x2 - x1, y2 - y1
    found = [
        _in_disc(x1 - other[0], y1 - other[1], dx, dy, reach),
        _in_disc(x1 - other[2], y1 - other[3], dx, dy, reach),
        _in_rectangle(segment, other, reach),
    ]
    parts = [part for part in found if part]
    if not parts:
        return None
    start, end = max(0.0, min(p[0] for p in parts)), min(1.0, max(p[1] for p in parts))
    return (start, end) if start < end else None


def _in_disc(px: float, py: float, dx: float, dy: float, radius: float) -> tuple[float, float] | None:
    a = dx * dx + dy * dy
    half_b = px * dx + py * dy
    c = px * px + py * py - radius * radius
    root = half_b * half_b - a * c
    if a == 0 or root < 0:
        return None
    return (-half_b - sqrt(root)) / a, (-half_b + sqrt(root)) / a


def _in_rectangle(segment: Segment, other: Segment, reach: float) -> tuple[float, float] | None:
    ux, uy = other[2] - other[0], other[3] - other[1]
    length = hypot(ux, uy)
    if length == 0:
        return None
    px, py = segment[0] - other[0], segment[1] - other[1]
    dx, dy = segment[2] - segment[0], segment[3] - segment[1]
    across = _between((px * uy - py * ux) / length, (dx * uy - dy * ux) / length, -reach, reach)
    along = _between((px * ux + py * uy) / length, (dx * ux + dy * uy) / length, 0.0, length)
    if across is None or along is None:
        return None
    start, end = max(across[0], along[0]), min(across[1], along[1])
    return (start, end) if start <= end else None


def _between(value: float, slope: float, low: float, high: float) -> tuple[float, float] | None:
    """For which t in 0..1 `value` + t * `slope` lies between `low` and `high`."""
    if slope == 0:
        return (0.0, 1.0) if low <= value <= high else None
    first, second = (low - value) / slope, (high - value) / slope
    start, end = max(0.0, min(first, second)), min(1.0, max(first, second))
    return (start, end) if start <= end else None


def _covered(stretches: list[tuple[float, float]]) -> float:
    total, reached = 0.0, 0.0
    for start, end in sorted(stretches):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _upwards(segment: Segment) -> Segment:
    x1, y1, x2, y2 = segment
    return segment if y1 <= y2 else (x2, y2, x1, y1)


def _crossings(mine: list[Segment], theirs: list[Segment]) -> Iterator[float]:
    grid = SegmentGrid(theirs)
    for segment in mine:
        x1, y1, x2, y2 = segment
        for number in grid.near(segment):
            a1, b1, a2, b2 = theirs[number]
            turn = (x2 - x1) * (b2 - b1) - (y2 - y1) * (a2 - a1)
            if turn:
                t = ((a1 - x1) * (b2 - b1) - (b1 - y1) * (a2 - a1)) / turn
                if 0 < t < 1:
                    yield y1 + t * (y2 - y1)


class _Sweep:
    """Edges cut by rising horizontal lines."""

    def __init__(self, segments: list[Segment]) -> None:
        self._waiting = sorted(segments, key=lambda s: s[1], reverse=True)
        self._active: list[Segment] = []

    def cut(self, y: float) -> list[float]:
        """Where the line at `y`, higher than at the last call, meets the edges; inside after even ones."""
        self._active = [s for s in self._active if s[3] > y]
        while self._waiting and self._waiting[-1][1] <= y:
            segment = self._waiting.pop()
            if segment[3] > y:
                self._active.append(segment)
        return sorted(x1 + (y - y1) * (x2 - x1) / (y2 - y1) for x1, y1, x2, y2 in self._active)


def _common_width(mine: list[float], theirs: list[float]) -> float:
    return sum(
        max(0.0, min(right, end) - max(left, start))
        for left, right in zip(mine[::2], mine[1::2], strict=True)
        for start, end in zip(theirs[::2], theirs[1::2], strict=True)
    )
