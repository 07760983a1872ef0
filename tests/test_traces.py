"""The traces of docs/architecture.md are true: the same files, in the order in which a reader opens them."""

from __future__ import annotations

from pathlib import Path

from tests.city import City
from tests.instance.verification.applicants import Applicants
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
