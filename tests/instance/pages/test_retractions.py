"""Pages put right and take back what they said, in plain sight: the words go, the reason and the thread stay."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect, select, text

from instance.core.db import db
from instance.core.errors import Invalid
from instance.posts.models import Post
from instance.quartiers.models import Quartier
from tests.city import City
from tests.instance.pages.following import Newsroom, Place, newsroom, place, stored
from tests.instance.posts.hearing import befriend, gain, here, inboxes_of, sent
from tests.instance.posts.writing import answer
from tests.mastodon.conftest import Programs
from tests.support.peer import ACTIVITY_JSON, ForeignActor, ForeignServer

SECRET = "Zibelinette"
REASON = "Notre source s’est trompée."


@pytest.fixture
def clignancourt(city: City) -> Place:
    return place(city, "Clignancourt")


@pytest.fixture
def paper(elsewhere: ForeignServer) -> ForeignActor:
    return elsewhere.actor("paper", "Service", name="La Gazette")


@pytest.fixture
def enquete(city: City, clignancourt: Place) -> Newsroom:
    made = newsroom(city, city.resident(clignancourt.slug))
    clignancourt.takes("enquete", made.path)
    return made


def tables_with(word: str) -> set[str]:
    """The tables in which a word stands, anywhere."""
    found = set()
    for name in inspect(db.engine).get_table_names():
        for row in db.session.execute(text(f'SELECT * FROM "{name}"')):
            if any(word in str(value) for value in row):
                found.add(name)
    db.session.rollback()
    return found


def document(city: City, path: str) -> Any:
    answer = city.browser().get(path, headers={"accept": ACTIVITY_JSON})
    db.session.rollback()
    return answer


# A page of this city


def test_a_page_of_this_city_stands_on_the_walls_of_its_edition_alone(city: City, enquete: Newsroom) -> None:
    """F08, with a page and quartiers of this city, and one of the edition in another city."""
    nantes = place(city, "Chantenay")
    nantes.takes(enquete.path, enquete.path)
    lyon = enquete.edition("Lyon", city_actor("clignancourt"))

    post = enquete.says("Les égouts de Lyon", editions=[lyon])
    enquete.says("À tous les quartiers")

    assert "Les égouts de Lyon" not in nantes.wall()
    assert "À tous les quartiers" in nantes.wall()
    wall = city.get(enquete.editor.browser, "/q/clignancourt?tri=new").text
    assert "Les égouts de Lyon" in wall
    assert 'class="masthead"' in wall
    assert document(city, f"/p/{post}").json["audience"] == [here("/q/clignancourt")]


def city_actor(slug: str) -> int:
    found = db.session.scalars(select(Quartier.actor_id).where(Quartier.slug == slug)).one()
    db.session.rollback()
    return found


def test_a_retraction_leaves_the_reason_and_the_thread_and_no_word_of_what_was_said(
    city: City, clignancourt: Place, enquete: Newsroom, elsewhere: ForeignServer
) -> None:
    follower = elsewhere.actor("fan")
    gain(city, enquete.path, follower)
    post = enquete.says(f"{SECRET} au conseil", f"Le mot {SECRET} partout.")
    enquete.corrects(post, f"{SECRET}, encore", f"Le mot {SECRET} corrigé.", f"Un nom : {SECRET}")
    below = answer(city, clignancourt.resident, post, "Je n’y croyais pas", scope="quartier")
    city.work()

    enquete.retracts(post, REASON)

    assert tables_with(SECRET) == set()
    wall = clignancourt.wall()
    assert REASON in wall
    assert "Retiré par L’Enquête locale le " in wall
    thread = city.get(clignancourt.resident.browser, f"/p/{post}").text
    assert "Je n’y croyais pas" in thread
    assert db.session.get_one(Post, below).thread_id == post
    stone = document(city, f"/p/{post}")
    assert stone.status_code == 410
    assert (stone.json["type"], stone.json["summary"]) == ("Tombstone", REASON)
    gone = sent("Delete%")[-1]
    assert (gone["object"]["id"], gone["summary"]) == (here(f"/p/{post}"), REASON)
    assert f"{elsewhere.base_url}/inbox" in inboxes_of(gone)
    created = sent("Create%")[0]["id"]
    assert document(city, created.removeprefix(here(""))).status_code == 410
    assert here(f"/p/{post}") not in str(document(city, f"{enquete.path}/outbox?page=first").json)
    told = Programs(city).of(clignancourt.resident).get(f"/api/v1/statuses/{post}").json
    assert REASON in told["content"]
    assert "Retiré par" in told["content"]
    assert told["quartier"]["details"] == {"reason": REASON}


def test_a_retraction_needs_a_reason(city: City, enquete: Newsroom) -> None:
    post = enquete.says("Un mot")

    with pytest.raises(Invalid):
        enquete.retracts(post, "  ")
    db.session.rollback()

    assert document(city, f"/p/{post}").status_code == 200


def test_a_correction_says_when_and_what(
    city: City, clignancourt: Place, enquete: Newsroom, elsewhere: ForeignServer
) -> None:
    gain(city, enquete.path, elsewhere.actor("fan"))
    post = enquete.says("Dix blessés")

    enquete.corrects(post, "Deux blessés", "Le texte.", "Le nombre était faux.")

    wall = clignancourt.wall()
    assert "Corrigé le " in wall
    assert "Le nombre était faux." in wall
    assert "modifié" not in wall
    told = sent("Update%")[-1]["object"]
    assert (told["name"], told["ql:correction"]) == ("Deux blessés", "Le nombre était faux.")


# A page elsewhere


def test_what_a_subscribed_page_takes_back_with_a_reason_is_shown_as_taken_back(
    clignancourt: Place, paper: ForeignActor
) -> None:
    clignancourt.follows(paper)
    note = paper.note(f"Un mot, {SECRET}", name=SECRET, kind="Article")
    clignancourt.hears(paper, paper.create(note))
    post = stored(note["id"]).id
    answer(clignancourt.city, clignancourt.resident, post, "Vraiment", scope="quartier")

    stone = {"id": note["id"], "type": "Tombstone"}
    clignancourt.hears(paper, paper.activity("Delete", stone, summary=f"<p>{REASON}</p>"))

    assert tables_with(SECRET) == set()
    wall = clignancourt.wall()
    assert "Retiré par La Gazette le " in wall
    assert REASON in wall
    assert "Vraiment" in clignancourt.city.get(clignancourt.resident.browser, f"/p/{post}").text
    clignancourt.hears(paper, paper.update(note | {"updated": "2027-01-01T00:00:00Z"}))
    assert SECRET not in clignancourt.wall()  # what is taken back stays so


@pytest.mark.parametrize("is_subscribed", [True, False])
def test_without_a_reason_or_a_subscription_a_deletion_is_a_deletion(
    clignancourt: Place, paper: ForeignActor, is_subscribed: bool
) -> None:
    if is_subscribed:
        clignancourt.follows(paper)
    else:
        befriend(clignancourt.city, clignancourt.resident, paper)
    note = paper.note("Un mot")
    clignancourt.hears(paper, paper.create(note))

    clignancourt.hears(paper, paper.activity("Delete", note["id"], summary="" if is_subscribed else REASON))

    assert stored(note["id"]).deleted_at is not None
    assert REASON not in clignancourt.wall()


def test_nobody_else_takes_back_a_pages_words(
    clignancourt: Place, paper: ForeignActor, elsewhere: ForeignServer
) -> None:
    clignancourt.follows(paper)
    note = paper.note("Un mot")
    clignancourt.hears(paper, paper.create(note))
    other = elsewhere.actor("autre")

    clignancourt.hears(other, other.activity("Delete", note["id"], summary=REASON))

    assert stored(note["id"]).state == "published"


def test_a_correction_of_a_subscribed_page_is_shown_as_one(
    clignancourt: Place, paper: ForeignActor, elsewhere: ForeignServer
) -> None:
    clignancourt.follows(paper)
    ada = elsewhere.actor("ada")
    befriend(clignancourt.city, clignancourt.resident, ada)
    for author in (paper, ada):
        note = author.note(f"Premier mot de {author.handle}")
        clignancourt.hears(author, author.create(note))
        later = {"content": f"<p>Second mot de {author.handle}</p>", "updated": "2026-12-24T10:00:00Z"}
        clignancourt.hears(author, author.update(note | later | {"ql:correction": "Un <b>nom</b> manquait."}))

    wall = clignancourt.wall()
    assert "Second mot de paper" in wall
    assert "Corrigé le 24 décembre 2026" in wall
    assert "Un &lt;b&gt;nom&lt;/b&gt; manquait." in wall
    line = clignancourt.city.get(clignancourt.resident.browser, "/suivis").text
    assert "Second mot de ada" in line
    assert "modifié" in line
