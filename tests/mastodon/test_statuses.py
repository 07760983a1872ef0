"""Posts through the client API: the audiences hold from the first day (mastodon-api.md)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instance.core.db import db
from instance.posts.models import Post
from tests.city import City, Someone
from tests.mastodon.conftest import Programs

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


def test_an_application_that_may_not_publish_outside_makes_a_quartier_post(salma: Someone, programs: Programs) -> None:
    answer = programs.of(salma, outside=False).post(POST, json={"status": "Bonjour", "visibility": "public"})

    assert (answer.status_code, answer.json["visibility"]) == (200, "private")
    assert db.session.scalars(select(Post.is_public)).one() is False


def test_a_direct_message_is_refused_rather_than_shown_to_the_quartier(salma: Someone, programs: Programs) -> None:
    answer = programs.of(salma).post(POST, json={"status": "Entre nous", "visibility": "direct"})

    assert answer.status_code == 422
    assert db.session.scalar(select(Post.id)) is None


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
    assert program.call("DELETE", f"{POST}/{second}").json["content"] == "<p>La suite</p>"
    assert program.get(f"{POST}/{second}").status_code == 404
