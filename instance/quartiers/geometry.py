"""Outlines on the ground: positions, metres, which outline holds a point. Plain Python, no library needed.

A position is (longitude, latitude) in degrees, WGS 84. Neighbours within one file share their edges, so
floats are enough to place points; only the test of validity (validity.py) works on exact integers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, floor, radians
from typing import Any, Generic, TypeVar

Position = tuple[float, float]
Ring = list[Position]  # closed: its last position is its first
Polygon = list[Ring]  # the outer ring, then its holes
Outline = list[Polygon]
Segment = tuple[float, float, float, float]  # x1, y1, x2, y2
Key = TypeVar("Key")

_BAND = 0.0005  # degrees of latitude (55 m): height of the bands in which edges are kept


@dataclass(frozen=True)
class Bounds:
    """The smallest rectangle around an outline, in degrees."""

    min_lon: float
    min_lat: float
    max_lon: float
    max_lat: float

    def grown(self, metres: float) -> Bounds:
        """These bounds with a margin on each side."""
        per_lon, per_lat = metres_per_degree((self.min_lat + self.max_lat) / 2)
        return Bounds(
            self.min_lon - metres / per_lon,
            self.min_lat - metres / per_lat,
            self.max_lon + metres / per_lon,
            self.max_lat + metres / per_lat,
        )

    def meets(self, other: Bounds) -> bool:
        """Whether the two rectangles have a point in common."""
        return (
            self.min_lon <= other.max_lon
            and other.min_lon <= self.max_lon
            and self.min_lat <= other.max_lat
            and other.min_lat <= self.max_lat
        )

    def common(self, other: Bounds) -> Bounds:
        """The rectangle that both cover; only for bounds that meet."""
        return Bounds(
            max(self.min_lon, other.min_lon),
            max(self.min_lat, other.min_lat),
            min(self.max_lon, other.max_lon),
            min(self.max_lat, other.max_lat),
        )


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres in one degree of longitude and of latitude at `lat` (series for the WGS 84 ellipsoid)."""
    phi = radians(lat)
    per_lon = 111412.84 * cos(phi) - 93.5 * cos(3 * phi) + 0.118 * cos(5 * phi)
    per_lat = 111132.954 - 559.822 * cos(2 * phi) + 1.175 * cos(4 * phi)
    return per_lon, per_lat


@dataclass(frozen=True)
class Plane:
    """Metres around one position; exact enough (1 in 1,000) over a few tens of kilometres."""

    lon: float
    lat: float

    def segments(self, rings: Iterable[Ring]) -> list[Segment]:
        """The edges of `rings` in metres."""
        per_lon, per_lat = metres_per_degree(self.lat)
        lon, lat = self.lon, self.lat
        return [
            ((x1 - lon) * per_lon, (y1 - lat) * per_lat, (x2 - lon) * per_lon, (y2 - lat) * per_lat)
            for x1, y1, x2, y2 in edges(rings)
        ]


def outline_of(geometry: Mapping[str, Any]) -> Outline:
    """The outline in a stored geometry, a Polygon or MultiPolygon that was checked when it came in."""
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [[[(lon, lat) for lon, lat in ring] for ring in part] for part in parts]


def geometry_of(outline: Outline) -> dict[str, Any]:
    """The GeoJSON geometry of `outline`, as it is stored."""
    if len(outline) == 1:
        return {"type": "Polygon", "coordinates": [[list(p) for p in ring] for ring in outline[0]]}
    return {
        "type": "MultiPolygon",
        "coordinates": [[[list(p) for p in ring] for ring in part] for part in outline],
    }


def rings(outline: Outline) -> list[Ring]:
    """Every ring, outer ones and holes alike."""
    return [ring for part in outline for ring in part]


def edges(some_rings: Iterable[Ring]) -> Iterator[Segment]:
    """Each edge of each ring."""
    for ring in some_rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            yield x1, y1, x2, y2


def bounds_of(outline: Outline) -> Bounds:
    """The rectangle around `outline`."""
    return bounds_around(position for part in outline for position in part[0])


def bounds_around(positions: Iterable[Position]) -> Bounds:
    """The rectangle around some positions, of which there is at least one."""
    lons, lats = zip(*positions, strict=True)
    return Bounds(min(lons), min(lats), max(lons), max(lats))


class Locator(Generic[Key]):
    """Says which of some outlines holds a point.

    By ray casting on half-open edges: a point on the border that two outlines share belongs to one of them,
    always the same. Where outlines overlap by a drawing's noise, the one given first has it.
    """

    def __init__(self, outlines: Sequence[tuple[Key, Outline]]) -> None:
        self._bands: dict[int, list[tuple[Key, float, float, list[Segment]]]] = defaultdict(list)
        for key, outline in outlines:
            self._add(key, outline)

    def _add(self, key: Key, outline: Outline) -> None:
        bands: dict[int, list[Segment]] = defaultdict(list)
        for x1, y1, x2, y2 in edges(rings(outline)):
            edge = (x1, y1, x2, y2) if y1 <= y2 else (x2, y2, x1, y1)
            for band in range(floor(edge[1] / _BAND), floor(edge[3] / _BAND) + 1):
                bands[band].append(edge)
        for band, held in bands.items():
            low = min(min(edge[0], edge[2]) for edge in held)
            high = max(max(edge[0], edge[2]) for edge in held)
            self._bands[band].append((key, low, high, held))

    def place(self, lon: float, lat: float) -> Key | None:
        """The key of the outline that holds the point, None when none does."""
        for key, low, high, held in self._bands.get(floor(lat / _BAND), ()):
            if low <= lon <= high and _is_inside(lon, lat, held):
                return key
        return None


def _is_inside(x: float, y: float, held: list[Segment]) -> bool:
    inside = False
    for x1, y1, x2, y2 in held:
        if y1 <= y < y2 and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


class SegmentGrid:
    """Segments by cell of a square grid, to find those near another one."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._cell = _cell_for(segments)
        self._cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, segment in enumerate(segments):
            for cell_at in self._covered(segment, 0):
                self._cells[cell_at].append(number)

    def _covered(self, segment: Segment, margin: float) -> Iterator[tuple[int, int]]:
        x1, y1, x2, y2 = segment
        size = self._cell
        columns = range(floor((min(x1, x2) - margin) / size), floor((max(x1, x2) + margin) / size) + 1)
        rows = range(floor((min(y1, y2) - margin) / size), floor((max(y1, y2) + margin) / size) + 1)
        return ((column, row) for column in columns for row in rows)

    def near(self, segment: Segment, margin: float = 0) -> list[int]:
        """Numbers, in order, of the segments whose rectangle comes within `margin` of that of `segment`."""
        x1, y1, x2, y2 = segment
        left, right = min(x1, x2) - margin, max(x1, x2) + margin
        low, high = min(y1, y2) - margin, max(y1, y2) + margin
        found = {number for at in self._covered(segment, margin) for number in self._cells.get(at, ())}
        return sorted(number for number in found if meets_box(self._segments[number], left, low, right, high))


def _cell_for(segments: Sequence[Segment]) -> float:
    """Wide enough that a usual segment lies in few cells, and that a huge one does not lie in millions."""
    if not segments:
        return 1.0
    usual = sum(abs(x2 - x1) + abs(y2 - y1) for x1, y1, x2, y2 in segments) / len(segments)
    width = max(s[0] for s in segments) - min(s[0] for s in segments)
    height = max(s[1] for s in segments) - min(s[1] for s in segments)
    return max(usual, width / 512, height / 512) or 1.0


def meets_box(segment: Segment, left: float, low: float, right: float, high: float) -> bool:
    """Whether the rectangle around `segment` has a point in common with the given one."""
    x1, y1, x2, y2 = segment
    return min(x1, x2) <= right and max(x1, x2) >= left and min(y1, y2) <= high and max(y1, y2) >= low
