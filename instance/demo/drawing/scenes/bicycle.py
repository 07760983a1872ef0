"""A blue bicycle with its basket full, leaning against the wall of a bakery lane."""

from __future__ import annotations

import math

from instance.demo.drawing.scenes.easel import Colour, Sheet, Spot, mix

_BRICK: Colour = (186, 102, 78)
_FRAME: Colour = (40, 98, 140)
_TYRE: Colour = (52, 50, 52)
_STEEL: Colour = (196, 200, 202)
_LEATHER: Colour = (140, 84, 48)

_REAR, _FRONT, _CRANK = (398, 610), (868, 610), (590, 622)
_SADDLE, _HEAD, _FORK = (532, 392), (802, 372), (822, 430)


def leaning(sheet: Sheet) -> None:
    """The whole scene, from the bricks to the leeks."""
    _wall(sheet)
    _door(sheet)
    _window(sheet)
    _ground(sheet)
    sheet.dot(640, 764, 760, (70, 60, 66, 110), 46)
    _shadow(sheet)
    _wheel(sheet, _REAR)
    _wheel(sheet, _FRONT)
    _frame(sheet)
    _saddle_and_bars(sheet)
    _basket(sheet)


def _wall(sheet: Sheet) -> None:
    sheet.box(0, 0, 1280, 690, (206, 178, 152))
    for row in range(23):
        y = row * 30
        for brick in range(-1, 15):
            x = brick * 92 + (46 if row % 2 else 0)
            sheet.box(x, y, x + 86, y + 24, sheet.near(_BRICK, 24))
    for _ in range(36):
        sun = sheet.dice.uniform(0, 1280), sheet.dice.uniform(0, 640)
        sheet.dot(*sun, sheet.dice.uniform(120, 300), (255, 226, 180, 26), sheet.dice.uniform(60, 140))
    sheet.shape([(0, 0), (330, 0), (0, 470)], (60, 44, 60, 60))


def _door(sheet: Sheet) -> None:
    sheet.box(966, 0, 1250, 690, (226, 212, 190))
    sheet.box(990, 0, 1226, 690, (54, 106, 92))
    for top, foot in ((30, 300), (330, 640)):
        for left in (1010, 1116):
            sheet.box(left, top, left + 90, foot, mix((54, 106, 92), (0, 0, 0), 0.22))
            sheet.box(left + 8, top + 8, left + 84, foot - 6, mix((54, 106, 92), (255, 255, 255), 0.12))
    sheet.dot(1108, 372, 22, (230, 190, 96))


def _window(sheet: Sheet) -> None:
    sheet.box(70, 0, 300, 262, (226, 212, 190))
    sheet.box(88, 0, 282, 244, (250, 246, 236))
    for left in (98, 190):
        sheet.fade(left, 0, left + 82, 236, (84, 108, 124), (116, 134, 136))
        sheet.shape([(left, 0), (left + 60, 0), (left, 150)], (240, 236, 220, 150))
    sheet.box(98, 100, 272, 110, (250, 246, 236))
    sheet.box(60, 244, 310, 268, (232, 222, 204))
    for x in range(92, 290, 12):
        sheet.stroke([(x, 240), (x + sheet.dice.uniform(-14, 14), 196)], 7, sheet.near((96, 138, 76), 20))
        bloom = sheet.dice.choice([(244, 206, 86), (236, 150, 170), (250, 244, 232)])
        sheet.dot(x + sheet.dice.uniform(-12, 12), sheet.dice.uniform(178, 222), 20, bloom)
    sheet.box(84, 232, 288, 262, (150, 92, 60))


def _ground(sheet: Sheet) -> None:
    sheet.fade(0, 690, 1280, 840, (176, 164, 150), (198, 186, 168))
    sheet.box(0, 684, 1280, 698, (120, 104, 94))
    for row, (top, foot) in enumerate(((700, 740), (742, 790), (792, 850))):
        for slab in range(-1, 8):
            x = slab * 210 + (row % 2) * 105
            sheet.shape([(x, top), (x + 204, top), (x + 198, foot), (x - 8, foot)], sheet.near((200, 190, 174), 10))
    for x in (44, 210, 470, 712, 930, 1262):
        for _ in range(9):
            blade = x + sheet.dice.uniform(-16, 16)
            tip = (blade + sheet.dice.uniform(-16, 16), 694 - sheet.dice.uniform(14, 46))
            sheet.stroke([(blade, 700), tip], 4, sheet.near((104, 136, 76), 22))


def _shadow(sheet: Sheet) -> None:
    """What the low sun draws on the wall behind."""
    for x, y in (_REAR, _FRONT):
        sheet.hoop(x + 46, y - 22, 286, 13, (84, 40, 40, 90))
    for start, end in (
        (_SADDLE, _CRANK),
        (_CRANK, _FORK),
        (_SADDLE, _HEAD),
        (_FORK, _FRONT),
        (_REAR, _CRANK),
    ):
        sheet.stroke([(start[0] + 46, start[1] - 22), (end[0] + 46, end[1] - 22)], 12, (84, 40, 40, 90))


def _wheel(sheet: Sheet, hub: Spot) -> None:
    x, y = hub
    for spoke in range(28):
        angle = spoke * math.tau / 28
        rim = (x + 132 * math.cos(angle), y + 132 * math.sin(angle))
        sheet.stroke([(x + 8 * math.cos(angle + 0.9), y + 8 * math.sin(angle + 0.9)), rim], 1.8, (226, 226, 222))
    sheet.hoop(x, y, 300, 15, _TYRE)
    sheet.hoop(x, y, 274, 7, _STEEL)
    sheet.dot(x, y, 26, _STEEL)
    sheet.dot(x, y, 12, (92, 94, 98))
    guard: list[Spot] = [
        (x + 162 * math.cos(angle / 10), y - 162 * math.sin(angle / 10))
        for angle in (range(4, 31) if hub is _REAR else range(5, 27))
    ]
    sheet.stroke(guard, 11, _FRAME)


def _tube(sheet: Sheet, start: Spot, end: Spot, thick: float = 17) -> None:
    sheet.stroke([start, end], thick, mix(_FRAME, (0, 0, 0), 0.2))
    lit = [(x - thick / 7, y - thick / 5) for x, y in (start, end)]
    sheet.stroke(lit, thick * 0.6, mix(_FRAME, (255, 255, 255), 0.14))


def _frame(sheet: Sheet) -> None:
    _tube(sheet, _REAR, _CRANK, 11)
    _tube(sheet, _REAR, (546, 440), 11)
    _tube(sheet, (526, 372), _CRANK)
    _tube(sheet, _CRANK, _FORK, 19)
    _tube(sheet, (560, 486), _HEAD, 16)
    _tube(sheet, (794, 340), _FORK, 20)
    _tube(sheet, _FORK, _FRONT, 13)
    sheet.hoop(*_CRANK, 74, 9, (110, 112, 114))
    sheet.stroke([(_REAR[0], _REAR[1] - 16), (_CRANK[0], _CRANK[1] - 36)], 4, (96, 96, 98))
    sheet.stroke([(_REAR[0], _REAR[1] + 16), (_CRANK[0], _CRANK[1] + 36)], 4, (96, 96, 98))
    sheet.shape([(420, 584), (600, 572), (606, 596), (420, 604)], mix(_FRAME, (255, 255, 255), 0.1))
    sheet.stroke([_CRANK, (634, 690)], 10, _STEEL)
    sheet.stroke([(608, 694), (664, 690)], 14, _TYRE)
    sheet.stroke([_CRANK, (548, 556)], 8, (150, 152, 154))
    sheet.stroke([(300, 452), (482, 448)], 10, _TYRE)  # carrier
    sheet.stroke([(330, 456), (392, 600)], 5, _TYRE)
    sheet.stroke([(470, 452), (402, 600)], 5, _TYRE)


def _saddle_and_bars(sheet: Sheet) -> None:
    sheet.stroke([(528, 398), (520, 350)], 10, _STEEL)
    sheet.blob(
        [(446, 326), (480, 312), (540, 322), (606, 326), (612, 338), (540, 348), (490, 366), (450, 356)],
        _LEATHER,
    )
    sheet.stroke([(462, 324), (500, 320), (560, 328)], 5, mix(_LEATHER, (255, 230, 190), 0.4))
    sheet.stroke([(794, 344), (786, 296), (802, 276)], 11, _STEEL)
    sheet.stroke([(816, 268), (790, 276), (742, 284), (700, 312)], 10, _STEEL)
    sheet.stroke([(730, 290), (690, 318)], 19, _LEATHER)
    sheet.dot(776, 262, 34, (224, 186, 84), 26)
    sheet.dot(770, 256, 12, (252, 232, 170), 8)
    sheet.dot(880, 436, 40, (224, 224, 218))
    sheet.dot(888, 436, 26, (255, 240, 180), 32)


def _basket(sheet: Sheet) -> None:
    straw: Colour = (206, 160, 96)
    for lean, leaf in ((858, (92, 136, 70)), (880, (70, 112, 62)), (900, (120, 156, 84))):
        sheet.stroke([(lean, 330), (lean + 6, 230), (lean - 8, 168)], 19, (232, 240, 206))
        for tip in (-40, -12, 18, 44):
            sheet.stroke([(lean + 4, 226), (lean + tip / 2, 176), (lean + tip, 128)], 13, sheet.near(leaf, 14))
    sheet.stroke([(940, 330), (960, 230), (986, 140)], 34, (206, 148, 80))
    for y in (170, 204, 238, 272):
        sheet.stroke([(958 - (y - 200) / 4, y + 12), (980 - (y - 200) / 4, y - 4)], 7, (244, 212, 148))
    for x, y in ((838, 300), (870, 306), (904, 298)):
        sheet.dot(x, y, 44, (200, 62, 48), 42)
        sheet.dot(x - 7, y - 8, 14, (236, 130, 110), 11)
    sheet.shape([(806, 306), (992, 306), (966, 432), (832, 432)], straw)
    for row in range(8):
        y = 314 + row * 15
        inset = row * 3.2
        for cane in range(12):
            left = 812 + inset + cane * (176 - 2 * inset) / 12
            shade = mix(straw, (96, 58, 24), 0.32 if (row + cane) % 2 else 0.05)
            sheet.box(left, y, left + 11, y + 11, shade)
    sheet.stroke([(802, 306), (996, 306)], 16, mix(straw, (110, 66, 30), 0.2))
    sheet.stroke([(804, 303), (994, 303)], 5, mix(straw, (255, 244, 214), 0.5))
