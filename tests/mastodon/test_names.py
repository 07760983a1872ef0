"""Names in words: linked for those who may be told of them, bare words for everybody else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from instance.accounts import outside
from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core import fed
from instance.core.db import commit, db
from instance.mastodon import filters, render
from tests.city import City, Someone
from tests.instance.posts.writing import answer, write
from tests.mastodon.conftest import Programs

POST = "/api/v1/statuses"


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    return city.resident(here, "salma")


@pytest.fixture
def odile(city: City, here: str) -> Someone:
    return city.resident(here, "odile")


def show(who: Someone, shows: bool) -> None:
    with commit():
        outside.choose(db.session.get_one(Account, who.account_id), shows=shows)


def linked(handle: str, url: str) -> str:
    return f'<span class="h-card"><a href="{url}" class="u-url mention">@<span>{handle}</span></a></span>'


def named(status: Any) -> list[str]:
    """Whom a status names, where its words lead to them; that they do is checked."""
    for one in status["mentions"]:
        assert f'href="{one["url"]}" class="u-url mention"' in status["content"]
    assert status["content"].count("mention") == len(status["mentions"])
    return [one["acct"] for one in status["mentions"]]


def test_a_name_leads_programs_to_whom_the_status_names_and_every_other_name_stays_words(
    city: City, salma: Someone, odile: Someone, programs: Programs
) -> None:
    far = city.resident(city.quartier("Montmartre"))

    said = programs.of(salma).post(POST, json={"status": f"@odile, @{far.handle} et @personne : `@odile`"}).json

    assert named(said) == ["odile"]
    assert said["content"] == (
        f"<p>{linked('odile', fed.uri_of('/u/odile'))}, @{far.handle} et @personne : <code>@odile</code></p>"
    )


def test_who_is_shown_to_strangers_no_more_is_named_to_none_in_words_that_were_kept(
    city: City, here: str, salma: Someone, odile: Someone, programs: Programs
) -> None:
    show(odile, True)
    post = write(city, salma, here, scope="public", everywhere="1", text="Voyez @odile")
    program, stranger = programs.of(city.visitor()), city.browser()
    assert named(program.get(f"{POST}/{post}").json) == ["odile"]
    assert linked("odile", "/u/odile") in city.get(stranger, f"/p/{post}").text

    show(odile, False)

    assert named(program.get(f"{POST}/{post}").json) == []
    assert "/u/odile" not in city.get(stranger, f"/p/{post}").text


def test_a_block_makes_a_name_bare_words_for_both_and_for_nobody_else(
    city: City, here: str, salma: Someone, odile: Someone, programs: Programs
) -> None:
    blocked, other = city.resident(here), city.resident(here)
    post = write(city, salma, here, text="Merci @odile")
    reply = answer(city, salma, post, "Et @odile encore")
    with commit():
        accounts.block(odile.actor_id, blocked.actor_id)

    for who, found in ((blocked, []), (other, ["odile"]), (odile, ["odile"]), (salma, ["odile"])):
        page = city.get(who.browser, f"/p/{post}").text
        assert page.count(linked("odile", "/u/odile")) == 2 * len(found)
        assert ("/u/odile" in page) is bool(found)
        assert named(programs.of(who).get(f"{POST}/{post}").json) == found
        assert named(programs.of(who).get(f"{POST}/{reply}").json) == found


def read(told: Any, who: Someone, post: int) -> Any:
    return json.loads(bytes(told[who.actor_id][post]))


def test_streams_name_to_each_whom_they_would_read_named(
    city: City, here: str, salma: Someone, odile: Someone, programs: Programs
) -> None:
    blocked, other = city.resident(here), city.resident(here)
    post = write(city, salma, here, text="Merci @odile")
    with commit():
        accounts.block(odile.actor_id, blocked.actor_id)

    with city.app.test_request_context():
        readers = dict.fromkeys([blocked.actor_id, other.actor_id], filters.NONE)
        told = render.statuses_for_each(readers, [post], context="")

    assert named(read(told, blocked, post)) == []
    assert named(read(told, other, post)) == ["odile"]


def test_a_reader_along_who_lives_elsewhere_is_named_and_their_closed_page_is_no_link_on_ours(
    city: City, here: str, salma: Someone, programs: Programs
) -> None:
    there = city.quartier("Montmartre")
    city.adjoin(here, there)
    far = city.resident(there, "farida")

    post = write(city, salma, here, scope="neighbours", text="Merci @farida")

    assert named(programs.of(salma).get(f"{POST}/{post}").json) == ["farida"]
    assert city.get(salma.browser, "/u/farida").status_code == 404
    assert "/u/farida" not in city.get(salma.browser, f"/p/{post}").text
    assert linked("farida", "/u/farida") in city.get(far.browser, f"/p/{post}").text


def test_a_public_post_leads_other_servers_to_whom_it_tags(
    city: City, here: str, salma: Someone, odile: Someone
) -> None:
    show(odile, True)
    post = write(city, salma, here, scope="public", everywhere="1", text="Voyez @odile et @personne")

    note = city.browser().get(f"/p/{post}", headers={"Accept": "application/activity+json"}).json
    assert note is not None

    url = fed.uri_of("/u/odile")
    assert [one["href"] for one in note["tag"] if one["type"] == "Mention"] == [url]
    assert f"Voyez {linked('odile', url)} et @personne" in note["content"]
