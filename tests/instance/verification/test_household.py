"""Household codes: one named person, the same address, and nobody's status in anybody else's hands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from instance.core.db import db
from instance.quartiers.models import Membership
from instance.verification.models import HouseholdCode, HouseholdMember, Recheck
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.accounts.conftest import Mailbox
from tests.instance.verification.applicants import Applicants, bare, said


@pytest.fixture
def slug(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def house(slug: str, applicants: Applicants) -> int:
    return applicants.house(slug, 30)


@pytest.fixture
def odile(applicants: Applicants, house: int) -> Someone:
    return applicants.at(house, name="Odile Marchand", handle="odile")


def invite(city: City, giver: Someone, name: str) -> str:
    first, _space, last = name.partition(" ")
    page = said(city.post(giver.browser, "/foyer/inviter", first_name=first, last_name=last))
    found = re.search(r'class="copy">([A-Z2-9]{4}-[A-Z2-9]{4})<', page)
    assert found, page
    return found[1]


def join(city: City, someone: Someone, code: str) -> Any:
    city.post(someone.browser, "/preuve", method="household")
    return city.post(someone.browser, "/preuve/foyer", code=code)


def test_the_named_person_at_the_same_address_becomes_a_simple_resident(
    city: City, applicants: Applicants, slug: str, house: int, odile: Someone
) -> None:
    paul = applicants.applicant(house, name="Paul Marchand")

    answer = join(city, paul, invite(city, odile, "Paul Marchand").lower())

    assert answer.status_code == 303
    assert applicants.home(paul) == slug
    assert db.session.get_one(Membership, paul.account_id).level == "simple"


def test_wrong_code_name_address_and_used_code_get_the_same_answer(
    city: City, applicants: Applicants, slug: str, house: int, odile: Someone
) -> None:
    codes = [invite(city, odile, "Paul Marchand") for _ in range(2)]
    join(city, applicants.applicant(house, name="Paul Marchand"), codes[1])
    tries = [
        (applicants.applicant(house, name="Paul Marchand"), "ABCD-2345"),
        (applicants.applicant(house, name="Yann Marchand"), codes[0]),
        (applicants.applicant(house, name="Paul Marchand"), codes[1]),
    ]
    elsewhere = applicants.applicant(applicants.house(slug), name="Paul Marchand")

    answers = [join(city, someone, code) for someone, code in tries]
    far = join(city, elsewhere, codes[0])

    pages = [bare(answer).replace(code, "") for answer, (_someone, code) in zip(answers, tries, strict=True)]
    assert pages[0] == pages[1] == pages[2]
    assert {answer.status_code for answer in [*answers, far]} == {422}
    assert "Ce code ne va pas avec votre nom et votre adresse" in said(far)


def test_accents_and_capitals_in_the_name_do_not_matter(
    city: City, applicants: Applicants, house: int, odile: Someone
) -> None:
    ines = applicants.applicant(house, name="Inès Marchand")

    assert join(city, ines, invite(city, odile, "INES marchand")).status_code == 303


def test_names_in_other_scripts_are_told_apart(city: City, applicants: Applicants, house: int, odile: Someone) -> None:
    other = applicants.applicant(house, name="Мария Иванова")

    assert join(city, other, invite(city, odile, "Анна Петрова")).status_code == 422


def test_a_code_is_good_for_14_days(
    city: City, applicants: Applicants, house: int, odile: Someone, clock: Clock
) -> None:
    paul = applicants.applicant(house, name="Paul Marchand")
    code = invite(city, odile, "Paul Marchand")

    clock.forward(days=14, minutes=1)

    assert join(city, paul, code).status_code == 422


def test_only_a_strong_resident_invites(city: City, applicants: Applicants, house: int) -> None:
    simple = applicants.at(house, level="simple")

    answer = city.post(simple.browser, "/foyer/inviter", first_name="Paul", last_name="Marchand")

    assert answer.status_code == 403
    assert applicants.count(HouseholdCode) == 0


def test_a_household_is_five_people_invitations_included(
    city: City, applicants: Applicants, house: int, odile: Someone
) -> None:
    for name in ("Anne", "Bruno", "Carla", "Denis"):
        invite(city, odile, f"{name} Marchand")

    sixth = city.post(odile.browser, "/foyer/inviter", first_name="Emma", last_name="Marchand")

    assert sixth.status_code == 422
    assert "5 personnes au plus" in said(sixth)


def test_a_code_can_be_taken_back(city: City, applicants: Applicants, house: int, odile: Someone) -> None:
    code = invite(city, odile, "Paul Marchand")
    row = db.session.scalars(select(HouseholdCode.id)).one()
    stranger = applicants.at(house)

    city.post(stranger.browser, "/foyer/reprendre", code_id=str(row))
    kept = applicants.count(HouseholdCode)
    city.post(odile.browser, "/foyer/reprendre", code_id=str(row))

    assert kept == 1
    assert join(city, applicants.applicant(house, name="Paul Marchand"), code).status_code == 422


def test_a_giver_who_left_lets_nobody_in(city: City, applicants: Applicants, house: int, odile: Someone) -> None:
    code = invite(city, odile, "Paul Marchand")
    city.post(odile.browser, "/demenager", name="signed")

    assert join(city, applicants.applicant(house, name="Paul Marchand"), code).status_code == 422


def test_a_member_stays_when_the_giver_leaves_or_is_revoked(
    city: City, applicants: Applicants, slug: str, house: int, odile: Someone
) -> None:
    nadia = applicants.verifier()
    paul = applicants.applicant(house, name="Paul Marchand")
    join(city, paul, invite(city, odile, "Paul Marchand"))

    city.post(nadia.browser, "/guichet/retirer", handle="odile", reason="Elle n’habite pas là.")

    assert applicants.home(odile) is None
    assert applicants.home(paul) == slug
    assert applicants.count(Recheck) == 0


def test_nobody_is_shown_who_else_belongs_to_the_household(
    city: City, applicants: Applicants, house: int, odile: Someone
) -> None:
    paul = applicants.applicant(house, name="Paul Marchand")
    join(city, paul, invite(city, odile, "Paul Marchand"))

    for someone, other in ((odile, "Paul"), (paul, "Odile")):
        for path in ("/foyer", "/preuve", "/mes-donnees", "/reglages"):
            assert other not in said(city.get(someone.browser, path)), path


def gone(city: City, someone: Someone, name: str) -> Any:
    first, _space, last = name.partition(" ")
    return city.post(someone.browser, "/foyer/parti", gone_first_name=first, gone_last_name=last)


def test_no_longer_lives_here_asks_for_a_new_proof_and_ends_nothing(
    city: City, applicants: Applicants, slug: str, house: int, odile: Someone, clock: Clock
) -> None:
    paul = applicants.applicant(house, name="Paul Marchand")
    join(city, paul, invite(city, odile, "Paul Marchand"))

    gone(city, odile, "Paul Marchand")

    assert applicants.home(paul) == slug
    page = said(city.get(paul.browser, "/preuve"))
    assert "Donnez une nouvelle preuve avant le" in page
    assert "Odile" not in page
    clock.forward(days=30, minutes=1)
    assert applicants.home(paul) is None


def test_the_mail_about_it_does_not_say_who_asked(
    city: City, applicants: Applicants, house: int, mails: Mailbox
) -> None:
    odile = applicants.at(house, name="Odile Marchand", handle="odile")
    paul = applicants.at(house, name="Paul Marchand", handle="paul")
    _same_household(paul, odile, city)

    gone(city, odile, "Paul Marchand")

    words = mails.words("paul@example.org")
    assert "Donnez une nouvelle preuve d’adresse avant le" in words.replace("\u00a0", " ")
    assert "Odile" not in words


def _same_household(one: Someone, other: Someone, city: City) -> None:
    invite(city, other, "Quelqu’un Marchand")
    invite(city, one, "Quelqu’un Marchand")
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(HouseholdMember.__table__.update().values(household_id=1))


def test_a_new_proof_in_time_settles_it(
    city: City, applicants: Applicants, slug: str, house: int, odile: Someone, clock: Clock
) -> None:
    nadia = applicants.verifier()
    paul = applicants.applicant(house, name="Paul Marchand")
    join(city, paul, invite(city, odile, "Paul Marchand"))
    gone(city, odile, "Paul Marchand")

    city.post(paul.browser, "/preuve/adresse", pick=str(house))
    city.post(paul.browser, "/preuve/adresse/choisir")
    applicants.type_code(paul, applicants.letter_to(paul, nadia)["code"])
    clock.forward(days=60)

    assert applicants.home(paul) == slug
    assert db.session.get_one(Membership, paul.account_id).level == "strong"


def test_saying_it_of_a_neighbour_of_another_household_does_nothing_and_looks_the_same(
    city: City, applicants: Applicants, house: int, odile: Someone
) -> None:
    invite(city, odile, "Paul Marchand")
    applicants.at(house, name="Bruno Lefort")

    stranger = gone(city, odile, "Bruno Lefort")
    nobody = gone(city, odile, "Personne Dutout")

    assert (stranger.status_code, stranger.location) == (nobody.status_code, nobody.location)
    assert applicants.count(Recheck) == 0


def test_the_same_person_is_asked_once_in_six_months(
    city: City, applicants: Applicants, slug: str, house: int, odile: Someone, clock: Clock
) -> None:
    nadia = applicants.verifier()
    paul = applicants.applicant(house, name="Paul Marchand")
    join(city, paul, invite(city, odile, "Paul Marchand"))
    gone(city, odile, "Paul Marchand")
    city.post(paul.browser, "/preuve/adresse", pick=str(house))
    city.post(paul.browser, "/preuve/adresse/choisir")
    applicants.type_code(paul, applicants.letter_to(paul, nadia)["code"])

    gone(city, odile, "Paul Marchand")

    assert applicants.count(Recheck) == 0


def test_names_typed_badly_get_a_sentence_and_stay(city: City, odile: Someone) -> None:
    answer = city.post(odile.browser, "/foyer/inviter", first_name="Paul", last_name="M4")

    assert answer.status_code == 422
    assert "Écrivez votre nom" in said(answer)
    assert 'value="Paul"' in said(answer)


def test_household_codes_cannot_be_guessed_at_speed(
    city: City, applicants: Applicants, house: int, limits: None
) -> None:
    paul = applicants.applicant(house, name="Paul Marchand")

    answers = [said(join(city, paul, "ABCD-2345")) for _ in range(26)]

    assert "Trop d’essais" not in answers[24]
    assert "Trop d’essais" in answers[25]
