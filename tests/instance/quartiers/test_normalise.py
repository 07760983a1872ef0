"""Street names, typed addresses, postal lines and slugs."""

from __future__ import annotations

import pytest

from instance.quartiers.normalise import (
    Typed,
    district_of,
    key_words,
    plain,
    postcode_fits,
    read,
    repetition,
    street_key,
    town_of,
    without_number,
)
from instance.quartiers.postal import street_line
from instance.quartiers.slugs import free_slug, slug_of


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("Rue de l'Ourcq", "rue de l ourcq"),
        ("RUE DE L’OURCQ", "rue de l ourcq"),
        ("Allée des  Sœurs-Grises ", "allee des soeurs grises"),
        ("Ædes, n° 3/4", "aedes n 3 4"),
        ("ça & là", "ca la"),
        ("", ""),
    ],
)
def test_accents_capitals_and_signs_make_no_difference(written: str, form: str) -> None:
    assert plain(written) == form


@pytest.mark.parametrize(
    "written",
    [
        "Rue du Faubourg Saint-Denis",
        "R DU FAUB ST DENIS",
        "r. du fbg st-denis",
        "RUE  DU FG SAINT DENIS",
    ],
)
def test_one_street_has_one_key(written: str) -> None:
    assert street_key(written) == "rue du faubourg saint denis"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Bd Gal Leclerc", "boulevard general leclerc"),
        ("Av. du Mal Foch", "avenue du marechal foch"),
        ("Pl Ste Marthe", "place sainte marthe"),
        ("Imp. Dr Roux", "impasse docteur roux"),
        ("Place du Bd", "place du bd"),
    ],
)
def test_abbreviations_are_written_out_where_they_stand(written: str, key: str) -> None:
    assert street_key(written) == key


def test_a_street_is_found_by_its_name_not_by_its_kind() -> None:
    assert key_words("rue de la goutte d or") == ["goutte", "or"]
    assert key_words("cour") == ["cour"]
    assert key_words("le bourg") == ["bourg"]


@pytest.mark.parametrize(
    ("text", "number", "rep", "kind", "words"),
    [
        ("40 bis rue myrha", 40, "b", "rue", ["myrha"]),
        ("40BIS, r. Myrha", 40, "b", "rue", ["myrha"]),
        ("26b bd barbes", 26, "b", "boulevard", ["barbes"]),
        ("26 b bd barbes", 26, "b", "boulevard", ["barbes"]),
        ("3 ter imp. du Puits", 3, "t", "impasse", ["puits"]),
        ("3 quater q de seine", 3, "q", "quai", ["seine"]),
        ("28P1 Rue Ramey", 28, "p1", "rue", ["ramey"]),
        ("5 s rue Ramey", 5, "s", "rue", ["ramey"]),
        ("5 r ramey", 5, "", "rue", ["ramey"]),
        ("5 r place", 5, "", "rue", ["place"]),
        ("12 l'escaut", 12, "", "", ["escaut"]),
        ("n° 7 rue Letort", 7, "", "rue", ["letort"]),
        ("No. 7 rue Letort", 7, "", "rue", ["letort"]),
        ("26-28 rue Letort", 26, "", "rue", ["letort"]),
        ("0 rue Letort", 0, "", "rue", ["letort"]),
        ("rue de la goutte d’or", None, "", "rue", ["goutte", "or"]),
        ("porte de clignancourt", None, "", "porte", ["clignancourt"]),
        ("8 rue du 1er Bataillon", 8, "", "rue", ["1er", "bataillon"]),
        ("10 place du 1er", 10, "", "place", ["1er"]),
        ("30", 30, "", "", []),
        ("", None, "", "", []),
        ("- ; ?", None, "", "", []),
    ],
)
def test_a_typed_address_is_taken_apart(text: str, number: int | None, rep: str, kind: str, words: list[str]) -> None:
    typed = read(text)

    assert (typed.number, typed.rep, typed.kind) == (number, rep, kind)
    assert [forms[0] for forms in typed.words] == words
    assert (typed.postcode, typed.district) == ("", None)


@pytest.mark.parametrize(
    ("text", "postcode", "district", "last"),
    [
        ("26 bd barbes paris 18", "", 18, "paris"),
        ("26 bd barbes paris18", "", 18, "paris"),
        ("26 bd barbes 18e", "", 18, "barbes"),
        ("26 bd barbes 18", "", 18, "barbes"),
        ("26 bd barbes Paris 18ème arrondissement", "", 18, "paris"),
        ("26 bd barbes 75018", "75018", None, "barbes"),
        ("26 bd barbes, 75018 PARIS CEDEX, France", "75018", None, "paris"),
        ("75018 bd barbes", "75018", None, "barbes"),
        ("3 rue de la Part-Dieu Lyon 1er", "", 1, "lyon"),
        ("26 bd barbes 750", "", None, "750"),
    ],
)
def test_postcode_and_arrondissement_are_told_from_the_name(
    text: str, postcode: str, district: int | None, last: str
) -> None:
    typed = read(text)

    assert (typed.postcode, typed.district) == (postcode, district)
    assert typed.words[-1][0] == last


def test_words_that_are_often_shortened_have_both_forms() -> None:
    assert read("rue st paul").words == (("st", "saint"), ("paul",))
    assert read("rue du 8 mai 1945").words == (("8", "huit"), ("mai",), ("1945",))


def test_a_very_long_text_is_cut_not_refused() -> None:
    assert read("rue " + "z" * 10_000) == Typed(None, "", "rue", (("z" * 196,),), "", None)


@pytest.mark.parametrize(("file", "form"), [("bis", "b"), ("BIS", "b"), ("b", "b"), ("T", "t"), ("p1", "p1"), ("", "")])
def test_a_repetition_has_one_form(file: str, form: str) -> None:
    assert repetition(file) == form


@pytest.mark.parametrize(
    ("name", "number", "rep", "street"),
    [
        ("100P8 Rue de Reuilly", 100, "p8", "Rue de Reuilly"),
        ("59bP4  Rue de la Chapelle", 59, "bp4", "Rue de la Chapelle"),
        ("100P8 Rue de Reuilly", 100, "", "100P8 Rue de Reuilly"),
        ("11 Novembre", 11, "", "11 Novembre"),
        (" Rue  des   Tennis ", 3, "", "Rue des Tennis"),
    ],
)
def test_a_number_repeated_in_the_street_name_goes(name: str, number: int, rep: str, street: str) -> None:
    assert without_number(name, number, rep) == street


def test_arrondissements_are_known_by_their_insee_code() -> None:
    assert [district_of(code) for code in ("75118", "69387", "13216")] == [18, 7, 16]
    assert [district_of(code) for code in ("75056", "69123", "69389", "75121", "44109", "2A004", "")] == [
        None, None, 9, None, None, None, None,
    ]  # fmt: skip


def test_75016_and_75116_are_one_arrondissement() -> None:
    assert postcode_fits("75016", "75116", "75116")
    assert postcode_fits("75116", "75016", "75116")
    assert not postcode_fits("75017", "75016", "75116")
    assert postcode_fits("69007", "69007", "69387")
    assert not postcode_fits("71100", "71200", "71002")


def test_a_town_is_called_without_its_arrondissement() -> None:
    assert town_of("Paris 18e Arrondissement") == town_of("Paris") == "Paris"
    assert town_of("Lyon 1er Arrondissement") == "Lyon"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Rue Myrha", "RUE MYRHA"),
        ("Rue de l'Évangile", "RUE DE L EVANGILE"),
        ("Rue du Professeur Florian Delbarre", "RUE DU PR FLORIAN DELBARRE"),
        ("Boulevard du Général Jean Simon Dupont", "BD DU GENERAL JEAN SIMON DUPONT"),
        ("Place Laurent Terzieff et Pascale de Boysson", "PL L TERZIEFF PASCALE BOYSSON"),
        ("Anticonstitutionnellementissimement", "ANTICONSTITUTIONNELLEMENTISSIMEM"),
    ],
)
def test_a_street_line_is_shortened_only_as_far_as_32_signs_demand(name: str, line: str) -> None:
    assert street_line(name) == line


def test_a_slug_is_the_name_without_accents_and_signs() -> None:
    assert slug_of("Goutte-d'Or") == "goutte-d-or"
    assert slug_of("Sœurs  Grises (Nord)") == "soeurs-grises-nord"
    assert slug_of("Île–Saint·Denis") == "ile-saint-denis"


def test_on_a_clash_the_commune_is_appended_then_the_code() -> None:
    taken: set[str] = set()
    slugs = []
    for _ in range(4):
        slugs.append(free_slug("Centre", "71001", "Q 7", taken.__contains__))
        taken.add(slugs[-1])

    assert slugs == ["centre", "centre-71001", "centre-71001-q-7", "centre-71001-q-7-2"]


def test_a_name_without_letters_takes_the_code() -> None:
    assert free_slug("中", "", "12", set().__contains__) == "quartier-12"
    assert free_slug("Mairie", "", "12", {"mairie"}.__contains__) == "mairie-12"
