"""Real cities: what we compute is what others computed (../shared/data, with sources in its SOURCES.md)."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest
from sqlalchemy import func, select

from instance.core.db import db
from instance.quartiers import register, search
from instance.quartiers.models import Address, Quartier, Street
from instance.quartiers.postal import STREET_SIGNS, street_line
from tests.instance.quartiers.places import Town, plain_spaces

pytestmark = pytest.mark.shared
NORTH_EAST = ("75109", "75110", "75118", "75119")
EIGHT = ",".join(f"{commune}0{place}" for commune in ("75118", "75119") for place in (1, 2, 3, 4))


@pytest.fixture
def data(shared: Path) -> Path:
    return shared / "data"


@pytest.fixture
def paris(town: Town, data: Path) -> Town:
    """Paris with its north-eastern addresses."""
    assert town.bring((data / "paris-quartiers.geojson").read_bytes()).exit_code == 0
    assert town.bring_file((data / "ban-paris-nord-est.csv.gz").read_bytes(), "ban.csv.gz").exit_code == 0
    return town


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def pairs() -> set[tuple[str, str]]:
    return {(e.code, other) for e in register.entries() for other in e.adjacent if e.code < other}


@pytest.mark.parametrize(("name", "number"), [("paris", 192), ("lyon", 75), ("nantes", 21)])
def test_the_same_quartiers_are_neighbours(town: Town, data: Path, name: str, number: int) -> None:
    oracle = json.loads((data / f"{name}-adjacency.json").read_text("utf-8"))["pairs"]

    result = town.bring((data / f"{name}-quartiers.geojson").read_bytes())

    assert result.exit_code == 0, result.output
    expected = {(min(p["a"], p["b"]), max(p["a"], p["b"])) for p in oracle if p["adjacent"]}
    assert len(expected) == number
    assert pairs() == expected
    assert f"{number} paires" in result.stdout


def test_three_cities_share_one_instance(town: Town, data: Path) -> None:
    for name in ("paris", "lyon", "nantes"):
        content = (data / f"{name}-quartiers.geojson").read_bytes()
        assert town.bring(content, name=f"{name}.geojson").exit_code == 0

    assert len(pairs()) == 192 + 75 + 21
    slugs = db.session.scalars(select(Quartier.slug)).all()
    assert len(set(slugs)) == 127
    assert {"goutte-d-or", "etats-unis", "ile-de-nantes"} <= set(slugs)


def test_every_sample_address_lies_in_its_quartier_and_every_count_agrees(paris: Town, data: Path) -> None:
    placed = dict(
        db.session.execute(
            select(Address.ban_id, Quartier.code).join(Quartier, Quartier.id == Address.quartier_id)
        ).all()
    )
    sample = rows(data / "ban-paris-nord-est-sample-expected.csv")
    counts = json.loads((data / "paris-adresses-par-quartier.json").read_text("utf-8"))

    assert len(sample) == 300
    assert [row["id"] for row in sample if placed[row["id"]] != row["quartier"]] == []
    hit = {entry.code: entry.addresses for entry in register.entries() if entry.addresses}
    assert len(hit) == 16
    assert hit == {code: counts[code] for code in hit}
    assert sum(hit.values()) == 33_427


def test_with_eight_quartiers_the_other_addresses_are_hors_zone(town: Town, data: Path) -> None:
    town.bring((data / "paris-quartiers.geojson").read_bytes(), "--only", EIGHT)

    result = town.bring_file((data / "ban-paris-nord-est.csv.gz").read_bytes(), "ban.csv.gz")

    said = plain_spaces(result.stdout)
    assert "Lignes : 33427" in said
    assert "Placées dans un quartier : 23111" in said
    assert "Hors zone : 10316" in said
    assert db.session.scalar(select(func.count()).where(Address.quartier_id.is_(None))) == 10_316


def test_what_neighbours_type_is_found(paris: Town) -> None:
    for typed, code, label in (
        ("26 bd barbes paris 18", "7511802", "26 Boulevard Barbès, 75018 Paris"),
        ("40 bis rue myrha", "7511803", "40 bis Rue Myrha, 75018 Paris"),
        ("30 rue ramey", "7511802", "30 Rue Ramey, 75018 Paris"),
        ("30 rue ram", "7511802", "30 Rue Ramey, 75018 Paris"),
        ("28P1 Rue Ramey", "7511802", "28 P1 Rue Ramey, 75018 Paris"),
        ("5 rue de la goutte d’or", "7511803", "5 Rue de la Goutte d'Or, 75018 Paris"),
    ):
        best = paris.where(typed)[0]
        assert (best["quartier"], best["label"], best["exact"]) == (code, label, True)

    held = db.session.execute(
        select(Address.ban_id, Address.number, Address.rep, Street.name, Address.postcode).join(Street)
    ).all()

    for ban_id, number, rep, street, postcode in random.Random(75).sample(held, 400):
        text = f"{number} {rep} {street} {postcode}"
        best = search.find(text)[0]
        assert (best.ban_id, best.exact) == (ban_id, True), text


def test_postal_lines_are_those_of_the_national_file(data: Path) -> None:
    streets = rows(data / "voies-afnor.csv")

    unlike = [row for row in streets if street_line(row["nom_voie"]) != row["nom_afnor"]]

    assert all(len(street_line(row["nom_voie"])) <= STREET_SIGNS for row in streets)
    assert len(unlike) < len(streets) / 20  # long names may be shortened otherwise
