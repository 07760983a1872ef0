"""Quotes: what may be shown under other words, to whom, and how its author takes that back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from instance.accounts.models import Follow
from instance.core import clock
from instance.core.db import commit, db
from instance.mastodon import filters, render
from instance.posts.models import Post
from tests.city import City, Someone
from tests.instance.test_matrix import READERS, Scene
from tests.mastodon.conftest import Program, Programs
from tests.mastodon.test_matrix_api import ASKERS
from tests.support.sql import statements

POST, HOME = "/api/v1/statuses", "/api/v1/timelines/home"


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


def public(program: Program, text: str = "Zibeline", **said: Any) -> str:
    return say(program, text, visibility="public", **said)


def shown(program: Program, post_id: str) -> Any:
    return program.get(f"{POST}/{post_id}").json


def test_a_public_post_is_quoted_in_the_quartier_whole_for_its_readers_and_its_author_hears_of_it(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    author, writer, third = programs.of(salma), programs.of(bruno), programs.of(city.resident("clignancourt"))
    quoted = public(author)

    quoting = say(writer, "Voyez", quoted_status_id=quoted)
    again = say(writer, "Encore", quoted_status_id=public(third, "Zut", quoted_status_id=quoted))
    city.work()

    found = shown(third, quoting)
    assert (found["visibility"], found["quote"]["state"]) == ("private", "accepted")
    assert found["quote"]["quoted_status"]["content"] == shown(third, quoted)["content"]
    assert f'RE: <a href="{shown(third, quoted)["url"]}">' in found["content"]
    assert shown(third, again)["quote"]["quoted_status"]["quote"] == {"state": "accepted", "quoted_status_id": quoted}
    assert [one["status"]["id"] for one in author.get("/api/v1/notifications?types[]=quote").json][-1] == quoting
    assert quoting in [one["id"] for one in author.get(f"{POST}/{quoted}/quotes").json]
    assert author.get(f"{POST}/{quoted}/quotes?limit=1").headers["Link"]
    assert [shown(one, quoted)["quotes_count"] for one in (author, writer, third)] == [2, 1, 1]
    assert shown(programs.of(city.visitor()), quoted)["quotes_count"] == 0
    page = city.get(salma.browser, f"/p/{quoting}").text
    assert "Message cité, de" in page and "Zibeline" in page


def test_a_quote_in_another_quartier_is_neither_listed_counted_nor_told(
    city: City, salma: Someone, programs: Programs
) -> None:
    author, away = programs.of(salma), programs.of(city.resident(city.quartier("Montmartre")))
    quoted = public(author)
    say(away, "Entre nous", quoted_status_id=quoted)
    city.work()

    listed = author.get(f"{POST}/{quoted}/quotes")
    assert (listed.json, listed.headers.get("Link")) == ([], None)
    assert shown(author, quoted)["quotes_count"] == 0
    assert author.get("/api/v1/notifications?types[]=quote").json == []


def test_what_is_closed_hidden_or_absent_is_not_quoted_and_all_read_the_same_sentence(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    program = programs.of(bruno)
    closed, hidden = say(programs.of(salma)), say(programs.of(city.resident(city.quartier("Montmartre"))))

    for more in ({}, {"scheduled_at": "2099-01-01T00:00:00Z"}):
        answers = [
            program.post(POST, json={"status": "Voyez", "quoted_status_id": one} | more)
            for one in (closed, hidden, "999999", "9" * 19)
        ]
        assert [one.status_code for one in answers] == [422] * 4
        assert len({one.json["error"] for one in answers}) == 1 and "visible partout" in answers[0].json["error"]
    assert "Voyez" not in program.get(HOME).text


def test_what_was_passed_on_is_quoted_and_answered_by_the_number_of_the_boost_as_far_as_it_may_be(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    author, writer = programs.of(salma), programs.of(bruno)
    open_words, kept = public(author), public(author, "Hermine", quote_approval_policy="nobody")
    passed, refused = (author.post(f"{POST}/{one}/reblog").json["id"] for one in (open_words, kept))
    wish, tomorrow = {"status": "Voyez", "visibility": "public"}, (clock.now() + timedelta(days=1)).isoformat()

    quoting = writer.post(POST, json=wish | {"quoted_status_id": passed}).json
    later = writer.post(POST, json=wish | {"quoted_status_id": passed, "scheduled_at": tomorrow}).json

    assert (quoting["quote"]["state"], quoting["quote"]["quoted_status"]["id"]) == ("accepted", open_words)
    assert later["params"]["quoted_status_id"] == open_words
    assert writer.post(POST, json=wish | {"in_reply_to_id": passed}).json["in_reply_to_id"] == open_words
    assert writer.post(POST, json=wish | {"quoted_status_id": refused}).status_code == 422
    with commit():
        db.session.execute(update(Post).where(Post.id == int(open_words)).values(verdict="hidden"))
    assert writer.post(POST, json=wish | {"quoted_status_id": passed}).status_code == 422
    assert writer.post(POST, json=wish | {"in_reply_to_id": passed}).status_code == 404


def test_its_author_chooses_who_may_quote(salma: Someone, bruno: Someone, programs: Programs) -> None:
    author, writer = programs.of(salma), programs.of(bruno)
    quoted = public(author, quote_approval_policy="followers")
    wish = {"status": "Voyez", "quoted_status_id": quoted}

    assert shown(writer, quoted)["quote_approval"] == {
        "automatic": ["followers"], "manual": [], "current_user": "denied",
    }  # fmt: skip
    assert writer.post(POST, json=wish).status_code == 422
    with commit():
        db.session.add(
            Follow(follower_id=bruno.actor_id, followed_id=salma.actor_id, state="accepted", since=clock.now())
        )
    assert shown(writer, quoted)["quote_approval"]["current_user"] == "automatic"
    assert writer.post(POST, json=wish).status_code == 200
    policy, nobody = f"{POST}/{quoted}/interaction_policy", {"quote_approval_policy": "nobody"}
    assert author.call("PUT", policy, json=nobody).json["quote_approval"]["automatic"] == []
    assert writer.post(POST, json=wish).status_code == 422
    assert say(author, "Moi", quoted_status_id=quoted)
    assert writer.call("PUT", policy, json=nobody).status_code == 404
    assert author.call("PUT", policy, json={"quote_approval_policy": "tous"}).status_code == 422
    assert shown(writer, say(writer))["quote_approval"]["current_user"] == "denied"


def test_the_leave_is_taken_back_by_its_author_alone_an_edit_keeps_it_and_a_deletion_ends_it(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    author, writer = programs.of(salma), programs.of(bruno)
    one, two = public(author), public(author, "Hermine")
    first, second = (public(writer, "Voyez", quoted_status_id=each) for each in (one, two))

    assert writer.call("PUT", f"{POST}/{first}", json={"status": "Regardez"}).json["quote"]["state"] == "accepted"
    assert writer.post(f"{POST}/{one}/quotes/{first}/revoke").status_code == 404
    assert author.post(f"{POST}/{two}/quotes/{first}/revoke").status_code == 404
    assert author.post(f"{POST}/{one}/quotes/{first}/revoke").json["quote"] == {
        "state": "revoked", "quoted_status": None,
    }  # fmt: skip
    author.call("DELETE", f"{POST}/{two}")
    assert shown(writer, second)["quote"] == {"state": "deleted", "quoted_status": None}
    assert "RE:" not in shown(writer, first)["content"] + shown(writer, second)["content"]
    for each in (first, second):
        page = city.get(bruno.browser, f"/p/{each}").text
        assert "Le message cité n’est pas visible." in page and "Zibeline" not in page


@pytest.mark.parametrize("who_blocks", ["quoted", "quoting"])
def test_a_block_ends_the_quote_for_everybody_and_what_a_muted_neighbour_quotes_is_not_told(
    who_blocks: str, city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    author, writer, third = programs.of(salma), programs.of(bruno), programs.of(city.resident("clignancourt"))
    quoted = public(author)
    author.post(f"/api/v1/accounts/{bruno.actor_id}/mute")
    quoting = public(writer, "Voyez", quoted_status_id=quoted)
    say(writer, "@salma bonjour", in_reply_to_id=quoted)
    say(writer, "@salma encore")
    city.work()
    notices = city.get(salma.browser, "/avis").text
    assert not [word for word in ("cite un de", "cité votre nom", "vous a répondu") if word in notices]
    assert shown(third, quoting)["quote"]["state"] == "accepted"

    blocker, other = (author, bruno) if who_blocks == "quoted" else (writer, salma)
    blocker.post(f"/api/v1/accounts/{other.actor_id}/block")
    city.work()

    assert shown(third, quoting)["quote"] == {"state": "revoked", "quoted_status": None}
    assert "RE:" not in shown(third, quoting)["content"]


def test_nobody_reads_quoted_words_that_they_could_not_get(city: City, programs: Programs) -> None:
    scene = Scene(city)
    quoted = public(programs.of(scene.author), "Sarrasine dans la cour")
    quoting = public(programs.of(scene.neighbour), "Voyez", quoted_status_id=quoted)
    twice = public(programs.of(scene.neighbour), "Encore", quoted_status_id=quoting)
    paths = [
        f"{POST}/{quoting}", f"{POST}/{twice}", f"{POST}/{quoting}/context", f"{POST}?id[]={quoting}", HOME,
        f"/api/v1/accounts/{scene.neighbour.actor_id}/statuses", f"{POST}/{quoting}/quotes",
        "/api/v1/timelines/public",
    ]  # fmt: skip
    reader = programs.of(city.resident(scene.here))
    assert all("Sarrasine" in reader.get(path).text for path in (paths[0], paths[3], paths[5]))

    with commit():
        db.session.execute(update(Post).where(Post.id == int(quoted)).values(verdict="hidden"))

    for name, make in ASKERS.items():
        program = make(scene, programs)
        for path in paths:
            answer = city.browser().get(path) if program is None else program.get(path)
            assert "Sarrasine" not in answer.text, (name, path)
            assert f'"{quoted}"' not in answer.text, (name, path)
    for name, someone in READERS.items():
        assert "Sarrasine" not in city.get(someone(scene).browser, f"/p/{quoting}").text, name
    assert shown(reader, quoting)["quote"] == {"state": "unauthorized", "quoted_status": None}


def test_a_block_hides_the_quoted_words_from_one_reader_in_answers_and_streams(
    city: City, salma: Someone, bruno: Someone, programs: Programs
) -> None:
    third = city.resident("clignancourt")
    quoting = int(public(programs.of(bruno), "Voyez", quoted_status_id=public(programs.of(salma))))
    city.post(salma.browser, f"/u/{third.handle}/bloquer")

    told = render.statuses_for_each(
        {bruno.actor_id: filters.NONE, third.actor_id: filters.NONE}, [quoting], context="home"
    )

    assert b"Zibeline" in bytes(told[bruno.actor_id][quoting])
    assert b"Zibeline" not in bytes(told[third.actor_id][quoting])
    assert "Zibeline" not in city.get(third.browser, f"/p/{quoting}").text
    assert shown(programs.of(third), str(quoting))["quote"]["state"] == "unauthorized"


def test_quotes_cost_one_statement_more_however_many_there_are(
    salma: Someone, bruno: Someone, programs: Programs
) -> None:
    program, costs = programs.of(bruno), []
    quoted = [public(programs.of(salma), f"Mot {n}") for n in range(4)]
    for some in ([], quoted[:1], quoted[1:]):
        for one in some:
            say(program, "Voyez", quoted_status_id=one)
        program.get(HOME)
        with statements() as asked:
            program.get(HOME)
        costs.append(len(asked))

    assert [costs[1] - costs[0], costs[2] - costs[1]] == [1, 0]
    assert costs[2] <= 6
