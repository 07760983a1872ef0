"""A city that was there before federation: who spoke to everybody then is shown like who does so now."""

from __future__ import annotations

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.posts import earlier
from tests.city import City
from tests.instance.posts.writing import write


def test_who_spoke_publicly_before_there_were_other_servers_is_shown_by_the_short_name_and_nobody_else(
    city: City,
) -> None:
    here = city.quartier("Clignancourt")
    spoke, silent = city.resident(here, "salma", name="Salma Berger"), city.resident(here, "bruno")
    write(city, spoke, here, title="Pour tous", scope="public", everywhere="1")
    write(city, silent, here, title="Pour nous")
    with commit():  # as the first schema left them
        for someone in (spoke, silent):
            account = db.session.get_one(Account, someone.account_id)
            account.spoke_outside, account.actor.outside_name = False, ""
    assert city.get(city.browser(), "/u/salma").status_code == 404

    earlier.show_who_spoke({})

    assert "Salma B." in city.get(city.browser(), "/u/salma").text
    assert "Berger" not in city.get(city.browser(), "/u/salma").text
    assert city.get(city.browser(), "/u/bruno").status_code == 404
