"""A resident's page for strangers: none, until they speak to everybody or ask to be seen; then a short name."""

from __future__ import annotations

import pytest

from instance.accounts import service
from instance.accounts.models import Account
from instance.core.db import commit, db
from tests.city import City, Someone
from tests.instance.posts.writing import answer, write


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    someone = city.resident(here, "salma", name="Salma Bennani", street="rue Ramey", summary="J’aime les **vélos**.")
    city.post(someone.browser, "/reglages/nom", shown="full")
    return someone


def test_a_hidden_resident_is_nobody(city: City, salma: Someone) -> None:
    others = [city.browser(), city.visitor().browser, city.resident(city.quartier("Montmartre")).browser]

    for browser in others:
        hidden, absent = city.get(browser, "/u/salma"), city.get(browser, "/u/personne")

        assert hidden.status_code == absent.status_code == 404
        assert hidden.data == absent.data and dict(hidden.headers) == dict(absent.headers)


@pytest.mark.parametrize("how", ["speaks", "answers", "ticks"])
def test_who_wants_to_be_seen_is_first_name_and_initial(city: City, here: str, salma: Someone, how: str) -> None:
    if how == "speaks":
        write(city, salma, here, title="Ocarina", scope="public", everywhere="1")
    elif how == "answers":
        first = write(city, city.resident(here), here, scope="public", everywhere="1")
        answer(city, salma, first, "Oui.", scope="public", everywhere="1")
    else:
        city.post(salma.browser, "/reglages/dehors", shows_outside="1")
    write(city, salma, here, title="Zibeline")

    found = city.get(city.browser(), "/u/salma")

    assert found.status_code == 200
    assert "Salma B." in found.text and "@salma@localhost:8000" in found.text and "<strong>vélos" in found.text
    assert ("Ocarina" in found.text) is (how == "speaks")
    for word in ("Bennani", "Ramey", "Clignancourt", "Zibeline"):
        assert word not in found.text, word
    assert 'name="robots" content="noindex"' in found.text


def test_a_quartier_post_shows_nobody_outside(city: City, here: str, salma: Someone) -> None:
    for scope in ("quartier",):
        write(city, salma, here, title="Zibeline", scope=scope)

    assert city.get(city.browser(), "/u/salma").status_code == 404
    assert not db.session.get_one(Account, salma.account_id).spoke_outside


def test_neighbours_go_on_seeing_their_neighbour(city: City, here: str, salma: Someone) -> None:
    city.post(salma.browser, "/reglages/dehors", shows_outside="1")

    found = city.get(city.resident(here).browser, "/u/salma")

    assert "Salma Bennani" in found.text and "rue Ramey" in found.text


def test_residents_see_their_page_from_outside(city: City, salma: Someone) -> None:
    city.post(salma.browser, "/reglages/dehors", shows_outside="1")

    own = city.get(salma.browser, "/u/salma")
    outside = city.get(salma.browser, "/u/salma?dehors=1")

    assert "dehors=1" in own.text
    assert "Bennani" not in outside.text.partition("<main")[2].partition("</main")[0]


def test_a_block_hides_the_page_from_who_is_blocked(city: City, salma: Someone) -> None:
    city.post(salma.browser, "/reglages/dehors", shows_outside="1")
    other = city.resident(city.quartier("Montmartre"))
    with commit():
        service.block(salma.actor_id, other.actor_id)

    assert city.get(other.browser, "/u/salma").status_code == 404
    assert city.get(city.browser(), "/u/salma").status_code == 200


def test_somebody_of_elsewhere_may_block_who_is_shown(city: City, salma: Someone) -> None:
    city.post(salma.browser, "/reglages/dehors", shows_outside="1")
    other = city.resident(city.quartier("Montmartre"))

    assert city.post(other.browser, "/u/salma/bloquer").status_code == 303
    assert city.get(other.browser, "/u/salma").status_code == 404


def test_a_suspended_resident_has_no_page(city: City, salma: Someone) -> None:
    city.post(salma.browser, "/reglages/dehors", shows_outside="1")
    with commit():
        db.session.get_one(Account, salma.account_id).state = "suspended"

    assert city.get(city.browser(), "/u/salma").status_code == 404


def test_a_choice_that_is_none_is_refused_and_nothing_is_kept(city: City, salma: Someone) -> None:
    refused = city.post(salma.browser, "/reglages/dehors", shows_outside="1", reached_by="aliens", summary="Neuf")
    too_long = city.post(salma.browser, "/reglages/dehors", shows_outside="1", summary="a" * 501)

    account = db.session.get_one(Account, salma.account_id)
    assert refused.status_code == too_long.status_code == 422
    assert not account.shows_outside and account.reached_by == "anyone" and "vélos" in account.summary
    assert "a" * 501 in too_long.text
