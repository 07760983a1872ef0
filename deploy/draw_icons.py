"""Draws the installable app's icons from the mark: `python deploy/draw_icons.py`. Same shapes as static/mark.svg."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).resolve().parents[1] / "instance" / "static"
BLUE, WHITE, SUN = "#163a8c", "#ffffff", "#ffcb3d"
WALLS = [(14, 29), (8, 29), (6, 14.5), (17, 7), (30, 13), (28, 29), (23, 29)]
DOOR = [(14, 29), (14, 18), (21, 15.8), (21, 31)]
BOX = 36  # side of the drawing
FINE = 4  # drawn this much larger, then made smaller, for smooth edges


def draw(name: str, side: int, *, corner: float = 7, scale: float = 1) -> None:
    """Write one PNG; `corner` 0 fills the square, `scale` keeps the house inside a mask's safe circle."""
    from PIL import Image, ImageDraw  # heavy, and only this tool needs it here

    large = side * FINE
    unit = large / BOX
    image = Image.new("RGBA", (large, large))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, large - 1, large - 1), corner * unit, BLUE)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return tuple((18 + (value - 18) * scale) * unit for value in point)  # type: ignore[return-value]

    thick = 2.6 * unit * scale
    line = [at(point) for point in WALLS]
    pen.line(line, WHITE, round(thick), joint="curve")
    for x, y in line:
        pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), WHITE)
    pen.polygon([at(point) for point in DOOR], SUN)
    image.resize((side, side), Image.Resampling.LANCZOS).quantize(64).save(STATIC / name, optimize=True)


if __name__ == "__main__":
    draw("icon-192.png", 192)
    draw("icon-512.png", 512)
    draw("icon-mask-512.png", 512, corner=0, scale=0.72)
    draw("icon-180.png", 180, corner=0, scale=0.85)
