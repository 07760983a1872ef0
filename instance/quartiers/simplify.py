"""Outlines with fewer positions for drawings, neighbours keeping their common border.

Borders are cut where three outlines meet; each piece is simplified once, for both sides, by dropping the
position that changes the picture least (Visvalingam's method).
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import TypeVar

from instance.quartiers.geometry import Outline, Position, Ring, metres_per_degree, rings

Key = TypeVar("Key")
Line = tuple[Position, ...]


def simplified(outlines: dict[Key, Outline], tolerance_m: float) -> dict[Key, Outline]:
    """The outlines without the positions whose triangle with their neighbours is under `tolerance_m` squared.

    A ring that would vanish keeps its shape.
    """
    nodes = _nodes(outlines)
    done: dict[Line, Line] = {}
    return {
        key: [[_ring(ring, nodes, done, tolerance_m) for ring in part] for part in outline]
        for key, outline in outlines.items()
    }


def _nodes(outlines: dict[Key, Outline]) -> set[Position]:
    """Positions where pieces of border begin: those with other than two neighbours."""
    linked: dict[Position, set[Position]] = defaultdict(set)
    for outline in outlines.values():
        for ring in rings(outline):
            for one, other in pairwise(ring):
                linked[one].add(other)
                linked[other].add(one)
    return {position for position, others in linked.items() if len(others) != 2}


def _ring(ring: Ring, nodes: set[Position], done: dict[Line, Line], tolerance_m: float) -> Ring:
    body = ring[:-1]
    starts = [place for place, position in enumerate(body) if position in nodes]
    first = starts[0] if starts else body.index(min(body))
    turned = [*body[first:], *body[:first], body[first]]
    stops = [place for place, position in enumerate(turned) if position in nodes] if starts else []
    cuts = sorted({0, *stops, len(turned) - 1})
    result: Ring = [turned[0]]
    for start, end in pairwise(cuts):
        result.extend(_piece(tuple(turned[start : end + 1]), done, tolerance_m)[1:])
    return result if len(result) >= 4 else ring


def _piece(line: Line, done: dict[Line, Line], tolerance_m: float) -> Line:
    backwards = line[::-1]
    if backwards < line:
        return _piece(backwards, done, tolerance_m)[::-1] if backwards != line else line
    if line not in done:
        done[line] = _thinned(line, tolerance_m)
    return done[line]


def _thinned(line: Line, tolerance_m: float) -> Line:
    """The line with its ends kept; a closed one keeps at least a triangle."""
    least = 4 if line[0] == line[-1] else 2
    before = [place - 1 for place in range(len(line))]
    after = [place + 1 for place in range(len(line))]
    queue = [(_triangle_m2(line, place - 1, place, place + 1), place) for place in range(1, len(line) - 1)]
    sizes = {place: size for size, place in queue}
    heapify(queue)
    kept = len(line)
    while queue and kept > least:
        size, place = heappop(queue)
        if size >= tolerance_m * tolerance_m:
            break
        if sizes.get(place) != size:  # measured again since, or dropped
            continue
        del sizes[place]
        kept -= 1
        left, right = before[place], after[place]
        after[left], before[right] = right, left
        for near in (left, right):
            if 0 < near < len(line) - 1:
                sizes[near] = max(size, _triangle_m2(line, before[near], near, after[near]))
                heappush(queue, (sizes[near], near))
    return tuple(line[place] for place in range(len(line)) if place in sizes or place in {0, len(line) - 1})


def _triangle_m2(line: Line, one: int, two: int, three: int) -> float:
    (x1, y1), (x2, y2), (x3, y3) = line[one], line[two], line[three]
    per_lon, per_lat = metres_per_degree(y2)
    return abs((x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1)) / 2 * per_lon * per_lat
