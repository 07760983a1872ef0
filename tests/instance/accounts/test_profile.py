"""Who sees a person's page: neighbours of the quartier. For all others nobody of that name is here."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from instance.accounts import service
from instance.accounts.models import Account, Block
from instance.core.db import commit, db
from tests.instance.accounts.conftest import plain
from tests.support.pages import signless


@pytest.fixture
def letort(city):
    return city.quartier("Letort")


@pytest.fixture
def salma(city, letort):
    return city.resident(letort, "salma", name="Salma Berger")


def asked(city, browser, path):
    """What a request tells: status, headers, body without its moment's signs, number of statements."""
    counted = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *args: counted.append(args[2]))
    answer = city.get(browser, path)
    event.remove(db.engine, "before_cursor_execute", note)
    body = signless(plain(answer))
    headers = {name: value for name, value in answer.headers.items() if name not in {"Date", "Set-Cookie"}}
    return answer.status_code, headers, body, len(counted)


def test_a_neighbour_sees_name_handle_quartier_and_month(city, letort, salma):
    bruno = city.resident(letort, "bruno")

    answer = city.get(bruno.browser, "/u/salma")

    page = plain(answer)
    assert answer.status_code == 200
    for word in ("Salma B.", "@salma", "Letort", "/u/salma/bloquer"):
        assert word in page
    assert "Berger" not in page
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_street_stands_there_only_if_its_owner_shows_it(city, letort, salma):
    bruno = city.resident(letort, "bruno")
    assert "rue Marcadet" not in plain(city.get(bruno.browser, "/u/salma"))

    with commit():
        service.set_street(db.session.get_one(Account, salma.account_id), "rue Marcadet")

    assert "rue Marcadet" in plain(city.get(bruno.browser, "/u/salma"))


def test_one_s_own_page_is_always_there(city, salma):
    visitor = city.visitor("karim")

    own, resident = city.get(visitor.browser, "/u/karim"), city.get(salma.browser, "/u/Salma")

    assert (own.status_code, resident.status_code) == (200, 200)
    assert "/bloquer" not in plain(own)


def strangers(city, letort, salma):
    """Everybody who may not see Salma, by why."""
    goutte = city.quartier("Goutte")
    city.adjoin(letort, goutte)
    blocked, blocker = city.resident(letort, "blocked"), city.resident(letort, "blocker")
    moved = city.resident(letort, "moved")
    city.move_away(moved)
    with commit():
        service.block(salma.actor_id, blocked.actor_id)
        service.block(blocker.actor_id, salma.actor_id)
    here = {"roles_here": ("moderator", "referent", "verifier")}
    return {
        "a stranger": city.browser(),
        "a visitor": city.visitor("visitor").browser,
        "a resident of the next quartier": city.resident(goutte, "elsewhere").browser,
        "an admin": city.admin().browser,
        "an admin with every role of another quartier": city.resident(goutte, "many", **here).browser,
        "somebody she blocked": blocked.browser,
        "somebody who blocked her": blocker.browser,
        "somebody who moved away": moved.browser,
    }


def test_to_all_others_she_is_like_a_handle_that_nobody_has(city, letort, salma):
    for who, browser in strangers(city, letort, salma).items():
        city.get(browser, "/u/nobody")

        absent = asked(city, browser, "/u/nobody")

        assert absent[0] == 404, who
        assert asked(city, browser, "/u/salma") == absent, who


def test_a_role_for_her_quartier_shows_no_face(city, letort, salma):
    verifier = city.visitor("verifier")
    city.give_role(verifier, "verifier", letort)
    city.give_role(verifier, "moderator", letort)

    assert asked(city, verifier.browser, "/u/salma") == asked(city, verifier.browser, "/u/nobody")


def test_a_quartier_s_name_is_no_person(city, letort, salma):
    assert city.get(salma.browser, "/u/letort").status_code == 404


@pytest.mark.parametrize("handle", ["sal%00ma", "🦊", "x" * 3000, "salma%27--", "%25"])
def test_what_cannot_be_a_handle_is_nobody(city, salma, handle):
    assert city.get(salma.browser, f"/u/{handle}").status_code == 404


def test_a_suspended_neighbour_is_not_shown(city, letort, salma):
    bruno = city.resident(letort, "bruno")
    with commit():
        db.session.get_one(Account, salma.account_id).state = "suspended"

    assert city.get(bruno.browser, "/u/salma").status_code == 404


def test_a_neighbour_whose_proof_is_long_over_is_not_shown(city, letort, salma, clock):
    bruno = city.resident(letort, "bruno")
    clock.forward(days=735)
    city.settle(bruno, letort)
    city.log_in(bruno)

    assert city.get(bruno.browser, "/u/salma").status_code == 404


def test_a_block_parts_both_and_tells_nothing(city, letort, salma):
    bruno = city.resident(letort, "bruno")

    answer = city.post(salma.browser, "/u/bruno/bloquer")

    assert (answer.status_code, answer.location) == (303, "/reglages/bloques")
    assert city.get(salma.browser, "/u/bruno").status_code == 404
    assert asked(city, bruno.browser, "/u/salma") == asked(city, bruno.browser, "/u/nobody")


def test_an_unblocked_neighbour_is_there_again(city, letort, salma):
    bruno = city.resident(letort, "bruno")
    city.post(salma.browser, "/u/bruno/bloquer")

    assert city.post(salma.browser, "/u/bruno/debloquer").status_code == 303

    assert city.get(bruno.browser, "/u/salma").status_code == 200
    assert city.get(salma.browser, "/u/bruno").status_code == 200


def test_unblocking_does_not_end_the_other_side_s_block(city, letort, salma):
    bruno = city.resident(letort, "bruno")
    with commit():
        service.block(bruno.actor_id, salma.actor_id)

    answer = city.post(salma.browser, "/u/bruno/debloquer")

    assert answer.status_code == 404
    assert db.session.scalar(db.select(Block.blocker_id)) == bruno.actor_id


def test_only_a_neighbour_in_sight_can_be_blocked(city, letort, salma):
    for who, browser in strangers(city, letort, salma).items():
        known, unknown = city.post(browser, "/u/salma/bloquer"), city.post(browser, "/u/nobody/bloquer")

        assert known.status_code == unknown.status_code == (401 if who == "a stranger" else 404), who


def test_blocking_oneself_changes_nothing(city, salma):
    city.post(salma.browser, "/u/salma/bloquer")

    assert city.get(salma.browser, "/u/salma").status_code == 200
    assert db.session.scalars(db.select(Block)).all() == []
