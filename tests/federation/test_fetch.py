"""A remote document is believed only where it was found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from federation.errors import (
    BadDocument,
    Forbidden,
    Gone,
    NotActivity,
    NotFound,
    Refused,
    Unreachable,
)
from federation.fetch import retry_after_s
from federation.vocabulary import ACCEPT, LD_JSON
from tests.federation.letters import NOW
from tests.federation.net import ALICE, APPLICATION, HOME, Town, actor, note

POST = "https://aix.example/p/1"


@pytest.fixture
def town() -> Town:
    return Town()


def test_a_document_is_fetched_with_the_instances_signature(town):
    town.net.put(POST, note())

    assert town.fed.fetch(POST).content == note()["content"]

    (asked,) = town.net.asked
    assert asked.headers["accept"] == ACCEPT
    assert f'keyId="{APPLICATION}#main-key"' in asked.headers["signature"]


def test_a_city_without_a_key_asks_unsigned(town):
    town.keys.private.clear()
    town.net.put(POST, note())

    town.fed.fetch(POST)

    assert "signature" not in town.net.asked[0].headers


@pytest.mark.parametrize("kind", ["text/html", "application/json", "application/ld+json", "image/png", ""])
def test_an_upload_is_no_document_whatever_it_says(town, kind):
    town.net.put(POST, note(), kind=kind)

    with pytest.raises(NotActivity):
        town.fed.fetch(POST)


@pytest.mark.parametrize("kind", [LD_JSON, "application/activity+json; charset=utf-8", "Application/Activity+JSON"])
def test_both_content_types_of_activitypub_are_read(town, kind):
    town.net.put(POST, note(), kind=kind)

    assert town.fed.fetch(POST).id == POST


def test_a_page_address_leads_to_the_id_by_one_more_question(town):
    town.net.put("https://aix.example/@alice/1", note())
    town.net.put(POST, note())

    assert town.fed.fetch("https://aix.example/@alice/1").id == POST
    assert len(town.net.asked) == 2


def test_a_document_that_claims_an_id_elsewhere_is_read_there_or_nowhere(town):
    lie = note(content="<p>menti</p>")
    town.net.put("https://evil.example/copy", lie)
    with pytest.raises(NotFound):
        town.fed.fetch("https://evil.example/copy")

    town.net.put(POST, note())
    assert town.fed.fetch("https://evil.example/copy").content == note()["content"]


def test_a_chain_of_ids_ends_after_one_more_question(town):
    town.net.put(POST, note("https://aix.example/p/2"))
    town.net.put("https://aix.example/p/2", note("https://aix.example/p/3"))
    town.net.put("https://aix.example/p/3", note("https://aix.example/p/3"))

    with pytest.raises(NotActivity):
        town.fed.fetch(POST)

    assert len(town.net.asked) == 2


def test_where_a_redirect_ended_counts_not_where_it_began(town):
    town.net.put(POST, note(), final="https://aix.example/uploads/1.json")
    with pytest.raises(NotActivity):
        town.fed.fetch(POST)


@pytest.mark.parametrize("id", [None, "", 7, f"{POST}#x", "https://u@aix.example/p/1"])
def test_a_document_without_a_proper_id_is_refused(town, id):
    town.net.put(POST, note() | {"id": id})

    with pytest.raises((NotActivity, BadDocument)):
        town.fed.fetch(POST)


def test_a_post_by_an_author_of_another_server_is_refused(town):
    town.net.put(POST, note(author="https://lyon.example/u/zoe"))

    with pytest.raises(NotActivity):
        town.fed.fetch(POST)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotFound), (410, Gone), (403, Refused), (401, Refused), (500, Unreachable), (429, Unreachable),
        (408, Unreachable), (418, NotActivity), (302, NotActivity), (201, NotActivity), (204, NotActivity),
    ],
)  # fmt: skip
def test_each_answer_has_its_meaning(town, status, error):
    town.net.put(POST, note(), status=status, retry_after="12")

    with pytest.raises(error) as raised:
        town.fed.fetch(POST)
    if status in (429, 500):
        assert raised.value.retry_after_s == 12


def test_a_host_that_refuses_one_scheme_is_asked_in_the_other(town):
    town.net.put(POST, note(), status=401)

    with pytest.raises(Refused):
        town.fed.fetch(POST)

    assert ["signature-input" in request.headers for request in town.net.asked] == [False, True]
    assert town.policy.schemes == {}


def test_a_blocked_host_and_our_own_are_not_asked(town):
    town.policy.blocked.add("aix.example")
    for uri in (POST, f"{HOME}/p/1"):
        with pytest.raises(Refused):
            town.fed.fetch(uri)

    assert town.net.asked == []


def test_an_actor_is_an_actor_with_an_inbox(town):
    town.net.put(ALICE, actor())
    assert town.fed.fetch_actor(ALICE).inbox == f"{ALICE}/inbox"

    for odd in (note(ALICE), actor(inbox=None), actor(inbox="mailto:alice@aix.example")):
        town.net.put(ALICE, odd)
        with pytest.raises(NotActivity):
            town.fed.fetch_actor(ALICE)


def test_a_budget_bounds_the_fetches_of_one_activity(town):
    town.net.put(POST, note())

    with town.fed.budget(2) as budget:
        town.fed.fetch(POST)
        assert budget.left == 1
        town.fed.fetch(POST)
        with pytest.raises(Forbidden):
            town.fed.fetch(POST)

    town.fed.fetch(POST)
    assert len(town.net.asked) == 3


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("9" * 30, 86_400), ("", None), ("soon", None), ("-4", None), ("²", None)],
)
def test_retry_after_is_a_number_of_seconds_up_to_a_day(text, seconds):
    assert retry_after_s({"retry-after": text}, NOW) == seconds


def test_retry_after_may_be_a_date():
    later = (NOW + timedelta(minutes=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")

    assert retry_after_s({"retry-after": later}, NOW) == 120
    assert retry_after_s({"retry-after": "Sat, 02 May 2020 09:00:00 GMT"}, NOW) == 0
