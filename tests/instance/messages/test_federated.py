"""Private messages between here and other servers: to the named persons' own inboxes, and from them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.accounts import relations
from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.partners.models import Agreement
from instance.peers.models import Outgoing
from instance.posts.models import Post
from tests.city import City, Someone
from tests.instance.messages.writing import answer, begin, listed, post_of, reads, talks_of
from tests.instance.posts.hearing import hear, here, inboxes_of, meet, mention, sent
from tests.mastodon.conftest import Programs
from tests.support.partner import PartnerCity, sign_agreement
from tests.support.peer import ForeignActor, ForeignServer, Json


@pytest.fixture
def clignancourt(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, clignancourt: str) -> Someone:
    return city.resident(clignancourt, "salma", name="Salma Berger")


@pytest.fixture
def ada(elsewhere: ForeignServer) -> ForeignActor:
    found = elsewhere.actor("ada")
    meet(found)
    return found


def direct(author: ForeignActor, words: str, *to: str, **more: Any) -> Json:
    """A private note, as Mastodon writes one."""
    return author.note(words, to=list(to), cc=[], tag=[mention(one, "@x") for one in to], **more)


def write_out(city: City, author: Someone, ada: ForeignActor, text: str = "Bonjour Ada", **more: Any) -> int:
    return begin(city, author, f"@{ada.acct}", text, confirmed=ada.server.host, **more)


def test_the_page_names_the_server_before_words_leave_for_it(city: City, salma: Someone, ada: ForeignActor) -> None:
    asked = city.post(salma.browser, "/messages/nouveau", to=f"@{ada.acct}", text="Bonjour Ada")
    city.work()
    assert asked.status_code == 200 and f"Il part vers {ada.server.host}" in asked.text
    assert f'name="confirmed" value="{ada.server.host}"' in asked.text and "Bonjour Ada" in asked.text
    assert db.session.scalar(select(Post.id)) is None and sent() == []

    talk = write_out(city, salma, ada)
    answer(city, salma, talk, "Et encore")  # once is enough
    city.work()

    assert [said["object"]["content"] for said in sent("Create%")] == ["<p>Bonjour Ada</p>\n", "<p>Et encore</p>\n"]


def test_words_go_to_the_named_person_alone_in_their_own_inbox(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor, farther: ForeignServer
) -> None:
    city.resident(clignancourt, "karim")
    bob = farther.actor("bob")
    meet(bob)
    talk = begin(
        city, salma, f"@karim @{ada.acct} @{bob.acct}", "Entre nous quatre", confirmed=[ada.server.host, farther.host]
    )
    city.work()

    (said,) = sent("Create%")
    persons = {here("/u/karim"), ada.uri, bob.uri}
    assert set(said["to"]) == set(said["object"]["to"]) == persons
    assert not said.get("cc") and not said["object"]["cc"] and "audience" not in said["object"]
    assert {one["href"] for one in said["object"]["tag"]} == persons
    assert inboxes_of(said) == sorted([ada.inbox, bob.inbox])
    assert "Clignancourt" not in str(said) and "clignancourt" not in str(said)
    public = db.session.scalars(select(Outgoing.is_public)).all()
    assert public == [False]
    for reader in (ada, bob):
        assert reader.get(city.browser(), here(f"/p/{talk}")).status_code == 404


def test_edits_and_deletion_follow_to_the_same_inboxes(city: City, salma: Someone, ada: ForeignActor) -> None:
    talk = write_out(city, salma, ada)
    city.work()
    Programs(city).of(salma).call("PUT", f"/api/v1/statuses/{talk}", json={"status": "Bonsoir Ada"})
    city.work()
    (update,) = sent("Update Note")
    assert update["object"]["content"] == "<p>Bonsoir Ada</p>\n" and update["to"] == [ada.uri]
    assert inboxes_of(update) == [ada.inbox]

    city.post(salma.browser, f"/p/{talk}/supprimer")
    city.work()

    (delete,) = sent("Delete%")
    assert delete["to"] == [ada.uri] and inboxes_of(delete) == [ada.inbox]
    assert "Bons" not in str(list(db.session.scalars(select(Outgoing.body))))


def test_an_answer_from_elsewhere_joins_the_conversation_and_ours_go_back(
    city: City, salma: Someone, ada: ForeignActor
) -> None:
    talk = write_out(city, salma, ada)
    city.work()

    said = direct(ada, "Bonjour Salma", here("/u/salma"), inReplyTo=here(f"/p/{talk}"))
    assert hear(city, ada, ada.create(said)) == "kept"
    city.work()

    assert talks_of(salma) == [talk] and "Bonjour Salma" in listed(city, salma)
    assert reads(city, salma, talk, "Bonjour Salma")
    answer(city, salma, talk, "À demain")
    city.work()
    last = sent("Create%")[-1]
    assert last["object"]["inReplyTo"] == said["id"] and inboxes_of(last) == [ada.inbox]


def test_nobody_is_added_to_a_conversation_from_elsewhere(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    karim = city.resident(clignancourt, "karim")
    talk = write_out(city, salma, ada, "Rien que pour Ada")
    city.work()

    wider = direct(ada, "Regarde, Karim", here("/u/salma"), here("/u/karim"), inReplyTo=here(f"/p/{talk}"))
    assert hear(city, ada, ada.create(wider)) == "kept"
    narrower = direct(ada, "Karim seul", here("/u/karim"), inReplyTo=here(f"/p/{talk}"))
    assert hear(city, ada, ada.create(narrower)) == "kept"
    city.work()

    assert city.get(karim.browser, f"/messages/{talk}").status_code == 404
    assert not reads(city, salma, talk, "Regarde") and "Rien que" not in listed(city, karim)
    assert len(talks_of(karim)) == 2 and len(talks_of(salma)) == 2
    assert not any(reads(city, salma, one, "Karim seul") for one in talks_of(salma))


def test_an_answer_for_fewer_is_read_by_fewer(city: City, clignancourt: str, salma: Someone, ada: ForeignActor) -> None:
    karim = city.resident(clignancourt, "karim")
    talk = begin(city, salma, f"@karim @{ada.acct}", "Nous trois", confirmed=ada.server.host)
    aside = direct(ada, "Sans Karim", here("/u/salma"), inReplyTo=here(f"/p/{talk}"))
    assert hear(city, ada, ada.create(aside)) == "kept"
    city.work()

    assert not reads(city, karim, talk, "Sans Karim") and "Sans Karim" not in listed(city, karim)
    assert "Sans Karim" in listed(city, salma) and len(talks_of(salma)) == 2


def test_a_stranger_cannot_speak_in_a_conversation_by_its_address(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer
) -> None:
    city.resident(clignancourt, "karim")
    talk = begin(city, salma, "@karim", "Pour Karim")
    eve = elsewhere.actor("eve")

    said = direct(eve, "Coucou", here("/u/salma"), here("/u/karim"), inReplyTo=here(f"/p/{talk}"))
    assert hear(city, eve, eve.create(said)) == "kept"
    city.work()

    assert not reads(city, salma, talk, "Coucou") and reads(city, salma, talk, "Pour Karim")
    assert post_of("Coucou").thread_id != talk


def test_who_wants_nobody_from_outside_gets_answers_of_those_they_wrote_to_and_no_more(
    city: City, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer
) -> None:
    with commit():
        db.session.get_one(Account, salma.account_id).reached_by = "nobody"
    talk = write_out(city, salma, ada)
    city.work()

    reply = direct(ada, "Me voici", here("/u/salma"), inReplyTo=here(f"/p/{talk}"))
    assert hear(city, ada, ada.create(reply)) == "kept"
    assert hear(city, ada, ada.create(direct(ada, "Autre chose", here("/u/salma")))) == "note.not_for_us"
    eve = elsewhere.actor("eve")
    assert hear(city, eve, eve.create(direct(eve, "Pub", here("/u/salma")))) == "note.not_for_us"
    city.work()

    assert reads(city, salma, talk, "Me voici") and talks_of(salma) == [talk]


def test_to_a_partner_city_no_page_comes_between_and_the_end_of_the_accord_asks_again(
    city: City, clignancourt: str, salma: Someone, partner: PartnerCity
) -> None:
    group = partner.group("villette")
    sign_agreement(city, partner, clignancourt, group)
    yuna = partner.server.actor("yuna")
    meet(yuna)

    talk = begin(city, salma, f"@{yuna.acct}", "Bonjour voisine")
    city.work()
    assert inboxes_of(sent("Create Note")[0]) == [yuna.inbox]

    with commit():
        for agreement in db.session.scalars(select(Agreement)):
            agreement.is_shut_here = True
    asked = city.post(salma.browser, f"/messages/{talk}/repondre", text="Toujours là ?")
    assert asked.status_code == 200 and "Il part vers" in asked.text


def test_after_a_block_nothing_goes_out(city: City, salma: Someone, ada: ForeignActor) -> None:
    talk = write_out(city, salma, ada)
    city.work()
    theirs = meet(ada)
    with commit():
        relations.block(salma.actor_id, theirs)
    refused = city.post(salma.browser, f"/messages/{talk}/repondre", text="Encore")

    assert refused.status_code == 422
    assert len(sent("Create%")) == 1
