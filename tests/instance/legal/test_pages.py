"""Legal pages, rules and guide, as the public and a resident read them."""

from __future__ import annotations

import pytest
from flask import Flask

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.legal import service
from tests.city import City
from tests.instance.accounts.conftest import plain

PATHS = ("/mentions-legales", "/regles", "/contact", "/confidentialite", "/accessibilite", "/guide")


def write(kind: str, language: str, text: str) -> int:
    with commit():
        return service.write(kind, language, text).version


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_there_for_strangers_before_anybody_wrote_it(city: City, path: str) -> None:
    answer = city.get(city.browser(), path)

    assert answer.status_code == 200
    assert "pas encore écrit" in plain(answer)
    assert city.get(city.browser(), f"{path}/versions").status_code == 200
    assert city.get(city.browser(), f"{path}/versions/1").status_code == 404


def test_an_edit_makes_a_new_version_and_the_previous_stays_readable(city: City) -> None:
    first = write("regles", "fr", "## Au début\n\nOn se dit bonjour.")
    second = write("regles", "fr", "## Ensuite\n\nOn se dit bonsoir.")

    now = city.get(city.browser(), "/regles")
    before = city.get(city.browser(), f"/regles/versions/{first}")

    assert "bonsoir" in plain(now) and "bonjour" not in plain(now)
    assert "bonjour" in plain(before) and "Ancienne version" in plain(before)
    assert "Ancienne version" not in plain(city.get(city.browser(), f"/regles/versions/{second}"))
    assert f"/regles/versions/{first}" in plain(city.get(city.browser(), "/regles/versions"))


def test_the_same_text_written_again_is_no_new_version(city: City) -> None:
    first = write("guide", "fr", "On prête, on rend.")

    assert write("guide", "fr", "On prête, on rend.\r\n") == first


def test_a_version_number_names_one_text_whatever_the_language(city: City) -> None:
    french, english = write("guide", "fr", "On prête, on rend."), write("guide", "en", "Lend and give back.")

    assert french != english
    assert "Lend" in plain(city.get(city.browser(), f"/guide/versions/{english}"))
    assert 'lang="en"' in plain(city.get(city.browser(), f"/guide/versions/{english}"))


def test_a_page_comes_in_the_readers_language_or_in_the_one_there_is(city: City) -> None:
    write("contact", "fr", "Écrivez-nous.")
    browser = city.browser()
    city.get(browser, "/langue/en")

    assert "Écrivez-nous." in plain(city.get(browser, "/contact"))

    write("contact", "en", "Write to us.")

    assert "Write to us." in plain(city.get(browser, "/contact"))
    assert "Écrivez-nous." in plain(city.get(city.browser(), "/contact"))


def test_a_page_cannot_carry_a_script(city: City) -> None:
    write("regles", "fr", "<script>alert(1)</script> [ici](javascript:alert(1)) [là](//ailleurs.example)")

    text = plain(city.get(city.browser(), "/regles"))

    assert "<script>alert" not in text
    assert 'href="javascript' not in text
    assert 'href="//ailleurs' not in text


def test_registrations_wait_for_three_french_pages_without_a_blank(city: City, app: Flask) -> None:
    for kind in ("mentions", "regles"):
        write(kind, "fr", "Écrit.")
    write("contact", "en", "Only in English.")
    assert not service.are_filled()

    write("contact", "fr", "Téléphone : [à remplir : téléphone]")
    assert service.missing() == ["contact"]

    write("contact", "fr", "Téléphone : 04 65 71 12 34")
    assert service.are_filled()

    write("mentions", "fr", "Name: [to fill in: name of the association]")
    assert service.missing() == ["mentions"]
    write("mentions", "fr", "")
    assert service.missing() == ["mentions"]


def test_the_guide_is_new_to_a_resident_until_read_and_again_when_it_changes(city: City) -> None:
    salma = city.resident(city.quartier("Clignancourt"))

    def unseen() -> int | None:
        db.session.rollback()
        return service.unseen_guide(db.session.get_one(Account, salma.account_id))

    assert unseen() is None
    first = write("guide", "fr", "On prête, on rend.")
    assert unseen() == first
    assert "J’ai lu le guide" in plain(city.get(salma.browser, "/guide"))

    answer = city.post(salma.browser, "/guide/lu", version=first, next="https://ailleurs.example/")

    assert answer.location == "/"
    assert unseen() is None
    assert "J’ai lu le guide" not in plain(city.get(salma.browser, "/guide"))
    assert unseen() is None
    second = write("guide", "fr", "On prête, on rend, on remercie.")
    assert unseen() == second


def test_nobody_marks_a_guide_that_is_not_written_yet_as_read(city: City) -> None:
    salma = city.resident(city.quartier("Clignancourt"))
    first = write("guide", "fr", "Un.")

    city.post(salma.browser, "/guide/lu", version=first + 100)
    second = write("guide", "fr", "Deux.")

    assert service.unseen_guide(db.session.get_one(Account, salma.account_id)) == second
    assert city.post(city.browser(), "/guide/lu", version=1).status_code == 404


def test_the_rules_give_the_headings_that_a_decision_may_cite(city: City) -> None:
    version = write("regles", "fr", "## Les règles\n\n### 1. Vous êtes vous\n\nOui.\n\n### 2. Aucune haine\n\nNon.")

    assert service.rules() == (version, ["1. Vous êtes vous", "2. Aucune haine"])
