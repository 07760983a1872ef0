"""A town of squares for tests: quartiers as GeoJSON, addresses in the BAN format, commands run on them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from sqlalchemy import select

from instance.core.db import commit, db
from instance.quartiers.commands import import_group, quartier_group, where
from instance.quartiers.models import Quartier

WEST, SOUTH, SIDE = 5.0, 46.0, 0.01  # a side is about 770 m by 1110 m
COLUMNS = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat;libelle_acheminement;nom_afnor"
)
Ring = list[list[float]]


def corners(column: float, row: float, wide: float = 1, high: float = 1) -> Ring:
    """A closed rectangle, in sides from the south-west corner of the town."""
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    east, north = west + wide * SIDE, south + high * SIDE
    return [
        [round(x, 7), round(y, 7)]
        for x, y in ((west, south), (east, south), (east, north), (west, north), (west, south))
    ]


def feature(code: str, name: str, ring: Ring, commune: str | None = "71001", **more: Any) -> dict[str, Any]:
    properties = {"code": code, "nom": name, **more}
    if commune is not None:
        properties["arrondissement"] = commune
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def four() -> dict[str, Any]:
    """Four squares around one corner: side by side they are neighbours, across the corner they are not."""
    return collection(
        feature("A", "Les Tanneries", corners(0, 0)),
        feature("B", "Goutte-d'Or", corners(1, 0)),
        feature("C", "Vieux Pont", corners(0, 1)),
        feature("D", "Sœurs Grises", corners(1, 1), "71002"),
    )


def address(ban_id: str, number: object, street: str, column: float, row: float, **more: str) -> str:
    """One line of a BAN file; the point in sides from the town's corner."""
    held = {
        "rep": "", "postcode": "71100", "insee": "71001", "commune": "Montrevel", "town": "MONTREVEL", "afnor": "",
    } | more  # fmt: skip
    return ";".join(
        (
            ban_id, "", str(number), held["rep"], street, held["postcode"], held["insee"], held["commune"], "", "",
            f"{WEST + column * SIDE:.6f}", f"{SOUTH + row * SIDE:.6f}", held["town"], held["afnor"],
        )
    )  # fmt: skip


class Town:
    """Writes files and runs the operator's commands on them."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder

    def run(self, command: click.Command, *words: object) -> Any:
        """Run a command as an operator with a French locale does; spaces in what it says are plain."""
        result = self.app.test_cli_runner().invoke(
            command, [str(word) for word in words], env={"LC_ALL": "fr_FR.UTF-8"}
        )
        db.session.rollback()
        return result

    def write(self, name: str, content: bytes | str | dict[str, Any]) -> Path:
        path = self.folder / name
        if isinstance(content, dict):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def bring(self, content: bytes | str | dict[str, Any], *options: str, name: str = "town.geojson") -> Any:
        """`quartier import quartiers`."""
        return self.run(import_group, "quartiers", self.write(name, content), *options)

    def bring_rows(self, *rows: str) -> Any:
        """`quartier import addresses` of a file with these rows."""
        return self.bring_file("\n".join((COLUMNS, *rows)) + "\n")

    def bring_file(self, content: bytes | str, name: str = "town.csv") -> Any:
        return self.run(import_group, "addresses", self.write(name, content))

    def where(self, text: str) -> list[dict[str, Any]]:
        result = self.run(where, text, "--json")
        assert result.exit_code == 0, result.output
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found

    def listed(self) -> dict[str, dict[str, Any]]:
        """`quartier quartier list --json` by code."""
        result = self.run(quartier_group, "list", "--json")
        assert result.exit_code == 0, result.output
        return {entry["code"]: entry for entry in json.loads(result.stdout)}

    def set_border_m(self, monkeypatch: pytest.MonkeyPatch, border_m: float) -> None:
        """Run with another QL_BORDER_M until the test ends."""
        other = replace(self.app.extensions["quartier"], border_m=border_m)
        monkeypatch.setitem(self.app.extensions, "quartier", other)

    def set_state(self, code: str, state: str) -> None:
        with commit():
            db.session.scalars(select(Quartier).where(Quartier.code == code)).one().state = state


def plain_spaces(text: str) -> str:
    """What was said, with no-break spaces as plain ones."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")
