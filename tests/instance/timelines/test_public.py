"""The public side of a quartier: its public words, how to follow it, its feed; nothing else and nobody's full name."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.city import City, Someone
from tests.instance.posts.writing import answer, write

ATOM = "{http://www.w3.org/2005/Atom}"


def tell(city: City, someone: Someone, quartier: str, **more: Any) -> int:
    return write(city, someone, quartier, scope="public", everywhere="1", **more)


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    return city.resident(here, "salma", name="Salma Bennani", is_name_full=True, street="rue Ramey")


def readers(city: City, here: str) -> dict[str, Any]:
    there = city.quartier("Goutte-d'Or")
    return {
        "a stranger": city.browser(),
        "a visitor": city.visitor().browser,
        "a resident of elsewhere": city.resident(there).browser,
    }


def test_strangers_read_what_is_public_and_how_to_follow(city: City, here: str, salma: Someone) -> None:
    tell(city, salma, here, title="Ocarina", text="À vous tous")
    write(city, salma, here, title="Zibeline", text="Entre nous")

    for who, browser in readers(city, here).items():
        found = city.get(browser, f"/q/{here}")

        assert found.status_code == 200, who
        assert "Ocarina" in found.text and f"@{here}@localhost:8000" in found.text
        assert f"/q/{here}/atom.xml" in found.text
        assert "Zibeline" not in found.text and "Entre nous" not in found.text


def test_strangers_see_first_name_and_initial(city: City, here: str, salma: Someone) -> None:
    city.post(salma.browser, "/reglages/nom", shown="full")
    post = tell(city, salma, here, title="Ocarina")
    bruno = city.resident(here, "bruno", name="Bruno Keller")
    city.post(bruno.browser, "/reglages/nom", shown="full")
    answer(city, bruno, post, "Oui.", scope="public", everywhere="1")
    near = city.resident(here)

    for who, browser in readers(city, here).items():
        if who == "a resident of elsewhere":
            continue
        pages = [city.get(browser, path).text for path in (f"/q/{here}", f"/p/{post}", f"/q/{here}/atom.xml")]

        assert all("Salma B." in text for text in pages), who
        for text in pages:
            assert "Bennani" not in text and "Keller" not in text and "Ramey" not in text
    assert "Salma Bennani" in city.get(near.browser, f"/p/{post}").text


def test_to_strangers_an_answer_does_not_tell_where_its_author_lives(city: City, here: str, salma: Someone) -> None:
    post = tell(city, salma, here, title="Ocarina")
    there = city.quartier("Montmartre")
    karim = city.resident(there, "karim")
    answer(city, karim, post, "De loin.", scope="public", everywhere="1")

    found = city.get(city.browser(), f"/p/{post}")

    assert "De loin" in found.text and "Montmartre" not in found.text


@pytest.mark.parametrize("path", ["", "/atom.xml"])
def test_a_pilot_has_no_public_side(city: City, path: str) -> None:
    slug = city.quartier("Goutte-d'Or", state="pilot")

    hidden, absent = city.get(city.browser(), f"/q/{slug}{path}"), city.get(city.browser(), f"/q/nulle-part{path}")

    assert hidden.status_code == absent.status_code == 404
    assert hidden.data == absent.data and dict(hidden.headers) == dict(absent.headers)


def test_residents_get_their_wall_and_can_look_from_outside(city: City, here: str, salma: Someone) -> None:
    tell(city, salma, here, title="Ocarina")
    write(city, salma, here, title="Zibeline")

    wall = city.get(salma.browser, f"/q/{here}")
    outside = city.get(salma.browser, f"/q/{here}?dehors=1")

    assert "Zibeline" in wall.text and "dehors=1" in wall.text
    assert "Ocarina" in outside.text and "Zibeline" not in outside.text


def test_a_page_leads_to_the_older_ones(city: City, here: str, salma: Someone) -> None:
    for number in range(22):
        tell(city, salma, here, title=f"Mot {number}.")

    first = city.get(city.browser(), f"/q/{here}").text
    older = first.split("avant=")[1].split('"')[0].split("&")[0]
    second = city.get(city.browser(), f"/q/{here}?avant={older}").text

    assert "Mot 21." in first and "Mot 1." not in first
    assert "Mot 1." in second and "Mot 0." in second and "Mot 2." not in second


def test_the_feed_holds_the_public_words(city: City, here: str, salma: Someone) -> None:
    post = tell(city, salma, here, title="Ocarina & <flûte>\x0b", text="À *tous*")
    write(city, salma, here, title="Zibeline")

    found = city.get(city.browser(), f"/q/{here}/atom.xml")
    feed = ElementTree.fromstring(found.data)
    entries = feed.findall(f"{ATOM}entry")

    assert found.content_type == "application/atom+xml; charset=utf-8"
    assert found.headers["Cache-Control"] == "public, max-age=300"
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [f"http://localhost:8000/p/{post}"]
    assert (entries[0].findtext(f"{ATOM}title") or "").startswith("Ocarina & <flûte>")
    assert "<em>tous</em>" in (entries[0].findtext(f"{ATOM}content") or "")
    assert entries[0].findtext(f"{ATOM}author/{ATOM}name") == "Salma B."
    again = city.browser().get(f"/q/{here}/atom.xml", headers={"If-None-Match": found.headers["ETag"]})
    assert again.status_code == 304


def test_the_feed_is_the_same_for_who_lives_there(city: City, here: str, salma: Someone) -> None:
    city.post(salma.browser, "/reglages/nom", shown="full")
    tell(city, salma, here, title="Ocarina")

    assert city.get(salma.browser, f"/q/{here}/atom.xml").data == city.get(city.browser(), f"/q/{here}/atom.xml").data


def test_what_was_deleted_or_hidden_is_on_neither(city: City, here: str, salma: Someone) -> None:
    post = tell(city, salma, here, title="Ocarina")
    city.post(salma.browser, f"/p/{post}/supprimer")

    for path in ("", "/atom.xml"):
        assert "Ocarina" not in city.get(city.browser(), f"/q/{here}{path}").text
