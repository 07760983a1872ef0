"""Log-in: who gets in, who does not, and what a stranger can learn from it."""

from __future__ import annotations


def test_a_neighbour_logs_in_with_the_handle(city):
    salma = city.visitor("salma")

    answer = city.post(city.browser(), "/connexion", login="@Salma", password="la cour de la rue Letort")

    assert salma.handle == "salma"
    assert answer.status_code == 303
    assert answer.location == "/"
