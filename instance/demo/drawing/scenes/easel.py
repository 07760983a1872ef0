"""A sheet of paper of 1280 × 840 units to draw a scene on, and the brush that paints it over in gouache."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter  # noqa: TID253 - only draw.py loads this

from instance.demo.drawing.ground import smooth

Spot = tuple[float, float]
Colour = tuple[int, ...]  # red, green, blue and, if the paint is thin, its cover

WIDTH, HEIGHT = 1280, 840
# From the wide brush to the fine one: length and width in units, strokes laid, and the least detail worth it.
_BRUSHES = ((58, 17, 9_000, 0.0), (34, 9, 16_000, 4.0), (17, 4.5, 26_000, 11.0))


class Sheet:
    """What a scene is drawn on, in units whatever the size in pixels; later paint covers earlier paint."""

    def __init__(self, pixels_wide: int) -> None:
        self.scale = pixels_wide / WIDTH
        self.image = Image.new("RGB", (pixels_wide, round(HEIGHT * self.scale)), (200, 200, 200))
        self._pen = ImageDraw.Draw(self.image, "RGBA")
        self.dice = random.Random(7)

    def _scaled(self, spots: Sequence[Spot]) -> list[Spot]:
        return [(x * self.scale, y * self.scale) for x, y in spots]

    def shape(self, spots: Sequence[Spot], paint: Colour) -> None:
        self._pen.polygon(self._scaled(spots), fill=paint)

    def blob(self, spots: Sequence[Spot], paint: Colour) -> None:
        """A shape with round corners."""
        self.shape(smooth((*spots, spots[0]), step_m=8), paint)

    def box(self, left: float, top: float, right: float, bottom: float, paint: Colour) -> None:
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], paint)

    def dot(self, x: float, y: float, across: float, paint: Colour, high: float | None = None) -> None:
        """An ellipse around a middle; `high` where it is not a circle."""
        half, tall = across / 2 * self.scale, (high or across) / 2 * self.scale
        x, y = x * self.scale, y * self.scale
        self._pen.ellipse((x - half, y - tall, x + half, y + tall), fill=paint)

    def hoop(self, x: float, y: float, across: float, thick: float, paint: Colour) -> None:
        half = across / 2 * self.scale
        x, y = x * self.scale, y * self.scale
        ring = (x - half, y - half, x + half, y + half)
        self._pen.ellipse(ring, outline=paint, width=max(1, round(thick * self.scale)))

    def stroke(self, spots: Sequence[Spot], thick: float, paint: Colour) -> None:
        """A line with round corners and ends."""
        line = self._scaled(smooth(tuple(spots), step_m=6))
        width = max(1, round(thick * self.scale))
        self._pen.line(line, fill=paint, width=width, joint="curve")
        for x, y in (line[0], line[-1]) if width > 2 and len(paint) == 3 else ():
            self._pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=paint)

    def fade(self, left: float, top: float, right: float, bottom: float, above: Colour, below: Colour) -> None:
        """A box whose paint turns from one colour at its top to another at its foot."""
        steps = max(2, round((bottom - top) / 6))
        for step in range(steps):
            share, height = step / (steps - 1), (bottom - top) / steps
            y = top + step * height
            self.box(left, y, right, y + height + 1, mix(above, below, share))

    def near(self, colour: Colour, spread: int) -> Colour:
        """The colour, a little lighter or darker by chance."""
        change = self.dice.randint(-spread, spread)
        return tuple(max(0, min(255, part + change)) for part in colour[:3]) + colour[3:]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def paint(scene: Callable[[Sheet], None], pixels_wide: int = WIDTH) -> Image.Image:
    """The scene in brush strokes, each in the colour that the drawing has under it."""
    sheet = Sheet(pixels_wide * 2)
    scene(sheet)
    drawn = sheet.image.resize((pixels_wide, round(HEIGHT * pixels_wide / WIDTH)), Image.Resampling.LANCZOS)
    scale, dice = pixels_wide / WIDTH, random.Random(11)
    canvas = drawn.filter(ImageFilter.GaussianBlur(9 * scale))
    for length, width, strokes, detail in _BRUSHES:
        _cover(canvas, drawn, dice, (length * scale, width * scale), strokes, detail)
    return Image.blend(canvas.filter(ImageFilter.GaussianBlur(0.6 * scale)), drawn, 0.34)


def _cover(
    canvas: Image.Image,
    drawn: Image.Image,
    dice: random.Random,
    brush: tuple[float, float],
    strokes: int,
    detail: float,
) -> None:
    length, width = brush
    soft = drawn.filter(ImageFilter.GaussianBlur(width / 3))
    grey = np.asarray(soft.convert("L").filter(ImageFilter.GaussianBlur(width / 2)), dtype=float)
    down, across = np.gradient(grey)
    steep = Image.fromarray(np.clip(np.hypot(down, across) * width, 0, 255).astype(np.uint8))
    edges = np.asarray(steep.filter(ImageFilter.GaussianBlur(width)), dtype=float)
    colours, pen = soft.load(), ImageDraw.Draw(canvas)
    assert colours is not None
    for _ in range(strokes):
        x, y = dice.randrange(drawn.width), dice.randrange(drawn.height)
        turn, shade, size = dice.gauss(0, 0.25), dice.randint(-7, 7), dice.uniform(0.6, 1.15)
        if edges[y, x] < detail:
            continue
        colour = colours[x, y]
        assert isinstance(colour, tuple)
        along = math.atan2(across[y, x], -down[y, x]) + turn if edges[y, x] > 1 else turn
        reach = length * size / 2 / (1 + edges[y, x] / 12)
        east, south = math.cos(along) * reach, math.sin(along) * reach
        fill = tuple(max(0, min(255, part + shade)) for part in colour)
        pen.line((x - east, y - south, x + east, y + south), fill=fill, width=max(1, round(width * size)))
