"""What opens a passage may have to wait for a city that is away: words go there once it knows, and not before."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from instance.core.db import commit, db
from instance.partners import signing
from instance.partners.models import Agreement
from instance.peers.models import Delivery
from instance.quartiers.models import Passage
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.partners.border import Border
from tests.instance.posts.writing import write
from tests.support.partner import PartnerCity
from tests.support.peer import Json

FAR = "Villette · Ville d’en face"


class Away:
    """The border with another quartier of ours beside it, and an admin; the other city can be away."""

    def __init__(self, city: City, partner: PartnerCity, clock: Clock, state: str = "joined") -> None:
        self.city, self.partner, self.clock = city, partner, clock
        self.border = Border(city, partner, state=state)
        self.slug, self.sam, self.next = self.border.slug, self.border.sam, city.quartier("Goutte d'Or")
        city.adjoin(self.slug, self.next)
        self.admin: Someone = city.admin()
        with commit():
            self.number = db.session.scalars(select(Agreement.id)).one()

    def goes(self) -> None:
        self.partner.server.manners.is_down = True

    def returns(self) -> None:
        self.partner.server.manners.is_down = False
        self.clock.forward(hours=3)
        for someone in (self.admin, self.sam, self.border.mo):
            self.city.log_in(someone)
        self.city.work()

    def press(self, act: str) -> None:
        assert self.city.post(self.admin.browser, f"/admin/accords/{self.number}/{act}").status_code == 303
        self.city.work()

    def writes(self, title: str, **fields: str) -> str:
        number = write(self.city, self.sam, self.slug, title=title, **({"scope": "neighbours"} | fields))
        self.city.work()
        return f"{self.city.settings.base_url}/p/{number}"

    def readers(self) -> list[str]:
        """The quartiers that Sam's page names before a word is sent."""
        said = {"title": "Qui lira ?", "text": "Voilà.", "kind": "news", "scope": "neighbours", "act": "send"}
        page = self.city.post(self.sam.browser, f"/q/{self.slug}/ecrire", **said).text
        found = page[page.index('id="lecteurs"') :]
        return re.findall(r"<li>([^<]*)</li>", found[: found.index("</ul>")])

    def see(self) -> str:
        return str(self.city.get(self.admin.browser, f"/admin/accords/{self.number}").text)

    def received(self) -> list[Json]:
        """All that came to that city, in the order in which it came."""
        return [one.json for one in self.partner.server.received]

    def told(self, member: str) -> list[Any]:
        """What their Application was told of the agreement."""
        return [one["object"][member] for one in self.partner.heard("Update") if member in one["object"]]

    def about(self, uri: str) -> list[int]:
        """Where in what came something about `uri` stands."""
        return [place for place, one in enumerate(self.received()) if uri in str(one)]

    def opens(self) -> int:
        """Where in what came the word stands that opens it."""
        return max(place for place, one in enumerate(self.received()) if one["type"] in {"Update", "Accept"})


@pytest.fixture
def away(city: City, partner: PartnerCity, clock: Clock) -> Away:
    return Away(city, partner, clock)


def test_suspended_and_resumed_while_they_are_away_is_heard_as_resumed_and_then_the_words_come_once(away: Away) -> None:
    before = away.readers()
    away.goes()
    first = away.writes("Un banc à réparer")
    away.press("suspendre")
    away.press("reprendre")
    waiting, moderators = away.see(), away.border.page()
    named, own = away.readers(), away.writes("Entre nous")
    public = away.writes("Bal au bord de l’eau", scope="public", everywhere="1")
    assert away.border.stands == ("joined", True), "what they send is taken meanwhile"
    away.returns()
    after = away.writes("Après la reprise")

    assert before[-1] == away.readers()[-1] == FAR
    assert FAR not in named
    assert "repris, pas encore reçu par l’autre ville" in waiting
    assert "repris, pas encore reçu" not in away.see() and "en vigueur" in away.see()
    assert "pas encore reçu par l’autre ville" in moderators
    assert "pas encore reçu par l’autre ville" not in away.border.page()
    assert away.told("ql:suspended") == [False]
    (place,) = away.about(first)
    assert place > away.opens()
    assert away.about(own) == []
    assert len(away.about(after)) == 1
    announced = [one for one in away.received() if one["type"] == "Announce" and one["object"] == public]
    assert len(announced) == 1 and min(away.about(public)) > away.opens()


def test_a_suspension_that_they_have_heard_of_is_over_for_us_when_they_hear_so(away: Away) -> None:
    first = away.writes("Un banc à réparer")
    away.press("suspendre")
    away.goes()
    away.press("reprendre")
    away.press("suspendre")
    away.press("reprendre")
    assert FAR not in away.readers()
    changed = away.city.post(away.sam.browser, f"{first[first.index('/p/') :]}/modifier", title="Deux", text="Samedi.")
    away.city.work()
    away.returns()

    assert changed.status_code == 303
    assert away.told("ql:suspended") == [True, False]
    created, updated = away.about(first)
    assert created < away.opens() < updated
    assert away.readers()[-1] == FAR


def test_what_is_given_up_is_waited_for_until_it_is_taken(away: Away) -> None:
    away.goes()
    away.press("suspendre")
    away.press("reprendre")
    with commit():
        for row in db.session.scalars(select(Delivery).where(Delivery.state == "pending")):
            row.state = "failed"
    away.partner.server.manners.is_down = False
    away.city.work()
    assert FAR not in away.readers()
    with commit():
        signing.suspend(db.session.get_one(Agreement, away.number), True, None)
        signing.suspend(db.session.get_one(Agreement, away.number), False, None)
    away.returns()

    assert away.told("ql:suspended") == [False]
    assert away.readers()[-1] == FAR


def test_a_quartier_cut_off_and_open_again_while_they_are_away_waits_too(away: Away) -> None:
    away.goes()
    away.border.switch("couper")
    away.border.switch("rouvrir")
    assert away.border.stands == ("joined", True)
    assert FAR not in away.readers()
    away.returns()

    assert away.told("ql:shut") == [[]]
    assert away.readers()[-1] == FAR


def test_what_they_resume_opens_at_once_for_they_know(away: Away) -> None:
    uri = away.border.ours and db.session.scalars(select(Agreement.uri)).one()
    away.partner.say(away.city, away.partner.suspend(uri))
    shut = away.readers()
    away.partner.say(away.city, away.partner.resume(uri))

    assert FAR not in shut
    assert away.readers()[-1] == FAR


@pytest.mark.parametrize("first", ["accept", "follow"])
def test_a_passage_just_joined_takes_words_once_our_yes_has_come(
    first: str, city: City, partner: PartnerCity, clock: Clock
) -> None:
    away = Away(city, partner, clock, state="new")
    border = away.border
    border.press("proposer")
    (follow,) = border.hears("Follow")
    away.goes()
    answers = [border.villette.accept(follow), border.villette.follow(border.group)]
    for said in answers if first == "accept" else answers[::-1]:
        assert border.says(said) == "kept"
    assert border.stands == ("joined", True)
    named, own = away.readers(), away.writes("Entre nous")
    away.returns()
    after = away.writes("Bonjour, voisins")

    assert FAR not in named
    assert away.about(own) == []
    assert min(away.about(after)) > away.opens()
    assert away.readers()[-1] == FAR
    assert db.session.scalars(select(Passage.unheard_since)).one() is None
