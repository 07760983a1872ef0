"""A paved courtyard on a summer evening: a long table, lanterns on a line, a door that stands open."""

from __future__ import annotations

from instance.demo.drawing.scenes.easel import Colour, Sheet, Spot, mix

_GLOW: Colour = (255, 224, 150)


def shared_table(sheet: Sheet) -> None:
    """The whole scene, from the sky to the chairs in front."""
    _sky_and_roofs(sheet)
    _back_wall(sheet)
    _side_walls(sheet)
    _paving(sheet)
    _vine(sheet)
    _pots(sheet)
    _chairs(sheet, 548, 0.72)
    _table(sheet)
    _chairs(sheet, 768, 0.98)
    _lanterns(sheet)


def _sky_and_roofs(sheet: Sheet) -> None:
    sheet.fade(0, 0, 1280, 210, (148, 170, 202), (246, 214, 176))
    sheet.shape([(250, 110), (420, 58), (640, 92), (860, 50), (1040, 112), (1040, 200), (250, 200)], (176, 110, 88))
    for x in (380, 742, 930):
        sheet.box(x, 18, x + 34, 90, (190, 140, 112))
        sheet.box(x - 4, 14, x + 38, 24, (150, 100, 80))


def _back_wall(sheet: Sheet) -> None:
    sheet.fade(230, 120, 1050, 500, (240, 212, 168), (222, 178, 130))
    for x in (320, 520, 860):
        sheet.box(x - 8, 142, x + 108, 282, (250, 240, 222))
        sheet.box(x, 150, x + 100, 276, (92, 104, 116))
        if x == 520:
            sheet.box(x, 150, x + 100, 276, _GLOW)
        sheet.box(x + 46, 150, x + 54, 276, (250, 240, 222))
        sheet.box(x, 208, x + 100, 214, (250, 240, 222))
        for left in (x - 56, x + 108):
            sheet.box(left, 142, left + 48, 282, (108, 142, 124))
            for slat in range(9):
                sheet.box(left + 6, 150 + slat * 14, left + 42, 157 + slat * 14, (136, 166, 146))
    sheet.box(680, 290, 812, 500, (250, 240, 222))
    sheet.box(692, 302, 800, 500, (255, 216, 140))
    sheet.shape([(692, 302), (640, 318), (640, 516), (692, 500)], (60, 100, 112))
    sheet.box(720, 330, 772, 420, (255, 238, 190))
    sheet.dot(746, 322, 40, (255, 246, 214), 20)


def _side_walls(sheet: Sheet) -> None:
    sheet.shape([(0, 0), (232, 96), (232, 502), (0, 690)], (206, 160, 120))
    sheet.shape([(1280, 0), (1048, 96), (1048, 502), (1280, 690)], (188, 150, 130))
    for top, foot in ((140, 300), (380, 500)):
        sheet.shape([(1110, top - 6), (1190, top - 34), (1190, foot + 36), (1110, foot)], (238, 224, 204))
        sheet.shape([(1118, top), (1182, top - 22), (1182, foot + 24), (1118, foot - 4)], (96, 100, 110))


def _paving(sheet: Sheet) -> None:
    sheet.shape([(232, 500), (1048, 500), (1280, 690), (1280, 840), (0, 840), (0, 690)], (168, 146, 128))
    y, high = 500.0, 11.0
    while y < 850:
        wide = high * 2.5
        x = -wide * sheet.dice.random()
        while x < 1280:
            if 232 - (y - 500) * 1.25 < x + wide and x < 1048 + (y - 500) * 1.25:
                sheet.dot(x + wide / 2, y + high / 2, wide - 3, sheet.near((190, 166, 142), 18), high - 2)
            x += wide
        y, high = y + high, high * 1.075
    sheet.shape([(692, 500), (800, 500), (900, 640), (690, 640)], (255, 222, 150, 110))


def _vine(sheet: Sheet) -> None:
    """Leaves all over the wall on the left and along the top of the others."""
    greens = ((70, 110, 62), (96, 136, 74), (54, 90, 56), (124, 156, 84), (150, 168, 88))
    for _ in range(620):
        x = sheet.dice.uniform(-10, 238)
        y = sheet.dice.uniform(10 + x * 0.4, 640 - x * 0.7) - sheet.dice.random() ** 3 * 40
        size = 34 - x / 12
        sheet.dot(x, y, size * sheet.dice.uniform(0.6, 1.1), sheet.near(sheet.dice.choice(greens), 10), size * 0.7)
    for _ in range(260):
        x = sheet.dice.uniform(232, 1048)
        y = 120 + abs(sheet.dice.gauss(0, 16)) + (18 if x % 210 < 60 else 0)
        sheet.dot(x, y, sheet.dice.uniform(14, 26), sheet.near(sheet.dice.choice(greens), 10), 15)


def _pots(sheet: Sheet) -> None:
    for x, foot, size in (
        (270, 560, 0.9),
        (990, 566, 1.1),
        (1120, 640, 1.35),
        (600, 510, 0.6),
        (838, 512, 0.7),
    ):
        clay: Colour = (190, 108, 74)
        corners: list[Spot] = [(x - 44 * size, foot - 72 * size), (x + 44 * size, foot - 72 * size)]
        sheet.shape([*corners, (x + 32 * size, foot), (x - 32 * size, foot)], clay)
        sheet.box(x - 49 * size, foot - 84 * size, x + 49 * size, foot - 68 * size, mix(clay, (255, 255, 255), 0.18))
        for _ in range(60):
            leaf = x + sheet.dice.uniform(-62, 62) * size, foot - (84 + sheet.dice.uniform(0, 96)) * size
            sheet.dot(*leaf, 26 * size, sheet.near((88, 128, 78), 30), 18 * size)
        for _ in range(16):
            bloom = x + sheet.dice.uniform(-62, 62) * size, foot - (94 + sheet.dice.uniform(0, 90)) * size
            sheet.dot(*bloom, 13 * size, sheet.near((234, 196, 206) if x < 700 else (240, 150, 110), 14))


def _chairs(sheet: Sheet, foot: float, size: float) -> None:
    colours: tuple[Colour, ...] = (
        (196, 82, 62),
        (72, 118, 138),
        (226, 176, 78),
        (96, 138, 106),
        (168, 96, 118),
    )
    for place, colour in enumerate(colours):
        x = 640 + (place - 2) * 172 * size
        wide, back = 52 * size, foot - 44 * size
        for leg in (-1, 1):
            post: list[Spot] = [(x + leg * wide, back - 72 * size), (x + leg * wide * 0.94, foot + 92 * size)]
            sheet.stroke(post, 11 * size, mix(colour, (0, 0, 0), 0.25))
        for rail in (-66, -38, -10):
            sheet.stroke([(x - wide, back + rail * size), (x + wide, back + rail * size)], 15 * size, colour)
        sheet.shape(
            [
                (x - wide, foot),
                (x + wide, foot),
                (x + wide * 1.1, foot + 26 * size),
                (x - wide * 1.1, foot + 26 * size),
            ],
            mix(colour, (255, 255, 255), 0.15),
        )


def _table(sheet: Sheet) -> None:
    sheet.dot(640, 742, 1000, (60, 44, 44, 90), 100)
    sheet.shape([(238, 566), (1042, 566), (1118, 656), (162, 656)], (250, 246, 236))
    sheet.shape([(162, 656), (1118, 656), (1106, 716), (174, 716)], (226, 216, 204))
    for fold in range(10):
        x = 200 + fold * 96
        sheet.shape([(x, 656), (x + 18, 656), (x + 6, 712)], (202, 190, 180))
    for stripe in range(17):
        x, hem = 262 + stripe * 47, 640 + (stripe * 47 - 378) * 1.19
        sheet.shape([(x, 566), (x + 9, 566), (hem + 12, 656), (hem, 656)], (186, 206, 214))
    for place in range(6):
        x = 300 + place * 136
        sheet.dot(x, 632, 78, (232, 226, 216), 27)
        sheet.dot(x, 629, 70, (255, 253, 248), 22)
        sheet.dot(x + 62, 596, 54, (236, 230, 220), 18)
        sheet.dot(x + 62, 594, 48, (255, 253, 248), 14)
    _dishes(sheet)


def _dishes(sheet: Sheet) -> None:
    sheet.dot(440, 598, 124, (64, 104, 128), 42)
    sheet.dot(440, 590, 112, (126, 160, 84), 32)
    for _ in range(26):
        salad = sheet.dice.uniform(394, 486), sheet.dice.uniform(578, 600)
        sheet.dot(*salad, 15, sheet.dice.choice([(206, 66, 52), (110, 150, 72), (240, 222, 140), (84, 126, 62)]), 10)
    sheet.shape([(556, 600), (720, 586), (726, 606), (562, 622)], (150, 104, 66))
    sheet.blob([(566, 600), (600, 580), (700, 574), (716, 590), (690, 602), (600, 608)], (222, 166, 96))
    for cut in (600, 630, 660, 690):
        sheet.stroke([(cut, 582), (cut + 10, 596)], 4, (250, 220, 160))
    sheet.shape([(800, 540), (846, 540), (852, 606), (794, 606)], (202, 226, 226))
    sheet.shape([(800, 562), (849, 562), (852, 606), (794, 606)], (238, 214, 120))
    sheet.stroke([(846, 550), (874, 560), (850, 592)], 7, (202, 226, 226))
    sheet.dot(940, 600, 118, (184, 112, 66), 38)
    sheet.dot(940, 594, 106, (236, 186, 92), 28)
    for _ in range(24):
        fruit = sheet.dice.uniform(898, 982), sheet.dice.uniform(582, 604)
        sheet.dot(*fruit, 13, sheet.near((168, 60, 92), 22), 9)


def _lanterns(sheet: Sheet) -> None:
    line: list[Spot] = [(0, 96), (250, 190), (520, 214), (800, 196), (1060, 168), (1280, 70)]
    sheet.stroke(line, 4, (74, 62, 58))
    hung = (
        (90, 134),
        (236, 186),
        (380, 206),
        (520, 214),
        (664, 208),
        (800, 196),
        (936, 184),
        (1064, 166),
        (1190, 116),
    )
    for place, (x, y) in enumerate(hung):
        for halo in (150, 110, 76):
            sheet.dot(x, y + 40, halo, (255, 226, 150, 26))
        paper: Colour = ((250, 200, 96), (240, 140, 92), (250, 228, 170))[place % 3]
        sheet.dot(x, y + 40, 50, paper, 60)
        sheet.dot(x, y + 44, 28, mix(paper, (255, 255, 240), 0.6), 38)
        for rib in (-16, 0, 16):
            sheet.stroke([(x - 23, y + 40 + rib), (x + 23, y + 40 + rib)], 1.6, mix(paper, (120, 60, 30), 0.35))
        sheet.box(x - 9, y + 6, x + 9, y + 14, (92, 72, 60))
