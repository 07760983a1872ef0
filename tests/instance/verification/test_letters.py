"""Letters with a code: what is asked, printed, sent, typed, returned and refused (product.md §4.1 and §4.2)."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, text

from instance.accounts.models import Account, JournalLine
from instance.core.db import commit, db
from instance.quartiers.models import Membership
from instance.settings import Settings
from instance.verification import letters
from instance.verification.models import Letter, LetterAsked, Opposition, PendingAddress
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.accounts.conftest import Mailbox
from tests.instance.verification.applicants import Applicants, at_once, bare, said


@pytest.fixture
def slug(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def house(slug: str, applicants: Applicants) -> int:
    return applicants.house(slug, 30)


@pytest.fixture
def nadia(applicants: Applicants) -> Someone:
    return applicants.verifier()


@pytest.fixture
def salma(applicants: Applicants, house: int) -> Someone:
    return applicants.applicant(house, name="Salma Benali")


def letter_of(someone: Someone) -> Letter:
    db.session.rollback()
    return db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()  # type: ignore[return-value]


def test_a_letter_is_asked_printed_typed_and_makes_a_strong_resident(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, house: int
) -> None:
    paper = applicants.letter_to(salma, nadia)

    answer = applicants.type_code(salma, paper["code"].lower().replace("-", " "))

    assert answer.status_code == 303
    assert applicants.home(salma) == "clignancourt"
    member = db.session.get_one(Membership, salma.account_id)
    assert (member.level, member.home_mark) == ("strong", applicants.mark(house))


def test_the_code_typed_as_printed_on_the_pdf_is_right(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    applicants.ask_letter(salma)

    answer = city.get(nadia.browser, "/courriers/lettres.pdf")
    words = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    code = re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}", words)[0]

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "SALMA BENALI" in words
    assert "30 RUE RAMEY" in words
    assert "75018 PARIS" in words
    applicants.type_code(salma, code)
    assert applicants.home(salma) == "clignancourt"


def test_the_complement_stands_on_the_letter_only(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    applicants.ask_letter(salma, complement="appt 12\nbâtiment B")

    window = applicants.paper(nadia)[0]["to"].splitlines()

    assert window == ["SALMA BENALI", "APPT 12", "BATIMENT B", "30 RUE RAMEY", "75018 PARIS"]


def test_a_complement_too_long_gets_a_sentence_and_stays_typed(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    answer = applicants.ask_letter(salma, complement="escalier " * 12)

    assert answer.status_code == 422
    assert "Raccourcissez le complément d’adresse" in said(answer)
    assert "escalier escalier" in said(answer)
    assert applicants.count(LetterAsked) == 0


def test_the_list_shows_neither_code_nor_address(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    applicants.ask_letter(salma)
    paper = applicants.paper(nadia)[0]

    page = said(city.get(nadia.browser, "/courriers"))

    assert "Salma Benali" in page
    assert "Clignancourt" in page
    assert paper["code"] not in page
    assert paper["code"].replace("-", "") not in page
    assert "ramey" not in page.lower()


def test_the_code_is_sealed_until_sent_and_then_gone(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    applicants.ask_letter(salma)
    paper = applicants.paper(nadia)[0]
    stored = db.session.execute(text("SELECT code, code_mark, opposition FROM letter")).one()
    bare = paper["code"].replace("-", "")

    applicants.send(nadia)
    after = db.session.execute(text("SELECT code, code_mark, opposition FROM letter")).one()

    assert bare not in "".join(stored)
    assert stored.code
    assert (after.code, after.opposition) == (None, None)
    assert after.code_mark == stored.code_mark
    assert applicants.paper(nadia) == []


def test_six_tries_and_the_letter_is_void_even_for_the_right_code(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    paper = applicants.letter_to(salma, nadia)

    wrong = [applicants.type_code(salma, "AAAA-AAAA") for _ in range(5)]
    sixth = applicants.type_code(salma, paper["code"])

    assert {answer.status_code for answer in [*wrong, sixth]} == {422}
    assert applicants.home(salma) is None
    assert letter_of(salma).state == "void"


def test_the_fifth_try_may_still_be_right(city: City, applicants: Applicants, nadia: Someone, salma: Someone) -> None:
    paper = applicants.letter_to(salma, nadia)
    for _ in range(4):
        applicants.type_code(salma, "AAAA-AAAA")

    applicants.type_code(salma, paper["code"])

    assert applicants.home(salma) == "clignancourt"


def test_tries_at_once_are_all_counted(
    city: City, app: Flask, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    paper = applicants.letter_to(salma, nadia)
    acts = [partial(salma.browser.post, "/preuve/code", data={"code": "AAAA-AAAA"}) for _ in range(8)]

    at_once(app, acts)

    assert letter_of(salma).tries == 5
    applicants.type_code(salma, paper["code"])
    assert applicants.home(salma) is None


def test_wrong_void_expired_and_no_letter_get_the_same_answer(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, slug: str, clock: Clock
) -> None:
    nobody = applicants.applicant(applicants.house(slug))
    never_sent = bare(applicants.type_code(nobody, "ABCD-2345"))
    paper = applicants.letter_to(salma, nadia)
    wrong = bare(applicants.type_code(salma, "ABCD-2345"))
    clock.forward(days=46)
    expired = bare(applicants.type_code(salma, paper["code"]))

    assert never_sent == wrong == expired.replace(paper["code"], "ABCD-2345")


def test_the_code_is_good_for_45_days(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, clock: Clock
) -> None:
    paper = applicants.letter_to(salma, nadia)

    clock.forward(days=44, hours=23)
    applicants.type_code(salma, paper["code"])

    assert applicants.home(salma) == "clignancourt"


def test_another_applicant_cannot_use_the_code(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, slug: str
) -> None:
    thief = applicants.applicant(applicants.house(slug))
    applicants.ask_letter(thief)
    paper = applicants.letter_to(salma, nadia)

    applicants.type_code(thief, paper["code"])

    assert applicants.home(thief) is None


def test_a_code_works_once(city: City, applicants: Applicants, nadia: Someone, salma: Someone) -> None:
    paper = applicants.letter_to(salma, nadia)
    applicants.type_code(salma, paper["code"])

    assert applicants.type_code(salma, paper["code"]).status_code == 422


def test_one_running_letter_per_account_and_a_new_one_after_14_days(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, clock: Clock
) -> None:
    first = applicants.letter_to(salma, nadia)
    too_soon = applicants.ask_letter(salma)
    clock.forward(days=14, minutes=1)
    second = applicants.letter_to(salma, nadia)

    assert too_soon.status_code == 422
    assert "Un courrier est déjà en route." in said(too_soon)
    assert applicants.type_code(salma, first["code"]).status_code == 422
    assert applicants.type_code(salma, second["code"]).status_code == 303


def test_asking_twice_at_once_makes_one_letter(city: City, app: Flask, applicants: Applicants, salma: Someone) -> None:
    at_once(app, [partial(salma.browser.post, "/preuve", data={"method": "letter"}) for _ in range(4)])

    assert applicants.count(Letter) == 1


def test_a_changed_address_does_not_shorten_the_wait(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, slug: str
) -> None:
    applicants.letter_to(salma, nadia)
    city.post(salma.browser, "/preuve/adresse", pick=str(applicants.house(slug)))
    city.post(salma.browser, "/preuve/adresse/choisir")

    assert applicants.ask_letter(salma).status_code == 422


def test_a_letter_that_was_not_printed_yet_may_be_asked_anew_at_another_address(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, slug: str
) -> None:
    applicants.ask_letter(salma)
    city.post(salma.browser, "/preuve/adresse", pick=str(applicants.house(slug, 48)))
    city.post(salma.browser, "/preuve/adresse/choisir")

    assert applicants.ask_letter(salma).status_code == 303
    assert [paper["to"].splitlines()[1] for paper in applicants.paper(nadia)] == ["48 RUE RAMEY"]


def test_the_fourth_letter_to_an_address_in_30_days_is_refused(
    city: City, applicants: Applicants, house: int, clock: Clock
) -> None:
    people = [applicants.applicant(house) for _ in range(5)]

    answers = [applicants.ask_letter(one).status_code for one in people[:4]]
    refused = said(applicants.ask_letter(people[3]))
    clock.forward(days=30, minutes=1)

    assert answers == [303, 303, 303, 422]
    assert "Trois courriers sont déjà partis à cette adresse" in refused
    assert applicants.ask_letter(people[4]).status_code == 303


def test_four_letters_at_once_to_an_address_are_three(
    city: City, app: Flask, applicants: Applicants, house: int
) -> None:
    people = [applicants.applicant(house) for _ in range(5)]

    answers = at_once(app, [partial(one.browser.post, "/preuve", data={"method": "letter"}) for one in people])

    assert sorted(answer.status_code for answer in answers) == [303, 303, 303, 422, 422]
    assert applicants.count(Letter) == 3


def test_a_deleted_account_does_not_give_its_letter_back_to_the_address(
    city: City, applicants: Applicants, house: int
) -> None:
    for _ in range(3):
        someone = applicants.applicant(house)
        applicants.ask_letter(someone)
        with commit():
            db.session.delete(db.session.get_one(Account, someone.account_id))

    assert applicants.ask_letter(applicants.applicant(house)).status_code == 422


def test_the_ceiling_of_the_day_holds_and_ends_with_the_day(
    city: City, app: Flask, settings: Settings, applicants: Applicants, slug: str, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.extensions, "quartier", replace(settings, letters_per_day=2))
    people = [applicants.applicant(applicants.house(slug)) for _ in range(4)]

    today = [applicants.ask_letter(one).status_code for one in people[:3]]
    refused = said(applicants.ask_letter(people[3]))
    clock.forward(days=1)

    assert today == [303, 303, 422]
    assert "Il n’y a plus de courrier pour aujourd’hui." in refused
    assert applicants.ask_letter(people[3]).status_code == 303


def test_opposition_stops_letters_to_that_name_there_and_touches_no_account(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, house: int, slug: str
) -> None:
    paper = applicants.letter_to(salma, nadia)

    answer = city.post(city.browser(), "/opposition", code=paper["opposition"])
    same_name = applicants.ask_letter(applicants.applicant(house, name="SALMA Bénali"))
    other_name = applicants.ask_letter(applicants.applicant(house, name="Yann Le Goff"))
    same_name_elsewhere = applicants.ask_letter(applicants.applicant(applicants.house(slug), name="Salma Benali"))

    assert answer.status_code == 200
    assert same_name.status_code == 422
    assert "Nous n’écrivons plus à ce nom à cette adresse." in said(same_name)
    assert (other_name.status_code, same_name_elsewhere.status_code) == (303, 303)
    assert applicants.type_code(salma, paper["code"]).status_code == 303
    assert applicants.home(salma) == slug


def test_opposition_stops_a_letter_that_waits(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, house: int
) -> None:
    paper = applicants.letter_to(salma, nadia)
    applicants.ask_letter(applicants.applicant(house, name="Salma Benali"))

    city.post(city.browser(), "/opposition", code=paper["opposition"])

    assert applicants.paper(nadia) == []


def test_opposition_works_when_the_account_that_asked_is_gone(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone, house: int
) -> None:
    paper = applicants.letter_to(salma, nadia)
    with commit():
        db.session.delete(db.session.get_one(Account, salma.account_id))

    city.post(city.browser(), "/opposition", code=paper["opposition"])

    assert applicants.count(Opposition) == 1
    assert applicants.ask_letter(applicants.applicant(house, name="Salma Benali")).status_code == 422


def test_an_unknown_opposition_code_gets_the_same_answer(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    paper = applicants.letter_to(salma, nadia)

    known = city.post(city.browser(), "/opposition", code=paper["opposition"])
    unknown = city.post(city.browser(), "/opposition", code="ABCD-2345")

    assert (known.status_code, bare(known)) == (unknown.status_code, bare(unknown))
    assert applicants.count(Opposition) == 1


def test_the_code_of_the_letter_is_no_opposition_code_nor_the_other_way_round(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    paper = applicants.letter_to(salma, nadia)

    city.post(city.browser(), "/opposition", code=paper["code"])

    assert applicants.count(Opposition) == 0
    assert applicants.type_code(salma, paper["opposition"]).status_code == 422


def test_opposition_codes_cannot_be_guessed_at_speed(city: City, limits: None) -> None:
    browser = city.browser()

    answers = [city.post(browser, "/opposition", code="ABCD-2345").status_code for _ in range(26)]

    assert answers == [200] * 25 + [422]


def test_a_returned_letter_ends_the_pending_proof_and_erases_the_address(
    city: City, applicants: Applicants, nadia: Someone, house: int, mails: Mailbox
) -> None:
    salma = city.visitor("salma", name="Salma Benali")
    city.post(salma.browser, "/preuve/adresse", pick=str(house))
    city.post(salma.browser, "/preuve/adresse/choisir")
    paper = applicants.letter_to(salma, nadia)

    answer = city.post(nadia.browser, "/courriers/retours", reference=paper["reference"].lower())

    assert answer.status_code == 303
    assert applicants.proof(salma).state == "refused"
    assert applicants.count(PendingAddress) == 0
    assert applicants.type_code(salma, paper["code"]).status_code == 422
    assert "La poste nous l’a rendu" in mails.words("salma@example.org")


def test_a_returned_letter_revokes_the_residence_it_gave(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    paper = applicants.letter_to(salma, nadia)
    applicants.type_code(salma, paper["code"])

    city.post(nadia.browser, "/courriers/retours", reference=paper["reference"])

    assert applicants.home(salma) is None
    assert not city.reads_wall(salma, "clignancourt")
    assert applicants.proof(salma).state == "revoked"


@pytest.mark.parametrize("reference", ["", "ABCDEF", "abc", "22222222"])
def test_an_unknown_reference_gets_a_sentence(
    city: City, applicants: Applicants, nadia: Someone, reference: str
) -> None:
    answer = city.post(nadia.browser, "/courriers/retours", reference=reference)

    assert answer.status_code == 422
    assert "n’a cette référence" in said(answer)


def test_a_letter_that_was_never_sent_cannot_come_back(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    applicants.ask_letter(salma)
    paper = applicants.paper(nadia)[0]

    assert city.post(nadia.browser, "/courriers/retours", reference=paper["reference"]).status_code == 422
    assert applicants.proof(salma).state == "running"


def test_each_printing_is_a_line_for_the_person(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    applicants.ask_letter(salma)
    applicants.paper(nadia)
    city.get(nadia.browser, "/courriers/lettres.pdf")

    page = said(city.get(salma.browser, "/mes-donnees"))

    acts = db.session.scalars(select(JournalLine.act).where(JournalLine.account_id == salma.account_id)).all()
    assert acts == ["letter_printed", "letter_printed"]
    assert "Votre courrier a été imprimé, avec votre nom et votre adresse." in page
    assert "Nadia K. (vérification des adresses)" in page


def test_a_verifier_of_one_quartier_handles_its_letters_only(
    city: City, applicants: Applicants, salma: Someone
) -> None:
    city.quartier("Goutte d'Or")
    karim = applicants.verifier("goutte-d-or", "karim_v")
    applicants.ask_letter(salma)

    page = said(city.get(karim.browser, "/courriers"))
    reference = letter_of(salma).reference
    city.post(karim.browser, "/courriers", sent=str(letter_of(salma).id))

    assert "Salma Benali" not in page
    assert applicants.paper(karim) == []
    assert letter_of(salma).state == "waiting"
    assert city.post(karim.browser, "/courriers/retours", reference=reference).status_code == 422


@pytest.mark.parametrize(
    "path", ["/courriers", "/courriers/imprimer", "/courriers/lettres.pdf", "/guichet", "/guichet/nouveau"]
)
@pytest.mark.parametrize("role", ["", "moderator", "referent"])
def test_nobody_else_sees_the_letters(city: City, applicants: Applicants, slug: str, path: str, role: str) -> None:
    someone = city.resident(slug, roles_here=(role,) if role else ())

    assert city.get(someone.browser, path).status_code == 404
    assert city.get(city.browser(), path).status_code == 404


def test_an_admin_prints_too(city: City, applicants: Applicants, salma: Someone) -> None:
    applicants.ask_letter(salma)

    assert len(applicants.paper(city.admin())) == 1


def test_nothing_ticked_gets_a_sentence(city: City, applicants: Applicants, nadia: Someone, salma: Someone) -> None:
    applicants.ask_letter(salma)

    answer = city.post(nadia.browser, "/courriers", sent=["abc", "99999999999999999999999"])

    assert answer.status_code == 422
    assert "Cochez les lettres que vous avez postées." in said(answer)


def test_a_letter_for_somebody_verified_otherwise_meanwhile_is_not_printed(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    applicants.ask_letter(salma)
    proof = applicants.proof(salma)
    city.post(nadia.browser, f"/guichet/{proof.id}/oui", seen="1")

    assert applicants.home(salma) == "clignancourt"
    assert applicants.paper(nadia) == []


def test_codes_come_from_31_signs(city: City, applicants: Applicants, nadia: Someone, salma: Someone) -> None:
    paper = applicants.letter_to(salma, nadia)

    assert re.fullmatch(r"[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}", paper["code"])
    assert letters.TRIES == 5


def test_sealed_names_and_addresses_stand_nowhere_in_clear(
    city: City, applicants: Applicants, nadia: Someone, salma: Someone
) -> None:
    applicants.ask_letter(salma, complement="Appt 12")

    for table in db.metadata.sorted_tables:
        if table.name in {"street", "street_word", "address", "job"}:
            continue
        for row in db.session.execute(text(f'SELECT * FROM "{table.name}"')):
            written = " ".join(str(value) for value in row).lower()
            assert "ramey" not in written, table.name
            assert "appt 12" not in written, table.name
            assert "benali" not in written, table.name


def test_the_wait_is_named_by_its_day(city: City, applicants: Applicants, nadia: Someone, salma: Someone) -> None:
    applicants.letter_to(salma, nadia)
    day = letter_of(salma).asked_at + timedelta(days=14)

    answer = applicants.ask_letter(salma)

    assert str(day.year) in said(answer)
