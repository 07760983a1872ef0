"""Houses along the streets, numbered as a French town hall does: odd on the left, even on the right."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from instance.demo.drawing.ground import distance_m, settle, smooth, walk
from instance.demo.drawing.plan import BORDERS, ORMEVIELLE, Line, Point, Street
from instance.demo.drawing.streets import STREETS

_CORNER_M = 4.7  # no front door nearer to the middle of another street
_APART_M = 5.0  # nor nearer to the front door of another
_RIVER_HALF_M = 24.0
_PLOTS_MERGED = 1.6  # plots of the plan to one front door
_IN_FULL = {"b": "bis", "t": "ter"}  # Ormevielle writes the letter, Villeneuve the word

# Rows that town halls really send: doors without a number, and doors with a technical name.
_NO_NUMBER = ("Impasse du Vannier", "Cour des Drapiers", "Square Ninon Brachet", "Cité Malbrun")
_TECHNICAL = (("Quai des Hérons", 12, "p1"), ("Avenue de la Gare", 9, "z2"), ("Rue de la Halle", 3, "v"))


@dataclass(frozen=True)
class House:
    """One front door of the plan, in metres; `rep` is its repetition: bis, ter, a letter or nothing."""

    street: Street
    number: int
    rep: str
    at: Point


def build(seed: int = 1789) -> list[House]:
    """All the houses of both communes, street by street; the same seed builds the same town."""
    site = _Site(random.Random(seed))
    houses = [house for street in STREETS for house in site.build(street)]
    by_name = {street.name: street for street in STREETS}
    for name in _NO_NUMBER:
        houses.append(House(by_name[name], 0, "s", site.middle(by_name[name])))
    for name, number, rep in _TECHNICAL:
        beside = next(h for h in houses if (h.street.name, h.number) == (name, number))
        houses.append(House(beside.street, number, rep, (beside.at[0] + 1.5, beside.at[1] - 2)))
    return houses


class _Site:
    """The ground on which streets are built up one after the other."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._axes = {street: _Axis(street.line) for street in STREETS}
        self._river = [_Axis(line) for name, line in BORDERS.items() if name.startswith("river")]
        self._doors: dict[tuple[int, int], list[Point]] = {}

    def middle(self, street: Street) -> Point:
        axis = self._axes[street]
        return axis.beside(axis.length_m / 2, 0.5)

    def build(self, street: Street) -> Iterator[House]:
        for left in (1, -1):
            number, along_m = (1 if left == 1 else 2), street.lot_m * self._dice.uniform(0.4, 0.9)
            while along_m < self._axes[street].length_m:
                at = self._axes[street].beside(along_m, left * self._dice.uniform(5.2, 6.8))
                if self._is_free(street, at):
                    self._doors.setdefault(_cell(at), []).append(at)
                    yield House(street, number, "", at)
                    yield from self._repeated(street, number, along_m, left)
                    number += 2 if self._dice.random() < 0.96 else 4  # two plots made one
                along_m += street.lot_m * _PLOTS_MERGED * self._dice.uniform(0.8, 1.3)

    def _repeated(self, street: Street, number: int, along_m: float, left: int) -> Iterator[House]:
        luck = self._dice.random()
        for place, rep in enumerate("bt" if luck < 0.012 else "b" if luck < 0.045 else "", 1):
            at = self._axes[street].beside(along_m + 3.5 * place, left * 6.0)
            yield House(street, number, rep if street.commune == ORMEVIELLE else _IN_FULL[rep], at)

    def _is_free(self, street: Street, at: Point) -> bool:
        column, row = _cell(at)
        cells = ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
        return not (
            any(math.dist(at, door) < _APART_M for cell in cells for door in self._doors.get(cell, ()))
            or any(part.is_within(_RIVER_HALF_M, at) for part in self._river)
            or any(axis.is_within(_CORNER_M, at) for own, axis in self._axes.items() if own is not street)
        )


class _Axis:
    """The middle of a street or of the river, as it lies."""

    def __init__(self, line: Line) -> None:
        self._line = tuple(map(settle, smooth(line)))
        self.length_m = sum(math.dist(a, b) for _, a, b in walk(self._line))
        self._west, self._east = min(x for x, _ in self._line), max(x for x, _ in self._line)
        self._south, self._north = min(y for _, y in self._line), max(y for _, y in self._line)

    def is_within(self, near_m: float, at: Point) -> bool:
        x, y = at
        if not (self._west - near_m < x < self._east + near_m):
            return False
        if not (self._south - near_m < y < self._north + near_m):
            return False
        return distance_m(at, self._line) < near_m

    def beside(self, along_m: float, left_m: float) -> Point:
        """The point `along_m` from the start, `left_m` to the left of the axis."""
        for gone_m, start, end in walk(self._line):
            if gone_m + math.dist(start, end) >= along_m:
                break
        piece_m = math.dist(start, end)
        east, north = (end[0] - start[0]) / piece_m, (end[1] - start[1]) / piece_m
        rest_m = along_m - gone_m
        return start[0] + east * rest_m - north * left_m, start[1] + north * rest_m + east * left_m


def _cell(at: Point) -> tuple[int, int]:
    return int(at[0] // _APART_M), int(at[1] // _APART_M)
