"""Keeping, thanking, pinning, hearing no more: what it shows to whom, and what it costs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from instance.core.db import commit, db
from instance.notifications.models import Notification
from instance.posts.models import LinkCard, Post, PostLink
from tests.city import City, Someone
from tests.mastodon.conftest import Program, Programs

POST = "/api/v1/statuses"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def bruno(city: City, salma: Someone) -> Someone:
    return city.resident("clignancourt", "bruno")


def say(program: Program, text: str = "Bonjour", **said: Any) -> str:
    answer = program.post(POST, json={"status": text} | said)
    assert answer.status_code == 200, answer.json
    return str(answer.json["id"])


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [one["id"] for one in answer.json]


def test_bookmarks_and_favourites_are_listed_whole_by_the_link_header(
    salma: Someone, bruno: Someone, programs: Programs
) -> None:
    program, said = programs.of(salma), [say(programs.of(bruno), f"Mot {n}") for n in range(5)]
    for one in reversed(said):
        assert program.post(f"{POST}/{one}/bookmark").json["bookmarked"] is True
        assert program.post(f"{POST}/{one}/favourite").json["favourited"] is True
    assert program.post(f"{POST}/{said[0]}/bookmark").status_code == 200

    for path, order in (("bookmarks", said), ("favourites", said[::-1])):
        page, found = f"/api/v1/{path}?limit=2", []
        while page:
            answer = program.get(page)
            found += ids(answer)
            later = re.search(r"<[^>]*(/api[^>]*)>; rel=\"next\"", answer.headers.get("Link", ""))
            page = later[1] if later else ""
        assert found == order, path
        assert programs.of(bruno).get(f"/api/v1/{path}").json == []
    assert program.post(f"{POST}/{said[0]}/unbookmark").json["bookmarked"] is False
    assert len(ids(program.get("/api/v1/bookmarks"))) == 4


def test_what_was_kept_is_absent_and_takes_no_place_once_it_may_not_be_read(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    program, theirs = programs.of(salma), programs.of(bruno)
    wide, closed = say(theirs, visibility="public"), say(theirs)
    for one in (wide, closed):
        program.post(f"{POST}/{one}/bookmark")
        program.post(f"{POST}/{one}/favourite")

    city.move_away(salma)
    city.settle(salma, city.quartier("Montmartre"))

    assert ids(program.get("/api/v1/bookmarks?limit=1")) == [wide]
    assert ids(program.get("/api/v1/favourites?limit=1")) == [wide]


def test_five_public_posts_are_pinned_and_no_sixth(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)
    said = [say(program, f"Mot {n}", visibility="public") for n in range(6)]

    pinned = [program.post(f"{POST}/{one}/pin") for one in said]

    assert [one.status_code for one in pinned] == [200] * 5 + [422]
    assert pinned[0].json["pinned"] is True
    assert program.post(f"{POST}/{said[0]}/unpin").json["pinned"] is False
    assert program.post(f"{POST}/{said[5]}/pin").status_code == 200


def test_no_notice_comes_of_a_thread_that_was_muted(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, theirs = programs.of(salma), programs.of(bruno)
    loud, quiet = say(mine), say(mine)

    assert mine.post(f"{POST}/{quiet}/mute").json["muted"] is True
    for one in (loud, quiet):
        say(theirs, "Oui @salma", in_reply_to_id=one)
        theirs.post(f"{POST}/{one}/favourite")
    city.work()

    told = db.session.execute(select(Notification.kind, Post.thread_id).join(Post, Post.id == Notification.post_id))
    assert sorted(map(tuple, told)) == [("reply", int(loud)), ("thanks", int(loud))]
    assert mine.post(f"{POST}/{quiet}/unmute").json["muted"] is False


def test_who_thanked_and_passed_on_is_known_to_the_author_alone(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, theirs = programs.of(salma), programs.of(bruno)
    one = say(mine, visibility="public")
    theirs.post(f"{POST}/{one}/favourite")
    theirs.post(f"{POST}/{one}/reblog")

    counts = ("favourites_count", "reblogs_count")
    reader = programs.of(city.resident("clignancourt", "odile"))
    reader.post(f"{POST}/{one}/favourite")
    assert [[by.get(f"{POST}/{one}").json[name] for name in counts] for by in (mine, theirs, reader)] == [
        [2, 1], [1, 1], [1, 0],
    ]  # fmt: skip
    for path in ("favourited_by", "reblogged_by"):
        assert "bruno" in [who["acct"] for who in mine.get(f"{POST}/{one}/{path}").json]
        assert theirs.get(f"{POST}/{one}/{path}").json == []


def test_the_context_is_the_chain_above_and_the_branches_below(
    salma: Someone, bruno: Someone, programs: Programs
) -> None:
    mine, theirs = programs.of(salma), programs.of(bruno)
    root = say(mine, "0")
    left = say(theirs, "1", in_reply_to_id=root)
    right = say(theirs, "2", in_reply_to_id=root)
    below_left = say(mine, "1.1", in_reply_to_id=left)
    lowest = say(theirs, "1.1.1", in_reply_to_id=below_left)

    def around(one: str) -> tuple[list[str], list[str]]:
        found = mine.get(f"{POST}/{one}/context").json
        return [each["id"] for each in found["ancestors"]], [each["id"] for each in found["descendants"]]

    assert around(root) == ([], [left, below_left, lowest, right])
    assert around(below_left) == ([root, left], [lowest])
    assert around(right) == ([root], [])
    theirs.call("DELETE", f"{POST}/{left}")
    assert around(below_left) == ([root], [lowest])
    mine.post(f"/api/v1/accounts/{bruno.actor_id}/mute")
    assert around(root) == ([], [below_left])


def test_a_public_link_has_its_card_with_every_field(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)
    one = say(program, "Voyez https://exemple.example/velo", visibility="public")
    with commit():
        url = "https://exemple.example/velo"
        db.session.add(
            LinkCard(digest="d", url=url, title="Le vélo", description="Neuf", site="Exemple", state="ready")
        )
        db.session.flush()
        db.session.query(PostLink).delete()
        db.session.add(PostLink(post_id=int(one), digest="d"))

    card = program.get(f"{POST}/{one}").json["card"]

    assert (card["title"], card["provider_name"], card["type"]) == ("Le vélo", "Exemple", "link")
    assert program.get(f"{POST}/{one}/card").json == card


def test_translation_is_off_and_says_so(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)

    assert program.post(f"{POST}/{say(program)}/translate").status_code == 503
    assert program.post(f"{POST}/1/translate").status_code == 404


READS = ("", "/source", "/context", "/history", "/card", "/reblogged_by", "/favourited_by")
DEEDS = ("favourite", "unfavourite", "reblog", "unreblog", "bookmark", "unbookmark", "pin", "unpin", "mute", "unmute",
         "translate")  # fmt: skip


def test_hidden_and_absent_are_the_same_404_on_every_call(city: City, salma: Someone, programs: Programs) -> None:
    one = say(programs.of(salma))
    stranger = programs.of(city.resident(city.quartier("Montmartre"), "odile"))

    calls = [("GET", end) for end in READS] + [("POST", f"/{deed}") for deed in DEEDS]
    for method, end in [*calls, ("PUT", ""), ("DELETE", "")]:
        hidden, absent = (stranger.call(method, f"{POST}/{post}{end}", json={"status": "x"}) for post in (one, "1"))
        assert (hidden.status_code, hidden.data) == (absent.status_code, absent.data) == (404, absent.data), end
    for end in READS:
        if end != "/source":
            assert city.browser().get(f"{POST}/{one}{end}").status_code == 404
    assert stranger.get(f"{POST}?id[]={one}&id[]=1").json == []
