"""Followers sync (FEP-8fcf): both servers find out who follows, when one of them has lost a word."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import select

from instance.accounts import followers_sync, follows
from instance.accounts.models import Actor
from instance.core.db import commit, db
from tests.city import Someone
from tests.instance.fediverse.conftest import Wire
from tests.support.peer import ForeignActor, ForeignServer, Json


def digest(*uris: str) -> str:
    """As the proposal defines it, by our own hand."""
    mixed = bytes(32)
    for uri in uris:
        mixed = bytes(a ^ b for a, b in zip(mixed, hashlib.sha256(uri.encode()).digest(), strict=True))
    return mixed.hex()


def be_followed(wire: Wire, actor: ForeignActor, by: Someone) -> None:
    wire.known(actor)
    with commit():
        row = db.session.scalars(select(Actor).where(Actor.uri == actor.uri)).one()
        follows.accept(follows.follow(db.session.get_one(Actor, by.actor_id), row))
    wire.city.work()


def private_note(wire: Wire, ada: ForeignActor, *listed: str, collection: str = "", as_digest: str = "") -> Json:
    """A followers-only Create that says who follows; the server lists `listed`. What was sent."""
    followers = ada.document["followers"]
    url = ada.server.put(
        "/sync", {"id": f"{ada.server.base_url}/sync", "type": "OrderedCollection", "orderedItems": list(listed)}
    )
    activity = ada.create(ada.note("pour vous", to=[followers]), to=[followers])
    header = f'collectionId="{collection or followers}", url="{url}", digest="{as_digest or digest(*listed)}"'
    body = json.dumps(activity).encode()
    headers = ada.signed("POST", wire.inbox, body) | {"Collection-Synchronization": header}
    assert wire.city.browser().post(wire.inbox, data=body, headers=headers).status_code == 202
    wire.city.work()
    return activity


def kinds(ada: ForeignActor) -> list[str]:
    return [one["type"] for one in ada.server.inbox_of(ada)]


@pytest.fixture
def bea(wire: Wire) -> Someone:
    bea = wire.city.resident(wire.slug, "bea")
    wire.make_keys()
    return bea


def test_where_both_agree_nothing_is_fetched(wire: Wire, elsewhere: ForeignServer, bea: Someone) -> None:
    ada = elsewhere.actor("ada")
    be_followed(wire, ada, wire.sam)

    private_note(wire, ada, wire.sam_uri)

    assert elsewhere.fetches("/sync") == 0
    assert wire.follow(wire.sam_uri, ada.uri) == "accepted"


def test_whom_the_other_side_does_not_list_follows_no_more(wire: Wire, elsewhere: ForeignServer, bea: Someone) -> None:
    ada = elsewhere.actor("ada")
    be_followed(wire, ada, wire.sam)
    be_followed(wire, ada, bea)

    private_note(wire, ada, wire.sam_uri)

    assert elsewhere.fetches("/sync") == 1
    assert wire.follow(wire.sam_uri, ada.uri) == "accepted"
    assert wire.follow(wire.uri(bea), ada.uri) is None


def test_whom_the_other_side_lists_too_much_is_undone_there(wire: Wire, elsewhere: ForeignServer, bea: Someone) -> None:
    ada = elsewhere.actor("ada")
    be_followed(wire, ada, wire.sam)

    private_note(wire, ada, wire.sam_uri, wire.uri(bea), "https://third.example/users/x")
    refused = kinds(ada)
    private_note(wire, ada, wire.sam_uri, wire.uri(bea))

    assert refused == ["Follow"]  # the digest was about others than ours too: what does not add up is not believed
    assert kinds(ada) == ["Follow", "Undo"]
    assert wire.follow(wire.sam_uri, ada.uri) == "accepted"


@pytest.mark.parametrize("fault", ["another collection", "another digest", "no digest"])
def test_a_word_that_does_not_hold_changes_nothing(
    wire: Wire, elsewhere: ForeignServer, farther: ForeignServer, fault: str
) -> None:
    ada = elsewhere.actor("ada")
    be_followed(wire, ada, wire.sam)
    faults = {
        "another collection": {"collection": farther.actor("eve").document["followers"]},
        "another digest": {"as_digest": digest("https://third.example/users/x")},
        "no digest": {"as_digest": "zz"},
    }

    private_note(wire, ada, **faults[fault])

    assert wire.follow(wire.sam_uri, ada.uri) == "accepted"


def test_a_list_in_pages_is_not_taken_for_the_whole(wire: Wire, elsewhere: ForeignServer) -> None:
    ada = elsewhere.actor("ada")
    be_followed(wire, ada, wire.sam)
    paged = {"id": f"{elsewhere.base_url}/paged", "type": "OrderedCollection", "first": f"{elsewhere.base_url}/p1"}
    url = elsewhere.put("/paged", paged)
    payload = {"uri": ada.uri, "collection": ada.document["followers"], "url": url, "digest": digest()}

    followers_sync.sync_followers(payload)

    assert wire.follow(wire.sam_uri, ada.uri) == "accepted"


def test_our_own_list_is_told_to_the_server_that_it_is_about(
    wire: Wire, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    ada, bob = elsewhere.actor("ada"), farther.actor("bob")
    for one in (ada, bob):
        wire.say(one, one.follow(wire.group))
    url, browser = f"{wire.group}/followers_synchronization", wire.city.browser()

    answers = [one.get(browser, url) for one in (ada, bob)]
    unsigned = browser.get(url)
    forged = ada.get(browser, url, private=bob.key.private)

    assert [answer.json["orderedItems"] for answer in answers] == [[ada.uri], [bob.uri]]
    assert [answer.json["id"] for answer in answers] == [url, url]
    assert (unsigned.status_code, forged.status_code) == (401, 401)
    assert "no-store" in answers[0].headers["Cache-Control"]
    assert followers_sync.digest([ada.uri, bob.uri]) == digest(ada.uri, bob.uri)
