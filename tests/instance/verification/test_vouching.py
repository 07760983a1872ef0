"""Vouching: two strong neighbours of different addresses, three times in 30 days each, one storey deep."""

from __future__ import annotations

import itertools
import re
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from instance.accounts import service as accounts
from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.quartiers.models import Membership
from instance.verification.models import Recheck, Vouch
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.accounts.conftest import Mailbox
from tests.instance.verification.applicants import Applicants, at_once, bare, said


@pytest.fixture
def slug(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(applicants: Applicants, slug: str) -> Someone:
    return applicants.applicant(applicants.house(slug, 30), name="Salma Benali")


@pytest.fixture
def vouchers(applicants: Applicants, slug: str) -> list[Someone]:
    """Three neighbours of three addresses, strong for 31 days."""
    return [applicants.at(applicants.house(slug), days_ago=31) for _ in range(3)]


def test_two_neighbours_make_a_simple_resident(
    city: City, applicants: Applicants, slug: str, salma: Someone, vouchers: list[Someone]
) -> None:
    code = applicants.ask_vouchers(salma)

    applicants.vouch(vouchers[0], code)
    applicants.vouch(vouchers[1], code)

    assert applicants.home(salma) == slug
    member = db.session.get_one(Membership, salma.account_id)
    assert (member.level, member.vouches_from) == ("simple", None)


def test_one_word_alone_leaves_the_request_pending(
    city: City, applicants: Applicants, salma: Someone, vouchers: list[Someone]
) -> None:
    code = applicants.ask_vouchers(salma)

    applicants.vouch(vouchers[0], code)
    again = applicants.vouch(vouchers[0], code)

    assert again.status_code == 422
    assert "Vous vous êtes déjà porté garant" in said(again)
    assert applicants.home(salma) is None
    assert "1 voisin sur 2" in said(city.get(salma.browser, "/preuve"))


def test_the_voucher_sees_the_name_and_never_the_address(
    city: City, applicants: Applicants, salma: Someone, vouchers: list[Someone]
) -> None:
    code = applicants.ask_vouchers(salma)

    page = bare(city.post(vouchers[0].browser, "/parrainer", code=code.lower()))

    assert "Salma Benali" in page
    assert "ramey" not in page.lower()
    assert "75018" not in page
    assert applicants.count(Vouch) == 0


def test_vouchers_of_one_address_count_once(
    city: City, applicants: Applicants, slug: str, salma: Someone, vouchers: list[Someone]
) -> None:
    house = applicants.house(slug)
    first, second = applicants.at(house, days_ago=31), applicants.at(house, days_ago=31)
    code = applicants.ask_vouchers(salma)

    applicants.vouch(first, code)
    refused = applicants.vouch(second, code)

    assert refused.status_code == 422
    assert "adresses différentes" in said(refused)
    assert applicants.home(salma) is None


def test_who_is_strong_for_less_than_30_days_cannot_vouch(
    city: City, applicants: Applicants, slug: str, salma: Someone, clock: Clock
) -> None:
    young = applicants.at(applicants.house(slug), days_ago=29)
    code = applicants.ask_vouchers(salma)

    before = applicants.vouch(young, code)
    clock.forward(days=1, minutes=1)
    after = applicants.vouch(young, code)

    assert (before.status_code, after.status_code) == (403, 303)
    assert "Vous pourrez parrainer 30 jours après votre vérification." in said(before)


def test_who_was_vouched_for_cannot_vouch(
    city: City, applicants: Applicants, slug: str, salma: Someone, vouchers: list[Someone], clock: Clock
) -> None:
    code = applicants.ask_vouchers(salma)
    applicants.vouch(vouchers[0], code)
    applicants.vouch(vouchers[1], code)
    clock.forward(days=60)
    other = applicants.applicant(applicants.house(slug))

    answer = applicants.vouch(salma, applicants.ask_vouchers(other))

    assert answer.status_code == 403
    assert "il faut une adresse prouvée par courrier ou au guichet" in said(answer)


def test_a_voucher_without_a_known_address_cannot_vouch(
    city: City, applicants: Applicants, slug: str, salma: Someone, clock: Clock
) -> None:
    operators_friend = city.resident(slug)
    clock.forward(days=31)

    assert applicants.vouch(operators_friend, applicants.ask_vouchers(salma)).status_code == 403


def test_unknown_elsewhere_decided_and_own_codes_get_the_same_answer(
    city: City, applicants: Applicants, slug: str, salma: Someone, vouchers: list[Someone]
) -> None:
    elsewhere = applicants.applicant(applicants.house(city.quartier("Goutte d'Or")))
    decided = applicants.applicant(applicants.house(slug))
    codes = ["ABC-234", applicants.ask_vouchers(elsewhere), applicants.ask_vouchers(decided)]
    for voucher in vouchers[1:]:
        applicants.vouch(voucher, codes[2])

    answers = [bare(city.post(vouchers[0].browser, "/parrainer", code=code)).replace(code, "") for code in codes]

    assert "Ce code n’est pas connu dans votre quartier." in answers[0]
    assert answers[0] == answers[1] == answers[2]


def test_a_block_hides_the_applicant_from_that_voucher_alone(
    city: City, applicants: Applicants, slug: str, salma: Someone, vouchers: list[Someone]
) -> None:
    code = applicants.ask_vouchers(salma)
    with commit():
        accounts.block(salma.actor_id, vouchers[0].actor_id)

    unknown = bare(city.post(vouchers[0].browser, "/parrainer", code="ABC-234")).replace("ABC-234", "")
    blocked = bare(city.post(vouchers[0].browser, "/parrainer", code=code)).replace(code, "")

    assert blocked == unknown
    assert applicants.vouch(vouchers[0], code).status_code == 422
    assert [applicants.vouch(one, code).status_code for one in vouchers[1:]] == [303, 303]
    assert applicants.home(salma) == slug


def test_a_voucher_has_three_words_in_30_days(
    city: City, applicants: Applicants, slug: str, vouchers: list[Someone], clock: Clock
) -> None:
    people = [applicants.applicant(applicants.house(slug)) for _ in range(4)]
    codes = [applicants.ask_vouchers(one) for one in people]

    answers = [applicants.vouch(vouchers[0], code).status_code for code in codes]
    clock.forward(days=30, minutes=1)

    assert answers == [303, 303, 303, 422]
    assert applicants.vouch(vouchers[0], codes[3]).status_code == 303


def test_four_words_at_once_are_three(
    city: City, app: Flask, applicants: Applicants, slug: str, vouchers: list[Someone]
) -> None:
    people = [applicants.applicant(applicants.house(slug)) for _ in range(5)]
    codes = [applicants.ask_vouchers(one) for one in people]

    at_once(app, [partial(vouchers[0].browser.post, "/parrainer/confirmer", data={"code": code}) for code in codes])

    assert applicants.count(Vouch) == 3


def test_two_vouchers_at_once_make_one_resident(
    city: City, app: Flask, applicants: Applicants, slug: str, salma: Someone, vouchers: list[Someone]
) -> None:
    code = applicants.ask_vouchers(salma)

    answers = at_once(app, [partial(one.browser.post, "/parrainer/confirmer", data={"code": code}) for one in vouchers])

    assert sorted(answer.status_code for answer in answers) == [303, 303, 422]
    db.session.rollback()
    assert applicants.home(salma) == slug


def test_a_vouchee_who_deletes_the_account_does_not_give_the_word_back(
    city: City, applicants: Applicants, slug: str, vouchers: list[Someone]
) -> None:
    for _ in range(3):
        someone = applicants.applicant(applicants.house(slug))
        applicants.vouch(vouchers[0], applicants.ask_vouchers(someone))
        with commit():
            db.session.delete(db.session.get_one(Account, someone.account_id))
    another = applicants.applicant(applicants.house(slug))

    assert applicants.vouch(vouchers[0], applicants.ask_vouchers(another)).status_code == 422


@pytest.mark.parametrize("colluding", [1, 2, 3, 4])
def test_k_colluding_neighbours_give_at_most_three_halves_k_accounts(
    city: City, applicants: Applicants, slug: str, colluding: int
) -> None:
    ring = [applicants.at(applicants.house(slug), days_ago=31) for _ in range(colluding)]
    bound = 3 * colluding // 2 if colluding > 1 else 0
    words = dict.fromkeys(range(colluding), 3)
    pairs = []
    while len(pairs) < bound:  # always the two with most words left: the best they can do
        first, second = sorted(words, key=lambda one: -words[one])[:2]
        pairs.append((first, second))
        words[first] -= 1
        words[second] -= 1
    plan = [*pairs, *itertools.permutations(range(colluding), 2)]

    admitted = 0
    for first, second in plan[: bound + 6]:
        newcomer = applicants.applicant(applicants.house(slug))
        code = applicants.ask_vouchers(newcomer)
        applicants.vouch(ring[first], code)
        applicants.vouch(ring[second], code)
        admitted += applicants.home(newcomer) is not None

    assert admitted == bound


def test_revoking_a_voucher_asks_his_vouchees_for_a_new_proof(
    city: City, applicants: Applicants, slug: str, salma: Someone, vouchers: list[Someone], clock: Clock, mails: Mailbox
) -> None:
    nadia = applicants.verifier()
    code = applicants.ask_vouchers(salma)
    applicants.vouch(vouchers[0], code)
    applicants.vouch(vouchers[1], code)

    city.post(nadia.browser, "/guichet/retirer", handle=vouchers[0].handle, reason="Le bail montré était faux.")

    assert applicants.home(vouchers[0]) is None
    assert applicants.home(salma) == slug
    assert db.session.scalars(select(Recheck.account_id)).all() == [salma.account_id]
    assert "Donnez une nouvelle preuve avant le" in said(city.get(salma.browser, "/preuve"))
    clock.forward(days=30, minutes=1)
    assert applicants.home(salma) is None


def test_a_revoked_voucher_s_word_no_longer_counts_for_open_requests(
    city: City, applicants: Applicants, slug: str, salma: Someone, vouchers: list[Someone]
) -> None:
    nadia = applicants.verifier()
    code = applicants.ask_vouchers(salma)
    applicants.vouch(vouchers[0], code)
    city.post(nadia.browser, "/guichet/retirer", handle=vouchers[0].handle, reason="Le bail montré était faux.")

    applicants.vouch(vouchers[1], code)

    assert applicants.home(salma) is None


def test_codes_of_vouchees_cannot_be_guessed_at_speed(
    city: City, applicants: Applicants, slug: str, vouchers: list[Someone], limits: None
) -> None:
    answers = [city.post(vouchers[0].browser, "/parrainer", code="ABC-234").status_code for _ in range(26)]

    assert answers == [422] * 25 + [429]


def test_visitors_are_led_to_their_own_proof(city: City, salma: Someone) -> None:
    for path in ("/parrainer", "/foyer", "/demenager"):
        assert city.get(salma.browser, path).location == "/preuve"
        assert "/connexion" in city.get(city.browser(), path).location


def test_the_shown_code_is_found_by_its_mark_alone(city: City, applicants: Applicants, salma: Someone) -> None:
    code = applicants.ask_vouchers(salma)

    assert re.fullmatch(r"[A-HJKMNP-Z2-9]{3}-[A-HJKMNP-Z2-9]{3}", code)
    raw = db.session.connection().exec_driver_sql("SELECT code, code_mark FROM proof").one()
    assert code.replace("-", "") not in "".join(raw)
