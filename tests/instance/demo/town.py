"""The shipped files of the demonstration city, read as plainly as tests need them."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from instance import demo
from instance.demo.drawing.ground import holds
from instance.demo.drawing.plan import Point

FILES = Path(demo.__file__).parent


@cache
def _features() -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads((FILES / "quartiers.geojson").read_text("utf-8"))["features"]
    return features


@cache
def outlines() -> dict[str, tuple[Point, ...]]:
    """Name of the quartier → its ring in degrees."""
    return {
        one["properties"]["nom"]: tuple((lon, lat) for lon, lat in one["geometry"]["coordinates"][0])
        for one in _features()
    }


def communes() -> dict[str, str]:
    """Name of the quartier → INSEE code."""
    return {one["properties"]["nom"]: one["properties"]["arrondissement"] for one in _features()}


def names() -> dict[str, str]:
    """Code of the quartier → its name."""
    return {one["properties"]["code"]: one["properties"]["nom"] for one in _features()}


def addresses_text() -> str:
    return gzip.decompress((FILES / "addresses.csv.gz").read_bytes()).decode()


@cache
def addresses() -> dict[str, dict[str, str]]:
    """Id → row of the address file."""
    return {row["id"]: row for row in csv.DictReader(addresses_text().splitlines(), delimiter=";")}


@cache
def quartier_of(ban_id: str) -> str | None:
    """Name of the quartier in which the address lies; None: hors zone."""
    row = addresses()[ban_id]
    found = [name for name, ring in outlines().items() if holds(ring, (float(row["lon"]), float(row["lat"])))]
    assert len(found) <= 1, f"{ban_id} lies in {found}"
    return found[0] if found else None


def edges_of(name: str) -> set[frozenset[Point]]:
    return {frozenset(edge) for edge in pairwise(outlines()[name])}


@cache
def streets() -> dict[str, set[str | None]]:
    """Street → the quartiers through which it runs."""
    through: dict[str, set[str | None]] = defaultdict(set)
    for ban_id, row in addresses().items():
        through[row["nom_voie"]].add(quartier_of(ban_id))
    return dict(through)
