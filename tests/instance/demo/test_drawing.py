"""The demonstration city is drawn by its own code, and holds on purpose what real files trip over."""

from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from instance.demo import draw
from instance.demo.drawing.files import addresses_csv, quartiers_geojson
from instance.demo.drawing.ground import lambert93
from instance.demo.drawing.houses import build
from instance.demo.drawing.scenes.easel import paint
from tests.instance.demo import town


def test_the_shipped_outlines_are_what_the_plan_draws() -> None:
    assert (town.FILES / "quartiers.geojson").read_text("utf-8") == quartiers_geojson()


def test_the_shipped_addresses_are_what_the_plan_builds() -> None:
    assert town.addresses_text() == addresses_csv(build())


@pytest.mark.parametrize("name", draw.SCENES)
def test_each_shipped_picture_is_what_its_scene_paints(name: str) -> None:
    shipped = Image.open(town.FILES / "pictures" / f"{name}.webp")

    painted = paint(draw.SCENES[name], pixels_wide=320)

    blurred = [
        np.asarray(one.resize((160, 105)).filter(ImageFilter.GaussianBlur(2)), dtype=float)
        for one in (shipped.convert("RGB"), painted)
    ]
    assert shipped.size == (1280, 840)
    assert np.abs(blurred[0] - blurred[1]).mean() < 3, "draw it anew: python -m instance.demo.draw"


def test_the_files_stay_small() -> None:
    size = {path.name: path.stat().st_size for path in town.FILES.rglob("*") if path.is_file()}

    assert size["quartiers.geojson"] < 40_000
    assert size["addresses.csv.gz"] < 120_000
    assert all(number < 60_000 for name, number in size.items() if name.endswith(".webp"))


def test_neighbours_share_edges_and_one_pair_meets_at_a_corner_only() -> None:
    names = town.outlines()
    by_edge = {frozenset(pair) for pair in combinations(names, 2) if town.edges_of(pair[0]) & town.edges_of(pair[1])}
    by_corner = {frozenset(pair) for pair in combinations(names, 2) if set(names[pair[0]]) & set(names[pair[1]])}

    assert len(by_edge) == 9
    assert by_corner - by_edge == {frozenset({"L'Écluse-aux-Hérons", "Grands-Vergers"})}


def test_no_address_lies_in_two_quartiers_and_some_in_none() -> None:
    places = [town.quartier_of(ban_id) for ban_id in town.addresses()]

    assert 40 < places.count(None) < 100
    assert all(300 < places.count(name) < 1000 for name in town.outlines())


def test_the_town_has_the_traps_of_real_address_files() -> None:
    rows = list(town.addresses().values())

    assert {row["rep"] for row in rows} >= {"", "b", "t", "bis", "ter", "s", "v", "p1", "z2"}
    assert {row["nom_voie"] for row in rows if row["numero"] == "0"} == {
        *("Impasse du Vannier", "Cour des Drapiers", "Square Ninon Brachet", "Cité Malbrun")
    }
    assert "12P1 Quai des Hérons" in town.streets()
    assert {(row["code_postal"], row["code_insee"]) for row in rows} == {
        *(("99810", "99801"), ("99811", "99801"), ("99820", "99802"))
    }
    assert sum(len(through) > 1 for through in town.streets().values()) > 10
    assert any(len(row["nom_voie"]) > 32 >= len(row["nom_afnor"]) for row in rows)
    assert max(len(row["nom_afnor"]) for row in rows) <= 32


def test_some_addresses_belong_to_the_other_commune_than_their_quartier() -> None:
    strays = {
        row["nom_voie"]
        for ban_id, row in town.addresses().items()
        if (name := town.quartier_of(ban_id)) and town.communes()[name] != row["code_insee"]
    }

    assert "Chemin de Halage" in strays


def test_the_projection_agrees_with_the_national_file() -> None:
    # A row of the Base Adresse Nationale gives both: 28 rue Ramey, Paris.
    east_m, north_m = lambert93(2.346714, 48.889117)

    assert (east_m, north_m) == (pytest.approx(652_096.42, abs=0.1), pytest.approx(6_865_654.23, abs=0.1))
