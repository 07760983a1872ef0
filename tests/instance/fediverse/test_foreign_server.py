"""The foreign server that other tests lean on signs and checks as the published rules say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import signing
from tests.support.peer import ForeignActor, ForeignServer, request


def document_of(*servers: ForeignServer) -> signing.Reader:
    """Reads actor documents straight from the servers, without a request."""
    known = {server.base_url + path: body for server in servers for path, (body, _) in server.documents.items()}
    return lambda uri: json.loads(known[uri])


@pytest.fixture
def pair(elsewhere: ForeignServer, farther: ForeignServer) -> tuple[ForeignActor, ForeignActor]:
    return elsewhere.actor("ada"), farther.actor("bob")


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
def test_what_one_foreign_server_signs_another_takes(pair: tuple[ForeignActor, ForeignActor], scheme: str) -> None:
    ada, bob = pair

    status = ada.send(bob.inbox, ada.follow(bob.uri), scheme=scheme)

    (seen,) = bob.server.received
    assert status == 202
    assert seen.signer(document_of(ada.server)) == ada.uri
    assert bob.server.inbox_of(bob)[0]["object"] == bob.uri


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
@pytest.mark.parametrize(
    "fault",
    [{"digest_of": b"{}"}, {"target": "/other"}, {"host": "other.example"}, {"key_id": "http://x.example/#k"}],
)
def test_a_wrong_signature_is_seen(pair: tuple[ForeignActor, ForeignActor], scheme: str, fault: dict[str, Any]) -> None:
    ada, bob = pair

    ada.send(bob.inbox, ada.follow(bob.uri), scheme=scheme, **fault)

    with pytest.raises(signing.BadSignature):
        bob.server.received[0].signer(document_of(ada.server))


def test_its_manners_can_be_bad(pair: tuple[ForeignActor, ForeignActor]) -> None:
    ada, bob = pair
    manners = bob.server.manners

    manners.refuses_cavage = True
    picky = ada.send(bob.inbox, ada.follow(bob.uri)), ada.send(bob.inbox, ada.follow(bob.uri), scheme="rfc9421")
    bob.server.take_away(bob.uri)
    gone = request("GET", bob.uri, {})[0]
    manners.inbox_status, manners.refuses_cavage = 503, False
    busy = ada.send(bob.inbox, ada.follow(bob.uri))
    manners.is_down = True

    assert (picky, gone, busy) == ((401, 202), 410, 503)
    with pytest.raises(OSError):
        request("GET", bob.uri, {})


def test_webfinger_leads_to_the_actor(pair: tuple[ForeignActor, ForeignActor]) -> None:
    ada, _ = pair

    status, body = request("GET", f"{ada.server.base_url}/.well-known/webfinger?resource=acct:{ada.acct}", {})

    assert status == 200
    assert json.loads(body)["links"][0]["href"] == ada.uri
