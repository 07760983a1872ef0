"""What other servers send changes nothing that it may not: pages stay whole, moderators read first, copies go."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from instance.core.db import commit, db
from instance.media.models import Media
from instance.peers import rules
from instance.peers.models import Incoming, Outgoing
from instance.posts.models import Post
from instance.quartiers.models import Quartier
from tests.city import PASSWORD, City, Someone
from tests.instance.posts.hearing import befriend, gain, hear, here, meet, reply_to, sent
from tests.instance.posts.writing import write
from tests.support.peer import ForeignActor, ForeignServer, Json


@pytest.fixture
def clignancourt(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, clignancourt: str) -> Someone:
    return city.resident(clignancourt, "salma")


@pytest.fixture
def ada(elsewhere: ForeignServer) -> ForeignActor:
    return elsewhere.actor("ada")


def public(city: City, author: Someone, quartier: str, **more: Any) -> int:
    post = write(city, author, quartier, scope="public", everywhere="1", **more)
    city.work()
    return post


def stored(note: Json) -> Post:
    db.session.rollback()
    return db.session.scalars(select(Post).where(Post.uri == note["id"])).one()


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_a_day_that_no_calendar_has_breaks_no_page(city: City, salma: Someone, ada: ForeignActor, moment: str) -> None:
    befriend(city, salma, ada)
    event = ada.note("Apportez un plat", kind="Event", name="Repas", startTime=moment, endTime=moment, updated=moment)
    poll = ada.note(
        "Quand ?", kind="Question", oneOf=[{"type": "Note", "name": "Demain"}], endTime=moment, published=moment
    )

    for note in (event, poll):
        assert hear(city, ada, ada.create(note)) == "kept"

    for path in ("/suivis", *(f"/p/{stored(note).id}" for note in (event, poll))):
        assert city.get(salma.browser, path).status_code == 200


def test_nobody_is_led_from_here_to_a_page_of_another_server_than_the_authors(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    with commit():
        db.session.scalars(select(Quartier).where(Quartier.slug == clignancourt)).one().holds_outsiders = False
    eve = elsewhere.actor("eve", url="https://phishing.example/login")
    note = reply_to(eve, public(city, salma, clignancourt), "Bonjour")
    assert hear(city, eve, eve.create(note)) == "kept"

    answer = city.get(city.browser(), f"/comptes/{stored(note).author_id}")

    assert (answer.status_code, answer.location) == (303, eve.uri)


def test_what_a_moderator_let_in_is_read_again_once_its_author_changed_it(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    moderator = city.resident(clignancourt, roles_here=("moderator",))
    post = public(city, salma, clignancourt)
    note = reply_to(ada, post, "Je la prends")
    hear(city, ada, ada.create(note))
    city.post(moderator.browser, f"/moderation/attente/{stored(note).id}/accepter")
    city.work()
    assert "Je la prends" in city.get(city.browser(), f"/p/{post}").text

    hear(city, ada, ada.update(note | {"content": "<p>Achetez mes montres</p>", "updated": "2027-01-01T00:00:00Z"}))
    city.work()

    for browser in (city.browser(), salma.browser):
        assert "montres" not in city.get(browser, f"/p/{post}").text
    assert "montres" in city.get(moderator.browser, "/moderation/attente").text
    city.post(moderator.browser, f"/moderation/attente/{stored(note).id}/accepter")
    assert "montres" in city.get(city.browser(), f"/p/{post}").text


def test_the_answer_to_who_wants_to_quote_repeats_addresses_and_no_words(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    quoting = ada.note("Voyez")
    hear(
        city, ada,
        ada.activity("QuoteRequest", here(f"/p/{public(city, salma, clignancourt)}"), instrument=quoting,
                     content="entre nous" * 1000),
    )  # fmt: skip

    (accept,) = sent("Accept QuoteRequest")
    assert accept["object"]["instrument"] == quoting["id"]
    assert "entre nous" not in str(accept)
    assert "Voyez" not in str(accept)


def test_pictures_of_a_server_whose_pictures_are_refused_are_not_fetched_from_elsewhere_either(
    city: City, salma: Someone, ada: ForeignActor, farther: ForeignServer
) -> None:
    with commit():
        rules.decide([rules.Decision(ada.server.host, "allow", refuses_media=True)])
    befriend(city, salma, ada)
    picture = {"type": "Image", "mediaType": "image/png", "url": f"{farther.base_url}/a.png"}

    hear(city, ada, ada.create(ada.note("Regardez", attachment=[picture])))
    city.work()

    assert farther.fetches("/a.png") == 0
    assert db.session.scalars(select(Media.id)).all() == []


def test_a_name_that_leads_to_no_usable_actor_holds_no_post_back(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    bob = farther.actor("bob")
    gain(city, f"/u/{salma.handle}", bob)
    odd = elsewhere.actor("odd", inbox="https://somewhere.example/inbox")

    public(city, salma, clignancourt, text=f"Bonjour @{odd.acct}")

    assert [one["type"] for one in farther.inbox_of(bob)][-1] == "Create"


# Copies go with what they copy


def test_the_words_of_a_deleted_post_stay_in_no_letter(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    gain(city, f"/q/{clignancourt}", elsewhere.actor("bob"))
    post = public(city, salma, clignancourt, title="Une échelle")
    city.post(salma.browser, f"/p/{post}/modifier", title="Deux échelles", text="Prêt.")
    city.work()
    assert "échelle" in str(sent())

    city.post(salma.browser, f"/p/{post}/supprimer")
    city.work()

    assert "chelle" not in " ".join(db.session.scalars(select(Outgoing.body)))
    assert sent("Delete%")


def test_the_words_of_a_post_deleted_elsewhere_stay_in_no_letter_and_no_journal(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    moderator = city.resident(clignancourt, roles_here=("moderator",))
    post = public(city, salma, clignancourt)
    let_in, refused, gone = (reply_to(ada, post, f"Je la prends {number}") for number in range(3))
    for note in (let_in, refused, gone):
        hear(city, ada, ada.create(note))
    city.post(moderator.browser, f"/moderation/attente/{stored(let_in).id}/accepter")
    city.post(moderator.browser, f"/moderation/attente/{stored(refused).id}/refuser")
    city.work()
    assert "Je la prends 0" in str(sent())

    for note in (let_in, gone):
        hear(city, ada, ada.delete({"id": note["id"], "type": "Tombstone"}))
    city.work()

    for bodies in (select(Outgoing.body), select(Incoming.body)):
        assert "Je la prends" not in " ".join(db.session.scalars(bodies))


def test_words_told_and_taken_back_at_once_stay_in_no_journal(
    city: City, clignancourt: str, salma: Someone, ada: ForeignActor
) -> None:
    meet(ada)
    note = reply_to(ada, public(city, salma, clignancourt), "Je la prends")
    for said in (ada.create(note), ada.delete(note["id"])):
        ada.post(city.browser(), here("/inbox"), said)

    city.work()

    assert stored(note).deleted_at is not None
    assert "Je la prends" not in " ".join(db.session.scalars(select(Incoming.body)))


def test_an_address_that_no_index_takes_is_refused_and_not_tried_again(
    city: City, salma: Someone, ada: ForeignActor
) -> None:
    befriend(city, salma, ada)
    long = f"{ada.server.base_url}/{'é' * 1500}"
    note = ada.note("Bonjour") | {"id": long}

    assert hear(city, ada, ada.create(note)) == "note.id"
    assert hear(city, ada, ada.delete(long)) == "kept"
    assert hear(city, ada, ada.undo(ada.like("") | {"id": long})) == "kept"


def test_the_profile_of_a_closed_account_stays_in_no_letter(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    city.work()
    gain(city, f"/u/{salma.handle}", elsewhere.actor("bob"))
    city.post(salma.browser, "/reglages/dehors", shows_outside="1", summary="Je jardine", reached_by="anyone")
    city.work()
    assert "jardine" in " ".join(db.session.scalars(select(Outgoing.body)))

    city.post(salma.browser, "/mes-donnees/supprimer", password=PASSWORD)
    city.work()

    assert "jardine" not in " ".join(db.session.scalars(select(Outgoing.body)))
    assert elsewhere.received[-1].json["type"] == "Delete"
