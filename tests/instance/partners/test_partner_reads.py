"""What a partner city reads by its Application's signature: names, words and pictures that went there; no more (E4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from instance.accounts import remote
from instance.core import clock as city_clock
from instance.core import storage
from instance.core.db import commit, db
from instance.media import service as media
from instance.media.models import Media
from instance.partners.models import Agreement
from instance.posts.models import Post
from instance.quartiers.models import Passage
from tests.city import City
from tests.conftest import Clock
from tests.instance.media.samples import corners, encoded
from tests.instance.partners.neighbours import Line, page, plain
from tests.instance.posts.hearing import befriend
from tests.instance.posts.writing import answer, write
from tests.instance.test_matrix import photo
from tests.support.partner import PartnerCity, known, sign_agreement
from tests.support.peer import ForeignActor, ForeignServer, Json


@pytest.fixture
def line(city: City, partner: PartnerCity) -> Line:
    return Line(city, partner)


@pytest.fixture
def third(line: Line, foreign_servers: list[ForeignServer]) -> PartnerCity:
    """Another partner city, with a quartier beside another one of ours."""
    foreign_servers[1].reset()
    third = PartnerCity(foreign_servers[1], "Ville du nord")
    sign_agreement(line.city, third, line.city.quartier("Montmartre"), third.group("Saint-Ouen"))
    return third


# Names


def test_a_partner_reads_the_short_name_of_who_acted_towards_it_and_of_nobody_else(line: Line) -> None:
    public = line.unsigned(line.sam_uri)
    assert public.get_json(force=True)["name"] == "sam"
    assert plain(line.ask(line.sam_uri)) == plain(public)

    line.act(line.sam)

    told = line.ask(line.sam_uri)
    assert told.get_json(force=True) == public.get_json(force=True) | {"name": "Sam B."}
    assert told.headers["Cache-Control"] == "private, no-store" and "Signature" in told.headers["Vary"]
    others = [line.unsigned(line.sam_uri), line.ask(line.sam_uri, by=line.partner.person("ada"))]
    others.append(line.ask(line.sam_uri, private=line.partner.person("eve").key.private))
    assert [plain(one) for one in others] == [plain(public)] * 3


# Words


class Sent:
    """Sam's words for the quartier and its neighbours, with a picture, as Villette got them."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.post = write(
            line.city, line.sam, line.slug, scope="neighbours", title="Chat noir perdu", photo=photo(),
            photo_description="Un chat",
        )  # fmt: skip
        line.city.work()
        self.uri = f"{line.base}/p/{self.post}"
        (self.create,) = [one["object"] for one in self._came() if one["object"]["type"] == "Create"]
        self.picture = self.create["object"]["attachment"][0]["url"]
        self.key = db.session.scalars(select(Media.key)).one()
        db.session.rollback()

    def _came(self) -> list[Json]:
        return [one.json for one in self.line.partner.server.received if one.json["type"] == "Announce"]

    @property
    def absent(self) -> tuple[int, bytes, dict[str, str]]:
        return plain(self.line.unsigned(f"{self.line.base}/p/1"))


@pytest.fixture
def sent(line: Line) -> Sent:
    return Sent(line)


def test_a_partner_reads_what_was_sent_to_it_as_it_is_now(line: Line, sent: Sent) -> None:
    reply = answer(line.city, line.city.resident(line.slug), sent.post, "Vu rue Marcadet")
    line.city.work()

    told, replied = line.ask(sent.uri), line.ask(f"{line.base}/p/{reply}")

    note = told.get_json(force=True)
    assert (told.status_code, note["id"], note["name"]) == (200, sent.uri, sent.create["object"]["name"])
    assert told.headers["Cache-Control"] == "private, no-store"
    assert f"{line.villette.uri}/residents" in note["to"] and note["attachment"][0]["name"] == "Un chat"
    assert replied.get_json(force=True)["inReplyTo"] == sent.uri
    assert line.ask(f"{sent.uri}/replies").status_code == line.ask(f"{sent.uri}/context").status_code == 404


def close_passage(line: Line, _sent: Sent) -> None:
    with commit():
        db.session.get_one(Passage, line.passage_id).is_open = False


def suspend(_line: Line, _sent: Sent) -> None:
    with commit():
        db.session.scalars(select(Agreement)).one().is_shut_here = True


def delete(line: Line, sent: Sent) -> None:
    assert line.city.post(line.sam.browser, f"/p/{sent.post}/supprimer").status_code == 303
    line.city.work()


@pytest.mark.parametrize("end", [close_passage, suspend, delete])
def test_it_reads_neither_words_nor_pictures_after(end: Callable[[Line, Sent], None], line: Line, sent: Sent) -> None:
    assert line.ask(sent.picture).status_code == 200

    end(line, sent)

    assert plain(line.ask(sent.uri)) == sent.absent
    assert line.ask(sent.picture).status_code == 404


def test_words_for_the_quartier_alone_or_for_other_neighbours_answer_as_if_they_never_were(
    line: Line, sent: Sent, third: PartnerCity
) -> None:
    alone = write(line.city, line.sam, line.slug)
    inside = answer(line.city, line.city.resident(line.slug), sent.post, "Entre nous", scope="quartier")
    line.city.work()

    answers = [
        line.ask(f"{line.base}/p/{alone}"), line.ask(f"{line.base}/p/{inside}"), line.unsigned(sent.uri),
        line.ask(sent.uri, by=line.partner.person("ada")), line.ask(sent.uri, by=line.villette),
        line.ask(sent.uri, by=third.application), line.ask(sent.uri, key_id=third.application.key_id),
    ]  # fmt: skip

    assert [plain(one) for one in answers] == [sent.absent] * len(answers)


# Pictures


def test_a_picture_is_shown_to_the_one_whom_its_address_names_and_who_signs(
    line: Line, sent: Sent, third: PartnerCity
) -> None:
    bare = sent.picture.partition("?")[0]
    known(line.city, third.application)
    for_third = line.base + media.signed_address(sent.key, "large", _id(third.application))
    for_villette = line.base + media.signed_address(sent.key, "large", _id(line.villette))

    forged = sent.picture[:-1] + ("1" if sent.picture.endswith("0") else "0")

    told = line.ask(sent.picture)
    hidden = [
        line.unsigned(sent.picture),  # the address alone
        line.ask(bare),  # the signature alone
        line.ask(sent.picture, by=third.application), line.ask(for_third, by=third.application), line.ask(for_third),
        line.ask(sent.picture, by=line.villette), line.ask(for_villette, by=line.villette),
        line.ask(sent.picture, private=line.villette.key.private), line.ask(forged),
    ]  # fmt: skip

    assert told.status_code == 200 and told.data[:4] == b"RIFF"
    assert told.headers["Cache-Control"] == "private, no-store"
    absent = plain(line.ask(f"{line.base}/media/{'0' * 32}/large?{urlsplit(sent.picture).query}"))
    assert [plain(one) for one in hidden] == [absent] * len(hidden) and absent[0] == 404


def _id(actor: ForeignActor) -> int:
    return remote.id_of(actor.uri) or 0


def test_the_address_of_a_picture_ends_after_a_day_and_the_post_names_a_new_one(
    line: Line, sent: Sent, clock: Clock
) -> None:
    clock.forward(hours=24.1)
    line.partner.server.now = city_clock.now

    assert line.ask(sent.picture).status_code == 404
    fresh = line.ask(sent.uri).get_json(force=True)["attachment"][0]["url"]
    assert fresh != sent.picture and line.ask(fresh).status_code == 200


# Fetched from a partner


def announce(line: Line, picture: str) -> Json:
    """Ada of Villette shows a picture to both quartiers."""
    ada = line.partner.person("ada", name="Ada L.")
    line.partner.claim(ada.uri, line.villette.uri, line.ours)
    readers = [f"{line.villette.uri}/residents", f"{line.group}/residents"]
    shown = {"type": "Document", "mediaType": "image/webp", "url": picture, "name": "Un chat"}
    note = ada.note(
        "Chat noir perdu", to=readers, audience=line.villette.uri, attachment=[shown],
        **{"ql:from": line.villette.uri},
    )  # fmt: skip
    outer = line.villette.activity("Announce", ada.create(note), to=readers)
    line.partner.say(line.city, outer, to=f"/q/{line.slug}/inbox", by=line.villette)
    return note


def pictures(line: Line) -> list[tuple[str, str]]:
    """State and key of the pictures of posts."""
    line.city.work()
    found = [(one.state, one.key) for one in db.session.scalars(select(Media).where(Media.post_id.is_not(None)))]
    db.session.rollback()
    return found


def test_a_partners_picture_is_fetched_in_the_citys_name_and_shown_from_here(line: Line) -> None:
    server = line.partner.server
    server.manners.wants_signed_gets = True
    path = "/pictures/1?v=7.1.x"
    server.put(path, encoded(corners(), "WEBP"), "image/webp")

    note = announce(line, server.base_url + path)

    ((state, key),) = pictures(line)
    asked = [one for one in server.fetched if one.path == path]
    assert state == "ready" and asked[-1].signer(lambda uri: line.document("/actor")) == line.ours
    post = db.session.scalars(select(Post.id).where(Post.uri == note["id"])).one()
    shown = page(line.sam.browser, f"/p/{post}")
    assert f"/media/{key}/large" in shown and "/pictures/1" not in shown
    assert storage.store().get(f"{key[:2]}/{key}-large.webp")


def test_nobody_else_has_a_partner_asked_in_the_citys_name_by_naming_a_picture_there(
    line: Line, farther: ForeignServer
) -> None:
    ida, partner = farther.actor("ida"), line.partner.server
    path = f"/attest?actor={line.partner.server.place('x')}&group={line.villette.uri}"
    befriend(line.city, line.sam, ida)
    picture = {"type": "Document", "mediaType": "image/webp", "url": partner.base_url + path, "name": ""}

    said = ida.create(ida.note("Un chat", attachment=[picture]))
    assert ida.post(line.city.browser(), f"{line.base}/inbox", said).status_code == 202
    line.city.work()

    assert ["signature" in one.headers for one in partner.fetched if one.path == path] == [False]


def test_an_address_that_ran_out_while_a_city_was_away_is_asked_for_anew(line: Line) -> None:
    server = line.partner.server
    server.put("/pictures/2?v=7.2.y", encoded(corners(), "WEBP"), "image/webp")
    old, new = (f"{server.base_url}/pictures/2?v=7.{number}" for number in ("1.x", "2.y"))
    place = server.put

    def later(path: str, document: Any, *kind: str) -> str:
        """Its note names the new address by now."""
        text = document if isinstance(document, bytes) else json.dumps(document).replace(old, new).encode()
        return place(path, text, *kind)

    server.put = later  # type: ignore[method-assign]
    try:
        announce(line, old)
    finally:
        server.put = place  # type: ignore[method-assign]

    ((state, _key),) = pictures(line)
    assert state == "ready"
    assert [one.path for one in server.fetched if one.path.startswith("/pictures/")] == [
        urlsplit(old).path + "?v=7.1.x", "/pictures/2?v=7.2.y",
    ]  # fmt: skip
