"""Shops say how things stand today (F48); residents who speak for a page say what they get for it (F49)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from instance.core.db import db
from instance.pages.models import Ambassador
from instance.peers.models import Outgoing
from instance.posts.models import Post
from instance.quartiers.models import Quartier
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.pages.teams import online, say
from tests.instance.posts.writing import answer, write

SLUG = "boulangerie-ramey"
LABEL = "une baguette par semaine"


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def baker(city: City, here: str) -> Someone:
    someone = city.resident(here, "boulangere")
    online(city, someone, SLUG, kind="shop")
    return someone


def tell(city: City, baker: Someone, **fields: Any) -> Any:
    said = {"open": "yes", "hours": "7 h à 13 h"} | fields
    return city.post(baker.browser, f"/pages/{SLUG}/etat", **said)


class TestStatus:
    def test_one_short_form_is_shown_with_its_day(self, city: City, here: str, baker: Someone) -> None:
        before = city.get(city.browser(), f"/pages/{SLUG}").text
        sent = tell(
            city, baker, delivers="1", areas=city.quartier_id(here), delivers_how="dès 15 €", gifts="1",
            gifts_url="https://ramey.example/cartes",
        )  # fmt: skip
        after = city.get(city.browser(), f"/pages/{SLUG}").text

        assert "à confirmer" in before and sent.status_code == 303
        assert "7 h à 13 h" in after and "dès 15" in after and "https://ramey.example/cartes" in after
        assert "à confirmer" not in after and "Dit le" in after

    def test_after_seven_days_it_is_to_be_confirmed(self, city: City, here: str, baker: Someone, clock: Clock) -> None:
        tell(city, baker)

        clock.forward(days=6, hours=23)
        fresh = [city.get(city.browser(), path).text for path in (f"/pages/{SLUG}", f"/commerces?quartier={here}")]
        clock.forward(hours=2)
        old = [city.get(city.browser(), path).text for path in (f"/pages/{SLUG}", f"/commerces?quartier={here}")]

        assert not any("à confirmer" in text for text in fresh)
        assert all("à confirmer" in text and "7 h à 13 h" in text for text in old)

    def test_the_list_is_filtered_by_who_delivers_to_ones_own_quartier(
        self, city: City, here: str, baker: Someone
    ) -> None:
        near, far = city.quartier("Goutte-d'Or"), city.quartier("Loin")
        city.adjoin(here, near)
        ids = [city.quartier_id(one) for one in (near, far)]
        online(city, city.resident(near), "epicerie-myrha", kind="shop", name="Épicerie Myrha")
        tell(city, baker, delivers="1", areas=ids)
        neighbour, distant = city.resident(near), city.resident(far)

        lists = {
            (who, path): city.get(browser, path).text
            for who, browser in (("near", neighbour.browser), ("far", distant.browser))
            for path in ("/commerces", "/commerces?livre=1")
        }

        assert "Boulangerie Ramey" in lists["near", "/commerces"] and "Épicerie Myrha" in lists["near", "/commerces"]
        assert "Boulangerie Ramey" in lists["near", "/commerces?livre=1"]
        assert "Épicerie Myrha" not in lists["near", "/commerces?livre=1"]
        assert "Boulangerie Ramey" not in lists["far", "/commerces?livre=1"]  # no neighbour: not to be ticked

    @pytest.mark.parametrize(
        "fields",
        [{"delivers": "1"}, {"gifts": "1", "gifts_url": "javascript:alert(1)"}, {"hours": "x" * 121}],
    )
    def test_what_cannot_be_is_refused(self, fields: dict[str, str], city: City, baker: Someone) -> None:
        assert tell(city, baker, **fields).status_code == 422

    def test_only_the_team_of_a_shop_says_it(self, city: City, here: str, baker: Someone) -> None:
        other = city.resident(here)
        online(city, other, "le-canard-du-nord")

        refused = [
            city.post(browser, f"/pages/{slug}/etat", open="yes").status_code
            for browser, slug in ((other.browser, SLUG), (other.browser, "le-canard-du-nord"))
        ]

        assert refused == [404, 404]


class TestAmbassadors:
    def ask(self, city: City, baker: Someone, handle: str = "odile", interest: str = "une baguette par semaine") -> Any:
        return city.post(baker.browser, f"/pages/{SLUG}/ambassades", handle=handle, interest=interest)

    def test_asked_by_the_page_agreed_by_the_person_and_always_said(
        self, city: City, here: str, baker: Someone
    ) -> None:
        odile, bruno = city.resident(here, "odile"), city.resident(here, "bruno")
        bare = self.ask(city, baker, interest=" ")
        self.ask(city, baker)

        early = write(city, odile, here, title="Le bon pain", text=f"Chez @{SLUG} ce matin.")
        city.post(odile.browser, f"/mes-pages/{SLUG}/ambassade", answer="yes")
        named = write(city, odile, here, title="Le bon pain", text=f"Chez @{SLUG}, encore.")
        public = write(city, odile, here, title=f"Allez chez @{SLUG}@localhost:8000", scope="public", everywhere="1")
        other = write(city, odile, here, title="Un vélo", text=f"Écrivez à @{SLUG}-bis ou a@{SLUG} ou @autre.")
        stranger = write(city, bruno, here, title="Le bon pain", text=f"Chez @{SLUG}.")
        reply = answer(city, odile, stranger, f"Oui, @{SLUG} !")
        city.work()

        assert bare.status_code == 422
        shown = {one: city.get(bruno.browser, f"/p/{one}").text for one in (early, named, public, other, stranger)}
        assert [one for one, text in shown.items() if LABEL in text] == [named, public, stranger]
        assert LABEL in db.session.get_one(Post, reply).html and LABEL not in db.session.get_one(Post, stranger).html
        sent = [json.loads(body) for body in db.session.scalars(select(Outgoing.body)) if LABEL in body]
        assert sent and all("Ambassad" in str(one) for one in sent)  # elsewhere too
        assert LABEL in city.get(city.browser(), f"/pages/{SLUG}").text

    def test_the_label_stays_when_words_are_changed_and_ends_with_the_promise(
        self, city: City, here: str, baker: Someone
    ) -> None:
        odile = city.resident(here, "odile")
        self.ask(city, baker)
        city.post(odile.browser, f"/mes-pages/{SLUG}/ambassade", answer="yes")
        post = write(city, odile, here, text=f"Chez @{SLUG}.")
        city.post(odile.browser, f"/p/{post}/modifier", title="Bonjour", text=f"Vraiment chez @{SLUG}.")
        edited = db.session.get_one(Post, post).html
        db.session.rollback()

        city.post(odile.browser, f"/mes-pages/{SLUG}/ambassade", answer="no")
        later = write(city, odile, here, text=f"Chez @{SLUG}.")

        assert LABEL in edited and LABEL in db.session.get_one(Post, post).html
        assert LABEL not in db.session.get_one(Post, later).html
        assert db.session.scalar(select(Ambassador.page_id)) is None

    def test_no_further_reach_comes_of_it(self, city: City, here: str, baker: Someone) -> None:
        odile, bruno = city.resident(here, "odile"), city.resident(here, "bruno")
        self.ask(city, baker)
        city.post(odile.browser, f"/mes-pages/{SLUG}/ambassade", answer="yes")
        first = write(city, odile, here, title="Chez le boulanger", text=f"@{SLUG}")
        second = write(city, bruno, here, title="Un vélo")

        wall = city.get(bruno.browser, f"/q/{here}?tri=new").text

        assert wall.index(f'id="m{second}"') < wall.index(f'id="m{first}"')
        assert f'id="m{first}"' not in city.get(city.browser(), f"/pages/{SLUG}").text
        assert say(city, baker, SLUG) and db.session.scalars(select(Quartier)).first() is not None
