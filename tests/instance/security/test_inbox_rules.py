"""Who may speak for whom (threats.md A and B): each rule, broken at every inbox, leaves the database as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts import follows
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import commit, db
from instance.fediverse.ports_inbox import PER_MINUTE, CityPolicy
from instance.peers import rules
from instance.peers.models import Incoming
from instance.posts.models import Post
from tests.city import City
from tests.instance.fediverse.conftest import Wire
from tests.support.peer import PUBLIC, ForeignActor, ForeignServer, Json

INBOXES = ("/inbox", "/actor/inbox", "/u/sam/inbox", "/q/clignancourt/inbox")
SCHEMES = ("cavage", "rfc9421")
# What every request may change: counters, moments of having heard of a server, when a key was looked at.
FLEETING = {"attempt"}
SETTLED = FLEETING | {"incoming", "peer", "job"}  # of an activity that is authentic and still refused
UNTOLD = {"fetched_at"}


def dump(but: set[str]) -> dict[str, list[str]]:
    """Every row of every table, save those of `but`."""
    found = {}
    for table in db.metadata.sorted_tables:
        if table.name not in but:
            columns = [column for column in table.columns if column.name not in UNTOLD]
            found[table.name] = sorted(repr(tuple(row)) for row in db.session.execute(select(*columns)))
    db.session.rollback()
    return found


@dataclass
class Scene:
    """Ada, whose post stands here since Sam follows her; Mallory on another server, and Eve on Ada's own."""

    wire: Wire
    ada: ForeignActor
    eve: ForeignActor
    mallory: ForeignActor
    post: Json

    def words(self, said: str = "Bonjour Sam", by: ForeignActor | None = None) -> Json:
        """A new post to Sam, as it is allowed."""
        ada = by or self.ada
        mention = {"type": "Mention", "href": self.wire.sam_uri, "name": "@sam"}
        return ada.create(ada.note(said, to=[PUBLIC], cc=[self.wire.sam_uri], tag=[mention]))

    def post_to(self, path: str, body: Json | bytes, headers: dict[str, str]) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.wire.city.browser().post(self.wire.base_url + path, data=raw, headers=headers)
        self.wire.city.work()
        return int(answer.status_code)

    def say(self, actor: ForeignActor, path: str, body: Json | bytes, **faults: Any) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.post_to(path, raw, actor.signed("POST", self.wire.base_url + path, raw, **faults))


@pytest.fixture
def scene(city: City, elsewhere: ForeignServer, farther: ForeignServer) -> Iterator[Scene]:
    wire = Wire(city)
    ada, eve, mallory = elsewhere.actor("ada"), elsewhere.actor("eve"), farther.actor("mallory", "Group")
    for one in (ada, eve, mallory):
        wire.known(one)
    with commit():
        sam = db.session.get_one(Actor, wire.sam.actor_id)
        for one in (ada, mallory):
            follows.accept(follows.follow(sam, db.session.scalars(select(Actor).where(Actor.uri == one.uri)).one()))
    city.work()
    note = ada.note("Le marché est ouvert")
    wire.say(ada, ada.create(note))
    yield Scene(wire, ada, eve, mallory, note)


def posts() -> int:
    found = len(db.session.scalars(select(Post.id)).all())
    db.session.rollback()
    return found


def check(scene: Scene, statuses: set[int], but: set[str], attempt: Callable[[str], int], case: str = "") -> None:
    """Each inbox answers one of `statuses`, and nothing has changed; `case` names what is tried."""
    before = dump(but)
    for path in INBOXES:
        assert attempt(path) in statuses, (case, path)
        assert dump(but) == before, (case, path)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_allowed_comes_in_at_every_inbox(scene: Scene, scheme: str) -> None:
    for number, path in enumerate(INBOXES, 2):
        assert scene.say(scene.ada, path, scene.words(f"numéro {number}"), scheme=scheme) == 202
        assert posts() == number


def test_what_is_not_signed_is_refused(scene: Scene) -> None:
    headers = {"content-type": "application/activity+json"}

    check(scene, {401}, FLEETING, lambda path: scene.post_to(path, scene.words(), headers))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_signed_wrongly_is_refused(scene: Scene, scheme: str) -> None:
    ada, now = scene.ada, scene.ada.server.now()
    is_cavage = scheme == "cavage"
    faults: dict[str, dict[str, Any]] = {
        "hmac with the public key": {"hmac_secret": ada.key.public_pem.encode()},
        "digest of another body": {"digest_of": b"{}"},
        "no digest": {"covers": ["(request-target)", "host", "date"] if is_cavage else ["@method", "@target-uri"]},
        "no target": {"covers": ["host", "date", "digest"] if is_cavage else ["content-digest"]},
        "stale": {"moment": now - timedelta(hours=2)},
        "early": {"moment": now + timedelta(hours=2)},
        "another host": {"host": "other.example"},
        "another target": {"target": "/elsewhere/inbox"},
        "another key under her name": {"private": scene.mallory.key.private},
    }
    for name, fault in faults.items():
        check(scene, {401}, FLEETING, lambda path, fault=fault: _say(scene, path, scheme, fault), name)


def _say(scene: Scene, path: str, scheme: str, fault: dict[str, Any]) -> int:
    return scene.say(scene.ada, path, scene.words(), scheme=scheme, **fault)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_was_signed_for_one_inbox_is_refused_at_the_others(scene: Scene, scheme: str) -> None:
    body = json.dumps(scene.words()).encode()
    for path in INBOXES:
        headers = scene.ada.signed("POST", scene.wire.base_url + path, body, scheme=scheme)
        before = dump(FLEETING)
        for other in INBOXES:
            if other != path:
                assert scene.post_to(other, body, headers) == 401
        assert dump(FLEETING) == before


def test_what_comes_twice_counts_once_at_whatever_inbox(scene: Scene) -> None:
    activity = scene.words()
    scene.say(scene.ada, "/inbox", activity)

    check(scene, {202}, FLEETING | {"peer"}, lambda path: scene.say(scene.ada, path, activity))


def test_the_key_of_another_speaks_for_nobody_else(scene: Scene) -> None:
    for other in (scene.eve, scene.mallory):
        key = {"key_id": other.key_id, "private": other.key.private}

        check(scene, {403}, FLEETING, lambda path, key=key: scene.say(scene.ada, path, scene.words(), **key))


def test_a_key_document_that_claims_an_owner_elsewhere_is_no_key(scene: Scene) -> None:
    mallory, ada = scene.mallory, scene.ada
    claim = {"id": "", "type": "Key", "owner": ada.uri, "publicKeyPem": mallory.key.public_pem}
    key_id = mallory.server.put("/stolen-key", claim)
    mallory.server.put("/stolen-key", claim | {"id": key_id})

    check(
        scene,
        {401},
        FLEETING,
        lambda path: scene.say(ada, path, scene.words(), key_id=key_id, private=mallory.key.private),
    )


def test_an_activity_that_bears_an_address_of_another_server_is_refused(scene: Scene) -> None:
    burnt = scene.ada.server.name("activities")

    check(
        scene,
        {403},
        FLEETING,
        lambda path: scene.say(scene.mallory, path, scene.words(by=scene.mallory) | {"id": burnt}),
    )


def test_nobody_speaks_for_us_over_the_wire(scene: Scene) -> None:
    said = scene.words(by=scene.mallory) | {"actor": scene.wire.sam_uri}

    check(scene, {202, 403}, FLEETING, lambda path: scene.say(scene.mallory, path, said))


def foreign_object(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.mallory, scene.words(by=scene.ada) | {
        "id": scene.mallory.server.name("activities"), "actor": scene.mallory.uri,
    }  # fmt: skip


def words_of_a_neighbour(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.eve, scene.words(by=scene.ada) | {"id": scene.eve.server.name("activities"), "actor": scene.eve.uri}


def invented_words_passed_on(scene: Scene) -> tuple[ForeignActor, Json]:
    said = scene.words("Je n’ai jamais dit cela")
    scene.ada.server.take_away(said["object"]["id"])
    return scene.mallory, scene.mallory.announce(said)


def changed_words_passed_on(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.mallory, scene.mallory.announce(scene.ada.update(scene.post | {"content": "<p>faux</p>"}))


def invented_delete_passed_on(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.mallory, scene.mallory.announce(scene.ada.delete(scene.post["id"]))


def an_announce_of_an_announce(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.mallory, scene.mallory.announce(scene.ada.announce(scene.post["id"]))


def delete_from_elsewhere(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.mallory, scene.mallory.delete({"id": scene.post["id"], "type": "Tombstone"})


def delete_by_a_neighbour(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.eve, scene.eve.delete(scene.post["id"])


def delete_of_another_actor(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.eve, scene.eve.delete(scene.ada.uri)


def delete_while_still_there(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.ada, scene.ada.delete(scene.ada.uri)


def update_from_elsewhere(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.mallory, scene.mallory.update(scene.post | {"content": "<p>faux</p>"})


def update_by_a_neighbour(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.eve, scene.eve.update(scene.post | {"content": "<p>faux</p>"})


def update_of_another_actor(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.mallory, scene.mallory.update(scene.ada.document | {"name": "Mallory"})


def undo_of_another_follow(scene: Scene) -> tuple[ForeignActor, Json]:
    follow = scene.ada.follow(scene.wire.group)
    scene.say(scene.ada, "/inbox", follow)
    return scene.mallory, scene.mallory.undo(follow)


def accept_for_another(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.mallory, scene.mallory.accept({"type": "Follow", "actor": scene.wire.sam_uri, "object": scene.eve.uri})


def move_of_another(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.mallory, scene.mallory.activity("Move", scene.ada.uri, target=scene.mallory.uri)


def move_that_the_old_account_does_not_know(scene: Scene) -> tuple[ForeignActor, Json]:
    return scene.ada, scene.ada.move(scene.eve.uri)


@pytest.mark.parametrize(
    "forge",
    [
        foreign_object, words_of_a_neighbour, invented_words_passed_on, changed_words_passed_on,
        invented_delete_passed_on, an_announce_of_an_announce, delete_from_elsewhere, delete_by_a_neighbour,
        delete_of_another_actor, delete_while_still_there, update_from_elsewhere, update_by_a_neighbour,
        update_of_another_actor, undo_of_another_follow, accept_for_another, move_of_another,
        move_that_the_old_account_does_not_know,
    ],
    ids=lambda forge: forge.__name__,
)  # fmt: skip
def test_nobody_acts_on_what_is_not_theirs(scene: Scene, forge: Callable[[Scene], tuple[ForeignActor, Json]]) -> None:
    actor, activity = forge(scene)
    before = dump(SETTLED)
    for path in INBOXES:
        again = activity | {"id": actor.server.name("activities")}
        assert scene.say(actor, path, again) in {202, 403}
        assert dump(SETTLED) == before, path


GARBAGE: list[dict[str, str]] = [
    {"signature": ""},
    {"signature": 'keyId="x"'},
    {"signature": "%s%n" * 50},
    {"signature": 'keyId="%(a)s",algorithm="rsa-sha256",headers="date",signature="AAAA"'},
    {"signature": 'keyId="http://[::1",headers="(request-target) host date digest",signature="===="'},
    {"signature": 'keyId="é",headers="é",signature="é"'.encode().decode("latin-1")},
    {"signature": 'keyId="file:///etc/passwd",headers="(request-target) host date digest",signature="AAAA"'},
    {"signature": 'keyId="http://127.0.0.1:22/#k",headers="(request-target) host date digest",signature="AAAA"'},
    {"signature": "sig1=:AAAA:", "signature-input": "sig1=("},
    {"signature": "sig1=:AAAA:", "signature-input": 'sig1=("@method" "@target-uri" "content-digest");created=x'},
    {"signature": "sig1=:A:", "signature-input": 'sig1=("@method");created=99999999999999999999;keyid="a"'},
    {"signature": 'keyId="a",' * 1000},
]


def test_garbage_in_the_headers_is_refused_and_no_fault(scene: Scene) -> None:
    body = json.dumps(scene.words()).encode()
    right = scene.ada.signed("POST", scene.wire.inbox, body)
    rest = {name: value for name, value in right.items() if name != "signature"}
    for headers in GARBAGE:
        sent = rest | headers

        check(scene, {400, 401}, FLEETING, lambda path, sent=sent: scene.post_to(path, body, sent), str(headers)[:80])


BODIES: dict[str, tuple[int, bytes]] = {
    "huge": (413, b'{"type":"Create","x":"' + b"x" * 1_048_576 + b'"}'),
    "deep": (400, b'{"id":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
    "nan": (400, b'{"type":"Create","id":NaN}'),
    "list": (400, b"[]"),
    "text": (400, b'"Create"'),
    "empty": (400, b""),
    "not utf-8": (400, b'{"type":"\xff\xfe"}'),
    "nul": (400, b'{"type":"Create","actor":"\\u0000"}'),
    "no actor": (400, b'{"type":"Create","id":"https://a.example/1"}'),
    "two actors": (400, b'{"type":"Create","actor":["https://a.example/1","https://a.example/2"]}'),
    "user part": (400, b'{"type":"Create","actor":"https://a@b.example/1","id":"https://b.example/2"}'),
    "fragment": (400, b'{"type":"Create","actor":"https://b.example/1#x","id":"https://b.example/2"}'),
}


def test_a_body_that_is_no_sane_activity_is_refused(scene: Scene) -> None:
    for name, (status, body) in BODIES.items():
        check(scene, {status}, FLEETING, lambda path, body=body: scene.say(scene.ada, path, body), name)


def test_json_ld_games_and_doubled_keys_are_refused(scene: Scene) -> None:
    doubled = json.dumps(scene.words())[:-1].encode() + b',"actor":"https://other.example/"}'
    for game in ("@graph", "@included", "@reverse"):
        played = scene.words() | {game: [{"id": scene.ada.uri}]}

        check(scene, {400}, FLEETING, lambda path, played=played: scene.say(scene.ada, path, played), game)
    check(scene, {400}, FLEETING, lambda path: scene.say(scene.ada, path, doubled))


def test_a_blocked_server_is_refused(scene: Scene) -> None:
    with commit():
        rules.set_rule("127.0.0.1", "block")
    scene.wire.city.work()

    check(scene, {403}, FLEETING, lambda path: scene.say(scene.ada, path, scene.words()))


def test_a_server_that_sends_too_much_is_told_when_to_come_back(scene: Scene) -> None:
    policy = fed.engine().policy
    assert isinstance(policy, CityPolicy)
    policy.counts = True
    try:
        for _ in range(PER_MINUTE):
            policy.pace(scene.ada.server.host)
        check(scene, {429}, FLEETING, lambda path: scene.say(scene.ada, path, scene.words()))
        url, body = scene.wire.inbox, json.dumps(scene.words()).encode()
        answer = scene.ada.post(scene.wire.city.browser(), url, body)
        other = scene.say(scene.mallory, "/inbox", scene.words(by=scene.mallory))
    finally:
        policy.counts = False
        policy.inbox_pace.forget()

    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert other == 202


@pytest.mark.parametrize("path", ["/q/pilote/inbox", "/q/nulle-part/inbox", "/u/personne/inbox", "/u/visiteuse/inbox"])
def test_an_inbox_that_strangers_may_not_know_of_is_not_there(scene: Scene, path: str) -> None:
    scene.wire.city.quartier("Pilote", state="pilot")
    scene.wire.city.visitor("visiteuse")
    before = dump(FLEETING)

    assert scene.say(scene.ada, path, scene.words()) == 404
    assert dump(FLEETING) == before


def test_an_error_tells_a_code_and_not_what_was_said(scene: Scene) -> None:
    body = json.dumps(scene.words("Code du portail mimosa")).encode()
    answer = scene.ada.post(scene.wire.city.browser(), scene.wire.inbox, body, digest_of=b"")

    assert answer.status_code == 401
    assert set(answer.json) == {"error"}
    assert "mimosa" not in answer.get_data(as_text=True)
    assert db.session.scalars(select(Incoming.id).where(Incoming.state == "failed")).all() == []
