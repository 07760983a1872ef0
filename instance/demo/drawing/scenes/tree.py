"""The foot of a plane tree on a pavement, planted with marigolds and lavender by those who live there."""

from __future__ import annotations

from itertools import pairwise

from instance.demo.drawing.scenes.easel import Colour, Sheet, Spot, mix

_PAVING: Colour = (196, 188, 176)
_EARTH: Colour = (92, 66, 48)
_WILLOW: Colour = (168, 118, 72)
_BARK: Colour = (154, 142, 112)


def planted_foot(sheet: Sheet) -> None:
    """The whole scene, from the houses opposite to the watering can."""
    _houses_opposite(sheet)
    _pavement(sheet)
    _shade(sheet)
    _bed(sheet)
    _trunk(sheet)
    _flowers(sheet, (505, 590), 46)
    _flowers(sheet, (590, 628), 34)
    _willow(sheet)
    _can(sheet)


def _houses_opposite(sheet: Sheet) -> None:
    fronts = ((0, 236), (236, 470), (470, 730), (730, 1000), (1000, 1280))
    colours = ((238, 214, 176), (222, 190, 160), (240, 226, 200), (214, 200, 182), (234, 206, 164))
    for (left, right), colour in zip(fronts, colours, strict=True):
        sheet.fade(left, 0, right, 330, colour, mix(colour, (150, 130, 110), 0.2))
        middle = (left + right) / 2
        for x in (middle - 62, middle + 62):
            sheet.box(x - 30, 20, x + 30, 150, mix(colour, (255, 255, 255), 0.5))
            sheet.box(x - 23, 28, x + 23, 150, (104, 124, 132))
            sheet.box(x - 54, 24, x - 32, 150, (124, 150, 140))
            sheet.box(x + 32, 24, x + 54, 150, (124, 150, 140))
    for left, right, awning in ((255, 452, (178, 62, 52)), (748, 982, (52, 98, 88))):
        sheet.box(left, 214, right, 330, (70, 78, 78))
        sheet.box(left + 16, 244, right - 70, 316, (206, 196, 150))
        sheet.box(right - 56, 226, right - 16, 330, (104, 74, 52))
        for piece in range(8):
            wide = (right - left) / 8
            start = left + piece * wide
            cloth = awning if piece % 2 else (244, 236, 222)
            sheet.shape([(start, 196), (start + wide, 196), (start + wide, 240), (start, 240)], cloth)
    for x in (90, 600, 1130):
        sheet.box(x - 34, 216, x + 34, 330, (112, 78, 56))
        sheet.box(x - 26, 226, x + 26, 262, (150, 172, 176))
    sheet.fade(0, 330, 1280, 392, (150, 146, 140), (172, 168, 160))
    sheet.box(0, 386, 1280, 400, (214, 208, 198))


def _pavement(sheet: Sheet) -> None:
    sheet.fade(0, 400, 1280, 840, (206, 198, 186), (180, 170, 156))
    rows = (400, 424, 454, 492, 540, 602, 680, 778, 900)
    for row, (top, foot) in enumerate(pairwise(rows)):
        for slab in range(-6, 8):
            spread = (top - 200) / 1.15, (foot - 200) / 1.15
            shift = slab + (row % 2) / 2
            corners = [
                *((640 + shift * spread[0], top + 2), (640 + (shift + 1) * spread[0] - 4, top + 2)),
                *((640 + (shift + 1) * spread[1] - 6, foot - 2), (640 + shift * spread[1], foot - 2)),
            ]
            sheet.shape(corners, sheet.near(_PAVING, 12))


def _shade(sheet: Sheet) -> None:
    """Spots of light and shade under a crown that is out of the picture."""
    for _ in range(150):
        x, y = sheet.dice.uniform(-20, 1300), sheet.dice.uniform(410, 840)
        wide = (y - 300) / 5 * sheet.dice.uniform(0.6, 1.5)
        sheet.dot(x, y, wide, (92, 96, 112, 42), wide * 0.36)
    for _ in range(60):
        x, y = sheet.dice.uniform(0, 1280), sheet.dice.uniform(420, 840)
        sheet.dot(x, y, (y - 300) / 9, (255, 244, 208, 80), (y - 300) / 26)


def _bed(sheet: Sheet) -> None:
    sheet.shape([(330, 556), (950, 556), (1076, 772), (204, 772)], (120, 104, 88))
    sheet.shape([(346, 560), (934, 560), (1050, 760), (230, 760)], _EARTH)
    for _ in range(260):
        x, y = sheet.dice.uniform(330, 960), sheet.dice.uniform(566, 752)
        sheet.dot(x, y, sheet.dice.uniform(6, 22), sheet.near(_EARTH, 16), sheet.dice.uniform(4, 10))


def _trunk(sheet: Sheet) -> None:
    sheet.dot(650, 648, 330, (48, 34, 26, 120), 54)
    outline: list[Spot] = [
        *((566, -20), (712, -20), (716, 300), (724, 520), (752, 612), (782, 652)),
        *((700, 660), (640, 668), (570, 662), (496, 650), (538, 606), (560, 520), (568, 300)),
    ]
    sheet.shape(outline, _BARK)
    lit: list[Spot] = [*((566, -20), (600, -20), (602, 300), (592, 560)), (540, 654), *outline[-3:]]
    sheet.shape(lit, (184, 172, 138))
    sheet.shape([*outline[1:6], (730, 650), (690, 500), (680, -20)], (112, 104, 84))
    for _ in range(64):  # a plane tree sheds its bark in plates
        x, y = sheet.dice.uniform(584, 700), sheet.dice.uniform(-10, 590)
        plate = sheet.dice.choice([(206, 196, 156), (128, 120, 92), (176, 170, 128), (104, 100, 78), (222, 214, 178)])
        wide, high = sheet.dice.uniform(9, 22), sheet.dice.uniform(16, 46)
        sheet.blob(
            [(x - wide, y), (x - wide / 3, y - high), (x + wide, y - high / 2), (x + wide / 2, y + high)],
            plate,
        )


def _flowers(sheet: Sheet, band: tuple[float, float], clumps: int) -> None:
    """A row of clumps between two heights; those nearer to us are painted last and larger."""
    spots = sorted(
        (sheet.dice.uniform(*band), sheet.dice.choice((-1, 1)) * sheet.dice.uniform(20, 330)) for _ in range(clumps)
    )
    for y, aside in spots:
        size = 0.6 + (y - 480) / 260
        x, foot = 645 + aside * (0.75 + (y - 500) / 500), y + 100 * size
        kind = sheet.dice.choice(("lavender", "marigold", "marigold", "daisy", "leaf"))
        for _ in range(12):
            lean = sheet.dice.uniform(-46, 46) * size
            green = sheet.dice.choice([(86, 124, 62), (112, 146, 78), (66, 100, 56), (134, 160, 96)])
            tip = foot - sheet.dice.uniform(40, 84) * size
            sheet.stroke([(x + lean / 4, foot), (x + lean / 2, (foot + tip) / 2), (x + lean, tip)], 6 * size, green)
        _BLOOMS[kind](sheet, x, foot - 78 * size, size)


def _lavender(sheet: Sheet, x: float, y: float, size: float) -> None:
    for _ in range(7):
        lean = sheet.dice.uniform(-44, 44) * size
        for step in range(7):
            high = y + 20 * size - step * 10 * size
            sheet.dot(x + lean * (1 + step / 14), high, 12 * size, sheet.near((132, 104, 178), 24), 10 * size)


def _marigold(sheet: Sheet, x: float, y: float, size: float) -> None:
    for _ in range(6):
        head_x, head_y = x + sheet.dice.uniform(-44, 44) * size, y + sheet.dice.uniform(-26, 32) * size
        petals = sheet.near(sheet.dice.choice([(240, 150, 40), (248, 184, 60), (226, 112, 40)]), 12)
        sheet.dot(head_x, head_y, 30 * size, petals, 24 * size)
        sheet.dot(head_x, head_y - 1, 17 * size, mix(petals, (255, 240, 160), 0.3), 13 * size)
        sheet.dot(head_x, head_y, 8 * size, (156, 82, 34), 6 * size)


def _daisy(sheet: Sheet, x: float, y: float, size: float) -> None:
    for _ in range(6):
        head_x, head_y = x + sheet.dice.uniform(-42, 42) * size, y + sheet.dice.uniform(-24, 30) * size
        sheet.dot(head_x, head_y, 24 * size, (252, 248, 238), 19 * size)
        sheet.dot(head_x, head_y, 9 * size, (240, 190, 60), 7 * size)


def _leaf(sheet: Sheet, x: float, y: float, size: float) -> None:
    for _ in range(9):
        spot = x + sheet.dice.uniform(-46, 46) * size, y + sheet.dice.uniform(-16, 50) * size
        sheet.dot(*spot, 30 * size, sheet.near((104, 140, 74), 20), 17 * size)


_BLOOMS = {"lavender": _lavender, "marigold": _marigold, "daisy": _daisy, "leaf": _leaf}


def _willow(sheet: Sheet) -> None:
    """The low woven fence at the front of the bed."""
    for row in range(5):
        y = 706 + row * 15
        wave: list[Spot] = [(206 - row * 5 + step * 48, y + (5 if (step + row) % 2 else -5)) for step in range(19)]
        sheet.stroke(wave, 13, sheet.near(_WILLOW, 20))
        sheet.stroke([(x, spot - 4) for x, spot in wave], 3, mix(_WILLOW, (255, 236, 200), 0.45))
    for post in range(10):
        x = 214 + post * 95
        sheet.stroke([(x, 690), (x - 2, 786)], 15, (126, 84, 50))
        sheet.stroke([(x - 4, 694), (x - 6, 780)], 4, (176, 130, 86))


def _can(sheet: Sheet) -> None:
    green: Colour = (56, 112, 104)
    sheet.dot(1130, 782, 230, (70, 66, 70, 120), 40)
    sheet.stroke([(1080, 720), (1020, 690), (976, 636)], 17, mix(green, (0, 0, 0), 0.2))
    sheet.shape([(950, 640), (990, 608), (1000, 626), (968, 656)], mix(green, (255, 255, 255), 0.15))
    sheet.stroke([(1170, 636), (1224, 640), (1236, 700), (1188, 744)], 13, mix(green, (0, 0, 0), 0.25))
    sheet.stroke([(1090, 634), (1130, 584), (1176, 630)], 11, mix(green, (0, 0, 0), 0.2))
    sheet.shape([(1070, 640), (1186, 640), (1200, 780), (1058, 780)], green)
    sheet.shape([(1070, 640), (1100, 640), (1092, 780), (1058, 780)], mix(green, (255, 255, 255), 0.28))
    sheet.dot(1128, 780, 142, mix(green, (0, 0, 0), 0.15), 26)
    sheet.dot(1128, 640, 116, (34, 66, 62), 26)
