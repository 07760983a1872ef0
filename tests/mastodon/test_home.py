"""The home timeline: whose words stand there, in which order, and what it costs."""

from __future__ import annotations

import re

import pytest

from instance.accounts import service as accounts
from instance.accounts.models import Account, Actor, Follow, Mute
from instance.core import clock
from instance.core.db import commit, db, new_id
from instance.core.paging import Window
from instance.posts.models import Boost, Post
from instance.timelines import home as lines
from tests.city import City, Someone
from tests.instance.pages.following import newsroom, place
from tests.mastodon.conftest import Program, Programs
from tests.support.sql import plan, statements

HOME = "/api/v1/timelines/home"


def say(program: Program, words: str, **more: str) -> str:
    answer = program.post("/api/v1/statuses", json={"status": words} | more)
    assert answer.status_code == 200, answer.json
    return str(answer.json["id"])


def words(program: Program, path: str = HOME) -> list[str]:
    found = program.get(path)
    assert found.status_code == 200, found.json
    return [(one["reblog"] or one)["content"].removeprefix("<p>").removesuffix("</p>") for one in found.json]


def follow(follower: Someone, followed: Someone, state: str = "accepted") -> None:
    with commit():
        db.session.add(
            Follow(follower_id=follower.actor_id, followed_id=followed.actor_id, state=state, since=clock.now())
        )


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def bruno(city: City) -> Someone:
    return city.resident(city.quartier("Montmartre"), "bruno")


def test_it_shows_the_own_quartier_newest_first_and_no_other(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    neighbour = programs.of(city.resident("clignancourt"))
    say(neighbour, "Un")
    say(programs.of(bruno), "Ailleurs")
    say(neighbour, "Deux")

    assert words(programs.of(salma)) == ["Deux", "Un"]


def test_public_words_of_followed_people_stand_there_once_the_follow_is_accepted(
    salma: Someone, bruno: Someone, programs: Programs
) -> None:
    reads = programs.of(salma)
    say(programs.of(bruno), "Pour tous", visibility="public")
    say(programs.of(bruno), "Pour Montmartre")

    follow(salma, bruno, "pending")
    assert words(reads) == []
    with commit():
        db.session.query(Follow).update({"state": "accepted"})
    assert words(reads) == ["Pour tous"]


def test_what_followed_people_pass_on_stands_there_unless_boosts_are_off(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    third = city.resident("montmartre")
    post_id = say(programs.of(third), "Un avis", visibility="public")
    follow(salma, bruno)
    with commit():
        db.session.add(Boost(actor_id=bruno.actor_id, post_id=int(post_id)))
    reads = programs.of(salma)

    shown = reads.get(HOME).json
    assert [(one["account"]["acct"], one["reblog"]["account"]["acct"]) for one in shown] == [("bruno", third.handle)]
    with commit():
        db.session.query(Follow).update({"shows_boosts": False})
    assert words(reads) == []


def test_whom_one_follows_for_some_languages_is_not_read_in_others(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    speaks, third, reads = programs.of(bruno), programs.of(city.resident("montmartre")), programs.of(salma)
    follow(salma, bruno)
    for code in ("en", "de", "fr"):
        say(speaks, f"Mot {code}", visibility="public", language=code)
        passed_on = say(third, f"Passé {code}", visibility="public", language=code)
        speaks.post(f"/api/v1/statuses/{passed_on}/reblog")
    with commit():
        db.session.query(Post).filter_by(text="Mot fr").update({"language": "fr-CH"})
        db.session.query(Post).filter_by(text="Passé fr").update({"language": "und"})
    followed = f"/api/v1/accounts/{bruno.actor_id}/follow"

    chosen = reads.post(followed, data={"languages[]": ["de", "fr-FR"]}).json

    assert chosen["languages"] == ["de", "fr"]
    expected = ["Passé fr", "Mot fr", "Passé de", "Mot de"]
    assert words(reads) == expected
    page = city.get(salma.browser, "/suivis").text
    assert "Mot de" in page and "Passé fr" in page and "Mot en" not in page and "Passé en" not in page
    shelf = reads.post("/api/v1/lists", json={"title": "Lui"}).json["id"]
    reads.post(f"/api/v1/lists/{shelf}/accounts", json={"account_ids": [str(bruno.actor_id)]})
    assert words(reads, f"/api/v1/timelines/list/{shelf}") == expected
    assert reads.post(followed, json={"languages": []}).json["languages"] is None
    assert len(words(reads)) == 6


def test_pages_that_the_quartier_reads_stand_there_and_only_in_that_quartier(city: City, programs: Programs) -> None:
    here, other = place(city, "Clignancourt"), place(city, "Montmartre")
    paper = newsroom(city, city.resident(other.slug))
    paper.says("Avant")
    here.takes(paper.path, paper.path)
    post_id = paper.says("L’école rouvre", "En mai.")

    [shown] = programs.of(here.resident).get(HOME).json
    assert (shown["id"], shown["account"]["acct"]) == (str(post_id), "enquete")
    assert programs.of(other.resident).get(HOME).json == []


def test_blocked_and_muted_people_are_not_there(city: City, salma: Someone, bruno: Someone, programs: Programs) -> None:
    muted = city.resident("clignancourt")
    say(programs.of(muted), "Bruit")
    say(programs.of(bruno), "Public", visibility="public")
    follow(salma, bruno)
    reads = programs.of(salma)
    assert words(reads) == ["Public", "Bruit"]

    with commit():
        accounts.block(bruno.actor_id, salma.actor_id)
        db.session.add(Mute(muter_id=salma.actor_id, muted_id=muted.actor_id, since=clock.now()))
    assert words(reads) == []


def test_pages_follow_each_other_by_the_link_header_both_ways(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)
    said = [say(program, f"Mot {n}") for n in range(5)]

    first = program.get(f"{HOME}?limit=2")
    assert [one["id"] for one in first.json] == [said[4], said[3]]
    assert f"max_id={said[3]}" in first.headers["Link"]
    assert f"min_id={said[4]}" in first.headers["Link"]
    assert [one["id"] for one in program.get(f"{HOME}?limit=2&max_id={said[3]}").json] == [said[2], said[1]]
    assert [one["id"] for one in program.get(f"{HOME}?limit=2&min_id={said[0]}").json] == [said[2], said[1]]
    assert [one["id"] for one in program.get(f"{HOME}?limit=2&since_id={said[0]}").json] == [said[4], said[3]]


def test_a_page_costs_the_same_number_of_statements_whatever_its_length(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)
    costs = []
    for more in (1, 20):
        for n in range(more):
            say(program, f"Mot {n}")
        words(program)
        with statements() as asked:
            words(program)
        costs.append(len(asked))

    assert costs[0] == costs[1] <= 6


@pytest.mark.parametrize("follows_number", [0, 200])
def test_no_plan_reads_all_posts(salma: Someone, follows_number: int) -> None:
    with commit():
        for n in range(follows_number):
            actor = Actor(
                id=new_id(), kind="person", handle=f"a{n}", host="ailleurs.example", uri=f"https://ailleurs.example/{n}",
                shown_name=f"A{n}", created_at=clock.now(),
            )  # fmt: skip
            db.session.add(actor)
            db.session.flush()
            db.session.add(
                Follow(follower_id=salma.actor_id, followed_id=actor.id, state="accepted", since=clock.now())
            )
    with statements() as asked:
        lines.home(salma.actor_id, Window(2**62, 0, 20, False))

    [(statement, values)] = asked
    steps = plan(statement, values)
    assert [
        one for one in steps if re.search(r"SCAN (post|boost|wall_entry|follow)|Seq Scan on (post|boost)", one)
    ] == []


def test_only_neighbours_read_the_name_that_neighbours_see(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    neighbour = programs.of(city.resident("montmartre"))
    with commit():
        accounts.show_name(db.session.get_one(Account, bruno.account_id), full=True)
    post_id = say(programs.of(bruno), "Pour tous", visibility="public")
    follow(salma, bruno)

    [near], [far] = neighbour.get(HOME).json, programs.of(salma).get(HOME).json

    assert (near["id"], far["id"]) == (post_id, post_id)
    assert near["account"]["display_name"].endswith("Berger")
    assert "Berger" not in str(far)
    assert "Berger" not in str(programs.of(salma).get(f"/api/v1/accounts/{bruno.actor_id}").json)
