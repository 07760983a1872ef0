"""Tags: kept with the post, linked, folded, counted in public; and trends, from three people up."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.core import fed
from instance.core.db import db
from instance.posts import tags
from instance.posts.models import PostTag
from tests.city import City
from tests.instance.posts.hearing import befriend, hear, sent
from tests.instance.posts.writing import answer, write
from tests.mastodon.conftest import Programs
from tests.support.peer import ForeignServer
from tests.support.sql import scans, statements


@pytest.fixture
def town(city: City, programs: Programs) -> Any:
    here = city.quartier("Clignancourt")
    people = [city.resident(here) for _ in range(4)]
    return city, here, people, [programs.of(one) for one in people]


def public(city: City, someone: Any, here: str, text: str, **more: Any) -> int:
    return write(city, someone, here, text=text, scope="public", everywhere="1", **more)


def test_words_marked_with_a_sign_are_tags_whatever_their_accents_and_lead_to_their_page(town: Any) -> None:
    city, here, (salma, bruno, *_), (program, *_others) = town
    words = "Vive la #Fête, #fete ! #École, l’#été. #123 `#code` https://example.org/#ancre a#b"
    post = write(city, salma, here, title="Dimanche #VideGrenier", text=words)

    shown = program.get(f"/api/v1/statuses/{post}").json
    assert {one["name"] for one in shown["tags"]} == {"Fête", "École", "été", "code", "VideGrenier"}
    assert {"name": "Fête", "url": fed.uri_of("/mots/fete")} in shown["tags"]
    assert f'href="{fed.uri_of("/mots/ecole")}"' in shown["content"]
    assert (
        '<a class="mention hashtag" href="/mots/fete" rel="tag">#fete</a>' in city.get(bruno.browser, f"/p/{post}").text
    )
    assert f"/p/{post}" in city.get(bruno.browser, "/mots/F%C3%AAte").text
    assert f"/p/{post}" not in city.get(city.browser(), "/mots/fete").text
    city.post(salma.browser, f"/p/{post}/modifier", title="Dimanche", text="Plus de #Grenier")
    assert [one["name"] for one in program.get(f"/api/v1/statuses/{post}").json["tags"]] == ["Grenier"]
    city.post(salma.browser, f"/p/{post}/supprimer")
    assert db.session.scalars(select(PostTag)).all() == []


def test_tags_go_out_with_absolute_links_and_come_in_from_their_list(town: Any, elsewhere: ForeignServer) -> None:
    city, here, (salma, *_others), (program, *_more) = town
    post = public(city, salma, here, "Venez à la #Fête")
    city.work()
    note = next(one["object"] for one in sent("Create%") if one["object"]["id"].endswith(str(post)))
    assert f'href="{fed.uri_of("/mots/fete")}"' in note["content"]
    assert "#Fête" in {one["name"] for one in note["tag"]}

    ada = elsewhere.actor("ada")
    befriend(city, salma, ada)
    words = ada.note(
        "Sans signe", tag=[{"type": "Hashtag", "name": "#Cuisine", "href": "https://a.example/tags/cuisine"}]
    )
    hear(city, ada, ada.create(words))

    theirs = db.session.scalars(select(PostTag.post_id).where(PostTag.name == "cuisine")).one()
    assert [one["name"] for one in program.get(f"/api/v1/statuses/{theirs}").json["tags"]] == ["Cuisine"]


def test_a_tag_counts_public_posts_of_a_week_alone(town: Any, programs: Programs) -> None:
    city, here, (salma, bruno, *_), (program, *_others) = town
    public(city, salma, here, "#Fête")
    public(city, bruno, here, "#fete")
    write(city, bruno, here, text="#fête entre nous")

    tag = program.get("/api/v1/tags/F%C3%8ATE").json

    assert (tag["name"], tag["following"]) == ("fête", False)
    assert [(one["uses"], one["accounts"]) for one in tag["history"]] == [("2", "2"), *[("0", "0")] * 6]
    assert program.post("/api/v1/tags/fete/follow").status_code == 200
    assert program.get("/api/v1/tags/fete").json["following"] is True
    assert city.get(city.browser(), "/api/v1/tags/fete").json["name"] == "fete"
    assert program.get("/api/v1/tags/1234").status_code == 404


def test_trends_begin_with_three_people_and_never_tell_of_words_for_a_few(town: Any) -> None:
    city, here, people, (program, *_others) = town
    post = public(city, people[0], here, "#Canicule : https://exemple.example/eau")
    for one in people[1:3]:
        public(city, one, here, "#canicule")
        write(city, one, here, text="#Secret")
        answer(city, one, post, "Merci", scope="public", everywhere="1")
    write(city, people[0], here, text="#Secret")

    def trends(kind: str, browser: Any = program) -> list[Any]:
        found: list[Any] = browser.get(f"/api/v1/trends/{kind}").json
        return found

    assert [one["name"].lower() for one in trends("tags")] == ["canicule"]
    assert trends("statuses") == []
    answer(city, people[3], post, "Bien", scope="public", everywhere="1")
    assert [one["id"] for one in trends("statuses")] == [str(post)]
    assert [one["id"] for one in trends("statuses", city.browser())] == [str(post)]
    assert trends("links") == []
    assert program.get("/api/v1/trends").json == trends("tags")
    city.post(people[0].browser, f"/p/{post}/supprimer")
    assert trends("tags") == trends("statuses") == []


def test_pages_and_trends_of_tags_read_no_whole_table(town: Any) -> None:
    city, here, people, (program, *_others) = town
    for one in people:
        public(city, one, here, "#Canicule")

    with statements() as found:
        assert city.get(people[0].browser, "/mots/canicule").status_code == 200
        tags.beginning_with(people[0].actor_id, "cani")
        program.get("/api/v1/tags/canicule")

    named = [(statement, values) for statement, values in found if "post_tag" in statement]
    assert len(named) >= 3
    assert [lines for statement, values in named if (lines := scans(statement, values))] == []
