"""Residency claims: given to partners about those who acted towards them, believed of partners alone (F10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from federation.errors import Unreachable
from instance.accounts import remote, throttle
from instance.accounts.models import Account, Actor
from instance.admin import people
from instance.core import clock as city_clock
from instance.core.db import commit, db
from instance.partners import claims, claims_given
from instance.partners.models import Agreement, Claim, ClaimGiven, Contact
from instance.quartiers.models import Membership, Passage
from tests.city import PASSWORD, City
from tests.conftest import Clock
from tests.instance.partners.neighbours import Line, page, plain
from tests.support.partner import PartnerCity, is_proved, proved, sign_agreement, stamp
from tests.support.peer import ForeignServer, Json


@pytest.fixture
def line(city: City, partner: PartnerCity) -> Line:
    return Line(city, partner)


# Given


def test_a_partner_learns_quartier_level_and_months_of_who_acted_towards_it_and_the_resident_reads_it(
    line: Line,
) -> None:
    line.act(line.sam)

    answer = line.ask()

    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "private, no-store"
    claim = answer.get_json(force=True)
    now = city_clock.now()
    assert is_proved(claim, line.document("/actor"))
    assert claim["credentialSubject"] == {
        "id": line.sam_uri, "ql:residentOf": line.group, "ql:level": "strong", "ql:verified": f"{now:%Y-%m}",
        "ql:expires": f"{now + timedelta(days=700):%Y-%m}",
    }  # fmt: skip
    assert set(claim) == {
        "@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "ql:audience",
        "ql:status", "proof",
    }  # fmt: skip
    assert (claim["issuer"], claim["ql:audience"]) == (line.ours, line.partner.uri)
    assert claim["validUntil"] <= stamp(now + timedelta(days=14, minutes=1))
    for told in (page(line.sam.browser, "/mes-donnees"), page(line.sam.browser, "/mes-donnees.json")):
        assert line.partner.host in told and "habite Clignancourt" in told
    assert line.partner.host not in page(line.city.resident(line.slug).browser, "/mes-donnees")


Case = Callable[[Line], Any]


def without_contact(line: Line) -> Any:
    other = line.city.resident(line.slug, "zoe")
    return line.ask(line.address(f"{line.base}/u/{other.handle}"))


def of_another_quartier(line: Line) -> Any:
    return line.ask(line.address(group=f"{line.base}/q/{line.city.quartier('Montmartre')}"))


def without_passage(line: Line) -> Any:
    with commit():
        db.session.get_one(Passage, line.passage_id).is_open = False
    return line.ask()


def suspended_agreement(line: Line) -> Any:
    with commit():
        db.session.scalars(select(Agreement)).one().is_shut_there = True
    return line.ask()


def suspended_account(line: Line) -> Any:
    with commit():
        db.session.get_one(Account, line.sam.account_id).state = "suspended"
    return line.ask()


def proof_over(line: Line) -> Any:
    with commit():
        db.session.get_one(Membership, line.sam.account_id).writes_until = city_clock.now()
    return line.ask()


def moved(line: Line) -> Any:
    line.city.move_away(line.sam)
    return line.ask()


REFUSED: dict[str, Case] = {
    "nobody signs": lambda line: line.unsigned(),
    "a resident of the partner signs": lambda line: line.ask(by=line.partner.person("ada")),
    "the signature is forged": lambda line: line.ask(private=line.partner.person("eve").key.private),
    "the signature is old": lambda line: line.ask(moment=city_clock.now() - timedelta(hours=2)),
    "they never acted towards it": without_contact,
    "they live in another quartier": of_another_quartier,
    "the passage is closed": without_passage,
    "the agreement is suspended": suspended_agreement,
    "the account is suspended": suspended_account,
    "their proof is over": proof_over,
    "they moved away": moved,
    "nobody has that name": lambda line: line.ask(line.address(f"{line.base}/u/nobody")),
    "it is an address of elsewhere": lambda line: line.ask(line.address("https://x.example/u/sam")),
    "it is no address": lambda line: line.ask(line.address("/u/sam\0", "%00")),
    "nothing is asked": lambda line: line.ask(f"{line.base}/attest"),
    "a status is made up": lambda line: line.ask(f"{line.base}/attest/{'x' * 43}/status"),
    "a status is no sign": lambda line: line.ask(f"{line.base}/attest/%00/status"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_the_answer_is_that_of_an_address_that_never_was_when(why: str, line: Line) -> None:
    line.act(line.sam)
    absent = plain(line.unsigned(f"{line.base}/p/1"))

    answer = REFUSED[why](line)

    assert plain(answer) == absent and absent[0] == 404
    assert db.session.scalar(select(func.count()).select_from(ClaimGiven)) == 0


def test_a_stranger_learns_nothing_and_makes_us_fetch_no_key(line: Line, foreign_servers: list[ForeignServer]) -> None:
    line.act(line.sam, foreign_servers[1].host)
    eve = foreign_servers[1].actor("eve", "Application")

    answers = [line.ask(by=eve), line.ask(line.sam_uri, by=eve)]

    assert answers[0].status_code == 404
    assert answers[1].get_json(force=True)["name"] == "sam"
    assert foreign_servers[1].fetched == []


def test_a_partner_that_asks_too_much_is_told_to_wait_whatever_it_asks(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims_given, "PER_PARTNER", throttle.Limit(2, timedelta(hours=1)))
    line.act(line.sam)

    assert [line.ask().status_code for _ in range(2)] == [200, 200]

    answers = [line.ask(), line.ask(line.address(f"{line.base}/u/nobody")), line.ask(f"{line.base}/attest/x/status")]
    assert {answer.status_code for answer in answers} == {429} and len({answer.data for answer in answers}) == 1
    assert db.session.scalar(select(func.count()).select_from(ClaimGiven)) == 1


# Taken back


def by_moving(line: Line, _clock: Clock) -> None:
    line.city.post(line.sam.browser, "/demenager", name="signed")


def by_suspension(line: Line, _clock: Clock) -> None:
    admin = line.city.admin()
    with commit():
        people.suspend(db.session.get_one(Account, line.sam.account_id), "Menaces", by=admin.account_id)


def by_closing(line: Line, _clock: Clock) -> None:
    assert line.city.post(line.sam.browser, "/mes-donnees/supprimer", password=PASSWORD).status_code == 303


def by_time(line: Line, _clock: Clock) -> None:
    with commit():
        db.session.get_one(Membership, line.sam.account_id).writes_until = city_clock.now()
    claims_given.tend_claims({})


@pytest.mark.parametrize("cause", [by_moving, by_suspension, by_closing, by_time])
def test_a_claim_is_taken_back_within_one_delivery(
    cause: Callable[[Line, Clock], None], line: Line, clock: Clock
) -> None:
    line.act(line.sam)
    line.ask()
    clock.forward(hours=1.1)
    line.partner.server.now = city_clock.now
    status = line.ask().get_json(force=True)["ql:status"]
    assert db.session.scalar(select(func.count()).select_from(ClaimGiven)) == 2
    assert line.ask(status).get_json(force=True)["ql:revoked"] is False

    cause(line, clock)
    line.city.work()

    (told,) = [one for one in line.partner.heard("Undo") if one["object"]["type"] == "Add"]
    assert told["actor"] == line.group and told["object"]["object"] == line.sam_uri
    assert told["object"]["target"] == f"{line.group}/residents"
    answer = line.ask(status)
    assert answer.status_code == 404 or answer.get_json(force=True)["ql:revoked"] is True
    assert line.ask().status_code == 404
    line.partner.server.received.clear()
    claims_given.tend_claims({})
    line.city.work()
    assert line.partner.heard("Undo") == []


@pytest.mark.parametrize("says_so", [True, False])
def test_a_partner_does_not_follow_to_a_new_home_who_acted_from_the_old_one(
    says_so: bool, line: Line, clock: Clock
) -> None:
    line.act(line.sam)
    montmartre = line.city.quartier("Montmartre")
    sign_agreement(line.city, line.partner, montmartre, line.partner.group("Belleville"))
    new_home = line.address(group=f"{line.base}/q/{montmartre}")

    if says_so:
        by_moving(line, clock)
    line.city.settle(line.sam, montmartre)
    line.city.work()
    before = line.ask(new_home).status_code
    line.act(line.sam)

    assert (before, line.ask(new_home).status_code) == (404, 200)


def test_a_closed_account_leaves_neither_claims_nor_contacts(line: Line, clock: Clock) -> None:
    line.act(line.sam)
    line.ask()

    by_closing(line, clock)

    for table in (ClaimGiven, Contact):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


# Asked


class Asking:
    """Ada lives in Villette, as her city says; what becomes of its word here."""

    def __init__(self, line: Line) -> None:
        self.line, self.partner = line, line.partner
        self.ada = line.partner.person("ada", name="Ada L.")

    def says(self, **members: Any) -> Json:
        """The city signs the claim, with `members` otherwise than they should be."""
        return self.partner.claim(self.ada.uri, self.line.villette.uri, self.line.ours, **members)

    def put(self, claim: Json) -> None:
        """Serve `claim` in place of the one that was asked for."""
        path = next(one for one in self.partner.server.documents if one.startswith("/attest?"))
        self.partner.server.put(path, claim)

    def fetch(self, group: str = "") -> str | None:
        found = claims.fetch(self.ada.uri, group or self.line.villette.uri)
        db.session.rollback()
        return found

    @property
    def ids(self) -> tuple[int, int]:
        found = remote.id_of(self.ada.uri), remote.id_of(self.line.villette.uri)
        return found[0] or 0, found[1] or 0

    def is_valid(self) -> bool:
        found = claims.is_valid(*self.ids)
        db.session.rollback()
        return found


@pytest.fixture
def asking(line: Line) -> Asking:
    return Asking(line)


def test_a_good_claim_counts_and_brings_the_name_that_the_city_tells_partners(asking: Asking) -> None:
    asking.says()

    assert asking.fetch() is None

    assert asking.is_valid()
    assert db.session.scalars(select(Actor.shown_name).where(Actor.uri == asking.ada.uri)).one() == "Ada L."
    asked = [one for one in asking.partner.server.fetched if one.path.startswith("/attest?")]
    assert len(asked) == 1 and asked[0].signer(lambda uri: asking.line.document("/actor")) == asking.line.ours


def days(number: float) -> str:
    return stamp(city_clock.now() + timedelta(days=number))


def subject(asking: Asking, **members: Any) -> Json:
    return asking.says()["credentialSubject"] | members


FALSE: dict[str, tuple[Callable[[Asking], Json], str]] = {
    "is for another city": (lambda one: one.says(**{"ql:audience": "https://x.example/actor"}), "claim.audience"),
    "is of another issuer": (lambda one: one.says(issuer="https://x.example/actor"), "claim.issuer"),
    "is about somebody else": (
        lambda one: one.says(credentialSubject=subject(one, id=one.partner.person("eve").uri)), "claim.subject",
    ),
    "names another quartier": (
        lambda one: one.says(credentialSubject=subject(one, **{"ql:residentOf": "https://x.example/q/a"})),
        "claim.subject",
    ),
    "has a level of its own": (
        lambda one: one.says(credentialSubject=subject(one, **{"ql:level": "vérifié ✓"})), "claim.form",
    ),
    "tells a day": (
        lambda one: one.says(credentialSubject=subject(one, **{"ql:verified": "2026-03-14"})), "claim.form",
    ),
    "is over": (lambda one: one.says(validFrom=days(-14), validUntil=days(-0.01)), "claim.time"),
    "lasts too long": (lambda one: one.says(validUntil=days(15)), "claim.time"),
    "begins later": (lambda one: one.says(validFrom=days(1), validUntil=days(14)), "claim.time"),
    "has its status elsewhere": (lambda one: one.says(**{"ql:status": "https://x.example/status"}), "claim.origin"),
    "is signed by another key": (
        lambda one: proved(one.says(), Ed25519PrivateKey.generate(), one.partner.key_id, city_clock.now()),
        "proof.wrong",
    ),
    "is signed by a key of another": (
        lambda one: proved(one.says(), Ed25519PrivateKey.generate(), f"{one.ada.uri}#k", city_clock.now()), "proof.key",
    ),
    "was changed": (lambda one: one.says() | {"validUntil": days(13)}, "proof.wrong"),
    "is not signed": (lambda one: {key: part for key, part in one.says().items() if key != "proof"}, "proof.absent"),
    "is something else": (lambda one: one.says(type=["VerifiableCredential"]), "claim.form"),
}  # fmt: skip


def test_nothing_is_kept_of_a_claim_that_is_not_exactly_what_was_asked(asking: Asking) -> None:
    found = {}
    for how, (make, _code) in FALSE.items():
        claim = make(asking)
        asking.put(claim)
        found[how] = asking.fetch()

    assert found == {how: code for how, (_make, code) in FALSE.items()}
    assert db.session.scalar(select(func.count()).select_from(Claim)) == 0


def test_only_partners_are_asked_and_only_for_quartiers_of_the_agreement(
    asking: Asking, foreign_servers: list[ForeignServer]
) -> None:
    asking.says()
    stranger, elsewhere = foreign_servers[1].actor("eve"), asking.partner.group("Ailleurs")
    asking.partner.server.fetched.clear()

    codes = [
        claims.fetch(stranger.uri, foreign_servers[1].place("q")), claims.fetch(stranger.uri, asking.line.villette.uri),
        asking.fetch(elsewhere.uri), claims.fetch(asking.line.sam_uri, asking.line.group),
    ]  # fmt: skip

    assert codes == ["claim.agreement", "claim.agreement", "claim.pair", "claim.agreement"]
    assert asking.partner.server.fetched == foreign_servers[1].fetched == []


def test_a_city_that_does_not_vouch_or_is_away_leaves_nothing(asking: Asking) -> None:
    assert asking.fetch() == "claim.refused"

    asking.says()
    asking.partner.server.manners.is_down = True
    with pytest.raises(Unreachable):
        asking.fetch()
    assert db.session.scalar(select(func.count()).select_from(Claim)) == 0


def test_a_city_cannot_bring_more_newcomers_a_day_than_the_limit(
    asking: Asking, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(claims, "NEW_MEMBERS", throttle.Limit(1, timedelta(days=1)))
    bob = asking.partner.person("bob")
    for who in (asking.ada, bob):
        asking.partner.claim(who.uri, asking.line.villette.uri, asking.line.ours)

    assert [asking.fetch(), claims.fetch(bob.uri, asking.line.villette.uri)] == [None, "claim.too_many"]
    assert asking.fetch() is None  # known already
    clock.forward(days=1.1)
    asking.partner.server.now = city_clock.now
    asking.partner.claim(bob.uri, asking.line.villette.uri, asking.line.ours)
    assert claims.fetch(bob.uri, asking.line.villette.uri) is None


def test_its_status_is_asked_once_an_hour_and_without_an_answer_it_counts_for_a_day(
    asking: Asking, clock: Clock
) -> None:
    claim = asking.says()
    asking.fetch()
    place = claim["ql:status"].removeprefix(asking.partner.server.base_url)

    def post_comes() -> bool:
        with commit():
            found = claims.is_valid(*asking.ids)
        asking.line.city.work()
        return found

    assert post_comes() and asking.partner.server.fetches(place) == 0
    clock.forward(hours=1.1)
    assert post_comes() and post_comes() and asking.partner.server.fetches(place) == 1
    asking.partner.server.documents.pop(place)
    asking.partner.server.put(place, b"<html>", "text/html")
    clock.forward(hours=23)
    assert post_comes()
    clock.forward(hours=2)
    assert not post_comes()


def test_a_status_that_says_so_revokes_it(asking: Asking, clock: Clock) -> None:
    status = asking.says()["ql:status"]
    asking.fetch()
    place = status.removeprefix(asking.partner.server.base_url)
    asking.partner.server.put(place, {"id": "https://x.example/status", "ql:revoked": True})
    clock.forward(hours=1.1)
    with commit():
        claims.is_valid(*asking.ids)
    asking.line.city.work()
    assert asking.is_valid()

    asking.partner.server.put(place, {"id": status, "ql:revoked": True})
    clock.forward(hours=1.1)
    with commit():
        claims.is_valid(*asking.ids)
    asking.line.city.work()

    assert not asking.is_valid()


def test_a_claim_is_gone_after_its_end(asking: Asking, clock: Clock) -> None:
    asking.says()
    asking.fetch()
    clock.forward(days=14.1)

    assert not asking.is_valid()
    claims_given.tend_claims({})
    assert db.session.scalar(select(func.count()).select_from(Claim)) == 0
