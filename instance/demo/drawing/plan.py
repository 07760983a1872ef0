"""The plan of Ormevielle on the Ondrelle, in metres east and north of nowhere: no such town exists."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
Line = tuple[Point, ...]

ORMEVIELLE = "99801"  # INSEE codes that no commune bears
VILLENEUVE = "99802"

COMMUNES = {ORMEVIELLE: "Ormevielle", VILLENEUVE: "Villeneuve-d'Ondrelle"}


@dataclass(frozen=True)
class Street:
    """One street of one commune: numbers rise from the first point, odd ones on the left."""

    name: str
    line: Line
    lot_m: float = 8.5  # width of a plot
    commune: str = ORMEVIELLE
    afnor: str = ""  # only where the postal name is not the plain upper-case one
    first: int = 1


# Each border is drawn once and shared, so that neighbours have identical corners.
# The Ondrelle flows from east to west; it is a border in its middle, as rivers are.
_OLD_BRIDGE_GATE = (520, 790)
_WEST_GATE, _SOUTH_GATE = (540, 400), (1000, 400)
_RIVER_STAIRS, _CUSTOMS_HOUSE = (1020, 798), (1180, 730)
_ORCHARD_END, _STATION_END = (370, 180), (1130, 170)
_MILL_END, _EAST_END, _WEST_END = (1150, 1180), (1680, 822), (-30, 712)

BORDERS: dict[str, Line] = {
    "river by the orchards": (_WEST_END, (60, 700), (250, 690), (400, 725), _OLD_BRIDGE_GATE),
    "river by the old town": (_OLD_BRIDGE_GATE, (660, 850), (800, 868), (940, 835), _RIVER_STAIRS),
    "river by the spinning mill": (_RIVER_STAIRS, (1080, 770), _CUSTOMS_HOUSE),
    "river by the new town": (_CUSTOMS_HOUSE, (1300, 715), (1450, 735), (1600, 790), _EAST_END),
    "west wall": (_OLD_BRIDGE_GATE, (522, 735), (505, 640), (500, 560), (515, 470), _WEST_GATE),
    "south wall": (_WEST_GATE, (610, 355), (700, 332), (790, 325), (880, 332), (950, 360), _SOUTH_GATE),
    "east wall": (_SOUTH_GATE, (1035, 470), (1048, 560), (1040, 650), (1025, 730), _RIVER_STAIRS),
    "orchard lane": (_WEST_GATE, (480, 330), (420, 255), _ORCHARD_END),
    "station lane": (_SOUTH_GATE, (1060, 330), (1090, 240), _STATION_END),
    "mill race": (_CUSTOMS_HOUSE, (1150, 830), (1140, 930), (1128, 1020), (1135, 1110), _MILL_END),
    "fields beyond the orchards": (
        *(_ORCHARD_END, (322, 196), (300, 232), (236, 214), (222, 250), (160, 262), (120, 308)),
        *((82, 300), (64, 352), (78, 408), (8, 430), (-6, 498), (24, 520), (14, 596), (-42, 604), _WEST_END),
    ),
    "railway": (
        *(_STATION_END, (1102, 92), (1046, 22), (985, -12), (900, -45), (826, -52), (818, -24), (742, -36)),
        *((700, -62), (612, -58), (590, -14), (520, -22), (478, 18), (428, 30), (392, 96), _ORCHARD_END),
    ),
    "ring road": (
        *(_EAST_END, (1700, 742), (1664, 690), (1676, 602), (1706, 588), (1694, 498), (1650, 470)),
        *((1642, 392), (1612, 330), (1618, 300), (1546, 282), (1534, 222), (1462, 200), (1396, 214)),
        *((1300, 196), (1288, 222), (1214, 214), (1180, 186), _STATION_END),
    ),
    "fields of Villeneuve": (
        *(_MILL_END, (1208, 1188), (1256, 1158), (1348, 1166), (1366, 1128), (1420, 1116), (1508, 1136)),
        *((1596, 1112), (1612, 1080), (1668, 1060), (1692, 1018), (1664, 966), (1684, 900), _EAST_END),
    ),
    "fields of the lock": (
        *(_OLD_BRIDGE_GATE, (508, 838), (528, 880), (520, 962), (552, 990), (548, 1052), (592, 1084)),
        *((586, 1136), (634, 1160), (660, 1222), (732, 1228), (760, 1252), (846, 1248), (928, 1238)),
        *((960, 1206), (1038, 1212), (1092, 1174), _MILL_END),
    ),
}

# Where the town ends it ends at the hedge of a field: straight, with corners.
HEDGES = frozenset(("railway", "ring road", *(name for name in BORDERS if "fields" in name)))


@dataclass(frozen=True)
class Outline:
    """A quartier as the ring of its borders; one walked backwards starts with a minus."""

    code: str
    name: str
    commune: str
    borders: tuple[str, ...]


OUTLINES = (
    Outline(
        *("9980101", "Bœuf-Couronné", ORMEVIELLE),
        ("river by the old town", "-east wall", "-south wall", "-west wall"),
    ),
    Outline(
        *("9980102", "L'Écluse-aux-Hérons", ORMEVIELLE),
        (
            *("-fields of the lock", "river by the old town"),
            *("river by the spinning mill", "mill race"),
        ),
    ),
    Outline(
        *("9980103", "Faubourg-des-Tisserandes", ORMEVIELLE),
        (
            *("east wall", "river by the spinning mill", "river by the new town"),
            *("ring road", "-station lane"),
        ),
    ),
    Outline(
        *("9980104", "Grands-Vergers", ORMEVIELLE),
        ("river by the orchards", "west wall", "orchard lane", "fields beyond the orchards"),
    ),
    Outline(
        *("9980105", "Butte-aux-Tilleuls", ORMEVIELLE),
        ("south wall", "station lane", "railway", "-orchard lane"),
    ),
    Outline(
        *("9980201", "Bourg-Neuf", VILLENEUVE),
        ("-mill race", "river by the new town", "-fields of Villeneuve"),
    ),
)
