"""Search: French words found whatever their form, in what the reader may read, the same on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from instance.core.db import commit, db
from instance.posts import search, words
from instance.posts.models import Post, PostWords
from tests.city import City
from tests.instance.posts.writing import answer, write
from tests.support.sql import scans, statements

POSTS = {
    "ecole": ("Réunion à l’école de la rue Ferdinand-Flocon", "Les élèves préparent la fête du quartier."),
    "oeuvre": ("Une œuvre sur le mur", "Cœurs peints par les enfants, chevaux compris."),
    "velos": ("Deux vélos à prêter", "Un cadenas aujourd’hui, rendez-vous à l’hôpital."),
    "porte": ("Porte-monnaie perdu", "Rue Letort, près du marché. 100 euros de récompense."),
    "fete": ("Fête des voisins", "Gâteaux, journaux, choux : chacun apporte. #FêteDesVoisins"),
}
# What is typed, and which of the posts it finds, newest first.
ASKED = (
    ("ecole", ["ecole"]), ("Écoles", ["ecole"]), ("l'école", ["ecole"]), ("oeuvres", ["oeuvre"]), ("œuvre", ["oeuvre"]),
    ("coeur", ["oeuvre"]), ("cheval", ["oeuvre"]), ("vélo", ["velos"]), ("velos pretes", ["velos"]),
    ("aujourd'hui", ["velos"]), ("rendez vous", ["velos"]), ("hopitaux", ["velos"]), ("porte monnaie", ["porte"]),
    ("porte-monnaie", ["porte"]), ("rue", ["porte", "ecole"]), ("« rue Letort »", ["porte"]), ('"letort rue"', []),
    ("letort rue", ["porte"]), ("gateau chou", ["fete"]), ("fete", ["fete", "ecole"]), ("preparer", ["ecole"]),
    ("recomp", ["porte"]), ("quartier AND mur", []), ("mur*", ["oeuvre"]), ("NOT mur", []), ("100", ["porte"]),
    ("fetedesvoisins", ["fete"]), ("'; --", []), ("", []), ("un -deux", ["velos"]),
)  # fmt: skip


@pytest.fixture
def wall(city: City) -> Any:
    """A quartier with the posts above, and who wrote them."""
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    ids = {key: write(city, salma, here, title=title, text=text) for key, (title, text) in POSTS.items()}
    return city, here, salma, ids


def test_words_are_found_without_accents_in_any_form_and_never_as_operators(wall: Any) -> None:
    _city, _here, salma, ids = wall
    keys = {post_id: key for key, post_id in ids.items()}

    found = {text: [keys[one] for one in search.find(salma.actor_id, text)] for text, _expected in ASKED}

    assert found == dict(ASKED)


def test_only_what_the_reader_may_read_now_is_found(wall: Any) -> None:
    city, here, salma, ids = wall
    there = city.quartier("Goutte d’Or")
    karim, bruno, odile = city.resident(there), city.resident(here), city.resident(here)
    public = write(city, salma, here, title="École ouverte à tous", scope="public", everywhere="1")
    city.post(odile.browser, f"/u/{salma.handle}/bloquer")

    assert search.find(bruno.actor_id, "école") == [public, ids["ecole"]]
    assert search.find(karim.actor_id, "école") == search.find(None, "école") == [public]
    assert search.find(odile.actor_id, "école") == []
    assert search.find(bruno.actor_id, "école", author=karim.actor_id) == []
    assert search.find(bruno.actor_id, "école", author=salma.actor_id, before=public) == [ids["ecole"]]
    city.move_away(bruno)
    assert search.find(bruno.actor_id, "école") == [public]


def test_an_edit_changes_what_is_found_and_a_deletion_leaves_no_word(wall: Any) -> None:
    city, _here, salma, ids = wall
    changed = city.post(salma.browser, f"/p/{ids['velos']}/modifier", title="Deux trottinettes", text="À prêter.")
    assert changed.status_code == 303
    assert city.post(salma.browser, f"/p/{ids['porte']}/supprimer").status_code == 303

    assert search.find(salma.actor_id, "vélo") == []
    assert search.find(salma.actor_id, "trottinette") == [ids["velos"]]
    assert search.find(salma.actor_id, "porte-monnaie") == []
    assert db.session.get(PostWords, ids["porte"]) is None


def test_posts_from_before_are_indexed_by_a_task_in_batches(wall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    city, _here, salma, ids = wall
    with commit():
        for post_id in ids.values():
            search.forget(post_id)
    assert search.find(salma.actor_id, "école") == []

    monkeypatch.setattr(search, "BATCH", 2)
    search.index_missing({})
    city.work()

    assert search.find(salma.actor_id, "école") == [ids["ecole"]]
    assert db.session.scalar(select(func.count()).select_from(PostWords)) == len(POSTS)


def test_no_statement_of_a_search_reads_a_whole_table_and_their_number_is_constant(wall: Any) -> None:
    city, _here, salma, ids = wall
    counts = []
    for _ in range(2):
        with statements() as found:
            assert search.find(salma.actor_id, "rue école")
        counts.append(len(found))
        for _ in range(10):
            answer(city, salma, ids["ecole"], "La rue de l’école, encore.")

    assert counts == [2, 2]  # the second: whether more than these were to be asked about
    whole = [line for statement, values in found for line in scans(statement, values)]
    assert [line for line in whole if "VIRTUAL TABLE INDEX" not in line and "hits" not in line] == []


def test_long_and_foreign_words_are_kept_in_signs_that_no_engine_splits(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    post = write(city, salma, here, title="Привет соседям", text="日本語 " + "très " * 900)

    assert search.find(salma.actor_id, "привет") == search.find(salma.actor_id, "日本") == [post]
    assert len(words.of("un " * 10_000).split()) == words.WORDS_MAX
    assert db.session.get_one(Post, post).text
