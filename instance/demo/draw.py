"""Draw the town anew: `python -m instance.demo.draw` writes its quartiers, addresses and pictures.

They are kept in the repository so that nothing is drawn at start; a test proves that this draws them.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from instance.demo.drawing.files import addresses_csv, quartiers_geojson
from instance.demo.drawing.houses import build
from instance.demo.drawing.scenes import bicycle, cat, tree, yard
from instance.demo.drawing.scenes.easel import paint

HERE = Path(__file__).parent
SCENES = {
    "cat": cat.window_sill,
    "tree": tree.planted_foot,
    "yard": yard.shared_table,
    "bicycle": bicycle.leaning,
}


def main() -> None:
    (HERE / "quartiers.geojson").write_text(quartiers_geojson(), encoding="utf-8")
    rows = addresses_csv(build()).encode()
    (HERE / "addresses.csv.gz").write_bytes(gzip.compress(rows, 9, mtime=0))
    (HERE / "pictures").mkdir(exist_ok=True)
    for name, scene in SCENES.items():
        paint(scene).save(HERE / "pictures" / f"{name}.webp", quality=57, method=6)


if __name__ == "__main__":
    main()
