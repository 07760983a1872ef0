"""Tags: followed ones bring public posts into the home, featured ones stand on the profile."""

from __future__ import annotations

import re

import pytest

from instance.core.paging import Window
from instance.timelines import home as lines
from tests.city import City, Someone
from tests.mastodon.conftest import Programs
from tests.mastodon.test_home import HOME, say
from tests.support.sql import plan, statements


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def bruno(city: City) -> Someone:
    return city.resident(city.quartier("Montmartre"), "bruno")


def test_public_posts_with_a_followed_tag_come_into_the_home(
    salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, theirs = programs.of(salma), programs.of(bruno)
    open_one = say(theirs, "Une #Fête", visibility="public")
    say(theirs, "Entre nous #fête")
    say(theirs, "Un #concert", visibility="public")
    mine.get(HOME)
    with statements() as before:
        assert mine.get(HOME).json == []

    assert mine.post("/api/v1/tags/F%C3%AAte/follow").json["following"] is True
    mine.post("/api/v1/tags/jardin/follow")

    assert [one["id"] for one in mine.get(HOME).json] == [open_one]
    with statements() as after:
        mine.get(HOME)
    assert len(after) <= max(len(before), 6)
    first = mine.get("/api/v1/followed_tags?limit=1")
    assert [one["name"] for one in first.json] == ["jardin"]
    last = first.headers["Link"].partition("max_id=")[2].partition(">")[0]
    assert [one["name"] for one in mine.get(f"/api/v1/followed_tags?max_id={last}").json] == ["Fête"]
    assert theirs.get("/api/v1/followed_tags").json == []
    assert mine.post("/api/v1/tags/fete/unfollow").json["following"] is False
    assert mine.get(HOME).json == []
    assert mine.post("/api/v1/tags/%2D/follow").status_code == 422


def test_muted_people_do_not_come_by_a_tag(salma: Someone, bruno: Someone, programs: Programs) -> None:
    mine = programs.of(salma)
    mine.post("/api/v1/tags/marche/follow")
    say(programs.of(bruno), "Le #marché", visibility="public")
    assert len(mine.get(HOME).json) == 1
    assert mine.post(f"/api/v1/accounts/{bruno.actor_id}/mute").status_code == 200
    assert mine.get(HOME).json == []


def test_no_plan_of_a_home_with_tags_reads_all_posts(salma: Someone) -> None:
    with statements() as asked:
        lines.home(salma.actor_id, window=Window(2**62, 0, 20, False), tags=("fete", "jardin"))
    [(statement, values)] = asked
    wrong = r"SCAN (post|boost|wall_entry|post_tag)\b|Seq Scan on (post|boost|post_tag)\b"
    assert [step for step in plan(statement, values) if re.search(wrong, step)] == []


def test_featured_tags_count_what_their_reader_may_read(city: City, salma: Someone, programs: Programs) -> None:
    mine, near = programs.of(salma), programs.of(city.resident("clignancourt"))
    say(mine, "Le #Potager", visibility="public")
    say(mine, "Encore le #potager")
    path = f"/api/v1/accounts/{salma.actor_id}/featured_tags"
    assert [one["name"] for one in mine.get("/api/v1/featured_tags/suggestions").json] == ["potager"]
    made = mine.post("/api/v1/featured_tags", data={"name": "Potager"}).json

    assert near.get(path).json[0]["statuses_count"] == "2"
    assert city.browser().get(path).json[0]["statuses_count"] == "1"
    assert near.call("DELETE", f"/api/v1/featured_tags/{made['id']}").status_code == 404
    assert mine.get("/api/v1/featured_tags/suggestions").json == []
    assert mine.call("DELETE", f"/api/v1/featured_tags/{made['id']}").json == {}
    assert near.get(path).json == []
