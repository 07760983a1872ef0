"""Agreements between two cities: looked for, offered, signed, answered by less, suspended, renewed, ended, run out.

The other side is a city of our own writing that shares no code with federation/ (tests/support/partner.py).
"""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from instance.cli import main
from instance.core import clock as city_clock
from instance.core.db import commit, db
from instance.notifications.models import Notification
from instance.partners import agreements, errands, pairs, survey
from instance.partners.models import Agreement
from instance.peers.models import Delivery, Incoming
from instance.quartiers.models import Passage, Quartier
from tests.city import City, Someone
from tests.support.partner import PartnerCity, is_proved, our_application, square, stamp
from tests.support.peer import ForeignActor, ForeignServer, Json

M_LON, M_LAT = 1 / 74_500, 1 / 111_200  # degrees in a metre at 48° north
JSON = {"Accept": "application/activity+json"}


class Two:
    """Our city with two quartiers and an admin; the other one with a quartier beside the second, and one apart."""

    def __init__(self, city: City, partner: PartnerCity) -> None:
        self.city, self.partner = city, partner
        self.here, self.edge = city.quartier("Clignancourt"), city.quartier("Goutte d'Or")
        self.admin = city.admin()
        self.ours = our_application(city)
        self.group = self.uri(self.edge)
        # `City` draws squares from west to east: the second ends at 2.03.
        self.near = partner.group("Saint-Georges", square(2.03 + 5 * M_LON, 48.0))
        self.apart = partner.group("Rochechouart", square(2.05, 48.0))
        self.pair = (self.group, self.near.uri)

    def uri(self, slug: str) -> str:
        return f"{self.city.settings.base_url}/q/{slug}"

    def post(self, path: str, **fields: Any) -> Any:
        answer = self.city.post(self.admin.browser, path, **fields)
        self.city.work()
        return answer

    def see(self, path: str) -> str:
        return str(self.city.get(self.admin.browser, path).text)

    def look(self, address: str = "") -> str:
        """An admin types the other city's address; the path of what comes of it."""
        answer = self.post("/admin/accords", address=address or self.partner.server.base_url)
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def propose(self, path: str = "", **fields: Any) -> Json:
        """An admin offers all that was found; the Offer as it arrived."""
        path = path or self.look()
        row = self.row(path)
        given = {"pair": [f"{one['ours']} {one['theirs']}" for one in row.pairs], "audience": row.audiences}
        answer = self.post(f"{path}/proposer", **(given | {"months": "12"} | fields))
        assert answer.status_code == 303, answer.text
        return self.partner.heard("Offer")[-1]

    def row(self, path: str) -> Agreement:
        db.session.rollback()
        return db.session.get_one(Agreement, int(path.rpartition("/")[2]))

    def say(self, activity: Json, **where: Any) -> tuple[str, str | None]:
        """The other city says something; what became of it."""
        assert self.partner.say(self.city, activity, **where) == 202
        return self.outcome(activity)

    def outcome(self, activity: Json) -> tuple[str, str | None]:
        row = db.session.execute(
            select(Incoming.state, Incoming.last_error).where(Incoming.uri == activity["id"])
        ).one()
        db.session.rollback()
        return row[0], row[1]

    def offered(self, **members: Any) -> tuple[Json, str]:
        """They offer; the Offer, and the path of the admin's page."""
        offer = self.partner.offer([self.pair], self.ours, **members)
        assert self.say(offer) == ("done", None)
        found = agreements.find(offer["object"]["id"])
        assert found is not None
        return offer, f"/admin/accords/{found.id}"

    def signed(self) -> tuple[Json, str]:
        """They offered and we signed."""
        offer, path = self.offered()
        assert self.post(f"{path}/signer").status_code == 303
        return offer, path

    def passages(self) -> dict[str, str]:
        """State of each passage by their Group's address."""
        db.session.rollback()
        query = select(Passage, Quartier).join(Quartier, Quartier.id == Passage.quartier_id)
        return {f"{quartier.slug} {passage.far_id}": passage.state for passage, quartier in db.session.execute(query)}


@pytest.fixture
def two(city: City, partner: PartnerCity) -> Two:
    return Two(city, partner)


class TestLookingForACity:
    def test_proposes_the_quartiers_that_touch_though_two_files_draw_the_line_apart(self, two: Two) -> None:
        path = two.look()

        text = two.see(path)
        assert [(one["ours"], one["theirs"]) for one in two.row(path).pairs] == [(f"/q/{two.edge}", two.near.uri)]
        assert two.row(path).pairs[0]["border_m"] == pytest.approx(1112, abs=15)
        assert "Saint-Georges" in text and "Rochechouart" not in text
        assert "Ville d’en face" in text
        assert two.partner.server.received == []  # nothing is sent yet

    def test_says_what_is_wrong_and_can_be_repeated(self, two: Two) -> None:
        manners, base = two.partner.server.manners, two.partner.server.base_url
        bad = two.city.post(two.admin.browser, "/admin/accords", address="pas une adresse !")
        own = two.city.post(two.admin.browser, "/admin/accords", address=two.city.settings.base_url)
        manners.is_down = True
        path = two.look(base)
        away = two.see(path)
        manners.is_down, manners.is_mad = False, True
        two.post(f"{path}/chercher")
        stranger = two.see(path)
        manners.is_mad = False
        two.post(f"{path}/chercher")

        assert (bad.status_code, own.status_code) == (422, 422)
        assert "Ce serveur ne répond pas maintenant" in away
        assert "il n’y a pas de Quartier Libre" in stranger
        assert "Saint-Georges" in two.see(path)

    @pytest.mark.parametrize("room", ["survey", "pairs"])
    def test_outlines_that_cost_too_much_are_left_aside(
        self, room: str, two: Two, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spent = count(0.0, 1.5)
        slow = SimpleNamespace(thread_time=lambda: next(spent))
        monkeypatch.setattr({"survey": survey, "pairs": pairs}[room], "time", slow)
        for number in range(9):  # after the one that touches
            two.partner.group(f"Loin {number}", square(2.03 + 5 * M_LON, 48.0))

        found = {one["theirs"] for one in two.row(two.look()).pairs}

        assert two.near.uri in found and len(found) < 9

    def test_a_city_that_touches_us_nowhere_is_told_so(self, city: City, partner: PartnerCity) -> None:
        city.quartier("Clignancourt")
        admin = city.admin()
        our_application(city)
        partner.group("Rochechouart", square(2.05, 48.0))

        path = str(city.post(admin.browser, "/admin/accords", address=partner.host).location)
        city.work()

        assert "Aucun de ses quartiers ne touche un des nôtres" in city.get(admin.browser, path).text
        refused = city.post(admin.browser, f"{path}/proposer", audience=["public"], months="12")
        assert refused.status_code == 422
        assert partner.server.received == []


@pytest.mark.shared
@pytest.mark.parametrize("shift_m", [0, 5])
def test_paris_18e_and_19e_touch_at_exactly_two_pairs(
    shift_m: int, city: City, partner: PartnerCity, shared: Path, tmp_path: Path
) -> None:
    features = json.loads((shared / "data" / "paris-quartiers.geojson").read_text())["features"]
    wanted = ",".join(one["properties"]["code"] for one in features if one["properties"]["arrondissement"] == "75118")
    runner = city.app.test_cli_runner()
    file = shared / "data" / "paris-quartiers.geojson"
    done = runner.invoke(main, ["import", "quartiers", str(file), "--only", wanted])
    assert done.exit_code == 0, done.output
    with commit():
        for quartier in db.session.scalars(select(Quartier)):
            quartier.state = "open"
    our_application(city)
    codes = {}
    for one in features:
        if one["properties"]["arrondissement"] == "75119":
            ring = [(lon + shift_m * M_LON, lat) for lon, lat in one["geometry"]["coordinates"][0]]
            codes[partner.group(one["properties"]["nom"], ring).uri] = one["properties"]["code"]
    admin = city.admin()

    path = str(city.post(admin.browser, "/admin/accords", address=partner.host).location)
    city.work()

    row = db.session.get_one(Agreement, int(path.rpartition("/")[2]))
    slugs = {one.slug: one.code for one in db.session.scalars(select(Quartier))}
    found = {(slugs[one["ours"].removeprefix("/q/")], codes[one["theirs"]]) for one in row.pairs}
    assert found == {("7511804", "7511901"), ("7511804", "7511902")}


class TestProposing:
    def test_an_offer_goes_out_with_proof_and_holds_once_they_accept_it(self, two: Two) -> None:
        offer = two.propose()
        agreement = offer["object"]
        path = f"/admin/accords/{agreement['id'].rpartition('/')[2]}"
        before = agreements.is_partner(two.partner.host)
        accept = two.partner.accept(offer)
        first, again = two.say(accept), two.say(two.partner.accept(offer))

        application = two.city.browser().get("/actor", headers=JSON).json
        assert is_proved(agreement, application)
        assert (offer["actor"], agreement["type"]) == (two.ours, ["Agreement", "ql:Peering"])
        assert agreement["parties"] == [two.ours, two.partner.uri]
        assert agreement["pairs"] == [list(two.pair)]
        assert agreement["audiences"] == ["public", "neighbours", "group"]
        assert agreement["rules"] == f"{two.city.settings.base_url}/regles"
        assert (before, first, again) == (False, ("done", None), ("done", None))
        assert agreements.is_partner(two.partner.host)
        assert list(two.passages().values()) == ["new"]
        assert "en vigueur" in two.see(path)
        assert json.loads(two.row(path).answer) == accept

    def test_the_agreement_stands_at_its_address_for_the_other_city_alone(
        self, two: Two, farther: ForeignServer
    ) -> None:
        offer = two.propose()
        uri = offer["object"]["id"]
        stranger = farther.actor("actor", "Application")

        theirs = two.partner.application.get(two.city.browser(), uri)
        others = [
            stranger.get(two.city.browser(), uri),
            two.partner.person("mallory").get(two.city.browser(), uri),
            two.city.browser().get(uri, headers=JSON),
            two.city.get(two.admin.browser, uri),
            two.partner.application.get(two.city.browser(), offer["id"]),
        ]
        absent = two.city.browser().get(f"{uri}1", headers=JSON)

        assert (theirs.status_code, theirs.json) == (200, offer["object"])
        assert {(one.status_code, one.data) for one in others} == {(404, absent.data)}

    def test_their_refusal_and_a_refusal_of_ours_are_told(self, two: Two) -> None:
        offer = two.propose()
        two.say(two.partner.reject(offer))
        path = f"/admin/accords/{offer['object']['id'].rpartition('/')[2]}"
        theirs, their_path = two.offered()
        two.post(f"{their_path}/refuser")

        (reject,) = two.partner.heard("Reject")
        assert "refusé par l’autre ville" in two.see(path)
        assert two.say(two.partner.accept(offer)) == ("ignored", "agreement.over")
        assert reject["object"]["id"] == theirs["id"]
        assert "refusé par vous" in two.see(their_path)
        assert not agreements.is_partner(two.partner.host)

    def test_what_is_not_received_yet_stands_on_the_page(self, two: Two) -> None:
        path = two.look()
        two.partner.server.manners.inbox_status = 503
        row = two.row(path)
        pair = f"{row.pairs[0]['ours']} {row.pairs[0]['theirs']}"
        two.post(f"{path}/proposer", pair=[pair], audience=["public"], months="3")
        waiting = two.see(path)
        two.partner.server.manners.inbox_status = 202
        with commit():
            for letter in db.session.scalars(select(Delivery)):
                letter.due_at = city_clock.now()
        two.city.work()

        assert "Envoyé, pas encore reçu" in waiting
        assert "Envoyé, pas encore reçu" not in two.see(path)
        assert len(two.partner.heard("Offer")) == 1


class TestSigning:
    def test_an_offer_of_theirs_waits_for_an_admin_and_our_accept_embeds_it_unchanged(self, two: Two) -> None:
        offer, path = two.offered()
        shown, told = two.see(path), two.see("/avis")
        held_before = agreements.is_partner(two.partner.host)
        two.post(f"{path}/signer")

        (accept,) = two.partner.heard("Accept")
        application = two.city.browser().get("/actor", headers=JSON).json
        assert "Goutte d&#39;Or — Saint-Georges" in shown
        assert f"{two.partner.server.base_url}/regles" in shown
        assert "Un accord de voisinage" in told
        assert not held_before
        assert is_proved(accept, application)
        assert accept["object"] == {
            "id": offer["id"],
            "type": "Offer",
            "actor": two.partner.uri,
            "object": offer["object"],
        }
        assert agreements.is_partner(two.partner.host)
        assert list(two.passages().values()) == ["new"]

    def test_asking_twice_never_doubles(self, two: Two) -> None:
        offer, path = two.signed()
        replayed = dict(offer) | {"id": two.partner.server.name("activities")}

        assert two.say(replayed) == ("ignored", "agreement.known")
        assert two.post(f"{path}/signer").status_code == 422
        assert len(two.partner.heard("Accept")) == 1

    def test_a_group_that_cannot_be_had_now_follows_later(self, two: Two) -> None:
        far = two.partner.group("Pigalle", square(2.03, 48.0))
        path = urlpath(far)
        body = two.partner.server.documents.pop(path)
        offer = two.partner.offer([two.pair, (two.group, far.uri)], two.ours)
        two.say(offer)
        found = agreements.find(offer["object"]["id"])
        assert found is not None
        agreement_id = found.id
        two.post(f"/admin/accords/{agreement_id}/signer")
        first = len(two.passages())
        two.partner.server.documents[path] = body
        errands.open_ways({"agreement_id": str(agreement_id)})

        assert (first, len(two.passages())) == (1, 2)


def urlpath(actor: ForeignActor) -> str:
    return actor.uri.removeprefix(actor.server.base_url)


class TestLess:
    """A counter-offer names fewer pairs, never more."""

    def test_they_ask_for_less(self, two: Two) -> None:
        two.partner.group("Pigalle", square(2.03, 48.0))
        offer = two.propose()
        mine = offer["object"]["id"]
        wider = two.partner.offer([two.pair, (two.uri(two.here), two.near.uri)], two.ours, in_reply_to=offer["id"])
        less = two.partner.offer(
            [two.pair], two.ours, in_reply_to=offer["id"], audiences=["neighbours"],
            expires=offer["object"]["expires"],
        )  # fmt: skip

        assert len(offer["object"]["pairs"]) == 2
        longer = two.partner.offer(
            [two.pair],
            two.ours,
            in_reply_to=offer["id"],
            expires=stamp(city_clock.now() + timedelta(days=365, hours=2)),
        )
        nothing = two.partner.offer([two.pair], two.ours, in_reply_to=f"{offer['id']}1")
        assert two.say(wider) == two.say(longer) == ("ignored", "agreement.wider")
        assert two.say(nothing) == ("ignored", "agreement.unknown")
        assert two.say(less) == ("done", None)
        found = agreements.find(mine)
        assert found is not None and (found.state, found.reason) == ("refused", "countered")
        assert two.say(two.partner.accept(offer)) == ("ignored", "agreement.over")

    def test_we_ask_for_less(self, two: Two) -> None:
        far = two.partner.group("Pigalle", square(2.03, 48.0))
        offer = two.partner.offer([two.pair, (two.group, far.uri)], two.ours)
        two.say(offer)
        found = agreements.find(offer["object"]["id"])
        assert found is not None
        path = f"/admin/accords/{found.id}"
        same = two.post(
            f"{path}/proposer", pair=[f"/q/{two.edge} {far.uri}", f"/q/{two.edge} {two.near.uri}"],
            audience=["public", "neighbours", "group"],
        )  # fmt: skip
        counter = two.propose(path, pair=[f"/q/{two.edge} {far.uri}"], audience=["neighbours"])
        two.say(two.partner.accept(counter))

        assert same.status_code == 422
        assert counter["inReplyTo"] == offer["id"]
        assert counter["object"]["pairs"] == [[two.group, far.uri]]
        assert counter["object"]["audiences"] == ["neighbours"]
        assert "remplacé par une proposition plus étroite" in two.see(path)
        live = agreements.live_with(two.partner.host)
        assert live is not None and live.audiences == ["neighbours"]


# What is changed in a sound agreement, and why it is refused then.
BROKEN: list[tuple[Json, str]] = [
    ({"audiences": ["public", "residents"]}, "agreement.audiences"),
    ({"audiences": []}, "agreement.audiences"),
    ({"audiences": "public"}, "agreement.audiences"),
    ({"type": ["Agreement"]}, "agreement.form"),
    ({"id": "http://elsewhere.example/accords/1"}, "agreement.form"),
    ({"parties": ["http://elsewhere.example/actor", "{ours}"]}, "agreement.parties"),
    ({"parties": ["{theirs}", "{ours}", "http://elsewhere.example/actor"]}, "agreement.parties"),
    ({"pairs": []}, "agreement.pairs"),
    ({"pairs": [["{group}", "http://elsewhere.example/q/x"]]}, "agreement.pairs"),
    ({"pairs": [["{group}", "{group}"]]}, "agreement.pairs"),
    ({"pairs": [["{near}", "{near}"]]}, "agreement.pairs"),
    ({"pairs": [["{group}", "{near}"], ["{near}", "{group}"]]}, "agreement.pairs"),
    ({"pairs": [["{group}-none", "{near}"]]}, "agreement.quartier"),
    ({"pairs": [["{pilot}", "{near}"]]}, "agreement.quartier"),
    ({"expires": -1}, "agreement.expired"),
    ({"expires": 367}, "agreement.term"),
    ({"expires": None}, "agreement.term"),
    ({"published": 30, "expires": 200}, "agreement.term"),
    ({"proof": None}, "agreement.proof"),
    ({"proof": "altered"}, "agreement.proof"),
    ({"proof": "other key"}, "agreement.proof"),
    ({"proof": "other name"}, "agreement.proof"),
    ({"ql:renews": "{ours}"}, "agreement.unknown"),
]


class TestRefused:
    """Each check of federation.md §9, by something that breaks it: nothing is kept, and admins read why."""

    def test_offers_that_break_a_rule(self, two: Two) -> None:
        pilot = two.city.quartier("Montmartre", state="pilot")
        known = {"{ours}": two.ours, "{theirs}": two.partner.uri, "{group}": two.group, "{near}": two.near.uri}
        known |= {"{pilot}": two.uri(pilot)}
        outcomes = []
        for members, _code in BROKEN:
            given, proof = {k: v for k, v in members.items() if k != "proof"}, members.get("proof", "right")
            for name in ("expires", "published"):
                if isinstance(given.get(name), int):
                    given[name] = stamp(city_clock.now() + timedelta(days=given[name]))
            offer = two.partner.offer([two.pair], two.ours, **_filled(given, known))
            _spoil(offer, proof, two.partner)
            two.partner.application.post(two.city.browser(), f"{two.ours}/inbox", offer)
            outcomes.append((members, offer["id"]))
        two.city.work()

        codes = dict(db.session.execute(select(Incoming.uri, Incoming.last_error)).all())
        assert [(members, codes[uri]) for members, uri in outcomes] == BROKEN
        assert db.session.scalars(select(Agreement)).all() == []

    def test_by_somebody_who_is_no_city(self, two: Two) -> None:
        mallory = two.partner.person("mallory")
        offer = two.partner.offer([two.pair], two.ours) | {"actor": mallory.uri}

        assert two.say(offer, by=mallory) == ("ignored", "agreement.application")

    def test_taken_back_before_it_came(self, two: Two) -> None:
        offer = two.partner.offer([two.pair], two.ours)

        assert two.say(two.partner.end(offer)) == ("done", None)
        assert two.say(offer) == ("ignored", "undone")

    def test_an_accept_of_another_text_or_by_another_city(self, two: Two, farther: ForeignServer) -> None:
        offer = two.propose()
        stranger = PartnerCity(farther)
        wider = offer | {"object": offer["object"] | {"audiences": ["public"]}}
        bare = {key: value for key, value in two.partner.accept(offer).items() if key != "proof"}
        other = two.partner.application.activity("Accept", offer)
        replayed = two.partner.prove(other, verificationMethod=stranger.key_id)

        assert two.say(two.partner.accept(wider)) == ("ignored", "agreement.altered")
        assert two.say(bare) == ("ignored", "agreement.proof")
        assert two.say(replayed) == ("ignored", "agreement.proof")
        accept = stranger.accept(offer)
        assert stranger.say(two.city, accept) == 202
        assert two.outcome(accept) == ("ignored", "agreement.unknown")
        assert not agreements.is_partner(two.partner.host) and not agreements.is_partner(stranger.host)

    def test_an_old_accept_opens_nothing_again(self, two: Two) -> None:
        offer = two.propose()
        two.say(two.partner.accept(offer))
        two.post(f"/admin/accords/{offer['object']['id'].rpartition('/')[2]}/finir")

        assert two.say(two.partner.accept(offer)) == ("ignored", "agreement.over")
        assert not agreements.is_partner(two.partner.host)

    def test_what_comes_after_the_term_signs_nothing(self, two: Two, clock: Any) -> None:
        mine = two.propose()
        _theirs, path = two.offered()
        clock.forward(days=366)
        two.city.log_in(two.admin)

        assert two.say(two.partner.accept(mine)) == ("ignored", "agreement.expired")
        assert two.post(f"{path}/signer").status_code == 422
        assert two.row(path).state == "received"

    def test_few_may_wait_and_the_page_shows_what_was_not_taken(self, two: Two, farther: ForeignServer) -> None:
        offers = [two.partner.offer([two.pair], two.ours) for _ in range(5)]
        outcomes = [two.say(one)[1] for one in offers]
        found = agreements.find(offers[0]["object"]["id"])
        assert found is not None
        text = two.see(f"/admin/accords/{found.id}")

        assert outcomes == [None, None, None, "agreement.many", "agreement.many"]
        assert "Venu de ce serveur, pas pris" in text and "trop d’accords en attente" in text

    def test_offering_and_taking_back_all_day_costs_ten_looks(self, two: Two) -> None:
        offers = [two.partner.offer([two.pair], two.ours) for _ in range(11)]
        for offer in offers:
            for said in (offer, two.partner.end(offer)):
                two.partner.application.post(two.city.browser(), f"{two.ours}/inbox", said)
        before = two.partner.server.fetches("/.well-known/nodeinfo")
        two.city.work()

        assert [two.outcome(one)[1] for one in offers] == [None] * 10 + ["agreement.many"]
        assert two.partner.server.fetches("/.well-known/nodeinfo") - before <= 10

    def test_taking_an_offer_back_makes_nobody_known(self, two: Two, farther: ForeignServer) -> None:
        now = city_clock.now()
        stranger = PartnerCity(farther)
        far = stranger.group("Pigalle")
        offers = [stranger.offer([(two.group, far.uri)], two.ours) for _ in range(2)]
        for said in (offers[0], stranger.end(offers[0])):
            stranger.say(two.city, said)
        with commit():
            for number in range(20):
                db.session.add(
                    Agreement(
                        uri=f"https://x{number}.example/1", host=f"x{number}.example", state="received", pairs=[],
                        audiences=["public"], published=now, expires=now + timedelta(days=9), since=now,
                    )
                )  # fmt: skip
        stranger.say(two.city, offers[1])

        assert two.outcome(offers[0]) == ("done", None)
        assert two.outcome(offers[1]) == ("ignored", "agreement.many")

    def test_strangers_together_cannot_fill_the_desk_but_who_is_known_gets_in(
        self, two: Two, farther: ForeignServer
    ) -> None:
        now = city_clock.now()
        with commit():
            for number in range(20):
                db.session.add(
                    Agreement(
                        uri=f"https://x{number}.example/1", host=f"x{number}.example", state="received", pairs=[],
                        audiences=["public"], published=now, expires=now + timedelta(days=9), since=now,
                    )
                )  # fmt: skip
        stranger = PartnerCity(farther)
        far = stranger.group("Pigalle")
        offer = stranger.offer([(two.group, far.uri)], two.ours)
        stranger.say(two.city, offer)
        two.look()

        assert two.outcome(offer) == ("ignored", "agreement.many")
        assert two.say(two.partner.offer([two.pair], two.ours)) == ("done", None)


def _filled(value: Any, known: dict[str, str]) -> Any:
    """`value` with what stands in braces put in."""
    if isinstance(value, dict):
        return {key: _filled(one, known) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, known) for one in value]
    for name, found in known.items():
        value = value.replace(name, found) if isinstance(value, str) else value
    return value


def _spoil(offer: Json, proof: str | None, partner: PartnerCity) -> None:
    agreement = offer["object"]
    if proof is None:
        del agreement["proof"]
    elif proof == "altered":
        agreement["rules"] = f"{partner.server.base_url}/autre"
    elif proof == "other key":
        offer["object"] = PartnerCity(partner.server).prove(agreement, verificationMethod=partner.key_id)
        partner.application.describe()  # theirs is served again
    elif proof == "other name":
        offer["object"] = partner.prove(agreement, verificationMethod=f"{partner.uri}#other")


class TestSuspending:
    def test_either_side_alone_shuts_it_and_each_opens_its_own_half(self, two: Two) -> None:
        offer, path = two.signed()
        uri, host = offer["object"]["id"], two.partner.host
        two.post(f"{path}/suspendre")
        ours_shut = agreements.is_partner(host)
        two.say(two.partner.suspend(uri))
        both = two.see(path)
        two.post(f"{path}/reprendre")
        theirs_shut = agreements.is_partner(host)
        two.say(two.partner.resume(uri))

        told = two.partner.heard("Update")
        application = two.city.browser().get("/actor", headers=JSON).json
        assert [one["object"]["ql:suspended"] for one in told] == [True, False]
        assert all(is_proved(one, application) and one["object"]["id"] == uri for one in told)
        assert (ours_shut, theirs_shut) == (False, False)
        assert "suspendu des deux côtés" in both
        assert agreements.is_partner(host)

    def test_a_renewal_asked_for_before_opens_nothing_that_is_suspended(self, two: Two) -> None:
        _offer, path = two.signed()
        two.post(f"{path}/renouveler")
        renewal = two.partner.heard("Offer")[-1]
        two.post(f"{path}/suspendre")
        two.say(two.partner.accept(renewal))
        held = agreements.is_partner(two.partner.host)
        found = agreements.find(renewal["object"]["id"])
        assert found is not None
        two.post(f"/admin/accords/{found.id}/reprendre")

        told = [(one["object"]["id"], one["object"]["ql:suspended"]) for one in two.partner.heard("Update")]
        assert not held
        assert told[1:] == [(renewal["object"]["id"], True), (renewal["object"]["id"], False)]
        assert agreements.is_partner(two.partner.host)

    def test_what_they_resumed_before_they_heard_of_the_renewal_counts_for_the_new_one(self, two: Two) -> None:
        offer, path = two.signed()
        two.say(two.partner.suspend(offer["object"]["id"]))
        two.post(f"{path}/renouveler")
        late = two.partner.suspend(offer["object"]["id"], updated=stamp(city_clock.now() - timedelta(minutes=5)))
        resumed = two.partner.resume(offer["object"]["id"])
        two.say(two.partner.accept(two.partner.heard("Offer")[-1]))
        held = agreements.is_partner(two.partner.host)

        assert not held
        assert two.say(resumed) == two.say(late) == ("done", None)
        assert agreements.is_partner(two.partner.host)

    def test_a_blocked_server_is_no_partner_until_an_admin_resumes(self, two: Two) -> None:
        _offer, path = two.signed()
        host = two.partner.host
        two.post("/admin/serveurs/regle", host=host, severity="block")
        blocked = agreements.is_partner(host)
        two.post("/admin/serveurs/regle/retirer", host=host)
        unblocked = agreements.is_partner(host)
        two.post(f"{path}/reprendre")

        assert (blocked, unblocked) == (False, False)
        assert agreements.is_partner(host)

    def test_older_words_and_words_of_others_change_nothing(self, two: Two, farther: ForeignServer) -> None:
        offer, _path = two.signed()
        uri, host = offer["object"]["id"], two.partner.host
        early = two.partner.resume(uri, updated=stamp(city_clock.now() - timedelta(minutes=5)))
        two.say(two.partner.suspend(uri))
        bare = {key: value for key, value in two.partner.resume(uri).items() if key != "proof"}
        stranger = PartnerCity(farther)
        forged = stranger.resume(uri)
        stranger.say(two.city, forged)

        assert two.say(early) == ("done", None)
        assert two.say(bare) == ("ignored", "agreement.proof")
        assert two.outcome(forged) == ("ignored", "agreement.unknown")
        assert not agreements.is_partner(host)


class TestEnding:
    def test_we_end_it_and_they_are_told(self, two: Two) -> None:
        offer, path = two.signed()
        question = two.see(f"{path}/finir")
        two.post(f"{path}/finir")

        (undo,) = two.partner.heard("Undo")
        assert "Mettre fin à l’accord" in question
        assert is_proved(undo, two.city.browser().get("/actor", headers=JSON).json)
        assert undo["object"]["id"] == offer["id"]
        assert not agreements.is_partner(two.partner.host)
        assert "terminé par vous" in two.see(path)
        assert two.say(two.partner.resume(offer["object"]["id"])) == ("ignored", "agreement.over")

    def test_what_we_offered_besides_is_taken_back_with_it(self, two: Two) -> None:
        offer, path = two.signed()
        two.post(f"{path}/renouveler")
        renewal = two.partner.heard("Offer")[-1]
        two.post(f"{path}/finir")

        assert two.say(two.partner.accept(renewal)) == ("ignored", "agreement.over")
        assert {one["object"]["id"] for one in two.partner.heard("Undo")} == {offer["id"], renewal["id"]}
        assert not agreements.is_partner(two.partner.host)

    def test_they_end_it_once_for_all(self, two: Two, farther: ForeignServer) -> None:
        offer, path = two.signed()
        stranger = PartnerCity(farther)
        forged = stranger.end(offer)
        stranger.say(two.city, forged)
        bare = {key: value for key, value in two.partner.end(offer).items() if key != "proof"}
        unproved = two.say(bare)
        held = agreements.is_partner(two.partner.host)
        first, again = two.say(two.partner.end(offer)), two.say(two.partner.end(offer))

        assert two.outcome(forged)[1] == "agreement.unknown"
        assert unproved == ("ignored", "agreement.proof")
        assert held
        assert (first, again) == (("done", None), ("done", None))
        assert "terminé par l’autre ville" in two.see(path)

    def test_it_runs_out_and_admins_hear_of_it_a_month_before(self, two: Two, clock: Any) -> None:
        _offer, path = two.signed()
        notices = select(Notification).where(Notification.kind == "agreement")
        before = len(db.session.scalars(notices).all())
        clock.forward(days=275)
        errands.tend_agreements({})
        errands.tend_agreements({})
        two.city.work()
        reminded = len(db.session.scalars(notices).all())
        clock.forward(days=30)
        held = agreements.is_partner(two.partner.host)
        errands.tend_agreements({})
        two.city.work()

        assert reminded == before + 1
        assert not held  # the task only writes it down
        assert (two.row(path).state, two.row(path).reason) == ("ended", "expired")
        assert len(two.partner.heard("Undo")) == 1

    def test_what_nobody_answers_lapses(self, two: Two, clock: Any) -> None:
        ours = two.propose()
        _offer, path = two.offered()
        clock.forward(days=61)
        errands.tend_agreements({})
        two.city.work()

        mine = agreements.find(ours["object"]["id"])
        assert mine is not None and (mine.state, mine.reason) == ("ended", "lapsed")
        assert (two.row(path).state, two.row(path).reason) == ("refused", "lapsed")
        assert [one["object"]["id"] for one in two.partner.heard("Undo")] == [ours["id"]]


class TestRenewing:
    def test_the_old_one_holds_until_they_sign_the_new_one(self, two: Two) -> None:
        offer, path = two.signed()
        two.post(f"{path}/renouveler")
        again = two.post(f"{path}/renouveler")
        renewal = two.partner.heard("Offer")[-1]
        held = agreements.live_with(two.partner.host)
        held_uri = agreements.uri_of(held) if held else ""
        passages = two.passages()
        two.say(two.partner.accept(renewal))

        assert renewal["object"]["ql:renews"] == held_uri == offer["object"]["id"]
        assert again.status_code == 422
        live = agreements.live_with(two.partner.host)
        assert live is not None and agreements.uri_of(live) == renewal["object"]["id"]
        assert (two.row(path).state, two.row(path).reason) == ("ended", "renewed")
        assert two.passages() == passages
        assert set(db.session.scalars(select(Passage.agreement_id))) == {live.id}
        assert two.partner.heard("Undo") == []

    def test_of_two_signed_at_once_both_sides_keep_the_later_one(self, two: Two, clock: Any) -> None:
        mine = two.propose()
        clock.forward(minutes=1)
        _theirs, path = two.offered()
        two.post(f"{path}/signer")
        two.say(two.partner.accept(mine))

        live = agreements.live_with(two.partner.host)
        first = agreements.find(mine["object"]["id"])
        assert live is not None and live.id == two.row(path).id
        assert first is not None and (first.state, first.reason) == ("ended", "superseded")


class TestPages:
    def test_only_admins_find_them(self, two: Two) -> None:
        _offer, path = two.offered()
        moderator: Someone = two.city.resident(two.here, roles_here=("moderator",))
        paths = ("/admin/accords", path, f"{path}/signer")

        assert [two.city.get(moderator.browser, one).status_code for one in paths] == [404, 404, 404]
        assert two.city.post(moderator.browser, f"{path}/signer").status_code == 404
        assert two.row(path).state == "received"

    def test_everybody_reads_what_an_agreement_cannot_promise(self, two: Two) -> None:
        before = two.city.get(two.city.browser(), "/accord").text
        two.signed()
        after = two.city.get(two.city.browser(), "/accord").text

        assert "Nous ne pouvons pas l’y forcer" in before
        assert "Aucun accord n’est en vigueur" in before
        assert "Goutte d&#39;Or — Saint-Georges" in after and "Ville d’en face" in after


class TestCommands:
    def test_two_scripts_can_sign(self, two: Two) -> None:
        run = two.city.app.test_cli_runner().invoke
        proposed = run(main, ["peer", "propose", two.partner.server.base_url, "--months", "6"])
        two.city.work()
        (offer,) = two.partner.heard("Offer")
        two.say(two.partner.accept(offer))
        number = offer["object"]["id"].rpartition("/")[2]
        suspended = run(main, ["peer", "suspend", number])
        shut = agreements.is_partner(two.partner.host)
        resumed = run(main, ["peer", "resume", number])
        listed = json.loads(run(main, ["peer", "list", "--json"]).output)
        theirs, _path = two.offered()
        accepted = run(main, ["peer", "accept", theirs["object"]["id"]])
        unknown = run(main, ["peer", "accept", "77"])

        assert proposed.exit_code == suspended.exit_code == resumed.exit_code == accepted.exit_code == 0
        assert offer["object"]["pairs"] == [list(two.pair)]
        assert offer["object"]["audiences"] == ["public", "neighbours", "group"]
        assert not shut
        mine = next(one for one in listed if one["host"] == two.partner.host)["agreements"]
        assert [(str(one["id"]), one["state"], one["holds"]) for one in mine] == [(number, "live", True)]
        assert unknown.exit_code == 1

    def test_a_script_hears_why_not(self, two: Two) -> None:
        two.partner.server.manners.is_mad = True

        run = two.city.app.test_cli_runner().invoke
        refused = run(main, ["peer", "propose", two.partner.host])

        assert refused.exit_code == 1
        assert "Quartier Libre" in refused.output
        assert two.partner.host not in run(main, ["peer", "list"]).output

    def test_a_script_puts_away_what_a_city_offers(self, two: Two) -> None:
        theirs, path = two.offered()

        ended = two.city.app.test_cli_runner().invoke(main, ["peer", "end", theirs["object"]["id"]])
        two.city.work()

        assert ended.exit_code == 0
        assert two.row(path).state == "refused"
        assert [one["object"]["id"] for one in two.partner.heard("Reject")] == [theirs["id"]]


class TestPlaces:
    def test_a_group_shows_its_outline_and_the_city_lists_its_open_quartiers_by_twenty(self, city: City) -> None:
        for number in range(21):
            city.quartier(f"Quartier {number:02}")
        city.quartier("Montmartre", state="pilot")
        our_application(city)

        def ask(path: str) -> Json:
            found: Json = city.browser().get(path, headers=JSON).json
            return found

        application, whole = ask("/actor"), ask("/actor/quartiers")
        first, second = ask("/actor/quartiers?page=1"), ask("/actor/quartiers?page=2")
        group = ask("/q/quartier-00")

        assert application["ql:quartiers"] == whole["id"]
        assert {"ql": "https://quartier-libre.example/ns#"} in first["@context"]
        assert (whole["totalItems"], whole["first"], first["next"]) == (21, first["id"], second["id"])
        assert [len(one["orderedItems"]) for one in (first, second)] == [20, 1]
        assert "next" not in second and "error" in ask("/actor/quartiers?page=3")
        item = {key: group[key] for key in ("id", "type", "name", "preferredUsername", "location")}
        assert first["orderedItems"][0] == item
        assert item["location"]["type"] == "Place" and item["location"]["ql:outline"]["type"] == "Polygon"

    def test_an_outline_of_too_much_detail_is_drawn_coarser(self, city: City) -> None:
        slug = city.quartier("Dentelle")
        teeth = [(2.01 + step / 400_000, 48.0 + (step % 2) / 200_000) for step in range(4_000)]
        ring = [*teeth, (2.02, 48.01), (2.01, 48.01), teeth[0]]
        with commit():
            row = db.session.scalars(select(Quartier).where(Quartier.slug == slug)).one()
            row.outline = {"type": "Polygon", "coordinates": [[list(one) for one in ring]]}
        our_application(city)

        document = city.browser().get(f"/q/{slug}", headers=JSON)

        assert len(document.data) < 50_000
        shown = document.json["location"]["ql:outline"]["coordinates"][0]
        assert len(shown) < len(ring) and shown[0] == shown[-1]

    @pytest.mark.shared
    def test_the_twenty_finest_quartiers_of_paris_fit_into_a_page(self, city: City, shared: Path) -> None:
        features = json.loads((shared / "data" / "paris-quartiers.geojson").read_text())["features"]
        finest = sorted((one["geometry"] for one in features), key=lambda one: len(json.dumps(one)))[-20:]
        for number in range(20):
            city.quartier(f"Quartier {number:02}")
        with commit():
            for quartier, geometry in zip(db.session.scalars(select(Quartier)), finest, strict=True):
                quartier.outline = geometry
        our_application(city)

        page = city.browser().get("/actor/quartiers?page=1", headers=JSON)

        assert [one["location"]["ql:outline"] in finest for one in page.json["orderedItems"]] == [True] * 20
        assert len(page.data) < 2**20 // 8
