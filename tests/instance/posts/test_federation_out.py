"""What leaves: public posts, to who asked for them, and nothing else whatever is done with it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from instance.core.db import db
from instance.peers.models import Delivery, Outgoing
from instance.posts import finding
from tests.city import City, Someone
from tests.instance.posts.hearing import befriend, gain, hear, here, inboxes_of, mention, reply_to, sent
from tests.instance.posts.writing import answer, write
from tests.support.peer import PUBLIC, ForeignServer


@pytest.fixture
def clignancourt(city: City) -> str:
    slug = city.quartier("Clignancourt")
    city.adjoin(slug, city.quartier("Goutte d’Or"))
    return slug


@pytest.fixture
def salma(city: City, clignancourt: str) -> Someone:
    return city.resident(clignancourt, "salma", name="Salma Berger")


def rows() -> int:
    found = sum(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Outgoing, Delivery))
    db.session.rollback()
    return found


@pytest.mark.parametrize("scope", ["quartier", "neighbours"])
def test_of_a_post_that_is_not_public_nothing_leaves_whatever_is_done_with_it(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer, scope: str
) -> None:
    bruno = city.resident(clignancourt)
    ada = elsewhere.actor("ada")
    gain(city, f"/u/{salma.handle}", ada)
    gain(city, f"/q/{clignancourt}", ada)
    befriend(city, salma, ada)
    eve, before = elsewhere.actor("eve"), rows()

    named = f"@{bruno.handle}, @ada@{elsewhere.host} et @eve@{elsewhere.host}"
    post = write(city, salma, clignancourt, scope=scope, text=f"Bonjour {named}")
    city.work()
    city.post(salma.browser, f"/p/{post}/modifier", title="Changé", text="Autre")
    reply = answer(city, bruno, post, f"Oui {named}")
    city.post(bruno.browser, f"/p/{post}/merci")
    city.work()
    city.post(bruno.browser, f"/p/{reply}/supprimer")
    city.post(salma.browser, f"/p/{post}/supprimer")
    city.work()

    assert rows() == before
    assert elsewhere.fetches(eve.uri.removeprefix(elsewhere.base_url)) == 0


def test_a_public_post_goes_to_followers_and_is_announced_twice_by_the_quartier(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    gain(city, f"/u/{salma.handle}", elsewhere.actor("ada"))
    gain(city, f"/q/{clignancourt}", farther.actor("bob"))
    gain(city, f"/q/{clignancourt}", farther.actor("eve"))

    post = write(city, salma, clignancourt, title="Une échelle", scope="public", everywhere="1")
    city.work()

    create, wrapped, bare = sent()
    uri, group, author = here(f"/p/{post}"), here(f"/q/{clignancourt}"), here("/u/salma")
    assert (create["type"], create["actor"], create["object"]["id"]) == ("Create", author, uri)
    assert (wrapped["type"], wrapped["actor"], wrapped["object"]) == ("Announce", group, create)
    assert (bare["type"], bare["actor"], bare["object"]) == ("Announce", group, uri)
    assert inboxes_of(create) == [f"{elsewhere.base_url}/inbox"]
    assert inboxes_of(wrapped) == inboxes_of(bare) == [f"{farther.base_url}/inbox"]


def test_the_document_of_a_titled_post_is_a_page_for_everybody_in_the_quartier(
    city: City, clignancourt: str, salma: Someone
) -> None:
    post = write(city, salma, clignancourt, title="Une échelle", text="Prêt #bricolage ce *samedi* ?", scope="public",
                 everywhere="1")  # fmt: skip
    city.work()

    page = sent("Create%")[0]["object"]

    author, group = here("/u/salma"), here(f"/q/{clignancourt}")
    assert page["type"] == "Page"
    assert page["name"] == "Une échelle"
    assert page["summary"] == "Prêt #bricolage ce samedi ?"
    assert page["contentMap"] == {"fr": page["content"]}
    assert page["to"] == [PUBLIC, group]
    assert page["cc"] == [f"{author}/followers"]
    assert page["audience"] == group
    assert page["context"] == here(f"/p/{post}/context")
    assert page["replies"] == here(f"/p/{post}/replies")
    assert [tag["name"] for tag in page["tag"]] == ["#bricolage"]
    assert "Berger" not in str(page)


def test_the_first_public_post_signs_with_first_name_and_initial_for_strangers(city: City, clignancourt: str) -> None:
    odile = city.resident(clignancourt, "odile_75", name="Odile Berger", is_name_full=True)
    post = write(city, odile, clignancourt, title="À tous", scope="public", everywhere="1")

    page = city.get(city.browser(), f"/p/{post}").text

    assert "Odile B." in page
    assert "Berger" not in page


def test_an_edit_and_a_deletion_go_to_all_who_got_the_post(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    gain(city, f"/u/{salma.handle}", elsewhere.actor("ada"))
    gain(city, f"/q/{clignancourt}", farther.actor("bob"))
    post = write(city, salma, clignancourt, title="Une échelle", scope="public", everywhere="1")
    city.work()

    city.post(salma.browser, f"/p/{post}/modifier", title="Deux échelles", text="Prêt.")
    city.work()
    update, passed_update = sent("Update%")[0], sent("Announce Update")[0]
    city.post(salma.browser, f"/p/{post}/supprimer")
    city.work()

    gone, passed_gone = sent("Delete%")[0], sent("Announce Delete")[0]
    assert update["object"]["name"] == "Deux échelles"
    assert update["object"]["updated"]
    assert passed_update["object"] == update
    assert gone["object"] == {"id": here(f"/p/{post}"), "type": "Tombstone"}
    assert passed_gone["object"] == gone
    both = sorted([f"{elsewhere.base_url}/inbox", f"{farther.base_url}/inbox"])
    assert inboxes_of(update) == inboxes_of(gone) == both


def test_somebody_named_elsewhere_is_looked_up_once_and_gets_the_post(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    ada = elsewhere.actor("ada")

    write(city, salma, clignancourt, text=f"Merci @ada@{elsewhere.host} !", scope="public", everywhere="1")
    city.work()

    (create,) = sent("Create%")
    assert inboxes_of(create) == [f"{elsewhere.base_url}/inbox"]
    assert create["object"]["tag"] == [mention(ada.uri, f"@ada@{elsewhere.host}")]
    assert f'href="{ada.uri}"' in create["object"]["content"]
    assert ada.uri in create["object"]["cc"]


def test_who_is_not_found_elsewhere_stays_a_word_and_the_post_goes_out(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    write(city, salma, clignancourt, text=f"Merci @nobody@{elsewhere.host} !", scope="public", everywhere="1")
    city.work()

    (create,) = sent("Create%")
    assert create["object"]["tag"] == []


def test_a_public_answer_to_somebody_elsewhere_reaches_them_and_names_them(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    ada = elsewhere.actor("ada")
    befriend(city, salma, ada)
    note = ada.note("Bonjour de loin", cc=[f"{ada.uri}/followers"])
    assert hear(city, ada, ada.create(note)) == "kept"
    post = finding.by_address(note["id"])
    assert post is not None
    answer(city, salma, post, "Bonjour !", scope="public", everywhere="1")
    city.work()

    (create,) = sent("Create%")
    assert create["object"]["type"] == "Note"
    assert create["object"]["inReplyTo"] == note["id"]
    assert create["object"]["tag"] == [mention(ada.uri, f"@ada@{elsewhere.host}")]
    assert inboxes_of(create) == [f"{elsewhere.base_url}/inbox"]
    assert sent("Announce%") == []


def test_thanks_for_a_public_post_from_elsewhere_go_to_its_author_and_are_taken_back(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer
) -> None:
    ada = elsewhere.actor("ada")
    befriend(city, salma, ada)
    note = ada.note("Bonjour de loin", cc=[f"{ada.uri}/followers"])
    hear(city, ada, ada.create(note))
    post = finding.by_address(note["id"])
    for _ in range(2):
        city.post(salma.browser, f"/p/{post}/merci")
        city.work()

    like, undo = sent("Like")[0], sent("Undo%")[0]
    assert (like["actor"], like["object"]) == (here("/u/salma"), note["id"])
    assert undo["object"]["id"] == like["id"]
    assert inboxes_of(like) == inboxes_of(undo) == [f"{elsewhere.base_url}/inbox"]


def test_a_reply_by_an_outsider_is_passed_on_once_a_quartier_lets_it_in(
    city: City, clignancourt: str, salma: Someone, elsewhere: ForeignServer, farther: ForeignServer
) -> None:
    gain(city, f"/q/{clignancourt}", farther.actor("bob"))
    post = write(city, salma, clignancourt, title="Une échelle", scope="public", everywhere="1")
    city.work()
    ada = elsewhere.actor("ada")

    assert hear(city, ada, ada.create(reply_to(ada, post, "Je la prends"))) == "kept"
    city.work()

    assert len(sent("Announce")) == 1  # the post; the reply waits for a moderator
