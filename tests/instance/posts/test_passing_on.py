"""« Faire suivre »: a public post goes to the followers of who passes it on, after words that say so."""

from __future__ import annotations

import pytest

from instance.accounts.models import Account
from instance.core.db import db
from instance.posts.models import Boost
from tests.city import City, Someone
from tests.instance.accounts.conftest import plain
from tests.instance.posts.writing import write


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    return city.resident(here, "salma")


def public_post(city: City, here: str) -> int:
    return write(city, city.resident(here), here, title="Marché de la rue", scope="public", everywhere="1")


def test_the_words_come_before_the_act_and_the_act_can_be_taken_back(city: City, here: str, salma: Someone) -> None:
    post = public_post(city, here)
    assert f"/p/{post}/faire-suivre" in city.get(salma.browser, f"/p/{post}").text

    before = plain(city.get(salma.browser, f"/p/{post}/faire-suivre"))
    city.post(salma.browser, f"/p/{post}/faire-suivre")

    assert "Votre profil devient visible de tous" in before
    assert db.session.query(Boost.actor_id).filter_by(actor_id=salma.actor_id).count() == 1
    assert db.session.get_one(Account, salma.account_id).spoke_outside
    assert "Vous faites suivre ce mot" in plain(city.get(salma.browser, f"/p/{post}/faire-suivre"))
    city.post(salma.browser, f"/p/{post}/ne-plus-faire-suivre")
    assert db.session.query(Boost.actor_id).filter_by(actor_id=salma.actor_id).count() == 0


def test_what_is_not_public_is_passed_on_by_nobody(city: City, here: str, salma: Someone) -> None:
    post = write(city, city.resident(here), here)

    answers = [
        city.get(salma.browser, f"/p/{post}/faire-suivre"),
        city.post(salma.browser, f"/p/{post}/faire-suivre"),
        city.get(salma.browser, f"/p/{post + 9}/faire-suivre"),
    ]

    assert [one.status_code for one in answers] == [404, 404, 404]
    assert db.session.query(Boost).count() == 0
    assert f"/p/{post}/faire-suivre" not in city.get(salma.browser, f"/p/{post}").text


def test_who_lives_nowhere_passes_nothing_on(city: City, here: str) -> None:
    post, visitor = public_post(city, here), city.visitor()

    answer = city.post(visitor.browser, f"/p/{post}/faire-suivre")

    assert (answer.status_code, answer.location) == (303, "/preuve")
    assert f"/p/{post}/faire-suivre" not in city.get(visitor.browser, f"/p/{post}").text
