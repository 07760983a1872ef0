"""Polls in the pages: asked with the form, answered once, secret, hidden or not until the end, told when over."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.core.db import commit, db
from instance.posts import polls, service
from instance.posts.models import Poll, PollOption, PollVote, Post, PostEdit
from tests.city import PASSWORD, City, Someone
from tests.conftest import Clock
from tests.instance.posts.writing import write
from tests.support.sql import statements

OPTIONS = {"option-1": "Un bac à fleurs", "option-2": "Un range-vélos", "option-3": " ", "option-4": "Un banc"}


def ask(city: City, author: Someone, here: str, **more: Any) -> int:
    return write(city, author, here, title="Devant l’école ?", kind="poll", **(OPTIONS | {"lasts": "86400"} | more))


def vote(city: City, someone: Someone, post: int, *places: int) -> Any:
    answer = city.post(someone.browser, f"/p/{post}/voter", **{f"choix-{post}": [str(one) for one in places]})
    assert answer.status_code == 303, answer.text
    return city.get(someone.browser, f"/p/{post}").text


def totals(post: int) -> list[int]:
    rows = select(PollOption.votes).where(PollOption.post_id == post).order_by(PollOption.position)
    return list(db.session.scalars(rows))


@pytest.fixture
def home(city: City) -> tuple[str, Someone, Someone, Someone]:
    here = city.quartier("Clignancourt")
    return here, city.resident(here), city.resident(here), city.resident(here)


def test_each_neighbour_votes_once_and_is_shown_totals_but_nobodys_choice(city: City, home: Any) -> None:
    here, salma, bruno, odile = home
    post = ask(city, salma, here)

    wall = city.get(bruno.browser, f"/q/{here}").text
    assert f'action="/p/{post}/voter"' in wall
    assert 'type="radio"' in wall
    assert "Sondage" in wall
    page = vote(city, bruno, post, 1)
    assert "Votre voix est comptée." in page
    assert "votre choix" in page
    assert f'action="/p/{post}/voter"' not in page
    assert "Vous avez déjà voté." in vote(city, bruno, post, 2)
    seen = vote(city, odile, post, 1)

    assert totals(post) == [0, 2, 0]
    assert "2 voix, 100" in seen
    assert bruno.handle not in seen
    assert "2 personnes ont voté" in city.get(salma.browser, f"/p/{post}").text
    assert "Vous posez la question" in vote(city, salma, post, 0)
    assert totals(post) == [0, 2, 0]


def test_what_cannot_be_counted_is_refused_with_a_sentence(city: City, home: Any) -> None:
    here, salma, bruno, odile = home
    single, many = ask(city, salma, here), ask(city, salma, here, multiple="1")

    assert "Choisissez une réponse." in vote(city, bruno, single)
    assert "Choisissez une seule réponse." in vote(city, bruno, single, 0, 1)
    assert "pas proposée" in vote(city, bruno, single, 7)
    assert "Votre voix est comptée." in vote(city, odile, many, 0, 2)

    assert (totals(single), totals(many)) == ([0, 0, 0], [1, 0, 1])
    assert db.session.get_one(Poll, many).voters == 1
    there = city.quartier("Goutte d’Or")
    karim = city.resident(there)
    assert city.post(karim.browser, f"/p/{single}/voter", **{f"choix-{single}": "0"}).status_code == 404
    city.move_away(bruno)
    city.settle(bruno, there)
    assert city.post(bruno.browser, f"/p/{single}/voter", **{f"choix-{single}": "0"}).status_code == 404


def test_whose_proof_ran_out_reads_the_poll_and_is_told_why_no_vote_counts(city: City, home: Any, clock: Clock) -> None:
    here, _salma, bruno, _odile = home
    clock.forward(days=690)
    post = ask(city, city.resident(here), here, lasts=str(30 * 86400))
    clock.forward(days=11)
    city.log_in(bruno)
    assert city.get(bruno.browser, f"/p/{post}").status_code == 200

    refused = city.post(bruno.browser, f"/p/{post}/voter", **{f"choix-{post}": "0"})

    assert refused.status_code == 403
    assert "votre preuve a pris fin" in refused.text
    assert totals(post) == [0, 0, 0]
    assert polls.voters(post) == []


def test_hidden_totals_are_shown_at_the_end_and_its_end_is_told(city: City, home: Any, clock: Clock) -> None:
    here, salma, bruno, odile = home
    post = ask(city, salma, here, hides="1")
    page = vote(city, bruno, post, 0)
    assert "Les résultats se montrent à la clôture." in page
    for reader in (page, city.get(salma.browser, f"/p/{post}").text):
        assert "1 voix" not in reader

    clock.forward(days=1, minutes=1)
    assert "Ce sondage est clos." in vote(city, odile, post, 1)  # also before the worker came by
    city.work()

    page = city.get(odile.browser, f"/p/{post}").text
    assert "1 voix, 100" in page
    assert "Sondage clos" in page
    assert db.session.get_one(Post, post).state == "closed"
    for told in (salma, bruno):
        notices = city.get(told.browser, "/avis").text.replace("\xa0", " ").replace("\u202f", " ")
        assert "Un sondage est clos : Devant l’école ?" in notices
    assert "Un sondage est clos" not in city.get(odile.browser, "/avis").text


def test_the_form_keeps_what_was_typed_and_says_what_is_missing(city: City, home: Any) -> None:
    here, salma, *_others = home
    typed = {"title": "Quel jour ?", "kind": "poll", "scope": "quartier", "act": "send", "confirmed": "1"}

    few = city.post(salma.browser, f"/q/{here}/ecrire", **typed, **{"option-2": "Samedi"}, lasts="3600")
    same = city.post(salma.browser, f"/q/{here}/ecrire", **typed, **{"option-1": "Samedi", "option-2": "samedi"})
    long = city.post(salma.browser, f"/q/{here}/ecrire", **typed, **{"option-1": "Oui", "option-3": "x" * 51})

    assert (few.status_code, same.status_code, long.status_code) == (422, 422, 422)
    assert "Proposez au moins deux choix." in few.text
    assert 'value="Samedi"' in few.text
    assert '<option value="3600" selected>' in few.text
    assert "Deux choix sont les mêmes." in same.text
    assert 'id="option-3-error"' in long.text
    draft = city.get(salma.browser, "/brouillons").text.split("brouillon=")[1].split('"')[0]
    assert 'value="x' in city.get(salma.browser, f"/q/{here}/ecrire?brouillon={draft}").text


def test_an_edit_leaves_the_votes_and_a_deletion_leaves_nothing(city: City, home: Any) -> None:
    here, salma, bruno, _odile = home
    post = ask(city, salma, here)
    vote(city, bruno, post, 2)

    changed = city.post(salma.browser, f"/p/{post}/modifier", title="Devant la mairie ?", text="Dites.")
    assert changed.status_code == 303
    assert totals(post) == [0, 0, 1]
    assert db.session.scalars(select(PostEdit.title)).one() == "Devant l’école ?"
    with commit():
        service.wipe(db.session.get_one(Post, post))

    for table in (Poll, PollOption, PollVote):
        assert db.session.scalars(select(table)).all() == []


def test_who_closes_their_account_takes_their_vote_along_but_not_the_number(city: City, home: Any) -> None:
    here, salma, bruno, _odile = home
    post = ask(city, salma, here)
    vote(city, bruno, post, 2)
    assert "Un banc" in city.get(bruno.browser, "/mes-donnees").text

    closed = city.post(bruno.browser, "/mes-donnees/supprimer", password=PASSWORD)
    city.work()

    assert closed.status_code in {200, 303}
    assert polls.voters(post) == []
    assert totals(post) == [0, 0, 1]


def test_a_wall_of_polls_costs_the_same_statements_as_one_poll(city: City, home: Any) -> None:
    here, salma, bruno, _odile = home
    counts = []
    for number in (1, 8):
        for _ in range(number):
            ask(city, salma, here)
        with statements() as found:
            assert city.get(bruno.browser, f"/q/{here}").status_code == 200
        counts.append(len(found))

    assert counts[0] == counts[1]
