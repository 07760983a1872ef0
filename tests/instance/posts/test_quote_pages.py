"""Whoever was quoted takes their words out of a post by the pages: them alone, once, after a page that says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.posts.models import Quote
from tests.city import City, Someone
from tests.instance.accounts.conftest import plain
from tests.instance.messages.writing import begin
from tests.instance.posts.hearing import befriend, gain, hear, here, inboxes_of, sent
from tests.instance.test_matrix import READERS, Scene
from tests.mastodon.conftest import Programs
from tests.support.peer import ForeignServer

BUTTON, DONE = "Retirer mes mots de ce message", "Vos mots n’apparaissent plus dans ce message."
POST = "/api/v1/statuses"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def bruno(city: City, salma: Someone) -> Someone:
    return city.resident("clignancourt", "bruno")


def say(city: City, someone: Someone, text: str = "Zibeline", **said: Any) -> int:
    answer = Programs(city).of(someone).post(POST, json={"status": text, "visibility": "public"} | said)
    assert answer.status_code == 200, answer.json
    city.work()
    return int(answer.json["id"])


def take_back(quoting: int) -> str:
    return f"/p/{quoting}/retirer-mes-mots"


def arrive(city: City, someone: Someone, answer: Any) -> str:
    """The page to which an answer leads in the end."""
    while answer.status_code == 303:
        answer = city.get(someone.browser, answer.location)
    return str(answer.text)


def state(quoting: int) -> str:
    found = db.session.get_one(Quote, quoting).state
    db.session.rollback()
    return found


def test_the_quoted_author_reads_what_it_means_takes_the_words_back_and_is_told_on_the_page_of_the_post(
    city: City, salma: Someone, bruno: Someone
) -> None:
    quoted = say(city, salma)
    quoting = say(city, bruno, "Voyez", quoted_status_id=quoted)
    notice = city.get(salma.browser, re.search(r'href="(/avis/\d+)"', city.get(salma.browser, "/avis").text)[1])
    shown = city.get(salma.browser, notice.location).text
    assert BUTTON in shown and f'href="{take_back(quoting)}"' in shown

    asked = plain(city.get(salma.browser, take_back(quoting)))
    answer = city.post(salma.browser, take_back(quoting))

    assert "Vous ne pourrez pas revenir en arrière." in asked and "Zibeline" in asked
    assert "des copies peuvent y rester" in asked
    assert (answer.status_code, answer.location) == (303, f"/p/{quoting}")
    page = city.get(salma.browser, answer.location).text
    assert DONE in page and "Voyez" in page and "Zibeline" not in page
    for someone in (salma, bruno, city.resident("clignancourt")):
        page = city.get(someone.browser, f"/p/{quoting}").text
        assert "Le message cité n’est pas visible." in page and BUTTON not in page
    assert Programs(city).of(bruno).get(f"{POST}/{quoting}").json["quote"] == {
        "state": "revoked",
        "quoted_status": None,
    }
    assert "Zibeline" in city.get(salma.browser, f"/p/{quoted}").text


def test_a_quote_that_has_ended_shows_no_button_and_asks_nothing_again(
    city: City, salma: Someone, bruno: Someone
) -> None:
    one, two = say(city, salma), say(city, salma, "Hermine")
    first, second = (say(city, bruno, "Voyez", quoted_status_id=each) for each in (one, two))
    city.post(salma.browser, take_back(first))
    city.post(salma.browser, f"/p/{two}/supprimer")

    again = city.post(salma.browser, take_back(first))

    assert city.get(salma.browser, take_back(first)).location == again.location == f"/p/{first}"
    assert city.get(salma.browser, take_back(second)).status_code == 404
    assert city.post(salma.browser, take_back(second)).status_code == 404
    assert (state(first), state(second)) == ("revoked", "deleted")
    for quoting in (first, second):
        assert BUTTON not in city.get(salma.browser, f"/p/{quoting}").text


def test_an_answer_and_a_private_message_that_quote_have_the_button_too(
    city: City, salma: Someone, bruno: Someone
) -> None:
    quoted, wall = say(city, salma), say(city, bruno, "Bonjour")
    reply = say(city, bruno, "Voyez", quoted_status_id=quoted, in_reply_to_id=wall)
    begin(city, bruno, "@salma", "Dis-moi")
    private = say(city, bruno, "@salma regarde", quoted_status_id=quoted, visibility="direct")

    for quoting in (reply, private):
        page = arrive(city, salma, city.get(salma.browser, f"/p/{quoting}"))
        asked = plain(city.get(salma.browser, take_back(quoting)))
        assert ("des copies" in asked) == (quoting == reply)
        assert f'href="{take_back(quoting)}"' in page
        said = arrive(city, salma, city.post(salma.browser, take_back(quoting)))
        assert DONE in said and f'href="{take_back(quoting)}"' not in said


def suspended_author(scene: Scene) -> Someone:
    with commit():
        db.session.get_one(Account, scene.author.account_id).state = "suspended"
    return scene.author


OTHERS: dict[str, Callable[[Scene], Someone]] = {
    "who quotes": lambda scene: scene.neighbour,
    "a neighbour": lambda scene: scene.city.resident(scene.here),
    **READERS,
    "the author, suspended": suspended_author,  # the last one: it ends her sessions
}


def test_to_everybody_else_the_page_and_the_act_are_absent(city: City) -> None:
    scene = Scene(city)
    quoted = say(city, scene.author, "Sarrasine")
    quoting, bare = say(city, scene.neighbour, "Voyez", quoted_status_id=quoted), say(city, scene.neighbour, "Rien")
    assert city.get(scene.author.browser, take_back(quoting)).status_code == 200

    for name, make in OTHERS.items():
        someone = make(scene)
        is_let_in = name not in {"a stranger", "a suspended resident", "the author, suspended"}
        assert BUTTON not in city.get(someone.browser, f"/p/{quoting}").text, name
        for ask, refused in ((city.get, 303), (city.post, 401)):
            answers = []
            for number in (quoting, bare, quoted, 999_999):
                found = ask(someone.browser, take_back(number))
                answers.append((found.status_code, found.location or "", found.text))
            assert {one[0] for one in answers} == {404 if is_let_in else refused}, name
            assert len({tuple(re.sub(r"/p/\d+|%2Fp%2F\d+", "", part) for part in one[1:]) for one in answers}) == 1, (
                name
            )
    assert state(quoting) == "accepted"


def test_a_quote_that_its_author_may_not_read_is_absent_to_them_too(city: City, salma: Someone) -> None:
    away = city.resident(city.quartier("Montmartre"))
    quoting = say(city, away, "Entre nous", quoted_status_id=say(city, salma), visibility="private")

    answers = [city.get(salma.browser, take_back(quoting)), city.post(salma.browser, take_back(quoting))]

    assert [one.status_code for one in answers] == [404, 404]
    assert state(quoting) == "accepted"


def test_words_of_elsewhere_lose_ours_by_the_page_and_their_server_is_told(
    city: City, salma: Someone, elsewhere: ForeignServer
) -> None:
    ada = elsewhere.actor("ada")
    befriend(city, salma, ada)
    gain(city, "/u/salma", ada)
    quoted = say(city, salma)
    note = ada.note("Avec", quote=here(f"/p/{quoted}"))
    hear(city, ada, ada.activity("QuoteRequest", here(f"/p/{quoted}"), instrument=note["id"]))
    leave = sent("Accept QuoteRequest")[-1]["result"]
    hear(city, ada, ada.create(note | {"quoteAuthorization": leave}))
    number = db.session.query(Quote.post_id).filter_by(quoted_id=quoted).scalar()
    db.session.rollback()

    said = arrive(city, salma, city.post(salma.browser, take_back(number)))
    city.work()

    assert DONE in said and "Zibeline" not in said
    (gone,) = sent("Delete QuoteAuthorization")
    assert (gone["object"]["id"], inboxes_of(gone) != []) == (leave, True)
    assert city.get(city.browser(), leave.removeprefix(here(""))).status_code == 404


def test_the_act_needs_the_token_of_its_form(
    city: City, salma: Someone, bruno: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoting = say(city, bruno, "Voyez", quoted_status_id=say(city, salma))
    monkeypatch.setitem(city.app.config, "WTF_CSRF_ENABLED", True)
    form = city.get(salma.browser, take_back(quoting)).text.partition("<h1")[2].partition("</form>")[0]

    refused = city.post(salma.browser, take_back(quoting))
    before = state(quoting)
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    taken = city.post(salma.browser, take_back(quoting), csrf_token=token[1])

    assert (refused.status_code, before) == (400, "accepted")
    assert (taken.status_code, state(quoting)) == (303, "revoked")
