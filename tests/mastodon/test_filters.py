"""Filters: what is warned about is marked, what is hidden does not come; both shapes of the API write the same rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from instance.core import bus, clock
from instance.mastodon import filters_v2
from tests.city import City, Someone
from tests.mastodon.conftest import Programs
from tests.mastodon.test_home import HOME, say, words
from tests.support.sql import statements

FILTERS = "/api/v2/filters"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def odile(city: City, salma: Someone) -> Someone:
    return city.resident("clignancourt", "odile")


def test_a_filter_marks_words_in_every_list_and_costs_nothing_once_it_is_known(
    salma: Someone, odile: Someone, programs: Programs
) -> None:
    mine, theirs = programs.of(salma), programs.of(odile)
    say(theirs, "Le Marché, dimanche"), say(theirs, "marchés du quartier"), say(mine, "mon marché")
    words(mine)
    with statements() as without:
        words(mine)
    heard: list[bus.Event] = []
    deafen = bus.hear(heard.append)
    made = mine.post(
        FILTERS,
        data={
            "title": "Marché", "context[]": ["home", "public"], "filter_action": "warn",
            "keywords_attributes[][keyword]": "marché", "keywords_attributes[][whole_word]": "1",
        },
    ).json  # fmt: skip
    deafen()
    assert made["keywords"][0]["keyword"] == "marché"
    assert bus.is_far() or {"filters": salma.account_id} in heard

    shown = {one["content"]: one["filtered"] for one in mine.get(HOME).json}

    assert shown["<p>mon marché</p>"] == [] == shown["<p>marchés du quartier</p>"]
    [result] = shown["<p>Le Marché, dimanche</p>"]
    assert result["keyword_matches"] == ["Marché"] and result["filter"]["title"] == "Marché"
    with statements() as warm:
        words(mine)
    assert len(warm) <= len(without)
    assert [one["filtered"] for one in theirs.get(HOME).json] == [[], [], []]


def test_what_is_hidden_leaves_the_lists_it_names_until_the_filter_runs_out(
    salma: Someone, odile: Someone, programs: Programs
) -> None:
    mine = programs.of(salma)
    said = say(programs.of(odile), "Encore la météo")
    body = {"title": "Temps", "context": ["home"], "filter_action": "hide", "expires_in": 3600}
    made = mine.post(FILTERS, json=body | {"keywords_attributes": [{"keyword": "METEO"}]}).json
    assert words(mine) == ["Encore la météo"]  # accents count

    word = made["keywords"][0]["id"]
    assert mine.call("PUT", f"/api/v2/filters/keywords/{word}", json={"keyword": "MÉTÉO"}).status_code == 200
    assert words(mine) == []
    assert mine.get(f"/api/v1/statuses/{said}").json["filtered"][0]["filter"]["filter_action"] == "hide"
    clock.shift(timedelta(hours=2))
    assert words(mine) == ["Encore la météo"]


def test_a_single_post_is_filtered_if_it_may_be_read(
    city: City, salma: Someone, odile: Someone, programs: Programs
) -> None:
    mine = programs.of(salma)
    said = say(programs.of(odile), "Bonjour")
    hidden = say(programs.of(city.resident(city.quartier("Montmartre"))), "Ailleurs")
    made = mine.post(FILTERS, json={"title": "Ceci", "context": ["home"], "filter_action": "warn"}).json
    path = f"{FILTERS}/{made['id']}/statuses"

    row = mine.post(path, json={"status_id": said}).json

    assert mine.get(HOME).json[0]["filtered"][0]["status_matches"] == [said]
    absent = mine.post(path, json={"status_id": "1"})
    other = mine.post(path, json={"status_id": hidden})
    assert (other.status_code, other.json) == (absent.status_code, absent.json) == (404, absent.json)
    assert mine.call("DELETE", f"{FILTERS}/statuses/{row['id']}").json == {}
    assert mine.get(HOME).json[0]["filtered"] == []


def test_filters_are_their_owners_alone_and_the_older_api_shows_the_same(
    salma: Someone, odile: Someone, programs: Programs
) -> None:
    mine, theirs = programs.of(salma), programs.of(odile)
    old = mine.post(
        "/api/v1/filters", json={"phrase": "foot", "context": ["home"], "irreversible": "true", "whole_word": True}
    ).json
    [new] = mine.get(FILTERS).json
    assert (new["title"], new["filter_action"], new["keywords"][0]["id"]) == ("foot", "hide", old["id"])

    tries = [
        theirs.call(method, path, json={"keyword": "x"}).status_code
        for method, path in (
            ("GET", f"{FILTERS}/{new['id']}"), ("PUT", f"{FILTERS}/{new['id']}"), ("DELETE", f"{FILTERS}/{new['id']}"),
            ("POST", f"{FILTERS}/{new['id']}/keywords"), ("DELETE", f"/api/v2/filters/keywords/{old['id']}"),
            ("PUT", f"/api/v1/filters/{old['id']}"),
        )
    ]  # fmt: skip
    assert tries == [404] * 6 and theirs.get(FILTERS).json == []
    wrong = mine.post(FILTERS, json={"title": "x", "context": ["partout"]})
    assert wrong.status_code == 422 and "home" in wrong.json["error"]
    assert mine.call("DELETE", f"/api/v1/filters/{old['id']}").json == {}
    assert mine.get(FILTERS).json == []


def test_words_and_posts_of_filters_have_an_end(
    salma: Someone, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each word is looked for in every post of a page, and by the one thread of all streams."""
    monkeypatch.setattr(filters_v2, "ALL_WORDS_MAX", 3)
    monkeypatch.setattr(filters_v2, "POSTS_MAX", 1)
    mine = programs.of(salma)

    def made(*keywords: str) -> Any:
        said = [{"keyword": one} for one in keywords]
        return mine.post(FILTERS, json={"title": "f", "context": ["home"], "keywords_attributes": said})

    first = made("un", "deux").json
    assert [made(*words).status_code for words in (("trois", "quatre"), ("trois",), ("quatre",))] == [422, 200, 422]
    old = mine.post("/api/v1/filters", json={"phrase": "quatre", "context": ["home"]})
    assert old.status_code == 422

    posts = [say(mine, text) for text in ("a", "b")]
    path = f"{FILTERS}/{first['id']}/statuses"
    assert [mine.post(path, json={"status_id": one}).status_code for one in (*posts, posts[0])] == [200, 422, 200]
