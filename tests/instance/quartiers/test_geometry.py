"""Outlines on the ground: validity, placing, borders, drawings."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from instance.quartiers import shapes
from instance.quartiers.borders import ONE_FILE_M, TWO_FILES_M, Area, common_border_m, overlap_m2
from instance.quartiers.geometry import (
    Bounds,
    Locator,
    Outline,
    bounds_of,
    geometry_of,
    metres_per_degree,
    outline_of,
    rings,
)
from instance.quartiers.simplify import simplified
from instance.quartiers.validity import BadOutline, checked
from tests.instance.quartiers.places import SIDE, SOUTH, WEST, Ring, corners

PER_LON, PER_LAT = metres_per_degree(SOUTH)


def outline(*some_rings: Ring) -> Outline:
    """One polygon with its holes."""
    return outline_of({"type": "Polygon", "coordinates": list(some_rings)})


def area(*some_rings: Ring) -> Area:
    return Area.of(outline(*some_rings))


def reason(geometry: Any) -> str:
    """Why a geometry is refused; empty when it is taken."""
    try:
        checked(geometry)
    except BadOutline as fault:
        return fault.reason
    return ""


def polygon(*some_rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(some_rings)}


class TestValidity:
    @pytest.mark.parametrize(
        ("geometry", "why"),
        [
            (None, "type"),
            ({"type": "Point", "coordinates": [5, 46]}, "type"),
            ({"type": "Polygon"}, "empty"),
            ({"type": "Polygon", "coordinates": []}, "empty"),
            ({"type": "MultiPolygon", "coordinates": [[]]}, "empty"),
            (polygon("here"), "empty"),
            (polygon([["a", "b"]] * 4), "position"),
            (polygon([[True, False]] * 4), "position"),
            (polygon([[5, 46], [5.1], [5.1, 46.1], [5, 46]]), "position"),
            (polygon([[650000, 6860000], [650100, 6860000], [650100, 6860100], [650000, 6860000]]), "range"),
            (polygon([[5, float("nan")], [5.1, 46], [5.1, 46.1], [5, 46]]), "range"),
            (polygon([[5, 46], [5.1, 46], [5, 46]]), "short"),
            (polygon([[5, 46], [5, 46], [5.1, 46], [5, 46]]), "short"),
            (polygon(corners(0, 0)[:-1]), "open"),
            (polygon([[5, 46], [5.1, 46], [5.2, 46], [5, 46]]), "flat"),
            (polygon([[0, 40], [3, 40], [3, 43], [0, 43], [0, 40]]), "vast"),
            (polygon([[5, 46], [5.01, 46.01], [5.01, 46], [5, 46.02], [5, 46]]), "crossed"),
            (polygon([[5, 46], [5.02, 46], [5.02, 46.02], [5.01, 46], [5, 46.02], [5, 46]]), "crossed"),
            (polygon([[5, 46], [5.02, 46], [5.04, 46], [5.02, 46], [5.02, 46.02], [5, 46]]), "crossed"),
            (polygon(corners(0, 0), corners(3, 3)), "hole"),
            (polygon(corners(0, 0, 4, 4), corners(1, 1), corners(1, 1)), "crossed"),
            (polygon(corners(0, 0, 4, 4), corners(1, 1, 2, 2), corners(1.2, 1.2, 0.5, 0.5)), "hole"),
            ({"type": "MultiPolygon", "coordinates": [[corners(0, 0, 3, 3)], [corners(1, 1)]]}, "parts"),
        ],
    )
    def test_what_is_no_outline_is_refused_with_its_reason(self, geometry: Any, why: str) -> None:
        assert reason(geometry) == why

    @pytest.mark.parametrize(
        "geometry",
        [
            polygon(corners(0, 0)),
            polygon(corners(0, 0)[::-1]),
            polygon([[*position, 35.5] for position in corners(0, 0)]),
            polygon([corners(0, 0)[0], *corners(0, 0)]),
            polygon(corners(0, 0, 3, 3), corners(1, 1)),
            {"type": "MultiPolygon", "coordinates": [[corners(0, 0)], [corners(1, 1)], [corners(4, 0)]]},
        ],
    )
    def test_sound_outlines_are_taken_and_stored_alike(self, geometry: Any) -> None:
        taken = checked(geometry)

        assert outline_of(geometry_of(taken)) == taken

    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=7, unique=True))
    @settings(max_examples=300, deadline=None)
    def test_it_judges_rings_as_the_geometry_library_does(self, places: list[tuple[int, int]]) -> None:
        ring = [*places, places[0]]

        ours = reason(polygon([[x / 100, y / 100] for x, y in ring]))

        assert (ours == "") == bool(shapely.Polygon(ring).is_valid)


class TestPlacing:
    def test_a_point_on_a_common_border_has_one_quartier_always_the_same(self) -> None:
        pair = [("west", outline(corners(0, 0))), ("east", outline(corners(1, 0)))]
        border = [(WEST + SIDE, SOUTH + SIDE * step / 50) for step in range(1, 50)]

        for lon, lat in border:
            holders = [key for key, shape in pair if Locator([(key, shape)]).place(lon, lat)]
            assert len(holders) == 1
            assert Locator(pair).place(lon, lat) == Locator(pair[::-1]).place(lon, lat) == holders[0]

    def test_a_hole_belongs_to_who_fills_it_or_to_nobody(self) -> None:
        around = outline(corners(0, 0, 3, 3), corners(1, 1))
        middle = (WEST + 1.5 * SIDE, SOUTH + 1.5 * SIDE)

        assert Locator([("around", around)]).place(*middle) is None
        assert Locator([("around", around), ("island", outline(corners(1, 1)))]).place(*middle) == "island"

    def test_where_two_overlap_the_first_one_has_the_point(self) -> None:
        both = [("A", outline(corners(0, 0))), ("B", outline(corners(0.5, 0)))]

        assert Locator(both).place(WEST + 0.7 * SIDE, SOUTH + 0.5 * SIDE) == "A"

    def test_it_places_as_the_geometry_library_does(self) -> None:
        chance = random.Random(18)
        jagged = [
            [WEST + SIDE * (3 + chance.uniform(1, 3) * x), SOUTH + SIDE * (3 + chance.uniform(1, 3) * y)]
            for x, y in ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7))
        ]
        ring = [*jagged, jagged[0]]
        find, judge = Locator([("here", outline(ring))]), shapely.Polygon(ring)

        for _ in range(2000):
            lon, lat = WEST + SIDE * chance.uniform(0, 6), SOUTH + SIDE * chance.uniform(0, 6)
            assert (find.place(lon, lat) == "here") == bool(judge.contains(shapely.Point(lon, lat)))


class TestBorders:
    def test_squares_side_by_side_share_a_side(self) -> None:
        border = common_border_m(area(corners(0, 0)), area(corners(1, 0)), ONE_FILE_M)

        assert border == pytest.approx(SIDE * PER_LAT, abs=3)

    def test_a_common_corner_is_no_border(self) -> None:
        assert common_border_m(area(corners(0, 0)), area(corners(1, 1)), ONE_FILE_M) < 5

    def test_edges_need_not_be_cut_at_the_same_places(self) -> None:
        tall, low = area(corners(0, 0, 1, 3)), area(corners(1, 0.5))

        assert common_border_m(tall, low, ONE_FILE_M) == pytest.approx(SIDE * PER_LAT, abs=3)
        assert common_border_m(low, tall, ONE_FILE_M) == common_border_m(tall, low, ONE_FILE_M)

    @pytest.mark.parametrize(("gap_m", "tolerance_m", "counts"), [(8, 10, True), (8, 1, False), (12, 10, False)])
    def test_outlines_of_two_files_count_within_ten_metres(
        self, gap_m: float, tolerance_m: float, counts: bool
    ) -> None:
        beside = area(corners(1 + gap_m / PER_LON / SIDE, 0))

        assert (common_border_m(area(corners(0, 0)), beside, tolerance_m) >= 50) is counts

    def test_ten_metres_apart_is_two_files(self) -> None:
        assert (ONE_FILE_M, TWO_FILES_M) == (1.0, 10.0)

    def test_overlap_is_measured(self) -> None:
        square = SIDE * PER_LON * SIDE * PER_LAT

        assert overlap_m2(area(corners(0, 0)), area(corners(0.5, 0.5))) == pytest.approx(square / 4, rel=1e-3)
        assert overlap_m2(area(corners(0, 0, 3, 3)), area(corners(1, 1))) == pytest.approx(square, rel=1e-3)
        assert overlap_m2(area(corners(0, 0, 3, 3), corners(1, 1)), area(corners(1, 1))) < 1
        assert overlap_m2(area(corners(0, 0)), area(corners(1, 0))) < 1
        assert overlap_m2(area(corners(0, 0)), area(corners(5, 5))) == 0


def wavy(west: float, east: float) -> Ring:
    """A strip whose sides are full of small bends; strips side by side share them."""

    def side(column: float) -> Ring:
        return [
            [round(WEST + SIDE * (column + (0.004 if step % 2 else 0)), 7), round(SOUTH + SIDE * step / 100, 7)]
            for step in range(101)
        ]

    return [*side(east), *side(west)[::-1], side(east)[0]]


class TestDrawings:
    def test_simplified_neighbours_keep_their_common_border(self) -> None:
        strips = {0: outline(wavy(0, 1)), 1: outline(wavy(1, 2)), 2: outline(wavy(2, 3))}

        plain = simplified(strips, 22)

        before, after = (sum(len(ring) for o in each.values() for ring in rings(o)) for each in (strips, plain))
        assert after < before / 10
        assert edges_of(plain[0]) & edges_of(plain[1])
        assert overlap_m2(Area.of(plain[0]), Area.of(plain[1])) < 1

    def test_an_island_and_its_hole_stay_one_line(self) -> None:
        circle = [
            [WEST + SIDE * (1.5 + 0.5 * x), SOUTH + SIDE * (1.5 + 0.5 * y)]
            for x, y in zip(COSINES, [*COSINES[30:], *COSINES[:30]], strict=True)
        ]
        island = [*circle, circle[0]]

        plain = simplified({"sea": outline(corners(0, 0, 3, 3), island[::-1]), "land": outline(island)}, 22)

        assert edges_of(plain["land"]) <= edges_of(plain["sea"])
        assert 4 <= len(plain["land"][0][0]) < len(island)

    def test_a_tiny_quartier_keeps_its_shape(self) -> None:
        tiny = outline(corners(0, 0, 0.001, 0.001))

        assert len(simplified({0: tiny}, 22)[0][0][0]) >= 4

    def test_a_silhouette_fills_64_units_with_north_up(self) -> None:
        points = list(absolute(shapes.silhouette(outline(corners(0, 0)))))

        assert min(y for _, y in points) == 2
        assert max(y for _, y in points) == 62
        assert all(2 <= x <= 62 for x, _ in points)
        assert points[0][1] == 62  # the southern corner, first in the file, is at the foot

    def test_the_plan_holds_all_quartiers_and_a_place_for_each_number(self) -> None:
        outlines = {"A": outline(corners(0, 0)), "B": outline(corners(1, 0)), "C": outline(corners(0, 1))}
        frame = shapes.plan_frame([bounds_of(each) for each in outlines.values()])

        plan = shapes.plan_shapes(outlines, frame)

        assert frame.width == 720
        for shape in plan.values():
            points = list(absolute(shape.path))
            assert all(0 <= x <= frame.width and 0 <= y <= frame.height for x, y in points)
            assert shapely.Polygon(points).contains(shapely.Point(shape.label_x, shape.label_y))

    def test_the_number_of_a_bent_quartier_stands_inside_it(self) -> None:
        west, south = WEST, SOUTH
        bent = [[0, 0], [3, 0], [3, 3], [2.6, 3], [2.6, 0.4], [0, 0.4], [0, 0]]
        ring = [[west + SIDE * x, south + SIDE * y] for x, y in bent]
        frame = shapes.plan_frame([bounds_of(outline(ring))])

        shape = shapes.plan_shapes({0: outline(ring)}, frame)[0]

        judge = shapely.Polygon([frame.at((x, y)) for x, y in ring])
        assert judge.contains(shapely.Point(shape.label_x, shape.label_y))

    def test_dots_stand_apart_and_inside(self) -> None:
        frame = shapes.close_up_frame(Bounds(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE))
        chance = random.Random(75)
        houses = [(WEST + SIDE * chance.uniform(-1, 2), SOUTH + SIDE * chance.uniform(-1, 2)) for _ in range(9000)]

        path = shapes.dots(houses, frame)

        points = list(absolute(path))[1:]
        assert re.fullmatch(r"M0 0(m-?\d+ -?\d+h0)+", path)
        assert 1000 < len(points) < 9000
        assert all(0 <= x <= frame.width and 0 <= y <= frame.height for x, y in points)
        tree = shapely.STRtree([shapely.Point(p) for p in points])
        near = tree.query([shapely.Point(p) for p in points], predicate="dwithin", distance=shapes.DOT_GAP - 0.01)
        assert near.shape[1] == len(points)  # each finds itself alone

    def test_no_house_makes_no_path(self) -> None:
        frame = shapes.close_up_frame(Bounds(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE))

        assert shapes.dots([], frame) == shapes.dots([(0.0, 0.0)], frame) == ""


COSINES = [round(float(shapely.Point(0, 0).buffer(1, quad_segs=10).exterior.coords[i][0]), 6) for i in range(40)]


def edges_of(shape: Outline) -> set[frozenset[tuple[float, float]]]:
    return {frozenset(pair) for ring in rings(shape) for pair in pairwise(ring)}


def absolute(path: str) -> list[tuple[float, float]]:
    """The positions of a path of ours."""
    x = y = 0.0
    points = []
    for letter, figures in re.findall(r"([Mml])([^MmlhzZ]*)", path):
        for one, other in re.findall(r"(-?[\d.]+) (-?[\d.]+)", figures):
            x, y = (float(one), float(other)) if letter == "M" else (x + float(one), y + float(other))
            points.append((x, y))
    return points
