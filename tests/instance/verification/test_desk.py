"""The desk: a document looked at, nothing typed of it, each look told to the person; the queue of crowded addresses."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, text

from instance.accounts.models import Account, Identity, JournalLine
from instance.core.db import db
from instance.quartiers.models import Membership
from instance.verification.models import PendingAddress, Proof
from tests.city import PASSWORD, City, Someone
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
def nadia(applicants: Applicants, slug: str) -> Someone:
    return applicants.verifier(slug)


@pytest.fixture
def salma(city: City, applicants: Applicants, house: int) -> Someone:
    someone = applicants.applicant(house, name="Salma Benali")
    city.post(someone.browser, "/preuve", method="desk")
    return someone


def test_the_number_leads_to_name_and_address_and_yes_makes_a_strong_resident(
    city: City, applicants: Applicants, slug: str, nadia: Someone, salma: Someone
) -> None:
    found = city.post(nadia.browser, "/guichet", number=applicants.shown_code(salma))
    page = said(city.get(nadia.browser, found.location))

    city.post(nadia.browser, f"{found.location}/oui", seen="1")

    assert "Salma Benali" in page
    assert "30 Rue Ramey, 75018 Paris" in page
    assert applicants.home(salma) == slug
    proof = applicants.proof(salma)
    assert (proof.method, proof.level, proof.verifier_id) == ("desk", "strong", nadia.account_id)


def test_the_handle_leads_there_too(city: City, applicants: Applicants, nadia: Someone, salma: Someone) -> None:
    answer = city.post(nadia.browser, "/guichet", number=f"@{salma.handle}")

    assert answer.location == f"/guichet/{applicants.proof(salma).id}"


def test_what_is_kept_is_method_month_and_verifier_never_the_address(
    city: City, applicants: Applicants, house: int, nadia: Someone, salma: Someone
) -> None:
    city.post(nadia.browser, f"/guichet/{applicants.proof(salma).id}/oui", seen="1")

    assert applicants.count(PendingAddress) == 0
    row = db.session.execute(text("SELECT home_mark, month, code, code_mark FROM proof")).one()
    assert row.home_mark == applicants.mark(house)
    assert str(row.month).endswith("-01")
    assert (row.code, row.code_mark) == (None, None)


def test_yes_needs_the_tick(city: City, applicants: Applicants, nadia: Someone, salma: Someone) -> None:
    answer = city.post(nadia.browser, f"/guichet/{applicants.proof(salma).id}/oui")

    assert answer.status_code == 422
    assert "Cochez cette case après avoir regardé le document." in said(answer)
    assert applicants.home(salma) is None


def test_each_look_is_a_line_that_the_person_reads(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    for _ in range(2):
        city.get(nadia.browser, f"/guichet/{applicants.proof(salma).id}")

    lines = db.session.scalars(select(JournalLine).where(JournalLine.account_id == salma.account_id)).all()
    assert [(line.act, line.by_id) for line in lines] == [("address_seen", nadia.account_id)] * 2
    assert said(city.get(salma.browser, "/mes-donnees")).count("Votre adresse en attente a été regardée.") == 2


def test_no_erases_the_address_and_tells_the_person(
    city: City, applicants: Applicants, house: int, nadia: Someone, mails: Mailbox
) -> None:
    someone = city.visitor("odile", name="Odile Marchand")
    city.post(someone.browser, "/preuve/adresse", pick=str(house))
    city.post(someone.browser, "/preuve/adresse/choisir")
    city.post(someone.browser, "/preuve", method="desk")

    city.post(nadia.browser, f"/guichet/{applicants.proof(someone).id}/non")

    proof = applicants.proof(someone)
    assert (proof.state, proof.home_mark) == ("refused", None)
    assert applicants.count(PendingAddress) == 0
    assert "n’a pas pu confirmer votre adresse" in mails.words("odile@example.org")


def test_unknown_elsewhere_verified_and_own_numbers_get_the_same_answer(
    city: City, applicants: Applicants, slug: str, nadia: Someone
) -> None:
    elsewhere = applicants.applicant(applicants.house(city.quartier("Goutte d'Or")))
    city.post(elsewhere.browser, "/preuve", method="desk")
    verified = applicants.at(applicants.house(slug))
    typed = [
        "ABC-234",
        applicants.shown_code(elsewhere),
        elsewhere.handle,
        verified.handle,
        "nobody_here",
        nadia.handle,
    ]

    answers = [city.post(nadia.browser, "/guichet", number=number) for number in typed]

    assert {answer.status_code for answer in answers} == {422}
    assert len({bare(answer).replace(number, "") for answer, number in zip(answers, typed, strict=True)}) == 1


def test_a_verifier_cannot_verify_himself(city: City, applicants: Applicants, house: int, nadia: Someone) -> None:
    city.post(nadia.browser, "/preuve/adresse", pick=str(house))
    city.post(nadia.browser, "/preuve/adresse/choisir")
    proof_id = applicants.proof(nadia).id

    assert city.get(nadia.browser, f"/guichet/{proof_id}").status_code == 404
    assert city.post(nadia.browser, f"/guichet/{proof_id}/oui", seen="1").status_code == 404
    assert applicants.home(nadia) is None


def test_a_verifier_of_another_quartier_and_everybody_else_meet_a_closed_door(
    city: City, applicants: Applicants, slug: str, salma: Someone
) -> None:
    proof_id = applicants.proof(salma).id
    others = [
        applicants.verifier(city.quartier("Goutte d'Or"), "karim_v"),
        city.resident(slug, roles_here=("moderator", "referent")),
        salma,
    ]

    for someone in others:
        assert city.get(someone.browser, f"/guichet/{proof_id}").status_code == 404
        assert city.post(someone.browser, f"/guichet/{proof_id}/oui", seen="1").status_code == 404
        assert city.post(someone.browser, f"/guichet/{proof_id}/non").status_code == 404
    assert applicants.home(salma) is None
    assert applicants.count(JournalLine) == 3  # roles that were given, no look


@pytest.mark.parametrize("proof_id", ["1", "9223372036854775807", "99999999999999999999999"])
def test_an_invented_number_in_the_address_is_absent(city: City, nadia: Someone, proof_id: str) -> None:
    assert city.get(nadia.browser, f"/guichet/{proof_id}").status_code == 404
    assert city.post(nadia.browser, f"/guichet/{proof_id}/oui", seen="1").status_code == 404


def test_the_look_needs_an_open_proof(city: City, applicants: Applicants, nadia: Someone, salma: Someone) -> None:
    proof_id = applicants.proof(salma).id
    city.post(nadia.browser, f"/guichet/{proof_id}/oui", seen="1")

    assert city.get(nadia.browser, f"/guichet/{proof_id}").status_code == 404


def open_account(city: City, applicants: Applicants, verifier: Someone, house: int, **typed: str) -> str:
    city.post(verifier.browser, "/guichet/nouveau", pick=str(house))
    fields = applicants.fields(email="", password="", seen="1", **typed)
    return said(city.post(verifier.browser, "/guichet/nouveau/compte", **fields))


def test_an_account_without_email_is_opened_at_the_desk_and_logs_in_by_handle(
    city: City, applicants: Applicants, slug: str, house: int, nadia: Someone
) -> None:
    page = open_account(city, applicants, nadia, house, handle="yvonne", first_name="Yvonne", last_name="Petit")
    password = re.search(r"([a-z2-9]{4}(?:-[a-z2-9]{4}){3})", page)
    assert password
    browser = city.browser()

    answer = city.post(browser, "/connexion", login="yvonne", password=password[1])

    assert answer.status_code == 303
    assert city.get(browser, f"/q/{slug}").status_code == 200
    identity = db.session.scalars(select(Identity).where(Identity.account_id != nadia.account_id)).one()
    assert (identity.first_name, identity.email, identity.email_mark) == ("Yvonne", None, None)


def test_the_desk_account_needs_the_document_and_the_age(
    city: City, applicants: Applicants, house: int, nadia: Someone
) -> None:
    city.post(nadia.browser, "/guichet/nouveau", pick=str(house))

    answer = city.post(nadia.browser, "/guichet/nouveau/compte", **applicants.fields(age="", first_name="Yvonne"))

    assert answer.status_code == 422
    assert "Cochez cette case après avoir regardé le document." in said(answer)
    assert "il faut avoir 15 ans ou plus" in said(answer)
    assert 'value="Yvonne"' in said(answer)
    assert applicants.count(Account) == 1


def test_the_desk_of_a_quartier_opens_no_account_elsewhere(city: City, applicants: Applicants, nadia: Someone) -> None:
    far = applicants.house(city.quartier("Goutte d'Or"))

    page = open_account(city, applicants, nadia, far)

    assert "n’est pas dans un quartier de votre guichet" in page
    assert applicants.count(Account) == 1


def crowd(applicants: Applicants, house: int, number: int) -> list[Someone]:
    return [applicants.at(house) for _ in range(number)]


def test_the_sixth_new_resident_of_an_address_in_30_days_waits_for_a_look(
    city: City, applicants: Applicants, slug: str, house: int, nadia: Someone
) -> None:
    crowd(applicants, house, 5)
    sixth = applicants.applicant(house, name="Salma Benali")
    paper = applicants.letter_to(sixth, nadia)

    applicants.type_code(sixth, paper["code"])
    queue = said(city.get(nadia.browser, "/guichet"))

    assert applicants.home(sixth) is None
    assert "Quelqu’un regarde votre demande" in said(city.get(sixth.browser, "/preuve"))
    assert "Salma Benali · Clignancourt" in queue
    assert "ramey" not in queue.lower()
    city.post(nadia.browser, f"/guichet/{applicants.proof(sixth).id}/oui", seen="1")
    assert applicants.home(sixth) == slug
    assert applicants.proof(sixth).method == "letter"


def test_the_desk_itself_is_asked_twice_at_a_crowded_address(
    city: City, applicants: Applicants, slug: str, house: int, nadia: Someone, salma: Someone
) -> None:
    crowd(applicants, house, 5)
    proof_id = applicants.proof(salma).id

    first = city.post(nadia.browser, f"/guichet/{proof_id}/oui", seen="1")
    page = said(city.get(nadia.browser, first.location))
    city.post(nadia.browser, f"/guichet/{proof_id}/oui", seen="1")

    assert "5 nouveaux habitants à cette adresse en 30 jours" in page
    assert applicants.home(salma) == slug


def test_the_count_ends_after_30_days_but_not_for_who_is_in_the_queue(
    city: City, applicants: Applicants, slug: str, house: int, nadia: Someone, clock: Clock
) -> None:
    vouchers = [applicants.at(applicants.house(slug), days_ago=31) for _ in range(2)]
    crowd(applicants, house, 5)
    sixth = applicants.applicant(house)
    shown = applicants.ask_vouchers(sixth)
    applicants.type_code(sixth, applicants.letter_to(sixth, nadia)["code"])
    clock.forward(days=30, minutes=1)
    for voucher in vouchers:
        assert applicants.vouch(voucher, shown).status_code == 303
    seventh = applicants.applicant(house)
    applicants.type_code(seventh, applicants.letter_to(seventh, nadia)["code"])

    assert applicants.proof(sixth).state == "review"
    assert applicants.home(seventh) == slug


def test_who_renews_at_a_crowded_address_is_not_new_there(
    city: City, applicants: Applicants, slug: str, house: int, nadia: Someone
) -> None:
    people = crowd(applicants, house, 5)
    city.post(people[0].browser, "/preuve/adresse", pick=str(house))
    city.post(people[0].browser, "/preuve/adresse/choisir")

    city.post(nadia.browser, f"/guichet/{applicants.proof(people[0]).id}/oui", seen="1")

    assert applicants.proof(people[0]).state == "granted"


def test_an_admin_raises_the_limit_of_a_big_building(
    city: City, applicants: Applicants, slug: str, house: int, nadia: Someone
) -> None:
    admin = city.admin()
    crowd(applicants, house, 5)
    sixth = applicants.applicant(house)
    applicants.type_code(sixth, applicants.letter_to(sixth, nadia)["code"])
    proof_id = applicants.proof(sixth).id

    by_verifier = city.post(nadia.browser, f"/guichet/{proof_id}/limite", most="50")
    silly = city.post(admin.browser, f"/guichet/{proof_id}/limite", most="beaucoup")
    city.post(admin.browser, f"/guichet/{proof_id}/limite", most="50")
    seventh = applicants.applicant(house)
    applicants.type_code(seventh, applicants.letter_to(seventh, nadia)["code"])

    assert (by_verifier.status_code, silly.status_code) == (404, 422)
    assert "Écrivez un nombre entre 5 et 500." in said(silly)
    assert applicants.home(seventh) == slug


def test_a_verification_is_taken_back_with_a_reason_that_the_person_reads(
    city: City, applicants: Applicants, slug: str, house: int, nadia: Someone, mails: Mailbox
) -> None:
    someone = applicants.at(house, handle="bruno")

    city.post(nadia.browser, "/guichet/retirer", handle="bruno", reason="Le bail montré était faux.")

    assert applicants.home(someone) is None
    assert applicants.count(Membership) == 0
    assert "Votre vérification a été retirée. Le bail montré était faux." in said(
        city.get(someone.browser, "/mes-donnees")
    )
    assert "Vous ne lisez plus le mur de votre quartier." in mails.words("bruno@example.org")


def test_taking_back_needs_a_reason_and_a_resident_of_one_s_quartiers(
    city: City, applicants: Applicants, house: int, nadia: Someone
) -> None:
    applicants.at(house, handle="bruno")
    applicants.at(applicants.house(city.quartier("Goutte d'Or")), handle="fatou")

    no_reason = city.post(nadia.browser, "/guichet/retirer", handle="bruno", reason=" ")
    elsewhere = city.post(nadia.browser, "/guichet/habitant", number="", handle="fatou")
    nobody = city.post(nadia.browser, "/guichet/habitant", handle="personne_ici")

    assert no_reason.status_code == elsewhere.status_code == 422
    assert "Écrivez le motif en une phrase" in said(no_reason)
    assert bare(elsewhere).replace("fatou", "") == bare(nobody).replace("personne_ici", "")
    assert applicants.count(Membership) == 2


def test_the_desk_number_names_nobody_once_decided(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    number = applicants.shown_code(salma)
    city.post(nadia.browser, f"/guichet/{applicants.proof(salma).id}/oui", seen="1")

    assert city.post(nadia.browser, "/guichet", number=number).status_code == 422
    assert db.session.scalars(select(Proof.code)).all() == [None]


def new_password(city: City, desk: Someone, login: str, **more: str) -> str:
    """The password that the desk reads to somebody."""
    page = said(city.post(desk.browser, "/guichet/mot-de-passe/nouveau", login=login, **({"seen": "1"} | more)))
    found = re.search(r"\b([a-z2-9]{4}(?:-[a-z2-9]{4}){3})\b", page)
    return found[1] if found else ""


def test_who_forgot_their_password_and_has_no_mail_gets_a_new_one_at_the_desk_and_reads_who_gave_it(
    city: City, slug: str, nadia: Someone
) -> None:
    yvonne = city.resident(slug, "yvonne", email=None, name="Yvonne Tessier")
    found = said(city.post(nadia.browser, "/guichet/mot-de-passe", login="@yvonne"))

    password = new_password(city, nadia, "yvonne")

    assert "Yvonne Tessier" in found
    assert city.get(yvonne.browser, "/mes-donnees").status_code == 303  # every session has ended
    again = city.browser()
    assert city.post(again, "/connexion", login="yvonne", password=PASSWORD).status_code == 422
    assert city.post(again, "/connexion", login="yvonne", password=password).status_code == 303
    told = said(city.get(again, "/mes-donnees"))
    assert "Un nouveau mot de passe vous a été donné, à votre demande." in told
    assert "Nadia K. (vérification des adresses)" in told


def test_a_password_is_given_only_after_the_tick(city: City, slug: str, nadia: Someone) -> None:
    yvonne = city.resident(slug, "yvonne", email=None)

    answer = city.post(nadia.browser, "/guichet/mot-de-passe/nouveau", login="yvonne")

    assert answer.status_code == 422
    assert "Cochez cette case" in said(answer)
    assert city.get(yvonne.browser, "/mes-donnees").status_code == 200


def test_the_desk_gives_no_password_to_who_has_a_mail_lives_elsewhere_has_a_role_or_sits_at_it(
    city: City, slug: str, nadia: Someone
) -> None:
    elsewhere = city.quartier("Goutte-d'Or")
    refused = {
        city.resident(slug, "bruno"): "a une adresse e-mail",
        city.resident(elsewhere, "odile", email=None): "Personne de vos quartiers n’a cet identifiant",
        city.visitor("paul", email=None): "Personne de vos quartiers n’a cet identifiant",
        city.resident(slug, "lea", email=None, roles_here=("moderator",)): "l’administration seule",
        nadia: "Personne de vos quartiers n’a cet identifiant",
    }

    for someone, sentence in refused.items():
        for path in ("/guichet/mot-de-passe", "/guichet/mot-de-passe/nouveau"):
            answer = city.post(nadia.browser, path, login=someone.handle, seen="1")
            assert (answer.status_code, sentence in said(answer)) == (422, True), (someone.handle, said(answer))
        assert city.get(someone.browser, "/mes-donnees").status_code == 200
    assert new_password(city, city.admin(), "lea")
    stranger = city.resident(slug)
    for path in ("/guichet/mot-de-passe", "/guichet/mot-de-passe/nouveau"):
        assert city.post(stranger.browser, path, login="lea", seen="1").status_code == 404
