"""Words for neighbours, while everybody else listens (threats.md F2-F4): none leaves, no address tells of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from instance.core.db import db
from instance.media.models import Media
from instance.peers.models import Delivery, Outgoing
from instance.posts.models import Boost, LinkCard
from tests.city import City, Someone
from tests.instance.fediverse.conftest import Wire
from tests.instance.posts.hearing import befriend, gain, reply_to, sent
from tests.instance.posts.writing import answer, write
from tests.instance.test_matrix import photo
from tests.mastodon.conftest import Programs
from tests.support.partner import PartnerCity, sign_agreement
from tests.support.peer import ACTIVITY_JSON, ForeignActor, ForeignServer, Json
from tests.support.sql import statements

WORDS = ("Zibeline", "ocarina", "Pamplemousse", "hippocampe", "Mandoline")
FAR_AWAY = 7_777_777  # from the id of any post to one that was never given
TAILS = (
    "", "/", ".json", ".atom", ".rss", "/activity", "/embed", "/likes", "/shares", "/replies", "/replies?page=first",
    "/replies?page=1", "/context", "/context?page=first", "/context?page=0", "/versions", "/versions/1", "/repondre",
    "/modifier", "/supprimer", "/signaler", "/faire-suivre", "/citation?par=https://x.example/1&m=0", "/photo/0",
    "?page=first", "?simple=1", "/merci", "/inbox", "/outbox", "/followers",
)  # fmt: skip
FORMS = (
    "/a/{n}", "/a/{n}/", "/f/{n}", "/notes/{n}", "/objects/{n}", "/activities/{n}", "/post/{n}", "/posts/{n}",
    "/@sam/{n}", "/users/sam/statuses/{n}", "/users/sam/statuses/{n}/activity", "/u/sam/{n}", "/u/sam/p/{n}",
    "/q/clignancourt/{n}", "/q/clignancourt/p/{n}", "/comment/{n}", "/c/clignancourt/p/{n}", "/oembed?url=http://localhost/p/{n}",
    "/api/oembed?url=http://localhost/p/{n}", "/api/v1/statuses/{n}", "/api/v1/statuses/{n}/context",
    "/api/v1/statuses/{n}/source", "/api/v1/statuses/{n}/history", "/api/v1/statuses/{n}/favourited_by",
    "/api/v1/statuses/{n}/card", "/media/{n}/large", "/media/{n}/small", "/moderation/{n}", "/decisions/{n}",
    "/comptes/{n}", "/authorize_interaction?uri=http://localhost/p/{n}",
)  # fmt: skip
LISTS = (
    "/", "/q/{slug}", "/q/{slug}/atom.xml", "/q/{slug}/outbox", "/q/{slug}/outbox?page=first", "/q/{slug}/featured",
    "/q/{slug}/followers", "/q/{slug}/following", "/q/{slug}/moderators", "/q/{slug}/residents", "/q/{slug}/adjacent",
    "/u/sam", "/u/sam/outbox", "/u/sam/outbox?page=first", "/u/sam/followers", "/u/sam/following", "/u/sam/atom.xml",
    "/actor/outbox", "/robots.txt", "/sitemap.xml", "/chercher?q=Zibeline", "/suivis", "/nodeinfo/2.1",
    "/manifest.webmanifest", "/api/v1/timelines/public", "/api/v2/search?q=Zibeline", "/p/{public}",
    "/p/{public}/replies?page=first", "/p/{public}/context?page=first",
)  # fmt: skip
PLACES = r"/(p|a)/\d+(/(replies|context|versions|signaler)(\?.*)?)?|/media/.+/(large|small)"  # where things stand
SIGN = re.compile(rb'name="csrf_token" value="[^"]*"')
Reader = Callable[[str], Any]


@dataclass
class Scene:
    """Sam, who has spoken to everybody once; Bruno next door; and four who listen from outside."""

    wire: Wire
    bruno: Someone
    ada: ForeignActor  # Sam's follower, whom Sam follows too
    carol: ForeignActor  # somebody on a server that nobody here has to do with
    public: int

    @property
    def city(self) -> City:
        return self.wire.city

    @property
    def heard(self) -> tuple[int, ...]:
        """How much has been made for others, has come to them, and was asked of them."""
        rows = [db.session.scalar(select(func.count()).select_from(one)) or 0 for one in (Outgoing, Delivery, Boost)]
        db.session.rollback()
        servers = [self.ada.server, self.carol.server]
        return (*rows, *(len(one.received) for one in servers), *(len(one.fetched) for one in servers))

    def readers(self) -> dict[str, Reader]:
        """Who asks from outside, each in their way."""
        wire = self.wire
        return {
            "a search engine": lambda path: self.city.browser().get(path),
            "her follower": lambda path: self.ada.get(self.city.browser(), wire.base_url + path),
            "a stranger's server": lambda path: self.carol.get(self.city.browser(), wire.base_url + path),
            "anybody's server": lambda path: self.city.browser().get(path, headers={"Accept": ACTIVITY_JSON}),
        }


@pytest.fixture
def scene(city: City, elsewhere: ForeignServer, farther: ForeignServer) -> Scene:
    wire = Wire(city)
    city.adjoin(wire.slug, city.quartier("Goutte-d'Or"))
    ada, bob, carol = elsewhere.actor("ada"), elsewhere.actor("bob"), farther.actor("carol")
    gain(city, "/u/sam", ada)
    befriend(city, wire.sam, ada)
    gain(city, f"/q/{wire.slug}", bob)
    wire.known(carol)
    public = write(city, wire.sam, wire.slug, title="À tous", scope="public", everywhere="1")
    city.work()
    bruno = city.resident(wire.slug, "bruno", roles_here=("referent",))
    return Scene(wire, bruno, ada, carol, public)


def whisper(scene: Scene, scope: str) -> tuple[int, int, str]:
    """A post with a photo, names and a link of elsewhere, and its answer; both ids and the photo's key."""
    city, far = (
        scene.city,
        f"@ada@{scene.ada.server.host} @carol@{scene.carol.server.host} @eve@{scene.ada.server.host}",
    )
    scene.ada.server.actor("eve")
    page = scene.carol.server.put("/article", b"<title>Un article</title>", "text/html")
    post = write(
        city, scene.wire.sam, scene.wire.slug, title="Zibeline du premier", text=f"Un ocarina, {far} {page}",
        scope=scope, photo=photo(), photo_description="Un hippocampe",
    )  # fmt: skip
    city.work()
    reply = answer(city, scene.bruno, post, f"Pamplemousse, {far} {page}")
    city.work()
    key = db.session.scalars(select(Media.key)).one()
    db.session.rollback()
    return post, reply, key


OF_THE_MOMENT = {"Date", "X-RateLimit-Reset", "X-Request-Id"}


def plain(found: Any) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and headers, but for moments, the number of the request and the sign that each form bears."""
    headers = [(name, value) for name, value in found.headers.items() if name not in OF_THE_MOMENT]
    unsigned = [(name, value.partition("=")[0] if name == "Set-Cookie" else value) for name, value in headers]
    return found.status_code, SIGN.sub(b"", found.data), sorted(unsigned)


def cost(reader: Reader, path: str) -> tuple[Any, list[str]]:
    """The answer, and the statements that it took."""
    with statements() as found:
        answered = reader(path)
    return answered, [statement for statement, _parameters in found]


@pytest.mark.parametrize("scope", ["quartier", "neighbours"])
def test_nothing_of_it_leaves_whatever_is_done_with_it(scene: Scene, scope: str) -> None:
    city, sam, bruno = scene.city, scene.wire.sam.browser, scene.bruno.browser
    before = scene.heard

    post, reply, _key = whisper(scene, scope)
    assert scene.heard == before
    acts = [
        (sam, f"/p/{post}/modifier", {"title": "Mandoline", "text": "Un ocarina", "kind": "news"}),
        (bruno, f"/p/{reply}/modifier", {"text": "Pamplemousse rose"}),
        (bruno, f"/p/{post}/merci", {}),
        (sam, f"/p/{reply}/merci", {}),
        (bruno, f"/p/{post}/epingler", {}),
        (bruno, f"/p/{post}/faire-suivre", {"confirmed": "1"}),
        (bruno, f"/p/{post}/signaler", {"reason": "insult", "text": "Tel quel", "pass_on": "1"}),
        (bruno, f"/p/{reply}/supprimer", {}),
        (sam, f"/p/{post}/supprimer", {}),
    ]
    for browser, path, fields in acts:
        assert city.post(browser, path, **fields).status_code in {303, 403, 404, 422}, path
        city.work()
        assert scene.heard == before, path

    assert db.session.scalars(select(LinkCard)).all() == []
    assert not any(word in str(sent()) for word in WORDS)


@pytest.mark.parametrize("scope", ["quartier", "neighbours"])
def test_what_outsiders_say_about_it_has_the_end_of_what_is_said_about_nothing(scene: Scene, scope: str) -> None:
    post, reply, _key = whisper(scene, scope)
    before, ada = scene.heard, scene.ada

    def about(number: int) -> list[Json]:
        uri = f"{scene.wire.base_url}/p/{number}"
        quote = ada.activity("QuoteRequest", uri, instrument=ada.note("Je cite", quote=uri)["id"])
        spoken = [ada.create(reply_to(ada, number, "Je réponds")), quote, ada.flag(uri, words="Voyez")]
        undone = [ada.undo(ada.like(uri)), ada.undo(ada.announce(uri))]
        return [
            ada.like(uri),
            ada.announce(uri),
            ada.delete(uri),
            ada.update({"id": uri, "type": "Note"}),
            *spoken,
            *undone,
        ]

    for number in (post, reply):
        for one, other in zip(about(number), about(number + FAR_AWAY), strict=True):
            statuses = [scene.wire.say(ada, said) for said in (one, other)]
            assert statuses == [202, 202]
            assert scene.wire.outcome(one) == scene.wire.outcome(other), one["type"]
            assert scene.heard == before, one["type"]


@pytest.mark.parametrize("scope", ["quartier", "neighbours"])
def test_no_list_changes_by_it(scene: Scene, scope: str) -> None:
    visitor = Programs(scene.city).of(scene.city.visitor())
    readers = scene.readers() | {"a visitor's program": visitor.get}
    paths = [path.format(slug=scene.wire.slug, public=scene.public) for path in LISTS]

    def all_of() -> dict[tuple[str, str], Any]:
        return {(name, path): plain(ask(path)) for name, ask in readers.items() for path in paths}

    before = all_of()
    whisper(scene, scope)
    after = all_of()

    assert [where for where in before if before[where] != after[where]] == []
    assert {before["anybody's server", path][0] for path in paths if "outbox" in path} == {200}


def guesses(app: Flask, post: int, reply: int, key: str) -> list[tuple[str, str]]:
    """Addresses that somebody could try, each beside the same with a number, or key, that was never given."""
    pairs = []
    for number in (post, reply):
        forms = [*(f"/p/{{n}}{tail}" for tail in TAILS), *FORMS]
        pairs += [(form.format(n=number), form.format(n=number + FAR_AWAY)) for form in forms]
        pairs += [(f"/p/{number + step}", f"/p/{number + step + FAR_AWAY}") for step in range(-20, 21) if step]
        pairs += [pair for rule in app.url_map.iter_rules() for pair in routes(rule, number)]
    for tail in ("/large", "/small", "", "/original", "/large.webp", "/large?pour=1&fin=9999999999&m=0"):
        pairs.append((f"/media/{key}{tail}", f"/media/{'0' * len(key)}{tail}"))
    return list(dict.fromkeys(pairs))


def routes(rule: Rule, number: int) -> list[tuple[str, str]]:
    """An address that this application knows, where it takes a number."""
    takes = {name for name in rule.arguments if name.endswith("_id")}
    if "GET" not in (rule.methods or ()) or not takes:
        return []
    others = {name: 0 if name == "number" else "x" for name in rule.arguments - takes}
    built = [rule.build(others | dict.fromkeys(takes, each)) for each in (number, number + FAR_AWAY)]
    return [(built[0][1], built[1][1])] if built[0] and built[1] else []


@pytest.mark.parametrize(("scope", "state"), [("quartier", "there"), ("quartier", "deleted"), ("neighbours", "there")])
def test_every_address_of_it_answers_as_if_it_had_never_been(scene: Scene, app: Flask, scope: str, state: str) -> None:
    post, reply, key = whisper(scene, scope)
    if state == "deleted":
        scene.city.post(scene.bruno.browser, f"/p/{reply}/supprimer")
        scene.city.post(scene.wire.sam.browser, f"/p/{post}/supprimer")
        scene.city.work()
    pairs, before = guesses(app, post, reply, key), scene.heard
    assert len(pairs) >= 200

    program = Programs(scene.city).of(scene.city.visitor())
    for name, ask in (scene.readers() | {"a visitor's program": program.get}).items():
        ask("/p/1")  # what is remembered between requests is remembered now
        is_whole = name != "a stranger's server"
        for hidden, absent in pairs if is_whole else pairs[:40]:
            (one, its_cost), (other, another_cost) = cost(ask, hidden), cost(ask, absent)
            assert one.status_code == 404 or not re.fullmatch(PLACES, hidden), (name, hidden)
            assert alike(plain(one), hidden) == alike(plain(other), absent), (name, hidden)
            assert its_cost == another_cost, (name, hidden)
    assert scene.heard == before


def alike(found: tuple[int, bytes, list[tuple[str, str]]], path: str) -> Any:
    """The answer without the number that was asked for, which the way to the log-in names."""
    status, body, headers = found
    number = (re.findall(r"\d{10,}", path) or ["no number"])[0]
    return status, body.replace(number.encode(), b"n"), [(name, value.replace(number, "n")) for name, value in headers]


def test_what_was_for_all_and_is_deleted_leaves_a_stone_without_a_word(scene: Scene) -> None:
    city, wire = scene.city, scene.wire
    post = write(
        city, wire.sam, wire.slug, title="Zibeline", text="Un ocarina", scope="public", everywhere="1",
        photo=photo(), photo_description="Un hippocampe",
    )  # fmt: skip
    city.work()
    key = db.session.scalars(select(Media.key)).one()
    create = sent("Create%")[-1]
    assert city.get(city.browser(), f"/media/{key}/large").status_code == 200

    city.post(wire.sam.browser, f"/p/{post}/supprimer")
    city.work()

    for name, ask in scene.readers().items():
        for path in (f"/p/{post}", create["id"].removeprefix(wire.base_url)):
            stone = ask(path)
            assert stone.status_code == (410 if name != "a search engine" or path.startswith("/a/") else 404), (
                name,
                path,
            )
            assert not any(word in stone.text for word in WORDS), (name, path)
            if stone.status_code == 410:
                assert stone.json["type"] == "Tombstone"
        assert plain(ask(f"/media/{key}/large")) == plain(ask(f"/media/{'0' * len(key)}/large"))
        for path in LISTS:
            assert not any(word in ask(path.format(slug=wire.slug, public=scene.public)).text for word in WORDS[1:])
    deletes = [one for one in scene.ada.server.inbox_of(scene.ada) if "Delete" in str(one)]
    assert [one["type"] for one in deletes] == ["Delete", "Announce"]


def test_a_partner_city_gets_nothing_of_what_is_the_quartiers_alone(scene: Scene, app: Flask) -> None:
    city, sam = scene.city, scene.wire.sam.browser
    partner = PartnerCity(scene.carol.server, "instance B")
    villette = partner.group("Villette")
    sign_agreement(city, partner, scene.wire.slug, villette)
    partner.claim(scene.carol.uri, villette.uri, f"{scene.wire.base_url}/actor")
    yes = write(city, scene.wire.sam, scene.wire.slug, title="Aux voisins", scope="neighbours")
    city.work()
    before = scene.heard

    post, reply, key = whisper(scene, "quartier")
    narrow = answer(city, scene.bruno, yes, "Mandoline entre nous", scope="quartier")
    city.work()
    for path, fields in (
        (f"/p/{post}/modifier", {"title": "Mandoline", "text": "Un ocarina"}),
        (f"/p/{post}/merci", {}),
    ):
        city.post(sam, path, **fields)
        city.work()
    pairs = guesses(app, post, reply, key)[:120] + guesses(app, narrow, reply, key)[:60]

    assert scene.heard == before, "no letter, no request"
    for who in (partner.application, villette, scene.carol):
        assert who.get(city.browser(), f"{scene.wire.base_url}/p/{yes}").status_code in {200, 404}
        for hidden, absent in pairs if who is partner.application else pairs[:30]:
            one, other = (who.get(city.browser(), scene.wire.base_url + path) for path in (hidden, absent))
            assert alike(plain(one), hidden) == alike(plain(other), absent), (who.handle, hidden)
    said = [json.dumps(one.json) for one in scene.carol.server.received]
    assert any("Aux voisins" in one for one in said), "the partner does listen"
    assert not any(word in one for one in said for word in WORDS)
