"""`quartier import` and `quartier quartier`: all or nothing, repeatable, every fault one French sentence."""

from __future__ import annotations

import gzip
import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from sqlalchemy import func, select

from instance.accounts.models import Actor, TakenName
from instance.core.db import commit, db
from instance.quartiers import plans, register
from instance.quartiers.commands import import_group, quartier_group
from instance.quartiers.models import Address, Circle, Plan, Quartier, QuartierPair, Street
from instance.settings import Settings
from tests.instance.quartiers.places import (
    COLUMNS,
    SIDE,
    SOUTH,
    WEST,
    Town,
    address,
    collection,
    corners,
    feature,
    four,
    plain_spaces,
)


def quartier(code: str) -> Quartier:
    return db.session.scalars(select(Quartier).where(Quartier.code == code)).one()


def number_of(model: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def pairs() -> set[str]:
    """Pairs of codes that are neighbours."""
    return {code + other for code, entry in entries().items() for other in entry.adjacent if code < other}


def entries() -> dict[str, register.Entry]:
    return {entry.code: entry for entry in register.entries()}


def sentence(result: Any) -> str:
    """The one line that a refused command says on standard error, progress left out."""
    assert result.exit_code == 1, result.output
    lines = plain_spaces(result.stderr).splitlines()
    return lines[-1].removeprefix("Error: ").removeprefix("Erreur : ")


class TestQuartiersComeIn:
    def test_as_pilots_with_actor_circle_name_and_drawings(self, town: Town) -> None:
        result = town.bring(four())

        assert result.exit_code == 0
        assert "4 ajoutés" in result.stdout
        assert "4 paires" in result.stdout
        assert number_of(Quartier) == number_of(Actor) == number_of(Circle) == number_of(TakenName) == 4
        made = quartier("B")
        assert (made.slug, made.name, made.commune, made.state) == ("goutte-d-or", "Goutte-d'Or", "71001", "pilot")
        assert (made.actor.kind, made.actor.path, made.actor.shown_name) == ("group", "/q/goutte-d-or", "Goutte-d'Or")
        assert made.silhouette.startswith("M")
        assert made.shape.startswith("M")
        assert (made.min_lon, made.max_lat) == (pytest.approx(WEST + SIDE), pytest.approx(SOUTH + SIDE))
        assert db.session.get_one(Plan, 1).width == 720

    def test_neighbours_share_a_border_and_not_a_corner(self, town: Town) -> None:
        town.bring(four())

        assert pairs() == {"AB", "AC", "BD", "CD"}

    def test_the_border_that_counts_is_a_setting(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        thin = collection(feature("A", "Un", corners(0, 0)), feature("B", "Deux", corners(1, 0.96)))
        town.bring(thin)
        assert pairs() == set()

        town.set_border_m(monkeypatch, 30.0)
        town.bring(thin)

        assert pairs() == {"AB"}

    def test_properties_and_codes_can_be_chosen(self, town: Town) -> None:
        file = collection(
            *(
                {**feature("", "", corners(place, 0)), "properties": {"ref": place, "l_qu": f"Q {place}", "c": 71001}}
                for place in range(5)
            )
        )

        result = town.bring(file, "--code", "ref", "--name", "l_qu", "--commune", "c", "--only", "1,2", "--only", "4")

        assert result.exit_code == 0, result.output
        assert {(e.code, e.name) for e in register.entries()} == {("1", "Q 1"), ("2", "Q 2"), ("4", "Q 4")}
        assert quartier("4").commune == "71001"

    def test_a_second_time_changes_nothing(self, town: Town) -> None:
        town.bring(four())
        before = {q.code: (q.id, q.slug, q.actor_id, q.shape) for q in db.session.scalars(select(Quartier))}
        town.set_state("A", "open")

        result = town.bring(four())

        assert "0 ajoutés, 0 modifiés, 4 inchangés" in result.stdout
        after = {q.code: (q.id, q.slug, q.actor_id, q.shape) for q in db.session.scalars(select(Quartier))}
        assert after == before
        assert quartier("A").state == "open"
        assert pairs() == {"AB", "AC", "BD", "CD"}

    def test_a_new_name_is_taken_over_and_the_slug_stays(self, town: Town) -> None:
        town.bring(four())

        town.bring(collection(feature("A", "Les Teintureries", corners(0, 0))))

        renamed = quartier("A")
        assert (renamed.name, renamed.slug, renamed.actor.shown_name) == (
            "Les Teintureries", "les-tanneries", "Les Teintureries",
        )  # fmt: skip
        assert renamed.actor.version == 2

    def test_a_pilot_may_be_drawn_anew(self, town: Town) -> None:
        town.bring(four())

        result = town.bring(collection(feature("D", "Sœurs Grises", corners(1.02, 1.02), "71002")))

        assert "1 modifiés" in result.stdout
        assert quartier("D").min_lon == pytest.approx(WEST + 1.02 * SIDE)
        assert pairs() == {"AB", "AC"}

    @pytest.mark.parametrize("state", ["open", "dormant"])
    def test_frontiers_are_fixed_once_open(self, town: Town, state: str) -> None:
        town.bring(four())
        town.set_state("D", state)
        before = quartier("D").outline

        result = town.bring(
            collection(feature("D", "Sœurs Grises", corners(1.02, 1.02), "71002"), feature("E", "Neuf", corners(5, 5)))
        )

        assert "Sœurs Grises (D) est ouvert" in sentence(result)
        assert quartier("D").outline == before
        assert number_of(Quartier) == 4

    def test_pairs_made_and_removed_by_hand_stay(self, town: Town) -> None:
        town.bring(four())
        ids = {code: quartier(code).id for code in "ABCD"}
        with commit():
            low, high = sorted((ids["A"], ids["B"]))
            db.session.get_one(QuartierPair, (low, high)).origin = "removed"
            low, high = sorted((ids["A"], ids["D"]))
            db.session.add(QuartierPair(a_id=low, b_id=high, border_m=0.0, origin="added"))

        result = town.bring(four())

        assert pairs() == {"AC", "AD", "BD", "CD"}
        assert "4 paires" in result.stdout

    def test_files_of_two_towns_meet_within_ten_metres(self, town: Town) -> None:
        gap = 8 / 77_500 / SIDE
        town.bring(collection(feature("A", "Un", corners(0, 0))), name="one.geojson")

        town.bring(collection(feature("B", "Deux", corners(1 + gap, 0), "71002")), name="two.geojson")
        town.bring(collection(feature("C", "Trois", corners(-1 - 2 * gap, 0), "71003")), name="three.geojson")

        assert pairs() == {"AB"}

    def test_codes_of_one_file_brought_one_after_the_other_meet_as_in_one_go(self, town: Town) -> None:
        gap = 8 / 77_500 / SIDE
        file = collection(feature("A", "Un", corners(0, 0)), feature("B", "Deux", corners(1 + gap, 0)))

        town.bring(file, "--only", "A", name="first.geojson")
        town.bring(file, "--only", "B", name="again.geojson")

        assert pairs() == set()

    def test_slugs_that_clash_take_the_commune_then_the_code(self, town: Town) -> None:
        town.bring(
            collection(
                feature("1", "Centre", corners(0, 0)),
                feature("2", "Centre", corners(1, 0)),
                feature("3", "centre", corners(2, 0)),
                feature("4", "Mairie", corners(3, 0)),
            )
        )

        assert [quartier(code).slug for code in "1234"] == ["centre", "centre-71001", "centre-71001-3", "mairie-71001"]

    def test_outlines_that_run_a_little_into_each_other_are_a_drawing_s_noise(self, town: Town) -> None:
        nudge = 0.5 / 77_500 / SIDE

        result = town.bring(collection(feature("A", "Un", corners(0, 0)), feature("B", "Deux", corners(1 - nudge, 0))))

        assert result.exit_code == 0
        assert pairs() == {"AB"}

    def test_a_lone_quartier_has_no_neighbour(self, town: Town) -> None:
        town.bring(collection(feature("A", "Les Îles", corners(0, 0))))

        assert entries()["A"].adjacent == []

    def test_json_says_the_same_numbers(self, town: Town) -> None:
        assert json.loads(town.bring(four(), "--json").stdout) == {
            "added": 4, "changed": 0, "unchanged": 0, "pairs": 4, "moved_addresses": 0,
        }  # fmt: skip


BOW = [[5, 46], [5.01, 46.01], [5.01, 46], [5, 46.02], [5, 46]]


class TestQuartiersAreRefused:
    @pytest.mark.parametrize(
        ("content", "options", "said"),
        [
            ('{"type": "FeatureCollection",\n "features": [', [], "Ligne 2, colonne 15"),
            ("", [], "Ligne 1, colonne 1"),
            ("[" * 100_000, [], "niveaux"),
            ('{"type": "FeatureCollection"}', [], "FeatureCollection"),
            ('{"type": "Topology", "features": [1]}', [], "FeatureCollection"),
            ("[]", [], "FeatureCollection"),
            (collection(), [], "aucun quartier"),
            ({**four(), "crs": {"properties": {"name": "EPSG:2154"}}}, [], "EPSG:2154"),
            ("é".encode("latin-1"), [], "UTF-8"),
            ({"type": "FeatureCollection", "features": [7]}, [], "n° 1"),
            (collection(feature("A", "", corners(0, 0))), [], "« nom »"),
            (four(), ["--code", "c_qu"], "« c_qu ». Il a : code, nom, arrondissement. Choisissez avec --code"),
            (four(), ["--only", "A,Z"], "code Z"),
            (collection(feature("A", "Un", corners(0, 0)), feature("A", "Deux", corners(1, 0))), [], "code A"),
            (
                collection(feature("A", "Un", corners(0, 0)), feature("B", "Deux", corners(1, 0), None)),
                [],
                "B n’a pas de propriété « arrondissement »",
            ),
            (
                collection(feature("A", "Un", corners(0, 0)), feature("B", "Deux", BOW)),
                [],
                "Quartier B, Deux : son contour se coupe",
            ),
            (
                collection(feature("A", "Un", corners(0, 0)), feature("B", "Deux", corners(0.9, 0))),
                [],
                "Un (A) et Deux (B) se recouvrent",
            ),
        ],
    )
    def test_with_one_sentence_and_nothing_is_written(
        self, town: Town, content: Any, options: list[str], said: str
    ) -> None:
        result = town.bring(content, *options)

        assert said in sentence(result)
        assert number_of(Quartier) == number_of(Actor) == number_of(TakenName) == number_of(Circle) == 0

    def test_a_file_that_is_not_there(self, town: Town) -> None:
        result = town.run(import_group, "quartiers", town.folder / "nowhere.geojson")

        assert "nowhere.geojson" in sentence(result)

    def test_a_code_that_belongs_to_another_town(self, town: Town) -> None:
        town.bring(four())

        far = town.bring(collection(feature("A", "Gare", corners(30, 30))))
        other_commune = town.bring(collection(feature("A", "Gare", corners(0, 0, 0.9), "71005")))

        assert "est déjà celui de Les Tanneries" in sentence(far)
        assert "est déjà celui de Les Tanneries" in sentence(other_commune)
        assert quartier("A").name == "Les Tanneries"

    def test_a_new_quartier_over_an_old_one(self, town: Town) -> None:
        town.bring(four())

        result = town.bring(collection(feature("E", "Neuf", corners(0.2, 0.2, 0.2, 0.2))), name="new.geojson")

        assert "se recouvrent" in sentence(result)
        assert number_of(Quartier) == 4

    def test_a_database_without_tables_is_said(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Quartier, "__tablename__", "quartier_not_made")

        assert "quartier migrate" in sentence(town.bring(four()))


class TestAddressesComeIn:
    def test_each_is_placed_by_its_point(self, town: Town) -> None:
        town.bring(four())

        result = town.bring_rows(
            address("r1", 1, "Rue Longue", 0.5, 0.5),
            address("r2", 2, "Rue Longue", 1.5, 0.5),
            address("r3", 3, "Rue Longue", 7, 7),
            address("r4", 4, "Rue Longue", 1.5, 1.5),
        )

        assert result.exit_code == 0, result.output
        said = plain_spaces(result.stdout)
        assert "Lignes : 4, dont 4 nouvelles" in said
        assert "A  Les Tanneries : 1" in said
        assert "Placées dans un quartier : 3" in said
        assert "Hors zone : 1" in said
        assert "Commune différente de celle du quartier : 1" in said
        assert {code: entry.addresses for code, entry in entries().items()} == {"A": 1, "B": 1, "C": 0, "D": 1}

    def test_json_says_the_same_numbers(self, town: Town) -> None:
        town.bring(four())
        path = town.write(
            "a.csv", "\n".join((COLUMNS, address("r1", 1, "Rue A", 0.5, 0.5), address("r2", 2, "Rue A", 9, 9)))
        )

        assert json.loads(town.run(import_group, "addresses", path, "--json").stdout) == {
            "rows": 2, "added": 2, "changed": 0, "per_quartier": {"A": 1}, "nowhere": 1, "other_commune": 0,
        }  # fmt: skip

    def test_repetitions_of_all_kinds_stay_apart(self, town: Town) -> None:
        town.bring(four())
        signs = ["", "b", "t", "q", "v", "z", "p1", "bv", "bp4", "a"]

        result = town.bring_rows(
            *(address(f"r-{sign}", 40, "Rue Myrha", 0.5, 0.5, rep=sign) for sign in signs),
            address("r-bis", 42, "Rue Myrha", 0.5, 0.5, rep="BIS"),
        )

        assert result.exit_code == 0, result.output
        held = db.session.execute(select(Address.number, Address.rep)).all()
        assert sorted(held) == sorted([*((40, sign) for sign in signs), (42, "b")])
        assert number_of(Street) == 1

    def test_number_0_is_a_street_without_numbers(self, town: Town) -> None:
        town.bring(four())

        town.bring_rows(address("r0", 0, "Impasse Calmels", 0.5, 0.5, rep="s"))

        assert [hit["label"] for hit in town.where("impasse calmels")] == ["Impasse Calmels, 71100 Montrevel"]

    def test_a_technical_street_name_is_the_street_itself(self, town: Town) -> None:
        town.bring(four())

        town.bring_rows(
            address("r1", 100, "Rue de Reuilly", 0.5, 0.5),
            address("r2", 100, "100P8 Rue de Reuilly", 0.6, 0.5, rep="p8", afnor="100P8 RUE DE REUILLY"),
        )

        assert db.session.scalars(select(Street.name)).all() == ["Rue de Reuilly"]
        assert set(db.session.scalars(select(Address.afnor))) == {"RUE DE REUILLY"}

    def test_double_spaces_make_no_second_street(self, town: Town) -> None:
        town.bring(four())

        town.bring_rows(address("r1", 1, "Rue  de  Reuilly ", 0.5, 0.5), address("r2", 2, "Rue de Reuilly", 0.5, 0.5))

        assert db.session.scalars(select(Street.name)).all() == ["Rue de Reuilly"]

    def test_75016_and_75116_are_two_postcodes_of_one_arrondissement(self, town: Town) -> None:
        town.bring(collection(feature("A", "Chaillot", corners(0, 0), "75116")))
        paris = {"insee": "75116", "commune": "Paris 16e Arrondissement"}

        result = town.bring_rows(
            address("r1", 1, "Rue de la Pompe", 0.5, 0.5, postcode="75016", **paris),
            address("r2", 101, "Rue de la Pompe", 0.5, 0.6, postcode="75116", **paris),
        )

        assert "Commune différente de celle du quartier : 0" in plain_spaces(result.stdout)
        for text in ("101 rue de la pompe 75016", "101 rue de la pompe 75116", "101 rue de la pompe paris 16"):
            (hit,) = town.where(text)
            assert (hit["label"], hit["exact"]) == ("101 Rue de la Pompe, 75116 Paris", True)

    def test_one_street_name_in_several_communes(self, town: Town) -> None:
        town.bring(four())

        town.bring_rows(
            address("r1", 1, "Grande Rue", 0.5, 0.5),
            address("r2", 1, "Grande Rue", 1.5, 1.5, insee="71002", postcode="71200", commune="Sornay"),
        )

        assert number_of(Street) == 2
        assert [hit["quartier"] for hit in town.where("1 grande rue")] == ["A", "D"]
        assert [hit["quartier"] for hit in town.where("1 grande rue sornay")] == ["D"]
        assert [hit["quartier"] for hit in town.where("1 grande rue 71100")] == ["A"]

    def test_a_second_time_changes_nothing_and_a_newer_file_what_differs(self, town: Town) -> None:
        town.bring(four())
        rows = [address(f"r{n}", n, "Rue Longue", 0.5, 0.5) for n in range(1, 4)]
        town.bring_rows(*rows)
        ids = dict(db.session.execute(select(Address.ban_id, Address.id)).all())

        again = town.bring_rows(*rows)
        newer = town.bring_rows(
            rows[0], address("r2", 2, "Rue Neuve", 1.5, 0.5), address("r4", 4, "Rue Longue", 0.5, 0.5)
        )

        assert "3, dont 0 nouvelles adresses et 0 modifiées" in plain_spaces(again.stdout)
        assert "3, dont 1 nouvelles adresses et 1 modifiées" in plain_spaces(newer.stdout)
        now = dict(db.session.execute(select(Address.ban_id, Address.id)).all())
        assert {ban_id: now[ban_id] for ban_id in ids} == ids  # "r3" is gone from the file and stays
        assert [hit["quartier"] for hit in town.where("2 rue neuve")] == ["B"]

    def test_a_street_that_is_called_otherwise_leaves_nothing_behind(self, town: Town) -> None:
        town.bring(four())
        town.bring_rows(address("r1", 1, "Rue Ancienne", 0.5, 0.5))

        town.bring_rows(address("r1", 1, "Rue Neuve", 0.5, 0.5))

        assert db.session.scalars(select(Street.name)).all() == ["Rue Neuve"]
        assert town.where("1 rue ancienne") == []

    def test_addresses_come_before_their_quartiers_just_as_well(self, town: Town) -> None:
        town.bring_rows(address("r1", 1, "Rue Longue", 0.5, 0.5), address("r2", 2, "Rue Longue", 1.5, 0.5))

        first = town.bring(four(), "--only", "A")
        second = town.bring(four())

        assert "Adresses replacées : 1" in plain_spaces(first.stdout)
        assert "Adresses replacées : 1" in plain_spaces(second.stdout)
        assert [entries()[code].addresses for code in "AB"] == [1, 1]

    def test_a_packed_file_and_a_byte_order_mark_are_read(self, town: Town) -> None:
        town.bring(four())
        content = "\ufeff" + "\n".join((COLUMNS, address("r1", 1, "Rue Longue", 0.5, 0.5))) + "\n"

        assert town.bring_file(gzip.compress(content.encode()), "town.csv.gz").exit_code == 0
        assert number_of(Address) == 1

    def test_what_a_letter_needs_is_kept(self, town: Town) -> None:
        town.bring_rows(
            address("r1", 1, "Rue de l'Évangile", 0, 0, town="MONTREVEL CEDEX", afnor="RUE DE L EVANGILE"),
            address("r2", 1, "Place Laurent Terzieff et Pascale de Boysson", 0, 0),
        )

        held = dict(db.session.execute(select(Address.ban_id, Address.afnor)).all())
        assert held == {"r1": "RUE DE L EVANGILE", "r2": "PL L TERZIEFF PASCALE BOYSSON"}
        assert db.session.scalars(select(Address.town).where(Address.ban_id == "r1")).one() == "MONTREVEL CEDEX"

    def test_progress_goes_to_standard_error(self, town: Town) -> None:
        rows = [address(f"r{n}", n % 9000, f"Rue {n // 9000}", 0, 0) for n in range(20_001)]

        result = town.bring_rows(*rows)

        assert "10000 lignes lues" in plain_spaces(result.stderr)
        assert "20000 lignes lues" in plain_spaces(result.stderr)
        assert "lues" not in result.stdout


MANY = [address(f"r{number}", number, "Rue Longue", 0.5, 0.5) for number in range(999)]
GOOD = address("r1", 1, "Rue Longue", 0.5, 0.5)


def with_column(name: str, text: str) -> str:
    """A file whose third line has `text` in one column."""
    fields = address("r2", 2, "Rue Longue", 0.5, 0.5).split(";")
    fields[COLUMNS.split(";").index(name)] = text
    return "\n".join((COLUMNS, GOOD, ";".join(fields))) + "\n"


class TestAddressesAreRefused:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "Le fichier est vide"),
            (COLUMNS, "aucune adresse"),
            (f"{COLUMNS}\n{GOOD}".replace("nom_voie", "voie"), "Ligne 1 : la colonne « nom_voie » manque"),
            (f"{COLUMNS}\n{GOOD}".replace(";", ","), "points-virgules"),
            (f"{COLUMNS}\n{GOOD}\nr2;2", "Ligne 3 : 2 colonnes au lieu de 14"),
            (f"{COLUMNS}\n{GOOD}\n{GOOD}", "Ligne 3, colonne id : r1 figure déjà à la ligne 2"),
            (with_column("lon", "2,33"), "Ligne 3, colonne lon : « 2,33 »"),
            (with_column("lon", "181"), "Ligne 3, colonne lon"),
            (with_column("lat", "nan"), "Ligne 3, colonne lat"),
            (with_column("lat", ""), "Ligne 3, colonne lat"),
            (with_column("numero", "3b"), "Ligne 3, colonne numero : « 3b »"),
            (with_column("numero", "-3"), "Ligne 3, colonne numero"),
            (with_column("id", " "), "Ligne 3, colonne id"),
            (with_column("nom_voie", ""), "Ligne 3, colonne nom_voie"),
            (with_column("code_postal", "7101"), "Ligne 3, colonne code_postal"),
            (with_column("code_insee", "X1001"), "Ligne 3, colonne code_insee"),
            (with_column("nom_voie", "Rue de l'Évangile").encode("latin-1"), "Ligne 3 : le fichier n’est pas en UTF-8"),
            (
                gzip.compress("\n".join((COLUMNS, *MANY)).encode())[:-900],
                "le fichier .gz est coupé",
            ),
            (b"\x1f\x8bnothing packed", "le fichier .gz est coupé"),
            ("x" * 200_000, "Ligne 1"),
        ],
    )
    def test_with_one_sentence_that_names_the_place_and_nothing_is_written(
        self, town: Town, content: bytes | str, said: str
    ) -> None:
        result = town.bring_file(content)

        assert said in sentence(result)
        assert number_of(Address) == number_of(Street) == 0

    def test_a_file_that_is_not_there(self, town: Town) -> None:
        assert "none.csv" in sentence(town.run(import_group, "addresses", town.folder / "none.csv"))

    def test_a_folder_in_place_of_a_file(self, town: Town) -> None:
        assert "ne peut pas être lu" in sentence(town.run(import_group, "addresses", town.folder))


class TestPlanFiles:
    def test_dots_are_written_for_the_city_and_for_each_quartier(self, town: Town, settings: Settings) -> None:
        town.bring(four())
        town.bring_rows(*(address(f"r{n}", n, "Rue Longue", n / 100, 0.5) for n in range(10, 190, 20)))

        folder = settings.data_dir / plans.FOLDER
        whole = ET.fromstring((folder / plans.CITY).read_text("utf-8"))
        alone = ET.fromstring((folder / plans.file_of("goutte-d-or")).read_text("utf-8"))

        symbols = {symbol.get("id"): symbol[0].get("d", "") for symbol in whole}
        assert {name: path.count("h0") for name, path in symbols.items()} == {
            "qA": 5, "qB": 4, "qC": 0, "qD": 0,
        }  # fmt: skip
        (streets,) = alone
        assert streets.get("id") == "qB"
        assert streets.get("viewBox") == "0 0 480 480"
        assert streets[0].get("d", "").count("h0") == 4

    def test_an_import_stands_where_no_plan_can_be_written(
        self, town: Town, settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        in_the_way = tmp_path / "file"
        in_the_way.write_text("")
        monkeypatch.setattr(plans, "FOLDER", in_the_way)

        result = town.bring(four())

        assert result.exit_code == 0
        assert "Les plans n’ont pas pu être dessinés" in plain_spaces(result.stderr)
        assert number_of(Quartier) == 4


class TestTheList:
    def test_it_shows_code_name_state_numbers_and_neighbours(self, town: Town) -> None:
        town.bring(four())
        town.bring_rows(address("r1", 1, "Rue Longue", 1.5, 0.5))

        text = plain_spaces(town.run(quartier_group, "list").stdout)

        line = next(line for line in text.splitlines() if line.startswith("B "))
        assert line.split() == ["B", "Goutte-d'Or", "/q/goutte-d-or", "pilote", "0", "1", "A,D"]
        assert town.listed()["B"] == {
            "code": "B", "slug": "goutte-d-or", "name": "Goutte-d'Or", "state": "pilot",
            "residents": 0, "homes": 0, "addresses": 1, "adjacent": ["A", "D"],
        }  # fmt: skip

    def test_it_counts_residents_and_their_different_addresses(self, town: Town, city: Any) -> None:
        town.bring(four())
        for place, home in enumerate(("one", "one", "two", None)):
            city.resident("goutte-d-or", f"voisin_{place}", address=home)

        entry = town.listed()["B"]

        assert (entry["residents"], entry["homes"]) == (4, 2)

    def test_an_empty_city_has_an_empty_list(self, town: Town) -> None:
        assert town.listed() == {}

    def test_a_pilot_is_opened_by_hand_with_a_reason(self, town: Town) -> None:
        town.bring(four())

        result = town.run(quartier_group, "open", "B", "--reason", "fête de rue")

        assert result.exit_code == 0, result.output
        assert (quartier("B").state, quartier("B").opened_reason) == ("open", "fête de rue")
        assert town.listed()["B"]["state"] == "open"

    def test_a_second_opening_and_an_unknown_code_are_refused(self, town: Town) -> None:
        town.bring(four())
        town.run(quartier_group, "open", "B")

        assert "déjà ouvert" in sentence(town.run(quartier_group, "open", "B"))
        assert "code Z" in sentence(town.run(quartier_group, "open", "Z"))
        assert quartier("B").opened_reason == "ouvert par l’administration"
