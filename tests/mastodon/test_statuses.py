"""Posts through the client API: the audiences hold from the first day (mastodon-api.md)."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from instance.core import jobs
from instance.core.db import db
from instance.posts import wire
from instance.posts.models import Post
from tests.city import City, Someone
from tests.conftest import Clock
from tests.mastodon.conftest import Programs
from tests.support.sql import statements

POST = "/api/v1/statuses"


@pytest.fixture
def salma(city: City) -> Someone:
    here, there = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    city.adjoin(here, there)
    return city.resident(here, "salma")


@pytest.mark.parametrize(
    ("sent", "visibility", "audience"),
    [
        ({}, "private", "quartier"),
        ({"visibility": "private"}, "private", "quartier"),
        ({"visibility": "unlisted"}, "private", "voisins"),
        ({"visibility": "public"}, "public", "public"),
        ({"quartier_audience": "voisins"}, "private", "voisins"),
    ],
)
def test_what_a_client_sends_becomes_one_of_our_audiences(
    sent: dict[str, str], visibility: str, audience: str, salma: Someone, programs: Programs
) -> None:
    answer = programs.of(salma).post(POST, json={"status": "Bonjour à tous"} | sent)

    assert answer.status_code == 200, answer.json
    assert answer.json["visibility"] == visibility
    assert answer.json["quartier"]["audience"] == audience
    assert answer.json["quartier"]["quartier"]["name"] == "Clignancourt"


def test_a_reply_is_never_wider_than_what_it_answers(city: City, salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)
    first = program.post(POST, json={"status": "Pour nous", "visibility": "private"}).json["id"]

    reply = program.post(POST, json={"status": "Oui", "visibility": "public", "in_reply_to_id": first})

    assert reply.json["quartier"]["audience"] == "quartier"
    assert reply.json["in_reply_to_id"] == first


def test_the_same_idempotency_key_gives_the_first_post_again(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)

    ids = {program.post(POST, json={"status": "Une fois"}, headers={"Idempotency-Key": "k1"}).json["id"] for _ in "ab"}

    assert len(ids) == 1
    assert len(db.session.scalars(select(Post.id)).all()) == 1


def test_after_an_hour_the_same_key_is_another_post(salma: Someone, programs: Programs, clock: Clock) -> None:
    program, made = programs.of(salma), set()
    for minutes in (0, 59, 2, 59):
        clock.forward(minutes=minutes)
        answer = program.post(POST, json={"status": "Une fois"}, headers={"Idempotency-Key": "k1"})
        made.add(answer.json["id"])

    assert len(made) == 2


def test_two_at_the_same_moment_with_one_key_are_one_post(salma: Someone, programs: Programs) -> None:
    program, answers = programs.of(salma), []
    together = Barrier(2)

    def send() -> None:
        together.wait()
        answers.append(program.post(POST, json={"status": "Une fois"}, headers={"Idempotency-Key": "k1"}))

    threads = [Thread(target=in_city(program.city, send)) for _ in "ab"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [one.status_code for one in answers] == [200, 200]
    assert len({one.json["id"] for one in answers}) == len(db.session.scalars(select(Post.id)).all()) == 1


def in_city(city: City, act: Callable[[], None]) -> Callable[[], None]:
    """`act` for a thread of its own."""

    def run() -> None:
        with city.app.app_context():
            act()

    return run


def test_a_warning_a_language_and_covered_pictures_are_kept_and_shown_on_the_web_and_outside(
    city: City, salma: Someone, programs: Programs
) -> None:
    sent = {"status": "Le meurtre au lavoir", "spoiler_text": "Roman", "language": "en-GB", "visibility": "public"}

    made = programs.of(salma).post(POST, json=sent).json

    assert (made["spoiler_text"], made["sensitive"], made["language"]) == ("Roman", True, "en")
    assert "<summary>Roman</summary>" in city.get(salma.browser, f"/p/{made['id']}").text
    feed = city.browser().get("/q/clignancourt/atom.xml").text
    assert feed.index(">Roman<") < feed.index("meurtre")
    note = wire.document(db.session.get_one(Post, int(made["id"])))
    assert (note["summary"], note["sensitive"]) == ("Roman", True)
    covered = programs.of(salma).post(POST, data={"status": "Vu", "sensitive": "1"}).json
    assert (covered["sensitive"], covered["spoiler_text"]) == (True, "")


@pytest.mark.parametrize(
    "sent",
    [
        {"status": "a" * 5001},
        {"status": "a" * 4990, "spoiler_text": "a" * 11},
        {"status": "x", "media_ids": ["1", "2", "3", "4", "5"]},
        {"status": "x", "media_ids": ["1"]},
        {"status": "x", "poll": {"options": ["a", "b"], "expires_in": "bientôt"}},
        {"status": "x", "poll": {"options": ["seul"], "expires_in": 3600}},
    ],
)
def test_what_cannot_be_posted_is_refused_in_a_sentence(
    sent: dict[str, Any], salma: Someone, programs: Programs
) -> None:
    answer = programs.of(salma).post(POST, json=sent)

    assert answer.status_code == 422
    assert len(answer.json["error"]) > 10
    assert db.session.scalar(select(Post.id)) is None


@pytest.mark.parametrize("as_form", [False, True])
def test_a_poll_is_posted_with_its_choices(as_form: bool, salma: Someone, programs: Programs) -> None:
    poll = {"options": ["Oui", "Non"], "expires_in": 3600, "multiple": "1", "hide_totals": "0"}
    form = {"status": "Un banc ?", "poll[options][]": ["Oui", "Non"], "poll[expires_in]": "3600", "poll[multiple]": "1"}

    sent = {"data": form} if as_form else {"json": {"status": "Un banc ?", "poll": poll}}
    made = programs.of(salma).post(POST, **sent).json

    assert [one["title"] for one in made["poll"]["options"]] == ["Oui", "Non"]
    assert made["poll"]["multiple"] is True


def test_an_edit_keeps_what_was_said_for_whoever_may_read(city: City, salma: Someone, programs: Programs) -> None:
    program, near = programs.of(salma), programs.of(city.resident("clignancourt", "bruno"))
    post = program.post(POST, json={"status": "Un *mot*", "spoiler_text": "Chut", "language": "de"}).json["id"]
    assert program.get(f"{POST}/{post}/source").json == {"id": post, "text": "Un *mot*", "spoiler_text": "Chut"}
    assert near.get(f"{POST}/{post}/source").status_code == 404

    edited = program.call("PUT", f"{POST}/{post}", json={"status": "Un autre"}).json

    assert (edited["content"], edited["spoiler_text"], edited["sensitive"]) == ("<p>Un autre</p>", "", False)
    assert edited["language"] == "de"
    said = near.get(f"{POST}/{post}/history").json
    assert [(one["content"], one["spoiler_text"], one["sensitive"]) for one in said] == [
        ("<p>Un <em>mot</em></p>", "Chut", True),
        ("<p>Un autre</p>", "", False),
    ]
    assert {one["account"]["acct"] for one in said} == {"salma"}
    assert near.call("PUT", f"{POST}/{post}", json={"status": "Volé"}).status_code == 404
    assert program.call("PUT", f"{POST}/{post}", json={"status": " "}).status_code == 422


def test_an_edit_on_the_web_leaves_the_warning_as_it_was(city: City, salma: Someone, programs: Programs) -> None:
    post = programs.of(salma).post(POST, json={"status": "Un mot", "spoiler_text": "Chut"}).json["id"]

    assert city.post(salma.browser, f"/p/{post}/modifier", title="Titre", text="Autre").status_code == 303

    assert programs.of(salma).get(f"{POST}/{post}").json["spoiler_text"] == "Chut"


def test_public_words_are_changed_by_programs_that_may_speak_to_everybody_alone(
    salma: Someone, programs: Programs
) -> None:
    post = programs.of(salma).post(POST, json={"status": "Un mot", "visibility": "public"}).json["id"]

    assert programs.of(salma, outside=False).call("PUT", f"{POST}/{post}", json={"status": "x"}).status_code == 403


def test_several_are_asked_for_at_once_and_strangers_get_what_is_public(
    city: City, salma: Someone, programs: Programs
) -> None:
    program = programs.of(salma)
    wide, closed = (
        program.post(POST, json={"status": "x", "visibility": one}).json["id"] for one in ("public", "private")
    )
    asked = f"{POST}?id[]={closed}&id[]={wide}&id[]=1"

    assert [one["id"] for one in program.get(asked).json] == [closed, wide]
    assert [one["id"] for one in city.browser().get(asked).json] == [wide]
    assert city.browser().get(f"{POST}/{wide}").status_code == 200


@pytest.mark.parametrize(("visibility", "most_after"), [("public", 12), ("private", 6)])
def test_posting_and_what_follows_cost_the_same_few_statements_each_time(
    city: City, salma: Someone, programs: Programs, visibility: str, most_after: int
) -> None:
    program, costs = programs.of(salma), []
    for number in range(3):
        said = {"status": f"Mot {number}", "visibility": visibility}
        with statements() as asked:
            program.post(POST, json=said, headers={"Idempotency-Key": str(number)})
        with statements() as following:
            jobs.run_due()
        costs.append((len(asked), len(following)))
        city.work()  # what came before the first one

    assert costs[1] == costs[2]
    assert costs[1][0] <= 11
    assert costs[1][1] <= most_after


def test_forms_and_json_are_taken_alike_and_an_empty_status_is_refused(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)

    assert program.post(POST, data={"status": "Par formulaire"}).json["content"] == "<p>Par formulaire</p>"
    assert program.post(POST, json={"status": "  "}).status_code == 422
    assert program.post(POST, data="{", content_type="application/json").status_code == 422


def test_a_post_of_another_quartier_is_absent_for_reading_answering_and_its_thread(
    city: City, salma: Someone, programs: Programs
) -> None:
    other = programs.of(city.resident(city.quartier("Montmartre"), "bruno"))
    post_id = programs.of(salma).post(POST, json={"status": "Entre nous"}).json["id"]

    assert other.get(f"{POST}/{post_id}").json == other.get(f"{POST}/1").json
    assert other.get(f"{POST}/{post_id}").status_code == 404
    assert other.get(f"{POST}/{post_id}/context").status_code == 404
    assert other.post(POST, json={"status": "Coucou", "in_reply_to_id": post_id}).status_code == 404
    assert other.call("DELETE", f"{POST}/{post_id}").status_code == 404


def test_an_own_post_is_deleted_for_good_and_its_thread_is_shown_before(salma: Someone, programs: Programs) -> None:
    program = programs.of(salma)
    first = program.post(POST, json={"status": "Le début"}).json["id"]
    second = program.post(POST, json={"status": "La suite", "in_reply_to_id": first}).json["id"]

    assert [one["id"] for one in program.get(f"{POST}/{first}/context").json["descendants"]] == [second]
    gone = program.call("DELETE", f"{POST}/{second}").json
    assert (gone["content"], gone["text"]) == ("<p>La suite</p>", "La suite")
    assert program.get(f"{POST}/{second}").status_code == 404


def test_answers_are_counted_for_those_who_may_read_them(city: City, programs: Programs) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno, karim = (city.resident(here, name) for name in ("salma", "bruno", "karim"))
    writer, neighbour = programs.of(salma), programs.of(bruno)
    post = writer.post("/api/v1/statuses", json={"status": "Pour tous", "visibility": "public"}).json["id"]
    answer = neighbour.post("/api/v1/statuses", json={"status": "Entre nous", "in_reply_to_id": post}).json["id"]
    neighbour.post("/api/v1/statuses", json={"status": "Encore", "in_reply_to_id": answer})
    city.post(karim.browser, "/u/bruno/bloquer")

    def counted(read: Any) -> int:
        return int(read(f"/api/v1/statuses/{post}").json["replies_count"])

    assert counted(writer.get) == 1  # an answer to an answer is counted there
    assert counted(programs.of(karim).get) == counted(city.browser().get) == 0
