"""French spaces: put where they belong, nowhere else, once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance.core.typography import NARROW, WIDE, french

SENTENCES = [
    ("Qui pourra lire ?", "Qui pourra lire_?"),
    ("Il regarde ; il ne garde rien !", "Il regarde_; il ne garde rien_!"),
    ("Vont pouvoir lire : les voisins", "Vont pouvoir lire~: les voisins"),
    ("En réponse à « %(title)s »", "En réponse à «~%(title)s~»"),
    ("il y a %(num)d h", "il y a %(num)d~h"),
    ("hier, 19 h 40", "hier, 19~h~40"),
    ("au plus %(size)s Mo", "au plus %(size)s~Mo"),
    ("%(num)d habitants vérifiés", "%(num)d~habitants vérifiés"),
    ("les 23 111 adresses", "les 23_111 adresses"),
    ("le 01 99 00 12 34", "le 01~99~00~12~34"),
    ("10 % des voisins, 5 %(unit)s", "10~% des voisins, 5 %(unit)s"),
    ("Écrivez <b>« oui »</b> :", "Écrivez <b>«~oui~»</b>~:"),
    ("ouvert à 10:30, fermé à 9 heures", "ouvert à 10:30, fermé à 9~heures"),
    ("voir https://voisins.example/a?b ; c", "voir https://voisins.example/a?b_; c"),
    ('<a href="/x ?y=1 :">Ici !</a>', '<a href="/x ?y=1 :">Ici_!</a>'),
    ("Bonjour %(name)s, votre mot", "Bonjour %(name)s, votre mot"),
    ("3 hivers et 2 marchés", "3 hivers et 2 marchés"),
]


@pytest.mark.parametrize(("typed", "wanted"), SENTENCES)
def test_spaces_stand_where_french_wants_them(typed: str, wanted: str) -> None:
    assert french(typed).replace(NARROW, "_").replace(WIDE, "~") == wanted


@given(st.text(alphabet=f"ab19 :;?!«»<>/%()sdhM{NARROW}{WIDE}", max_size=40))
def test_only_spaces_change_and_none_comes_or_goes(text: str) -> None:
    def plain(words: str) -> str:
        return words.replace(NARROW, " ").replace(WIDE, " ")

    assert plain(french(text)) == plain(text)
    assert french(french(text)) == french(text)
