"""What each client sends, from sign-in on, is answered as it expects; the page about clients says no more than that."""

from __future__ import annotations

import pytest

from tests.city import City
from tests.mastodon.clients.page import CLIENTS, PAGE, page
from tests.mastodon.clients.plays import FEATURES, Client, Play, scene
from tests.mastodon.conftest import Programs


@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.name)
def test_no_request_of_it_gets_an_error(city: City, programs: Programs, client: Client) -> None:
    salma, known = scene(city, programs)

    Play(city, client, salma, known).run()


def test_the_page_about_clients_says_what_is_played_here() -> None:
    assert PAGE.read_text() == page(PAGE.read_text())
    assert {step.feature for one in CLIENTS for step in one.steps} <= set(FEATURES)
