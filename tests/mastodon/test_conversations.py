"""Private messages through the client API: conversations, and statuses of visibility `direct`."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from instance.core.db import commit, db
from instance.messages import persons
from instance.posts.models import Post
from tests.city import City, Someone
from tests.instance.posts.hearing import meet
from tests.mastodon.conftest import Program, Programs
from tests.support.peer import ForeignServer

STATUSES, TALKS = "/api/v1/statuses", "/api/v1/conversations"


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    return city.resident(here, "salma")


@pytest.fixture
def karim(city: City, here: str) -> Someone:
    return city.resident(here, "karim")


def write(program: Program, text: str, **more: str) -> str:
    sent = program.post(STATUSES, json={"status": text, "visibility": "direct"} | more)
    assert sent.status_code == 200, sent.json
    assert (sent.json["visibility"], sent.json["quartier"]["audience"]) == ("direct", "message")
    return str(sent.json["id"])


def test_a_direct_status_is_a_conversation_of_both(programs: Programs, salma: Someone, karim: Someone) -> None:
    mine, theirs = programs.of(salma), programs.of(karim)
    first = write(mine, "@karim Une échelle ?")

    (talk,) = theirs.get(TALKS).json
    assert (talk["id"], talk["unread"], talk["last_status"]["id"]) == (first, True, first)
    assert [one["acct"] for one in talk["accounts"]] == ["salma"]
    assert [one["acct"] for one in talk["last_status"]["mentions"]] == ["karim"]
    assert mine.get(TALKS).json[0]["unread"] is False

    reply = write(theirs, "@salma Oui", in_reply_to_id=first)
    assert [one["id"] for one in mine.get(f"{STATUSES}/{first}/context").json["descendants"]] == [reply]
    (talk,) = mine.get(TALKS).json
    assert (talk["id"], talk["unread"], talk["last_status"]["id"]) == (first, True, reply)
    assert mine.post(f"{TALKS}/{first}/read").json["unread"] is False
    assert mine.post(f"{TALKS}/{first}/unread").json["unread"] is True
    assert mine.call("DELETE", f"{TALKS}/{first}").json == {} and mine.get(TALKS).json == []
    write(theirs, "@salma Encore là ?", in_reply_to_id=reply)
    assert len(mine.get(TALKS).json) == 1


def test_an_answer_to_a_message_stays_between_its_persons_whatever_is_asked(
    city: City, here: str, programs: Programs, salma: Someone, karim: Someone
) -> None:
    odile = city.resident(here, "odile")
    first = write(programs.of(salma), "@karim Entre nous")
    wide = {"status": "Pour tous", "in_reply_to_id": first, "visibility": "public"}
    assert programs.of(karim).post(STATUSES, json=wide).json["visibility"] == "direct"

    write(programs.of(karim), "@salma @odile Elle aussi", in_reply_to_id=first)

    (talk,) = programs.of(odile).get(TALKS).json
    assert talk["id"] != first and "Elle aussi" in talk["last_status"]["content"]
    assert programs.of(odile).get(f"{STATUSES}/{first}").status_code == 404
    assert programs.of(odile).get(f"{STATUSES}/{talk['id']}/context").json == {"ancestors": [], "descendants": []}
    nosy = {"status": "Et moi ?", "in_reply_to_id": first, "visibility": "direct"}
    assert programs.of(odile).post(STATUSES, json=nosy).status_code == 404


def test_nobody_else_gets_anything_of_it(
    city: City, here: str, programs: Programs, salma: Someone, karim: Someone
) -> None:
    first = write(programs.of(salma), "@karim Zibeline")
    for someone in (city.resident(here), city.admin()):
        other = programs.of(someone)
        paths = [f"{STATUSES}/{first}", f"{STATUSES}/{first}/context", f"{STATUSES}/{first}/source"]
        assert [other.get(path).status_code for path in paths] == [404] * 3
        assert other.get(TALKS).json == []
        acts = [other.post(f"{TALKS}/{first}/read"), other.call("DELETE", f"{TALKS}/{first}")]
        assert {answer.status_code for answer in acts} <= {404, 403}
    lists = ["timelines/home", "timelines/public", f"accounts/{salma.actor_id}/statuses"]
    for path in lists:
        for someone in (karim, city.resident(here)):
            found = programs.of(someone).get(f"/api/v1/{path}").text
            assert "Zibeline" not in found or (someone is karim and "accounts" in path), path
    assert "Zibeline" not in programs.of(salma).get("/api/v1/timelines/home").text


def test_pages_go_by_the_newest_message_and_miss_none(
    city: City, here: str, programs: Programs, salma: Someone
) -> None:
    mine, firsts = programs.of(salma), []
    for number in range(5):
        city.resident(here, f"voisin{number}")
        firsts.append(write(mine, f"@voisin{number} Bonjour"))
    write(mine, "@voisin0 Encore", in_reply_to_id=firsts[0])

    seen, url = [], f"{TALKS}?limit=2"
    while url:
        page = mine.get(url)
        seen += [one["id"] for one in page.json]
        link = page.headers.get("Link", "")
        url = link.split(">")[0].split("<")[1].split("localhost")[-1] if 'rel="next"' in link else ""
        url = url[url.index("/api") :] if url else ""

    assert seen == [firsts[0], *firsts[:0:-1]]


def test_a_server_that_was_not_confirmed_is_refused_with_a_sentence(
    programs: Programs, salma: Someone, elsewhere: ForeignServer
) -> None:
    ada = elsewhere.actor("ada")
    meet(ada)
    wish = {"status": f"@{ada.acct} Bonjour", "visibility": "direct"}

    refused = programs.of(salma).post(STATUSES, json=wish)
    assert refused.status_code == 422 and "Écrivez le premier depuis la page" in refused.json["error"]
    assert db.session.scalar(select(Post.id)) is None

    with commit():
        persons.confirm(salma.account_id, [elsewhere.host])
    assert programs.of(salma).post(STATUSES, json=wish).status_code == 200
    nobody = programs.of(salma).post(STATUSES, json={"status": "Pour personne", "visibility": "direct"})
    assert nobody.status_code == 422


def test_a_name_of_somebody_hidden_and_one_of_nobody_are_answered_alike(
    city: City, programs: Programs, salma: Someone, karim: Someone
) -> None:
    city.resident(city.quartier("Montmartre"), "cachee")
    mine, theirs = programs.of(salma), programs.of(karim)

    def sentences(name: str, **more: str) -> list[tuple[int, str]]:
        told = []
        for text in (f"@{name} Bonjour", f"@karim @{name} Bonjour"):
            sent = mine.post(STATUSES, json={"status": text, "visibility": "direct"} | more)
            told.append((sent.status_code, sent.json.get("error", "").replace(name, "…")))
        return told

    hidden = sentences("cachee")
    assert hidden == sentences("absente")
    assert [status for status, _said in hidden] == [422, 422]
    first = write(mine, "@karim Entre nous")
    assert sentences("cachee", in_reply_to_id=first) == sentences("absente", in_reply_to_id=first) == [(200, "")] * 2
    assert [one["id"] for one in theirs.get(TALKS).json] == [first]
