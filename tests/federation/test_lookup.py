"""From a handle to an actor: both sides must agree."""

from __future__ import annotations

import pytest

from federation import webfinger
from federation.errors import BadDocument, FederationError, NotActivity, NotFound, Refused
from federation.vocabulary import ACTIVITY_JSON, JRD_JSON, LD_JSON
from tests.federation.net import ALICE, Town, actor

ASKED = "https://aix.example/.well-known/webfinger?resource=acct:alice@aix.example"
VANITY = "https://vanity.example/.well-known/webfinger?resource=acct:alice@vanity.example"


@pytest.fixture
def town() -> Town:
    town = Town()
    town.net.put(ALICE, actor(preferredUsername="alice"))
    town.net.put(ASKED, webfinger.document("acct:alice@aix.example", ALICE), kind=JRD_JSON)
    return town


@pytest.mark.parametrize("handle", ["@alice@aix.example", "alice@AIX.example", "acct:alice@aix.example."])
def test_a_handle_leads_to_its_actor(town, handle):
    assert town.fed.lookup(handle) == ALICE


def test_a_name_on_another_host_counts_if_the_actors_host_confirms_it(town):
    town.net.put(VANITY, webfinger.document("acct:alice@vanity.example", ALICE), kind=JRD_JSON)
    with pytest.raises(NotActivity) as error:
        town.fed.lookup("@alice@vanity.example")
    assert error.value.code == "lookup.unconfirmed"

    town.net.put(ASKED, webfinger.document("acct:alice@vanity.example", ALICE), kind=JRD_JSON)
    assert town.fed.lookup("@alice@vanity.example") == ALICE


def test_a_name_that_nobody_bears_is_not_found(town):
    with pytest.raises(NotFound):
        town.fed.lookup("@bob@aix.example")


def test_our_own_names_are_not_asked_for(town):
    with pytest.raises(Refused):
        town.fed.lookup("@bob@marseille.example")

    assert town.net.asked == []


@pytest.mark.parametrize(
    "handle", ["alice", "@alice", "@@aix.example", "a b@aix.example", "alice@aix.example/x", "a" * 400]
)
def test_what_is_no_handle_is_refused(town, handle):
    with pytest.raises(BadDocument):
        town.fed.lookup(handle)


def test_an_answer_that_is_no_jrd_is_refused(town):
    for content, kind in (
        (b"<html>", "text/html"),
        (b"[]", JRD_JSON),
        (b"{}", JRD_JSON),
        (b"{}", "application/xrd+xml"),
    ):
        town.net.put(ASKED, content, kind=kind)
        with pytest.raises(FederationError):
            town.fed.lookup("@alice@aix.example")


def test_a_resource_is_split_into_user_and_host():
    assert webfinger.parse_resource("acct:Alice@Marseille.example") == ("Alice", "marseille.example")
    assert webfinger.parse_resource("@alice@marseille.example:8443") == ("alice", "marseille.example:8443")
    for wrong in (
        "",
        "acct:",
        "acct:alice",
        "https://marseille.example/u/alice",
        "acct:a@b@",
        "x" * 600,
        "acct:a@[::1",
    ):
        with pytest.raises(BadDocument):
            webfinger.parse_resource(wrong)


def test_our_jrd_says_what_others_look_for():
    jrd = webfinger.document(
        "acct:alice@aix.example", ALICE, "https://aix.example/@alice", "https://aix.example/f?u={uri}"
    )

    assert webfinger.read(jrd) == ALICE
    assert webfinger.subject(jrd) == ("alice", "aix.example")
    assert [link["rel"].rpartition("/")[2] for link in jrd["links"]] == ["self", "profile-page", "subscribe"]
    assert jrd["aliases"] == ["https://aix.example/@alice", ALICE]


@pytest.mark.parametrize("kind", [ACTIVITY_JSON, LD_JSON])
def test_the_self_link_may_have_either_type(kind):
    assert webfinger.read({"links": {"rel": "self", "type": kind, "href": ALICE}}) == ALICE


@pytest.mark.parametrize(
    "links",
    [None, [], [None], [{"rel": "self", "type": "text/html", "href": ALICE}], [{"rel": "self", "type": ACTIVITY_JSON}]],
)
def test_a_jrd_without_an_actor_is_refused(links):
    with pytest.raises(NotActivity):
        webfinger.read({"links": links})


def test_host_meta_escapes_what_it_is_given():
    assert 'template="https://a.example/?x&amp;y/.well-known/webfinger?resource={uri}"' in webfinger.host_meta(
        "https://a.example/?x&y"
    )
