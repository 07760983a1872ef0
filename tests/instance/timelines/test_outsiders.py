"""People of other servers, as a resident finds them, follows them, and wants no more of them."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from instance.accounts import service
from instance.accounts.models import Actor, Follow
from instance.core import fed
from instance.core.db import commit, db
from tests.city import City, Someone
from tests.instance.accounts.conftest import plain
from tests.support.pages import signless
from tests.support.peer import ForeignActor, ForeignServer


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    someone = city.resident(here, "salma")
    city.work()  # makes her key
    return someone


@pytest.fixture
def ada(elsewhere: ForeignServer) -> ForeignActor:
    found = elsewhere.actor("ada", summary="<p>Machines <script>alert(1)</script>à calculer</p>")
    found.describe(name="Ada L.")
    return found


def find(city: City, who: Someone, asked: str) -> str:
    """The path of the page that the search leads to."""
    answer = city.post(who.browser, "/chercher", q=asked)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_resident_finds_somebody_elsewhere_by_name_and_by_address(
    city: City, salma: Someone, ada: ForeignActor
) -> None:
    path = find(city, salma, f"@{ada.acct}")

    assert re.fullmatch(r"/comptes/\d+", path)
    assert find(city, salma, ada.uri) == path
    words = plain(city.get(salma.browser, path))
    assert "Ada L." in words
    assert f"@{ada.acct}" in words
    assert "à calculer" in words
    assert "<script>alert" not in words
    assert f'href="{ada.document["url"]}"' in words


def test_the_search_of_a_link_asks_no_other_server(
    city: City, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer
) -> None:
    answer = city.get(salma.browser, f"/chercher?q=@{ada.acct}")

    assert answer.status_code == 200
    assert ada.acct in answer.text
    assert elsewhere.fetched == []


def test_who_nobody_is_is_said_in_words(city: City, salma: Someone, ada: ForeignActor) -> None:
    answer = city.post(salma.browser, "/chercher", q=f"@personne@{ada.server.host}")

    assert answer.status_code == 404
    assert "Personne ne répond à ce nom" in plain(answer)


def test_the_search_finds_no_resident_of_another_quartier(city: City, salma: Someone) -> None:
    other = city.quartier("Goutte-d'Or")
    city.resident(other, "bruno")
    city.resident(other, "odile", shows_outside=True)

    hidden, absent = (city.post(salma.browser, "/chercher", q=name) for name in ("@bruno", "@nobody_at_all"))

    assert hidden.status_code == absent.status_code == 404
    pages = [signless(one.text).replace(name, "") for one, name in ((hidden, "bruno"), (absent, "nobody_at_all"))]
    assert pages[0] == pages[1]
    assert find(city, salma, "odile") == "/u/odile"
    assert find(city, salma, "@salma") == "/u/salma"


@pytest.mark.parametrize("path", ["/chercher", "/suivis", "/comptes/1"])
def test_these_pages_are_for_residents(city: City, here: str, path: str) -> None:
    assert city.get(city.browser(), path).location.startswith("/connexion")
    assert city.get(city.visitor().browser, path).location == "/preuve"
    assert city.get(city.resident(here).browser, path).status_code == (404 if path.endswith("1") else 200)


def test_a_visitor_makes_us_ask_nobody(city: City, ada: ForeignActor, elsewhere: ForeignServer) -> None:
    city.post(city.visitor().browser, "/chercher", q=f"@{ada.acct}")

    assert elsewhere.fetched == []


def test_a_follow_is_asked_and_taken_back(city: City, salma: Someone, ada: ForeignActor) -> None:
    path = find(city, salma, ada.acct)

    city.post(salma.browser, f"{path}/suivre")

    city.work()
    asked = plain(city.get(salma.browser, path))
    assert "Retirer ma demande" in asked
    assert [one["type"] for one in ada.server.inbox_of(ada)] == ["Follow"]
    assert "Ada L." in plain(city.get(salma.browser, "/abonnements"))
    city.post(salma.browser, f"{path}/ne-plus-suivre")
    city.work()
    assert [one["type"] for one in ada.server.inbox_of(ada)] == ["Follow", "Undo"]
    assert db.session.query(Follow).count() == 0


def test_a_block_hides_both_ways_and_ends_the_follow(city: City, salma: Someone, ada: ForeignActor) -> None:
    path = find(city, salma, ada.acct)
    city.post(salma.browser, f"{path}/suivre")

    city.post(salma.browser, f"{path}/bloquer")

    assert db.session.query(Follow).count() == 0
    assert "Débloquer Ada L." in plain(city.get(salma.browser, path))
    blocked = plain(city.get(salma.browser, "/reglages/bloques"))
    assert "Débloquer Ada L." in blocked
    city.post(salma.browser, f"/reglages/bloques/{path.rsplit('/', 1)[1]}/debloquer")
    assert "Vous ne bloquez personne" in plain(city.get(salma.browser, "/reglages/bloques"))


def test_muting_is_undone_in_the_settings(city: City, salma: Someone, ada: ForeignActor) -> None:
    path = find(city, salma, ada.acct)

    city.post(salma.browser, f"{path}/masquer")

    assert "Vous avez masqué Ada L." in plain(city.get(salma.browser, path))
    assert "Montrer de nouveau Ada L." in plain(city.get(salma.browser, "/reglages/bloques"))
    city.post(salma.browser, f"/reglages/masques/{path.rsplit('/', 1)[1]}/montrer")
    assert "Masquer Ada L." in plain(city.get(salma.browser, path))


def test_a_server_is_blocked_from_a_page_and_by_name(city: City, salma: Someone, ada: ForeignActor) -> None:
    path = find(city, salma, ada.acct)
    city.post(salma.browser, f"{path}/suivre")

    city.post(salma.browser, f"{path}/serveur")
    city.post(salma.browser, "/reglages/serveurs", host=" @Quelqu.un@Journal.EXAMPLE ")

    page = plain(city.get(salma.browser, "/reglages/bloques"))
    assert ada.server.host in page
    assert "journal.example" in page
    assert db.session.query(Follow).count() == 0
    city.post(salma.browser, "/reglages/serveurs/debloquer", host="journal.example")
    assert "journal.example" not in plain(city.get(salma.browser, "/reglages/bloques")).replace("exemple", "")


@pytest.mark.parametrize("typed", ["", "journal", "a b.example", "http://"])
def test_what_is_no_server_is_not_blocked(city: City, salma: Someone, typed: str) -> None:
    answer = city.post(salma.browser, "/reglages/serveurs", host=typed)

    assert answer.status_code == 422
    assert "Écrivez le nom du serveur" in plain(answer)


def test_nobody_blocks_this_very_server(city: City, salma: Someone) -> None:
    answer = city.post(salma.browser, "/reglages/serveurs", host=fed.base_url())

    assert answer.status_code == 422


def test_who_blocked_the_reader_is_not_there(city: City, salma: Someone, ada: ForeignActor) -> None:

    path = find(city, salma, ada.acct)
    with commit():
        actor_id = db.session.query(Actor.id).filter_by(uri=ada.uri).scalar()
        service.block(actor_id, salma.actor_id)

    assert city.get(salma.browser, path).data == city.get(salma.browser, "/comptes/5").data


def test_the_picture_is_fetched_by_us_once_a_resident_looks(
    city: City, salma: Someone, ada: ForeignActor, elsewhere: ForeignServer
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 40), "teal").save(file, "PNG")
    url = elsewhere.put("/ada.png", file.getvalue(), "image/png")
    ada.describe(icon={"type": "Image", "mediaType": "image/png", "url": url})
    path = find(city, salma, ada.acct)
    city.work()
    assert elsewhere.fetches("/ada.png") == 0

    city.get(salma.browser, path)
    city.work()

    page = city.get(salma.browser, path).text
    city.work()
    found = re.search(r'src="(/media/[^"]+)"', page)
    assert found is not None
    assert url not in page
    assert city.get(salma.browser, found[1]).status_code == 200
    assert elsewhere.fetches("/ada.png") == 1
