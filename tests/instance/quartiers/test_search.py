"""Finding an address while typing, and `quartier where`: the same words, the same answers."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event, insert, text

from instance.core.db import commit, db
from instance.quartiers import search
from instance.quartiers.commands import where
from instance.quartiers.models import Address, Street, StreetWord
from tests.instance.quartiers.places import Town, address, collection, corners, feature, plain_spaces

PARIS_18 = {"postcode": "75018", "insee": "75118", "commune": "Paris 18e Arrondissement"}
PARIS_19 = {"postcode": "75019", "insee": "75119", "commune": "Paris 19e Arrondissement"}
ROWS = (
    *(address(f"ramey-{n}", n, "Rue Ramey", 0.5, 0.5, **PARIS_18) for n in (1, 2, 3, 28, 30, 32, 69)),
    address("ramey-28-p1", 28, "28P1 Rue Ramey", 0.5, 0.5, rep="p1", **PARIS_18),
    address("passage-ramey-1", 1, "Passage Ramey", 0.5, 0.5, **PARIS_18),
    *(address(f"barbes-{n}", n, "Boulevard Barbès", 0.5, 0.5, **PARIS_18) for n in (24, 26, 28)),
    address("barbes-26-v", 26, "Boulevard Barbès", 0.5, 0.5, rep="v", **PARIS_18),
    *(address(f"myrha-40-{r}", 40, "Rue Myrha", 1.5, 0.5, rep=r, **PARIS_18) for r in ("", "b", "t")),
    address("myrha-42", 42, "Rue Myrha", 1.5, 0.5, **PARIS_18),
    *(address(f"or-{n}", n, "Rue de la Goutte d'Or", 1.5, 0.5, **PARIS_18) for n in (5, 7)),
    address("denis-12", 12, "Rue du Faubourg Saint-Denis", 0.5, 0.5, **PARIS_18),
    address("ourcq-12", 12, "Rue de l'Ourcq", 2.5, 0.5, **PARIS_19),
    *(address(f"jaures-{n}", n, "Avenue Jean Jaurès", 2.5, 0.5, **PARIS_19) for n in (25, 27)),
    address("mai-10", 10, "Rue du Huit Mai 1945", 2.5, 0.5, **PARIS_19),
    address("flandre-2", 2, "Rue de Flandre", 9, 9, **PARIS_19),
    address("calmels-0", 0, "Impasse Calmels", 0.5, 0.5, rep="s", **PARIS_18),
    address("hugo-9", 9, "Rue Victor Hugo", 0.5, 0.5, **PARIS_18),
    address("hugo-1", 1, "Avenue Victor Hugo", 0.5, 0.5, **PARIS_18),
    address("chapelle-1", 1, "Rue de la Chapelle", 0.5, 0.5, **PARIS_18),
    address("chapelle-place-1", 1, "Place de la Chapelle", 0.5, 0.5, **PARIS_18),
    address("marche-1", 1, "Rue du Marché de la Chapelle", 0.5, 0.5, **PARIS_18),
)


@pytest.fixture
def streets(town: Town) -> Town:
    """Three quartiers and a few streets of theirs."""
    town.bring(
        collection(
            feature("7511802", "Clignancourt", corners(0, 0), "75118"),
            feature("7511803", "Goutte-d'Or", corners(1, 0), "75118"),
            feature("7511903", "Amérique", corners(2, 0), "75119"),
        )
    )
    assert town.bring_rows(*ROWS).exit_code == 0
    return town


def first(text: str) -> str:
    """The best suggestion, marked with ~ where it isn't exactly what was typed."""
    hits = search.suggest(text)
    db.session.rollback()
    return ("" if hits[0].exact else "~ ") + hits[0].label if hits else ""


def labels(text: str) -> list[str]:
    return [hit.label.partition(",")[0] for hit in search.suggest(text)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("26 bd barbes paris 18", "26 Boulevard Barbès, 75018 Paris"),
        ("26, Boulevard BARBÈS 75018 Paris", "26 Boulevard Barbès, 75018 Paris"),
        ("26 barbes", "26 Boulevard Barbès, 75018 Paris"),
        ("40 bis rue myrha", "40 bis Rue Myrha, 75018 Paris"),
        ("40b r myrha", "40 bis Rue Myrha, 75018 Paris"),
        ("40 ter rue myrha", "40 ter Rue Myrha, 75018 Paris"),
        ("40 rue myrha", "40 Rue Myrha, 75018 Paris"),
        ("28p1 rue ramey", "28 P1 Rue Ramey, 75018 Paris"),
        ("30 rue ramey", "30 Rue Ramey, 75018 Paris"),
        ("5 rue de la goutte d'or", "5 Rue de la Goutte d'Or, 75018 Paris"),
        ("5 goutte or", "5 Rue de la Goutte d'Or, 75018 Paris"),
        ("12 r du fbg st denis 18e", "12 Rue du Faubourg Saint-Denis, 75018 Paris"),
        ("12 rue de l’ourcq 19", "12 Rue de l'Ourcq, 75019 Paris"),
        ("25 av jaures", "25 Avenue Jean Jaurès, 75019 Paris"),
        ("10 rue du 8 mai 1945", "10 Rue du Huit Mai 1945, 75019 Paris"),
        ("1 rue de la chapelle", "1 Rue de la Chapelle, 75018 Paris"),
        ("1 place de la chapelle", "1 Place de la Chapelle, 75018 Paris"),
        ("9 rue victor hugo", "9 Rue Victor Hugo, 75018 Paris"),
    ],
)
def test_an_address_is_found_however_it_is_written(streets: Town, typed: str, found: str) -> None:
    assert first(typed) == found


def test_it_is_found_letter_by_letter_while_being_typed(streets: Town) -> None:
    whole = "30 Rue Ramey, 75018 Paris"

    for end in range(len("30 Rue Ra"), len(whole) + 1):
        assert first(whole[:end]).removeprefix("~ ") == whole, whole[:end]


@pytest.mark.parametrize("typed", ["", "3", "30 ", "rue", "30 rue", "bd", "  ", "'", "rue zzzz", "paris", "zz" * 300])
def test_what_names_no_street_finds_nothing(streets: Town, typed: str) -> None:
    assert search.suggest(typed) == []


def test_a_street_without_number_offers_the_numbers_it_has(streets: Town) -> None:
    assert labels("rue myrha") == ["40 Rue Myrha", "40 bis Rue Myrha", "40 ter Rue Myrha", "42 Rue Myrha"]
    assert first("rue myrha") == "~ 40 Rue Myrha, 75018 Paris"


def test_several_streets_share_the_list(streets: Town) -> None:
    assert labels("ramey") == [
        "1 Rue Ramey", "2 Rue Ramey", "3 Rue Ramey", "28 Rue Ramey", "1 Passage Ramey",
    ]  # fmt: skip


def test_a_number_that_does_not_exist_gives_its_nearest_ones(streets: Town) -> None:
    assert labels("29 rue ramey")[:3] == ["28 Rue Ramey", "30 Rue Ramey", "28 P1 Rue Ramey"]
    assert labels("4000 rue ramey")[0] == "69 Rue Ramey"
    assert not any(hit.exact for hit in search.suggest("29 rue ramey"))


def test_a_repetition_that_does_not_exist_gives_the_number(streets: Town) -> None:
    assert first("26 bis bd barbes") == "~ 26 Boulevard Barbès, 75018 Paris"


def test_a_town_s_technical_numbers_come_last(streets: Town) -> None:
    assert labels("26 bd barbes") == ["26 Boulevard Barbès", "26 V Boulevard Barbès"]


def test_the_nearest_number_of_the_street_comes_before_the_number_in_another_one(streets: Town) -> None:
    assert labels("1 rue victor hugo") == ["9 Rue Victor Hugo", "1 Avenue Victor Hugo"]
    assert not any(hit.exact for hit in search.suggest("1 rue victor hugo"))


def test_another_kind_of_street_or_arrondissement_is_offered_not_meant(streets: Town) -> None:
    assert first("26 rue barbes") == "~ 26 Boulevard Barbès, 75018 Paris"
    assert first("26 bd barbes 75019") == "~ 26 Boulevard Barbès, 75018 Paris"
    assert first("26 bd barbes paris 19e") == "~ 26 Boulevard Barbès, 75018 Paris"


@pytest.mark.parametrize("typed", ["30 rue rammey", "30 rue rmaey", "30 rue ramet", "30 rue rmey", "30 rue ranney"])
def test_a_slip_of_the_finger_is_forgiven_two_are_not(streets: Town, typed: str) -> None:
    assert first(typed) == ("" if typed.endswith("ranney") else "~ 30 Rue Ramey, 75018 Paris")


def test_an_address_outside_all_quartiers_is_found_and_says_so(streets: Town) -> None:
    (hit,) = search.suggest("2 rue de flandre")

    assert (hit.exact, hit.quartier_id, hit.code, hit.state) == (True, None, None, None)


def test_a_hit_names_its_quartier(streets: Town) -> None:
    (hit,) = search.find("40 bis rue myrha")

    assert (hit.code, hit.name, hit.slug, hit.state) == ("7511803", "Goutte-d'Or", "goutte-d-or", "pilot")
    assert search.by_id(hit.address_id) == hit


def test_an_address_that_is_gone_is_nothing(streets: Town) -> None:
    assert search.by_id(10**9) is None


def test_signs_of_sql_are_letters_like_any_other(streets: Town) -> None:
    for typed in ("30 rue ramey%", "30 rue ram_y'; DROP TABLE address; --", "30 rue \\ramey\x00"):
        search.suggest(typed)
    assert first("30 rue ramey") == "30 Rue Ramey, 75018 Paris"


class TestWhere:
    def test_it_prints_the_address_with_its_quartier_or_hors_zone(self, streets: Town) -> None:
        said = [plain_spaces(streets.run(where, typed).stdout) for typed in ("26 bd barbes", "2 rue de flandre")]

        assert said == [
            "26 Boulevard Barbès, 75018 Paris : 7511802 Clignancourt\n",
            "2 Rue de Flandre, 75019 Paris : hors zone\n",
        ]

    def test_its_json_is_for_scripts(self, streets: Town) -> None:
        inside, outside = streets.where("40 ter rue myrha") + streets.where("2 rue de flandre")

        assert inside == {
            "label": "40 ter Rue Myrha, 75018 Paris", "id": "myrha-40-t", "quartier": "7511803",
            "slug": "goutte-d-or", "state": "pilot", "lon": 5.015, "lat": 46.005, "exact": True,
        }  # fmt: skip
        assert (outside["quartier"], outside["slug"], outside["state"]) == (None, None, None)

    def test_without_an_exact_address_it_lists_the_nearest_ones(self, streets: Town) -> None:
        assert [hit["exact"] for hit in streets.where("29 rue ramey")] == [False] * 8

    def test_an_address_that_nobody_knows_is_one_sentence(self, streets: Town) -> None:
        result = streets.run(where, "3 rue de nulle part")

        assert result.exit_code == 1
        assert plain_spaces(result.stderr).count("\n") == 1
        assert "« 3 rue de nulle part »" in plain_spaces(result.stderr)
        assert streets.where("3 rue de nulle part") == []


class TestCost:
    @pytest.fixture
    def many(self, app: Flask) -> None:
        """As many streets and addresses as a large town has, of our own making."""
        names = [
            f"{kind} {start}{end}"
            for kind in ("Rue", "Avenue", "Passage", "Allée")
            for start in ("Bel", "Mar", "Tan", "Cor", "Vil", "Ran", "Pes", "Lor", "Gui", "Fal")
            for end in (f"{a}{b}" for a in ("ma", "ti", "ro", "nel", "vu") for b in ("ne", "rd", "se", "quet", "x"))
        ]
        with commit():
            db.session.execute(
                insert(Street),
                [
                    {"id": n, "name": name, "key": name.lower().replace("é", "e"), "insee": "71001",
                     "postcode": "71100", "commune": "Montrevel"}
                    for n, name in enumerate(names, 1)
                ],
            )  # fmt: skip
            db.session.execute(
                insert(StreetWord),
                [{"word": name.split()[1].lower(), "street_id": n} for n, name in enumerate(names, 1)],
            )
            db.session.execute(
                insert(Address),
                [
                    {"ban_id": f"{n}-{number}", "street_id": n, "number": number, "rep": "", "postcode": "71100",
                     "insee": "71001", "commune": "Montrevel", "lon": 5.0, "lat": 46.0}
                    for n in range(1, len(names) + 1)
                    for number in range(1, 13)
                ],
            )  # fmt: skip
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))

    @pytest.mark.parametrize(
        ("typed", "most"),
        [
            ("7 rue belmane", 2),
            ("belmane", 2),
            ("99 rue belmane", 3),
            ("7 rue b", 2),
            ("7 rue belmane montrevel", 2),
            ("7 rue bellmane", 4),
        ],
    )
    def test_a_few_statements_that_all_run_on_indexes(self, many: None, typed: str, most: int) -> None:
        statements = recorded(typed)

        assert 2 <= len(statements) <= most
        if db.engine.dialect.name == "sqlite":
            for statement, values in statements:
                with db.engine.connect() as connection:
                    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
                scans = {step[3].split()[1] for step in plan if step[3].startswith("SCAN")}
                assert not scans & {"street", "street_word", "address", "quartier"}


def recorded(typed: str) -> list[tuple[str, tuple[object, ...]]]:
    """The statements that one search runs, with their values."""
    statements: list[tuple[str, tuple[object, ...]]] = []

    def note(*held: object) -> None:
        if str(held[2]).startswith("SELECT"):
            statements.append((str(held[2]), held[3]))  # type: ignore[arg-type]

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert search.suggest(typed)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        db.session.rollback()
    return statements
