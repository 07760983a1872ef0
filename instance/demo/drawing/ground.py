"""From the surveyor's plan in metres to the globe: curves, the lie of the land, degrees and Lambert-93."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from instance.demo.drawing.plan import BORDERS, HEDGES, Line, Outline, Point

_ORIGIN_LON, _ORIGIN_LAT = 2.9, 46.3  # where the plan's (0, 0) is pinned
_M_PER_DEGREE = 111_195.0


def smooth(line: Line, step_m: float = 15.0, *, rounded: bool = True) -> Line:
    """The line with a point about every `step_m`, its corners kept or rounded (Catmull-Rom)."""
    padded = (line[0], *line, line[-1])
    points = [line[0]]
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces = max(1, round(math.dist(start, end) / step_m))
        if not rounded:
            before, after = _beyond(end, start), _beyond(start, end)
        points += [_between(before, start, end, after, i / pieces) for i in range(1, pieces + 1)]
    return tuple(points)


def _beyond(start: Point, end: Point) -> Point:
    return 2 * end[0] - start[0], 2 * end[1] - start[1]


def _between(before: Point, start: Point, end: Point, after: Point, t: float) -> Point:
    def axis(a: float, b: float, c: float, d: float) -> float:
        bend = (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
        return 0.5 * (2 * b + (c - a) * t + bend)

    return (
        axis(before[0], start[0], end[0], after[0]),
        axis(before[1], start[1], end[1], after[1]),
    )


def settle(point: Point) -> Point:
    """The point moved by up to 25 m: no old town lies as straight as it was drawn."""
    x, y = point
    east = 13 * math.sin(y / 95 + x / 410) + 7 * math.sin(y / 47 - x / 130) + 3 * math.sin(x / 31)
    north = 12 * math.sin(x / 120 + 1.3) + 6 * math.sin(x / 53 + y / 90) + 3 * math.sin(y / 29)
    return x + east, y + north


def ring(outline: Outline) -> tuple[Point, ...]:
    """The outline's corners in metres, against the clock, closed."""
    points: list[Point] = []
    for walked in outline.borders:
        name = walked.lstrip("-")
        border = [settle(p) for p in smooth(BORDERS[name], step_m=24, rounded=name not in HEDGES)]
        points += border[::-1][:-1] if walked.startswith("-") else border[:-1]
    points.append(points[0])
    twice_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(points))
    return tuple(points if twice_area > 0 else points[::-1])


def walk(line: Line) -> Iterator[tuple[float, Point, Point]]:
    """Each straight piece of the line: how far it starts from the line's beginning (m), its two ends."""
    gone_m = 0.0
    for start, end in pairwise(line):
        yield gone_m, start, end
        gone_m += math.dist(start, end)


def distance_m(point: Point, line: Line) -> float:
    """How far the point lies from the nearest point of the line."""
    return min(_from_piece(point, start, end) for _, start, end in walk(line))


def _from_piece(point: Point, start: Point, end: Point) -> float:
    east, north = end[0] - start[0], end[1] - start[1]
    length2 = east**2 + north**2
    along = ((point[0] - start[0]) * east + (point[1] - start[1]) * north) / length2 if length2 else 0.0
    along = min(1.0, max(0.0, along))
    return math.dist(point, (start[0] + along * east, start[1] + along * north))


def holds(corners: tuple[Point, ...], point: Point) -> bool:
    """Whether the point lies inside the closed ring (ray to the east)."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in pairwise(corners):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def degrees(point: Point, digits: int = 7) -> Point:
    """Longitude and latitude (WGS 84) of a point of the plan."""
    lat = _ORIGIN_LAT + point[1] / _M_PER_DEGREE
    lon = _ORIGIN_LON + point[0] / (_M_PER_DEGREE * math.cos(math.radians(_ORIGIN_LAT)))
    return round(lon, digits), round(lat, digits)


def lambert93(lon: float, lat: float) -> Point:
    """Easting and northing (m) in Lambert-93. Source: IGN NT/G 71, constants of EPSG:2154."""
    excentricity, exponent, scale_m = 0.0818191910428, 0.725607765, 11_754_255.426
    sin_lat = math.sin(math.radians(lat))
    latitude = math.atanh(sin_lat) - excentricity * math.atanh(excentricity * sin_lat)
    radius_m = scale_m * math.exp(-exponent * latitude)
    angle = exponent * math.radians(lon - 3)
    return (
        round(700_000 + radius_m * math.sin(angle), 2),
        round(12_655_612.05 - radius_m * math.cos(angle), 2),
    )
