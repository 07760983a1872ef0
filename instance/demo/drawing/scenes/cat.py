"""Prunelle, a ginger cat, between two pots of geraniums on a window sill."""

from __future__ import annotations

from instance.demo.drawing.scenes.easel import Colour, Sheet, Spot, mix

_PLASTER: Colour = (235, 205, 158)
_STONE: Colour = (226, 216, 198)
_SHUTTER: Colour = (93, 138, 160)
_GINGER: Colour = (214, 133, 62)
_DARK_GINGER: Colour = (168, 92, 38)
_CREAM: Colour = (250, 236, 214)


def window_sill(sheet: Sheet) -> None:
    """The whole scene, from the wall to the whiskers."""
    _wall(sheet)
    _window(sheet)
    _shutter(sheet, 40, 285)
    _shutter(sheet, 995, 1240)
    sheet.box(250, 655, 1030, 712, _STONE)
    sheet.box(250, 655, 1030, 668, (244, 236, 221))
    sheet.box(265, 712, 1015, 742, (120, 92, 62, 110))
    _geranium(sheet, 372, 655, (200, 58, 58))
    _geranium(sheet, 905, 655, (214, 88, 122))
    _cat(sheet)


def _wall(sheet: Sheet) -> None:
    sheet.fade(0, 0, 1280, 840, (242, 214, 168), (222, 184, 134))
    for _ in range(260):
        x, y = sheet.dice.uniform(-40, 1280), sheet.dice.uniform(0, 840)
        long = sheet.dice.uniform(40, 150)
        sheet.stroke([(x, y), (x + long, y + sheet.dice.uniform(-8, 8))], 12, (*sheet.near(_PLASTER, 16), 70))


def _window(sheet: Sheet) -> None:
    sheet.box(275, 0, 1005, 668, _STONE)
    sheet.box(320, 0, 960, 655, (250, 246, 236))
    for left, right in ((345, 628), (652, 935)):
        sheet.fade(left, 0, right, 400, (66, 88, 104), (98, 122, 130))
        sheet.fade(left, 400, right, 655, (98, 122, 130), (72, 78, 74))
        sheet.shape([(left, 0), (left + 70, 0), (left, 210)], (190, 214, 222, 90))
        sheet.shape([(left + 130, 0), (left + 230, 0), (left, 560), (left, 330)], (190, 214, 222, 60))
        curtain: list[Spot] = [(left, 0), (left + 95, 0), (left + 82, 300), (left + 26, 470), (left, 655)]
        if left > 600:
            curtain = [(right - (x - left), y) for x, y in curtain]
        sheet.blob(curtain, (240, 232, 214, 150))
        sheet.box(left, 300, right, 318, (250, 246, 236))


def _shutter(sheet: Sheet, left: float, right: float) -> None:
    sheet.box(left - 14, 0, right + 14, 700, (150, 112, 72, 90))
    sheet.box(left, 0, right, 690, _SHUTTER)
    for row in range(26):
        top = 20 + row * 25
        sheet.box(left + 24, top, right - 24, top + 15, mix(_SHUTTER, (255, 255, 255), 0.24))
        sheet.box(left + 24, top + 15, right - 24, top + 20, mix(_SHUTTER, (0, 0, 0), 0.3))
    sheet.box(left, 330, right, 362, mix(_SHUTTER, (255, 255, 255), 0.08))


def _geranium(sheet: Sheet, x: float, foot: float, flower: Colour) -> None:
    sheet.shape([(x - 58, foot - 96), (x + 58, foot - 96), (x + 42, foot), (x - 42, foot)], (188, 104, 68))
    sheet.shape([(x + 14, foot - 96), (x + 58, foot - 96), (x + 42, foot), (x + 14, foot)], (158, 82, 52))
    sheet.box(x - 66, foot - 114, x + 66, foot - 90, (204, 120, 82))
    for _ in range(70):
        leaf_x, leaf_y = x + sheet.dice.uniform(-82, 82), foot - 122 - sheet.dice.uniform(0, 82)
        green = sheet.dice.choice([(74, 118, 58), (96, 142, 70), (58, 98, 52), (120, 160, 84)])
        sheet.dot(leaf_x, leaf_y, sheet.dice.uniform(24, 40), green, sheet.dice.uniform(18, 30))
    for _ in range(11):
        head_x, head_y = x + sheet.dice.uniform(-72, 72), foot - 150 - sheet.dice.uniform(0, 92)
        for _ in range(16):
            spot = sheet.dice.gauss(head_x, 11), sheet.dice.gauss(head_y, 9)
            sheet.dot(*spot, sheet.dice.uniform(9, 15), sheet.near(flower, 26))


def _cat(sheet: Sheet) -> None:
    sheet.dot(650, 660, 330, (96, 84, 66, 120), 26)
    tail = [(752, 640), (800, 664), (826, 706), (822, 762), (792, 792), (770, 780)]
    sheet.stroke(tail, 40, _DARK_GINGER)
    sheet.stroke([(x - 4, y - 3) for x, y in tail], 28, _GINGER)
    for x, y in ((822, 712), (824, 742), (806, 776)):
        sheet.stroke([(x - 18, y - 4), (x + 14, y + 4)], 9, _DARK_GINGER)
    back: list[Spot] = [
        *((558, 660), (548, 560), (562, 470), (600, 412), (652, 396), (700, 410)),
        *((748, 470), (784, 560), (790, 630), (776, 662), (700, 668), (620, 668)),
    ]
    sheet.blob(back, _GINGER)
    sheet.blob([(700, 430), (752, 490), (784, 570), (788, 650), (738, 662), (722, 560)], (190, 112, 48))
    for y in (470, 512, 556, 600):
        sheet.stroke([(778 - (600 - y) / 5, y + 8), (742, y), (716, y + 14)], 11, _DARK_GINGER)
    sheet.blob([(612, 452), (648, 470), (686, 452), (690, 540), (668, 610), (630, 610), (606, 540)], _CREAM)
    for left in (596, 658):  # forelegs
        sheet.blob([(left, 540), (left + 40, 540), (left + 44, 640), (left + 2, 640)], mix(_GINGER, _CREAM, 0.25))
        sheet.dot(left + 20, 650, 62, _CREAM, 30)
        for toe in (8, 20, 32):
            sheet.stroke([(left + toe, 646), (left + toe, 658)], 2.5, (176, 140, 108))
    sheet.dot(752, 648, 84, mix(_GINGER, _CREAM, 0.2), 34)
    _head(sheet, 640, 372)


def _whiskers(sheet: Sheet, x: float, y: float, side: int) -> None:
    for rise in (-8, 4, 16):
        whisker = [(x + side * 34, y + 40), (x + side * 90, y + 34 + rise), (x + side * 140, y + 40 + rise * 2)]
        sheet.stroke(whisker, 2, (252, 248, 240))


def _head(sheet: Sheet, x: float, y: float) -> None:
    for side in (-1, 1):
        ear = [(x + side * 24, y - 62), (x + side * 82, y - 118), (x + side * 92, y - 18)]
        sheet.shape(ear, _DARK_GINGER if side > 0 else _GINGER)
        inner = [(x + side * 44, y - 62), (x + side * 76, y - 98), (x + side * 82, y - 34)]
        sheet.shape(inner, (232, 170, 148))
    cheeks: list[Spot] = [
        *((x, y - 84), (x + 62, y - 68), (x + 98, y - 12), (x + 96, y + 34)),
        *(
            (x + 52, y + 78),
            (x, y + 90),
            (x - 52, y + 78),
            (x - 96, y + 34),
            (x - 98, y - 12),
            (x - 62, y - 68),
        ),
    ]
    sheet.blob(cheeks, _GINGER)
    sheet.blob(
        [
            (x, y - 8),
            (x + 30, y + 14),
            (x + 56, y + 40),
            (x + 34, y + 74),
            (x, y + 86),
            (x - 34, y + 74),
            (x - 56, y + 40),
            (x - 30, y + 14),
        ],
        _CREAM,
    )
    for shift in (-26, 0, 26):
        sheet.stroke([(x + shift, y - 80), (x + shift * 0.7, y - 42)], 10, _DARK_GINGER)
    for side in (-1, 1):
        sheet.stroke([(x + side * 94, y + 6), (x + side * 62, y + 12)], 8, _DARK_GINGER)
        sheet.stroke([(x + side * 88, y + 34), (x + side * 62, y + 32)], 7, _DARK_GINGER)
        sheet.dot(x + side * 42, y - 6, 46, (70, 42, 22), 42)
        sheet.dot(x + side * 42, y - 6, 39, (176, 190, 84), 36)
        sheet.dot(x + side * 42, y - 5, 13, (24, 20, 18), 34)
        sheet.dot(x + side * 42 - 7, y - 15, 9, (255, 255, 255))
        _whiskers(sheet, x, y, side)
    sheet.shape([(x - 12, y + 24), (x + 12, y + 24), (x, y + 38)], (206, 112, 100))
    for side in (-1, 1):
        sheet.stroke([(x, y + 38), (x + side * 10, y + 54), (x + side * 30, y + 46)], 3.5, (120, 74, 56))
    sheet.stroke([(x - 54, y + 84), (x, y + 104), (x + 54, y + 84)], 13, (47, 96, 122))
    sheet.dot(x, y + 112, 20, (240, 196, 74))
