"""The traces of docs/architecture.md are true: the same files, in the order in which a reader opens them."""

from __future__ import annotations

import json
from pathlib import Path

from instance.peers import incoming
from tests.city import City
from tests.instance.posts.far import Border
from tests.instance.posts.hearing import here, meet, reply_to
from tests.instance.posts.writing import write
from tests.instance.verification.applicants import Applicants
from tests.mastodon.conftest import Programs
from tests.support.peer import ForeignServer
from tests.support.trace import documented, visited

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"


def test_a_resident_posts(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    fields = {"title": "Bonjour", "text": "Un mot.", "kind": "news", "scope": "quartier", "act": "send"}

    went = visited(lambda: city.post(salma.browser, f"/q/{here}/ecrire", **fields))

    assert went == documented(PAGE, "a resident posts")


def test_a_resident_signs_up(city: City) -> None:
    applicants = Applicants(city)
    house = applicants.house(city.quartier("Clignancourt"))
    browser = city.browser()
    city.post(browser, "/inscription", pick=str(house))

    went = visited(lambda: city.post(browser, "/inscription/vous", **applicants.fields()))

    assert went == documented(PAGE, "a resident signs up")


def test_a_note_comes_in(city: City, elsewhere: ForeignServer) -> None:
    clignancourt = city.quartier("Clignancourt")
    post = write(city, city.resident(clignancourt), clignancourt, scope="public", everywhere="1")
    city.work()
    ada = elsewhere.actor("ada")
    meet(ada)
    inbox, browser = here(f"/q/{clignancourt}/inbox"), city.browser()
    body = json.dumps(ada.create(reply_to(ada, post, "Je viens."))).encode()
    headers = ada.signed("POST", inbox, body)

    arrived = visited(lambda: browser.post(inbox, data=body, headers=headers))
    understood = visited(incoming.run_batch)

    assert arrived == documented(PAGE, "in the request: a note arrives")
    assert understood == documented(PAGE, "in the worker: the note is understood")


def test_a_program_reads_the_home_timeline(city: City) -> None:
    programs = Programs(city)
    salma = programs.of(city.resident(city.quartier("Clignancourt")))
    neighbour = programs.of(city.resident("clignancourt"))
    assert neighbour.post("/api/v1/statuses", json={"status": "Bonjour"}).status_code == 200
    salma.get("/api/v1/timelines/home")

    went = visited(lambda: salma.get("/api/v1/timelines/home"))

    assert went == documented(PAGE, "a program reads the home timeline")


def test_a_lost_cat_comes_over_the_line(city: City, elsewhere: ForeignServer) -> None:
    border = Border(city, elsewhere)
    border.receive("Bonjour")  # her city has vouched for Yuna
    cat = border.note("Chat gris perdu", **{"ql:kind": "lost", "ql:state": "open"})
    said = border.announce(border.said(cat))
    assert border.villette.post(city.browser(), f"{border.base_url}/q/{border.slug}/inbox", said).status_code == 202

    understood = visited(incoming.run_batch)

    assert understood == documented(PAGE, "in the worker: the cat is understood")
    assert "Chat gris perdu" in border.wall(border.sam)
