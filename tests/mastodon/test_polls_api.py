"""Polls as programs ask, answer and read them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.city import City
from tests.conftest import Clock
from tests.mastodon.conftest import Programs


@pytest.fixture
def town(city: City, programs: Programs) -> Any:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here), city.resident(here)
    return city, here, programs.of(salma), programs.of(bruno)


def spaced(sentence: str) -> str:
    """A sentence as it is typed: French signs have spaces of their own."""
    return sentence.replace("\xa0", " ").replace("\u202f", " ")


def make(program: Any, **more: Any) -> Any:
    poll = {"options": ["Samedi", "Dimanche", "Lundi"], "expires_in": 3600} | more
    answer = program.post("/api/v1/statuses", json={"status": "Quel jour ?", "poll": poll})
    assert answer.status_code == 200, answer.text
    return answer.json["poll"]


def test_a_poll_is_made_read_and_answered_once(town: Any, clock: Clock) -> None:
    city, _here, salma, bruno = town
    poll = make(salma, multiple="1", hide_totals="0")
    path = f"/api/v1/polls/{poll['id']}"
    assert (poll["voted"], poll["own_votes"], poll["multiple"], poll["expired"]) == (True, [], True, False)
    assert bruno.get(path).json["voted"] is False

    voted = bruno.post(f"{path}/votes", data={"choices[]": ["0", "2"]})

    assert voted.status_code == 200, voted.text
    assert (voted.json["voted"], voted.json["own_votes"]) == (True, [0, 2])
    assert [one["votes_count"] for one in voted.json["options"]] == [1, 0, 1]
    assert (voted.json["votes_count"], voted.json["voters_count"]) == (2, 1)
    seen = bruno.get(f"/api/v1/statuses/{poll['id']}").json
    assert seen["poll"] == bruno.get(path).json
    assert seen["quartier"]["kind"] == "poll"
    assert salma.get(path).json["own_votes"] == []
    clock.forward(hours=2)
    city.work()
    assert salma.get(path).json["expired"] is True
    assert [one["type"] for one in bruno.get("/api/v1/notifications").json] == ["poll"]


def test_hidden_totals_are_null_until_the_end(town: Any, clock: Clock) -> None:
    _city, _here, salma, bruno = town
    poll = make(salma, hide_totals=True)
    path = f"/api/v1/polls/{poll['id']}"

    hidden = bruno.post(f"{path}/votes", json={"choices": [1]}).json
    clock.forward(hours=2)

    assert [one["votes_count"] for one in hidden["options"]] == [None, None, None]
    assert [one["votes_count"] for one in bruno.get(path).json["options"]] == [0, 1, 0]


def test_a_vote_that_cannot_count_says_why(town: Any, programs: Programs, clock: Clock) -> None:
    city, _here, salma, bruno = town
    path = f"/api/v1/polls/{make(salma)['id']}"

    def refused(program: Any, *choices: Any) -> Any:
        answer = program.post(f"{path}/votes", json={"choices": list(choices)})
        assert answer.status_code == 422, answer.text
        return spaced(answer.json["error"])

    assert refused(salma, 0) == "Vous posez la question : vos voisins répondent."
    assert refused(bruno) == "Choisissez une réponse."
    assert refused(bruno, 0, 1) == "Choisissez une seule réponse."
    assert refused(bruno, 3) == refused(bruno, "x") == "Cette réponse n’est pas proposée."
    assert bruno.post(f"{path}/votes", json={"choices": ["1"]}).status_code == 200
    assert refused(bruno, 1) == "Vous avez déjà voté."
    late = programs.of(city.resident(_here))
    clock.forward(hours=2)
    assert refused(late, 0) == "Ce sondage est clos."


def test_whoever_may_not_read_the_post_finds_no_poll(town: Any, programs: Programs) -> None:
    city, _here, salma, _bruno = town
    path = f"/api/v1/polls/{make(salma)['id']}"
    far, visitor = programs.of(city.resident(city.quartier("Goutte d’Or"))), programs.of(city.visitor())
    plain = salma.post("/api/v1/statuses", json={"status": "Bonjour"}).json["id"]

    assert {one.get(path).status_code for one in (far, visitor)} == {404}
    assert city.get(city.browser(), path).status_code == 404
    assert far.post(f"{path}/votes", json={"choices": [0]}).status_code == 404
    assert visitor.post(f"{path}/votes", json={"choices": [0]}).status_code == 403
    assert salma.get(f"/api/v1/polls/{plain}").status_code == 404


@pytest.mark.parametrize(
    ("poll", "sentence"),
    [
        ({"options": ["Un"]}, "Proposez au moins deux choix."),
        ({"options": ["Un", "un"]}, "Deux choix sont les mêmes."),
        ({"options": ["Un", "x" * 51]}, "Raccourcissez ce choix à 50 signes."),
        ({"expires_in": 60}, "Un sondage dure de 5 minutes à 31 jours."),
    ],
)  # fmt: skip
def test_a_poll_that_cannot_be_made_says_why(town: Any, poll: Any, sentence: str) -> None:
    _city, _here, salma, _bruno = town
    wish = {"options": ["Oui", "Non"], "expires_in": 3600} | poll

    answer = salma.post("/api/v1/statuses", json={"status": "Quel jour ?", "poll": wish})

    assert (answer.status_code, spaced(answer.json["error"])) == (422, sentence)
