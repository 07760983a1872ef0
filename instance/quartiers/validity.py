"""Is this an outline? Checks a GeoJSON geometry before anything is kept of it.

Whether two edges meet is decided on whole numbers (billionths of a degree, a tenth of a millimetre), so that
no rounding makes a sound outline look crossed. Reasons are words; quartier_file.py turns them into sentences.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, Literal

from instance.quartiers.borders import Area, overlap_m2
from instance.quartiers.geometry import (
    Outline,
    Polygon,
    Position,
    Ring,
    Segment,
    SegmentGrid,
    bounds_of,
    edges,
)

Reason = Literal[
    "type",  # neither Polygon nor MultiPolygon
    "empty",  # no ring at all
    "position",  # not a pair of numbers
    "range",  # not a longitude and a latitude
    "short",  # fewer than four positions
    "open",  # the last position is not the first
    "flat",  # no area
    "vast",  # higher or wider than a degree: not in degrees, or no quartier
    "crossed",  # the outline crosses or touches itself
    "hole",  # a hole that lies outside
    "parts",  # two parts that overlap
]
_UNITS = 1_000_000_000  # in one degree
_NOISE_M2 = 1.0
_WIDEST = 1.0  # degree


class BadOutline(Exception):
    """A geometry that is no outline; `at` is the position where the fault shows, where there is one."""

    def __init__(self, reason: Reason, at: Position | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


def checked(geometry: Any) -> Outline:
    """The outline in a GeoJSON geometry as it came from a file. Raises `BadOutline`."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        raise BadOutline("type")
    coordinates = geometry.get("coordinates")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise BadOutline("empty")
    outline = [_polygon(part) for part in parts]
    bounds = bounds_of(outline)
    if max(bounds.max_lon - bounds.min_lon, bounds.max_lat - bounds.min_lat) > _WIDEST:
        raise BadOutline("vast")
    _check_crossings(outline)
    _check_nesting(outline)
    return outline


def _polygon(part: Any) -> Polygon:
    if not isinstance(part, list) or not part:
        raise BadOutline("empty")
    return [_ring(ring) for ring in part]


def _ring(raw: Any) -> Ring:
    if not isinstance(raw, list):
        raise BadOutline("empty")
    ring: Ring = []
    for item in raw:
        position = _position(item)
        if not ring or ring[-1] != position:
            ring.append(position)
    if len(raw) < 4:
        raise BadOutline("short", ring[0] if ring else None)
    if ring[0] != ring[-1]:
        raise BadOutline("open", ring[-1])
    if len(ring) < 4:
        raise BadOutline("short", ring[0])
    if _twice_area(ring) == 0:
        raise BadOutline("flat", ring[0])
    return ring


def _position(item: Any) -> Position:
    if not isinstance(item, list) or len(item) < 2 or not all(_is_number(value) for value in item[:2]):
        raise BadOutline("position")
    if not (-180 <= item[0] <= 180 and -90 <= item[1] <= 90):
        raise BadOutline("range")
    return float(item[0]), float(item[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(segment: Segment) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = segment
    return round(x1 * _UNITS), round(y1 * _UNITS), round(x2 * _UNITS), round(y2 * _UNITS)


def _twice_area(ring: Ring) -> int:
    return sum(x1 * y2 - x2 * y1 for x1, y1, x2, y2 in map(_whole, edges([ring])))


def _check_crossings(outline: Outline) -> None:
    all_rings = [ring for part in outline for ring in part]
    segments: list[tuple[int, int, int, int]] = []
    owner: list[tuple[int, int, int]] = []  # ring, place in it, edges of that ring
    for number, ring in enumerate(all_rings):
        own = list(map(_whole, edges([ring])))
        segments += own
        owner += [(number, place, len(own)) for place in range(len(own))]
    grid = SegmentGrid(segments)
    for first, segment in enumerate(segments):
        for second in grid.near(segment):
            if second > first and _is_fault(segment, segments[second], owner[first], owner[second]):
                x, y = segments[second][:2]
                raise BadOutline("crossed", (x / _UNITS, y / _UNITS))


def _is_fault(
    one: tuple[int, int, int, int],
    other: tuple[int, int, int, int],
    owner: tuple[int, int, int],
    other_owner: tuple[int, int, int],
) -> bool:
    if owner[0] != other_owner[0]:  # two rings may touch at a point
        return _do_cross(one, other) or _share_a_length(one, other)
    gap = other_owner[1] - owner[1]
    if gap in {1, owner[2] - 1}:  # neighbours in the ring meet at a vertex: only turning back is a fault
        return _share_a_length(one, other)
    return _do_meet(one, other)


def _side(ax: int, ay: int, bx: int, by: int, px: int, py: int) -> int:
    turn = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    return (turn > 0) - (turn < 0)


def _sides(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return (
        _side(*one, other[0], other[1]),
        _side(*one, other[2], other[3]),
        _side(*other, one[0], one[1]),
        _side(*other, one[2], one[3]),
    )


def _do_cross(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    a, b, c, d = _sides(one, other)
    return a * b < 0 and c * d < 0


def _do_meet(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    a, b, c, d = _sides(one, other)
    if a == b == 0:
        return _overlap_on_line(one, other) >= 0
    return a * b <= 0 and c * d <= 0


def _share_a_length(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    a, b, _, _ = _sides(one, other)
    return a == b == 0 and _overlap_on_line(one, other) > 0


def _overlap_on_line(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> int:
    """How far two edges of one line overlap along its longer axis; negative: they stay apart."""
    axis = 0 if abs(one[2] - one[0]) >= abs(one[3] - one[1]) else 1
    low, high = sorted((one[axis], one[axis + 2]))
    other_low, other_high = sorted((other[axis], other[axis + 2]))
    return min(high, other_high) - max(low, other_low)


def _check_nesting(outline: Outline) -> None:
    for part in outline:
        shell = Area.of([part[:1]])
        for hole in part[1:]:
            inside = Area.of([[hole]])
            if overlap_m2(inside, inside) - overlap_m2(shell, inside) > _NOISE_M2:
                raise BadOutline("hole", hole[0])
        for one, other in combinations(part[1:], 2):
            if overlap_m2(Area.of([[one]]), Area.of([[other]])) > _NOISE_M2:
                raise BadOutline("hole", other[0])
    for part, other_part in combinations(outline, 2):
        if overlap_m2(Area.of([part]), Area.of([other_part])) > _NOISE_M2:
            raise BadOutline("parts", other_part[0][0])
