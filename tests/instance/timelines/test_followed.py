"""« Suivis »: the words of those whom a resident follows, and what they pass on, beside the wall."""

from __future__ import annotations

import re

import pytest

from instance.accounts import follows
from instance.accounts.models import Actor
from instance.core import fed
from instance.core.db import commit, db
from tests.city import City, Someone
from tests.instance.accounts.conftest import plain
from tests.instance.posts.hearing import befriend, hear
from tests.instance.posts.writing import write
from tests.support.peer import ForeignActor, ForeignServer


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    return city.resident(here, "salma")


@pytest.fixture
def ada(city: City, salma: Someone, elsewhere: ForeignServer) -> ForeignActor:
    """Somebody elsewhere whom Salma follows."""
    found = elsewhere.actor("ada")
    befriend(city, salma, found)
    return found


def words(city: City, who: Someone, path: str = "/suivis") -> str:
    return plain(city.get(who.browser, path))


def ask_to_follow(actor: ForeignActor, someone: Someone) -> int:
    with commit():
        follower = db.session.get_one(Actor, meet_id(actor))
        follows.add(follower, db.session.get_one(Actor, someone.actor_id), f"{actor.uri}/follows/1")
        return follower.id


def meet_id(actor: ForeignActor) -> int:
    return int(db.session.query(Actor.id).filter_by(uri=actor.uri).scalar())


def test_words_of_the_followed_stand_there_and_not_those_of_the_wall(
    city: City, here: str, salma: Someone, ada: ForeignActor
) -> None:
    write(city, city.resident(here), here, title="Un vélo à vendre")
    assert hear(city, ada, ada.create(ada.note("La machine analytique"))) == "kept"

    page = words(city, salma)

    assert "La machine analytique" in page
    assert "Un vélo à vendre" not in page
    assert "La machine analytique" not in words(city, city.resident(here))
    assert "/suivis" in words(city, salma, f"/q/{here}")


def test_what_the_followed_pass_on_names_who_did(
    city: City, here: str, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer
) -> None:
    author = city.resident(here)
    post = write(city, author, here, title="Marché de la rue", scope="public", everywhere="1")
    city.work()

    hear(city, ada, ada.announce(fed.uri_of(f"/p/{post}")))

    page = words(city, salma)
    assert "Marché de la rue" in page
    assert "Ada fait suivre" in page


def test_who_is_muted_or_blocked_is_not_read_there(city: City, salma: Someone, ada: ForeignActor) -> None:
    hear(city, ada, ada.create(ada.note("La machine analytique")))
    path = f"/comptes/{meet_id(ada)}"
    assert "La machine analytique" in words(city, salma, path)

    city.post(salma.browser, f"{path}/masquer")

    assert "La machine analytique" not in words(city, salma)
    assert "La machine analytique" not in words(city, salma, path)


def test_older_words_stand_on_the_next_page(city: City, salma: Someone, ada: ForeignActor) -> None:
    for number in range(23):
        hear(city, ada, ada.create(ada.note(f"Carte perforée {number:02}.")))

    first = words(city, salma)
    older = re.search(r'href="(/suivis\?avant=\d+)"', first)
    second = words(city, salma, older[1]) if older else ""

    assert ("Carte perforée 22." in first, "Carte perforée 02." in first) == (True, False)
    assert ("Carte perforée 22." in second, "Carte perforée 02." in second) == (False, True)


def test_a_request_is_told_and_answered(city: City, salma: Someone, ada: ForeignActor) -> None:
    follower_id = ask_to_follow(ada, salma)
    city.work()

    assert "Ada demande à vous suivre." in words(city, salma, "/avis")
    assert "Accepter Ada" in words(city, salma, "/abonnements")
    city.post(salma.browser, f"/abonnements/{follower_id}/accepter")
    city.work()
    assert follows.is_following(follower_id, salma.actor_id)
    assert "Ne plus laisser Ada me suivre" in words(city, salma, "/abonnements")
    assert [one["type"] for one in ada.server.inbox_of(ada)].count("Accept") == 1
    city.post(salma.browser, f"/abonnements/{follower_id}/refuser")
    city.work()
    assert [one["type"] for one in ada.server.inbox_of(ada)].count("Reject") == 1
    assert "Personne ne vous suit" in words(city, salma, "/abonnements")


def test_a_refused_request_leaves_nothing(city: City, salma: Someone, ada: ForeignActor) -> None:
    follower_id = ask_to_follow(ada, salma)

    city.post(salma.browser, f"/abonnements/{follower_id}/refuser")

    assert not follows.is_following(follower_id, salma.actor_id)
    assert "Accepter Ada" not in words(city, salma, "/abonnements")


def test_nobody_answers_a_request_made_to_somebody_else(
    city: City, here: str, salma: Someone, ada: ForeignActor
) -> None:
    follower_id = ask_to_follow(ada, salma)

    answer = city.post(city.resident(here).browser, f"/abonnements/{follower_id}/accepter")

    assert answer.status_code == 404
    assert not follows.is_following(follower_id, salma.actor_id)


def test_who_follows_without_asking_is_told_as_well(city: City, here: str, ada: ForeignActor) -> None:
    open_door = city.resident(here, "porte_ouverte", approves_followers=False)

    ask_to_follow(ada, open_door)
    city.work()

    assert "Ada vous suit." in words(city, open_door, "/avis")


def test_thanks_and_boosts_from_elsewhere_are_told_to_the_author(
    city: City, here: str, salma: Someone, ada: ForeignActor
) -> None:
    post = write(city, salma, here, title="Marché de la rue", scope="public", everywhere="1")
    city.work()

    hear(city, ada, ada.like(fed.uri_of(f"/p/{post}")))
    hear(city, ada, ada.announce(fed.uri_of(f"/p/{post}")))
    city.work()

    told = words(city, salma, "/avis")
    assert "Ada vous dit merci." in told
    assert "Ada fait suivre un de vos mots." in told


def test_nothing_is_told_of_who_is_muted(city: City, here: str, salma: Someone, ada: ForeignActor) -> None:
    post = write(city, salma, here, title="Marché de la rue", scope="public", everywhere="1")
    city.post(salma.browser, f"/comptes/{meet_id(ada)}/masquer")

    hear(city, ada, ada.like(fed.uri_of(f"/p/{post}")))
    ask_to_follow(ada, salma)
    city.work()

    assert "Ada" not in words(city, salma, "/avis")


def test_a_neighbour_who_follows_goes_by_the_neighbours_name(city: City, here: str, salma: Someone) -> None:
    near = city.resident(here, "bruno")
    far = city.resident(city.quartier("Goutte-d'Or"), "odile")
    with commit():
        mine = db.session.get_one(Actor, salma.actor_id)
        for one in (near, far):
            follows.add(db.session.get_one(Actor, one.actor_id), mine)
        names = [db.session.get_one(Actor, one.actor_id).shown_name for one in (near, far)]

    page = words(city, salma, "/abonnements")

    assert names[0] in page
    assert names[1] not in page
    assert "@odile" in page


@pytest.mark.parametrize("place", ["/groupes", "/recherche", "/suivis"])
def test_each_place_to_read_leads_to_the_others_and_says_which_one_it_is(
    city: City, here: str, salma: Someone, place: str
) -> None:
    page = city.get(salma.browser, place).text

    row = page.partition('aria-label="Où lire"')[2].partition("</ul>")[0]
    assert re.findall('href="([^"]*)"', row) == [f"/q/{here}", f"/q/{here}/autour", "/suivis", "/groupes", "/recherche"]
    assert f'href="{place}" aria-current="true"' in row
