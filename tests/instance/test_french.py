"""Names of places in French sentences."""

from __future__ import annotations

import pytest

from instance.core import french
from tests.city import City

NAMES = [  # the name, after « de », after « à »
    ("Le Port au Sel", "du Port au Sel", "au Port au Sel"),
    ("le Marais", "du Marais", "au Marais"),
    ("LE PRÉ", "du PRÉ", "au PRÉ"),
    ("Les Épinettes", "des Épinettes", "aux Épinettes"),
    ("La Chapelle", "de La Chapelle", "à La Chapelle"),
    ("L’Estaque", "de L’Estaque", "à L’Estaque"),
    ("Aubervilliers", "d’Aubervilliers", "à Aubervilliers"),
    ("Épinay", "d’Épinay", "à Épinay"),
    ("Œuilly", "d’Œuilly", "à Œuilly"),
    ("Ivry", "d’Ivry", "à Ivry"),
    ("Yvetot", "d’Yvetot", "à Yvetot"),
    ("Yaoundé", "de Yaoundé", "à Yaoundé"),
    ("Onze Arpents", "de Onze Arpents", "à Onze Arpents"),
    ("Hoche", "de Hoche", "à Hoche"),
    ("Hôpital Saint-Louis", "d’Hôpital Saint-Louis", "à Hôpital Saint-Louis"),
    ("Leers", "de Leers", "à Leers"),
    ("Lescure", "de Lescure", "à Lescure"),
    ("Le", "de Le", "à Le"),
    ("11e, nord", "de 11e, nord", "à 11e, nord"),
    ("", "de ", "à "),
]


@pytest.mark.parametrize(("name", "after_of", "after_at"), NAMES)
def test_a_name_joins_the_word_before_it_as_french_wants(name: str, after_of: str, after_at: str) -> None:
    assert (french.of(name), french.at(name)) == (after_of, after_at)


def test_the_wall_of_a_quartier_is_called_as_its_neighbours_say(city: City) -> None:
    salt = city.quartier("Le Port au Sel")

    page = city.resident(salt).browser.get(f"/q/{salt}").get_data(as_text=True)

    assert "<title>Le mur du Port au Sel" in page
    assert " de Le " not in page
