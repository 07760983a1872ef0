"""The address window: six lines of 38 capitals, as the sorting machines of the post want them (NF Z10-011)."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance.core.errors import Invalid
from instance.verification import postal

RAMEY = postal.Place(30, "", "Rue Ramey", "RUE RAMEY", "75018", "PARIS", "Paris 18e Arrondissement")
NO_PUNCTUATION = re.compile(r"[A-Z0-9]+( [A-Z0-9]+)*")


@pytest.fixture(scope="module")
def streets(shared: Path) -> list[tuple[str, str]]:
    """Street names of Paris with the postal form that the town gives them."""
    with (shared / "data" / "voies-afnor.csv").open(encoding="utf-8", newline="") as file:
        return [(row["nom_voie"], row["nom_afnor"]) for row in csv.DictReader(file, delimiter=";")]


def last_word(name: str) -> str:
    """The word by which a street is known, in capitals."""
    return postal.street(re.split(r"[ '’-]", name)[-1])


class TestWholeAddress:
    def test_name_complement_street_and_town_stand_in_this_order(self) -> None:
        assert postal.lines("Salma", "Benali", RAMEY, "Appt 12 3e étage, Bâtiment B") == [
            "SALMA BENALI",
            "APPT 12 3E ETAGE",
            "BATIMENT B",
            "30 RUE RAMEY",
            "75018 PARIS",
        ]

    def test_without_complement_there_is_no_blank_line(self) -> None:
        assert postal.lines("Yann", "Le Goff", RAMEY) == ["YANN LE GOFF", "30 RUE RAMEY", "75018 PARIS"]

    @given(
        first=st.text(max_size=60),
        last=st.text(max_size=60),
        complement=st.text(max_size=90),
        place=st.builds(
            postal.Place,
            number=st.integers(0, 99_999),
            rep=st.from_regex(r"[a-z0-9]{0,12}", fullmatch=True),
            street=st.text(min_size=1, max_size=200),
            afnor=st.text(max_size=40),
            postcode=st.from_regex(r"[0-9]{5}", fullmatch=True),
            town=st.text(max_size=60),
            commune=st.text(min_size=1, max_size=200),
        ),
    )
    def test_whatever_is_given_six_lines_of_38_plain_capitals_or_a_refusal(
        self, first: str, last: str, complement: str, place: postal.Place
    ) -> None:
        try:
            lines = postal.lines(first, last, place, complement)
        except Invalid as refusal:
            assert refusal.code in {"name.script", "complement.script", "complement.long"}
            return

        assert len(lines) <= postal.LINES
        assert all(len(line) <= postal.SIGNS and NO_PUNCTUATION.fullmatch(line) for line in lines)


class TestName:
    @pytest.mark.parametrize(
        ("first", "last", "line"),
        [
            ("Zoé", "Lœuillet", "ZOE LOEUILLET"),
            ("Jean-Noël", "d’Ormesson", "JEAN NOEL D ORMESSON"),
            ("Łukasz", "Żółć", "LUKASZ ZOLC"),
            ("Nguyễn Thị", "Đặng", "NGUYEN THI DANG"),
            ("Søren", "Strauß", "SOREN STRAUSS"),
            ("Iʼmani", "Yıldırım", "I MANI YILDIRIM"),
            ("E\u0301lise", "Ça", "ELISE CA"),
        ],
    )
    def test_latin_letters_of_any_country_become_plain_capitals(self, first: str, last: str, line: str) -> None:
        assert postal.recipient(first, last) == line

    @pytest.mark.parametrize(
        ("first", "last", "line"),
        [
            ("Maximilienne Joséphine", "de la Rochefoucauld", "MAXIMILIENNE J DE LA ROCHEFOUCAULD"),
            ("Marie-Antoinette Joséphine", "de la Rochefoucault", "MARIE ANTOINETTE J DE LA ROCHEFOUCAULT"),
            ("Marie-Antoinette Joséphine", "de la Rochefoucauldy", "MARIE A J DE LA ROCHEFOUCAULDY"),
            (
                "Bartholomé-Archambault",
                "de la Tour d’Auvergne Lauraguais",
                "B A DE LA TOUR D AUVERGNE LAURAGUAIS",
            ),
            ("Anne Marie", "Wickramasinghe Arachchilage Fernando", "A WICKRAMASINGHE ARACHCHILAGE FERNANDO"),
            ("Anne", "Rajapaksha Pathirannehelage Gunawardena", "RAJAPAKSHA PATHIRANNEHELAGE GUNAWARDEN"),
        ],
    )
    def test_a_long_name_loses_first_names_before_a_sign_of_the_family_name(
        self, first: str, last: str, line: str
    ) -> None:
        assert postal.recipient(first, last) == line

    @given(
        st.lists(st.from_regex(r"[A-Z]{1,12}", fullmatch=True), min_size=1, max_size=5),
        st.from_regex(r"[A-Z]{1,38}", fullmatch=True),
    )
    def test_the_family_name_is_whole_while_it_fits_on_a_line(self, firsts: list[str], last: str) -> None:
        assert f" {postal.recipient(' '.join(firsts), last)}".endswith(f" {last}")

    @pytest.mark.parametrize(("first", "last"), [("Рашид", "Benali"), ("Yuki", "田中"), ("Anne", "’-")])
    def test_a_name_that_the_postman_cannot_read_is_refused_with_what_to_do(self, first: str, last: str) -> None:
        with pytest.raises(Invalid, match="lettres latines") as refusal:
            postal.recipient(first, last)

        assert refusal.value.code == "name.script"


class TestComplement:
    @pytest.mark.parametrize(
        ("typed", "lines"),
        [
            ("", []),
            (" , \n", []),
            ("Bât. B", ["BAT B"]),
            ("Appt 12, bâtiment B", ["APPT 12", "BATIMENT B"]),
            ("Appt 12\r\nchez Mme Durand", ["APPT 12", "CHEZ MME DURAND"]),
            ("Appt 12, 3e étage, escalier C", ["APPT 12 3E ETAGE ESCALIER C"]),
            (
                "Résidence des Amandiers escalier C troisième étage porte gauche",
                ["RESIDENCE DES AMANDIERS ESCALIER C", "TROISIEME ETAGE PORTE GAUCHE"],
            ),
        ],
    )
    def test_it_takes_two_lines_at_most(self, typed: str, lines: list[str]) -> None:
        assert postal.complement_lines(typed) == lines

    @pytest.mark.parametrize("typed", ["étage " * 14, "x" * 39])
    def test_more_is_refused_and_nothing_of_it_is_lost_in_silence(self, typed: str) -> None:
        with pytest.raises(Invalid) as refusal:
            postal.complement_lines(typed)

        assert (refusal.value.code, refusal.value.field) == ("complement.long", "complement")


class TestStreet:
    @pytest.mark.parametrize(
        ("number", "rep", "line"),
        [
            (40, "b", "40 BIS RUE RAMEY"),
            (40, "t", "40 TER RUE RAMEY"),
            (40, "q", "40 QUATER RUE RAMEY"),
            (40, "v", "40 V RUE RAMEY"),
            (40, "z", "40 Z RUE RAMEY"),
            (40, "p1", "40 P1 RUE RAMEY"),
            (40, "bv", "40 BV RUE RAMEY"),
            (40, "", "40 RUE RAMEY"),
            (0, "", "RUE RAMEY"),
        ],
    )
    def test_number_and_repetition_stand_before_the_street(self, number: int, rep: str, line: str) -> None:
        place = replace(RAMEY, number=number, rep=rep)

        assert postal.lines("Salma", "Benali", place)[1] == line

    def test_where_the_word_does_not_fit_bis_is_one_letter_and_the_street_stays(self) -> None:
        afnor = "AV DE LA PORTE DES POISSONNIERS"

        assert postal.house_line(40, "b", "Avenue de la Porte des Poissonniers", afnor) == f"40 BIS {afnor}"
        assert postal.house_line(140, "b", "Avenue de la Porte des Poissonniers", afnor) == f"140 B {afnor}"

    def test_a_long_number_shortens_the_street_further(self) -> None:
        line = postal.house_line(1234, "p12", "Avenue de la Porte des Poissonniers")

        assert line.startswith("1234 P12 AV ")
        assert line.endswith("POISSONNIERS")
        assert len(line) <= 38

    def test_a_name_that_fits_is_not_abbreviated_even_where_the_file_does(self) -> None:
        assert postal.street("Avenue de la Porte d’Asnières", "AV PTE ASNIERES") == ("AVENUE DE LA PORTE D ASNIERES")

    def test_a_short_form_that_is_too_long_itself_is_not_used(self) -> None:
        name = "Avenue de la Porte du Pré Saint-Gervais"

        assert postal.street(name, name.upper()) == "AV DE LA PTE DU PRE ST GERVAIS"

    def test_every_street_of_the_file_is_written_as_the_town_writes_it(self, streets: list[tuple[str, str]]) -> None:
        """One has two spaces in a row, which no postal line may have."""
        strange = [(name, afnor) for name, afnor in streets if postal.street(name, afnor) != afnor]

        assert len(streets) == 687
        assert strange == [("Quai de la Corse - Pasquale Paoli", "QUAI DE LA CORSE  PASQUALE PAOLI")]
        assert postal.street(*strange[0]) == "QUAI DE LA CORSE PASQUALE PAOLI"

    def test_a_name_of_32_signs_needs_no_short_form_from_the_file(self, streets: list[tuple[str, str]]) -> None:
        short = [(name, afnor) for name, afnor in streets if len(name) <= 32]

        assert len(short) == 600
        assert [name for name, afnor in short if postal.street(name) != afnor] == []

    def test_our_own_short_forms_fit_and_keep_the_last_word(self, streets: list[tuple[str, str]]) -> None:
        """More than half are the town's own; all keep the word by which the street is known."""
        long = [(name, afnor, postal.street(name)) for name, afnor in streets if len(name) > 32]

        assert [ours for _, _, ours in long if len(ours) > 32 or not NO_PUNCTUATION.fullmatch(ours)] == []
        assert [ours for name, _, ours in long if ours.split()[-1] != last_word(name)] == []
        assert sum(ours == afnor for _, afnor, ours in long) > len(long) / 2


class TestTown:
    @pytest.mark.parametrize(
        ("postcode", "town", "commune", "line"),
        [
            ("75018", "PARIS", "Paris 18e Arrondissement", "75018 PARIS"),
            ("75018", "", "Paris 18e Arrondissement", "75018 PARIS"),
            ("75116", "", "Paris 16e Arrondissement", "75116 PARIS"),
            ("69001", "", "Lyon 1er Arrondissement", "69001 LYON"),
            ("93400", "", "Saint-Ouen-sur-Seine", "93400 SAINT OUEN SUR SEINE"),
            ("94240", "", "L’Haÿ-les-Roses", "94240 L HAY LES ROSES"),
            ("50000", "", "Saint-Lô", "50000 SAINT LO"),
        ],
    )
    def test_it_is_in_capitals_and_without_arrondissement(
        self, postcode: str, town: str, commune: str, line: str
    ) -> None:
        place = replace(RAMEY, postcode=postcode, town=town, commune=commune)

        assert postal.lines("Salma", "Benali", place)[-1] == line

    def test_the_longest_commune_of_france_fits(self) -> None:
        line = postal.town_line("51290", "", "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson")

        assert line.startswith("51290 ST ")
        assert len(line) <= 38
