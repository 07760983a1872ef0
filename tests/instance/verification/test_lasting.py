"""How long a proof lasts, what reminds of it, what a move ends, and what is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from instance.accounts.models import Account
from instance.core import clock as city_clock
from instance.core import jobs
from instance.core.db import commit, db
from instance.quartiers.models import Address, CircleMember, Membership, Waiting
from instance.verification import doors, tasks
from instance.verification.fingerprint import fingerprint
from instance.verification.models import Arrival, Letter, LetterAsked, OppositionCode, PendingAddress, Proof, Vouch
from tests.city import City, Someone
from tests.conftest import Clock
from tests.instance.accounts.conftest import Mailbox
from tests.instance.posts.writing import write
from tests.instance.verification.applicants import Applicants, said


@pytest.fixture
def slug(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def house(slug: str, applicants: Applicants) -> int:
    return applicants.house(slug, 30)


def tend(city: City) -> None:
    """One run of the hourly task and of what follows."""
    with commit():
        jobs.put("tend_proofs", {})
    city.work()
    assert jobs.counts()["pending"] == jobs.counts()["failed"] == 0


@pytest.mark.parametrize(("level", "months"), [("strong", 24), ("simple", 12)])
def test_a_proof_writes_for_its_months_then_reads_for_30_days_then_is_a_visitor(
    city: City, applicants: Applicants, slug: str, house: int, clock: Clock, level: str, months: int
) -> None:
    someone = applicants.at(house, level=level)
    whole = city_clock.add_months(city_clock.now(), months) - city_clock.now()

    clock.forward(days=whole.days - 1)
    city.log_in(someone)
    writes = city.get(someone.browser, f"/q/{slug}/ecrire").status_code
    clock.forward(days=2)
    city.log_in(someone)
    reads = city.reads_wall(someone, slug)
    page = said(city.get(someone.browser, "/preuve"))
    clock.forward(days=30)

    assert (writes, reads) == (200, True)
    assert "Vous lisez encore quelques jours, sans écrire." in page
    assert not city.reads_wall(someone, slug)
    assert applicants.home(someone) is None


def test_reminders_come_30_and_7_days_before_once_each(
    city: City, applicants: Applicants, house: int, clock: Clock, mails: Mailbox
) -> None:
    applicants.at(house, handle="salma")
    ends_at = db.session.scalars(select(Membership.writes_until)).one()
    db.session.rollback()

    def told() -> int:
        tend(city)
        return len([mail for mail in mails.to("salma@example.org") if "finit bientôt" in mail["Subject"]])

    seen = [told()]
    for days_before in (31, 29, 28, 8, 6, 5):
        clock.forward(seconds=(ends_at - timedelta(days=days_before) - city_clock.now()).total_seconds())
        seen.append(told())

    assert seen == [0, 0, 1, 1, 1, 2, 2]


def test_an_expired_residence_is_tidied_away(city: City, applicants: Applicants, house: int, clock: Clock) -> None:
    someone = applicants.at(house)
    clock.forward(days=800)

    tend(city)

    assert applicants.count(Membership) == 0
    assert applicants.count(CircleMember) == 0
    proof = applicants.proof(someone)
    assert (proof.state, proof.home_mark) == ("expired", None)


def test_a_renewed_proof_goes_on_without_a_break(
    city: City, applicants: Applicants, slug: str, house: int, clock: Clock
) -> None:
    nadia = applicants.verifier()
    someone = applicants.at(house, days_ago=31)
    clock.forward(days=700)
    city.log_in(nadia)
    city.log_in(someone)
    city.post(someone.browser, "/preuve/adresse", pick=str(house))
    city.post(someone.browser, "/preuve/adresse/choisir")

    city.post(nadia.browser, f"/guichet/{applicants.proof(someone).id}/oui", seen="1")
    clock.forward(days=60)

    assert applicants.home(someone) == slug
    member = db.session.get_one(Membership, someone.account_id)
    assert member.vouches_from < city_clock.now()
    states = db.session.scalars(select(Proof.state).order_by(Proof.id)).all()
    assert states == ["ended", "granted"]


def test_an_untouched_request_is_dropped_after_60_days_with_its_address(
    city: City, applicants: Applicants, house: int, clock: Clock
) -> None:
    someone = applicants.applicant(house)

    clock.forward(days=59)
    tend(city)
    kept = applicants.count(PendingAddress)
    clock.forward(days=1, minutes=1)
    tend(city)

    assert kept == 1
    assert applicants.count(PendingAddress) == 0
    assert applicants.proof(someone).state == "ended"


def test_a_letter_becomes_void_after_its_days_and_its_code_goes(
    city: City, applicants: Applicants, house: int, clock: Clock
) -> None:
    someone = applicants.applicant(house)
    applicants.ask_letter(someone)

    clock.forward(days=45, minutes=1)
    tend(city)

    letter = db.session.scalars(select(Letter)).one()
    assert (letter.state, letter.code, letter.opposition) == ("void", None, None)
    city.log_in(someone)
    assert "Votre courrier n’est plus bon" in said(city.get(someone.browser, "/preuve"))


def test_old_counts_are_forgotten(city: City, applicants: Applicants, slug: str, house: int, clock: Clock) -> None:
    nadia = applicants.verifier()
    vouchers = [applicants.at(applicants.house(slug), days_ago=31) for _ in range(2)]
    newcomer = applicants.applicant(house)
    applicants.vouch(vouchers[0], applicants.ask_vouchers(newcomer))
    other = applicants.applicant(house)
    applicants.letter_to(other, nadia)
    with commit():
        for someone in (newcomer, other):
            db.session.delete(db.session.get_one(Account, someone.account_id))

    clock.forward(days=31)
    tend(city)
    counts = [applicants.count(model) for model in (Arrival, LetterAsked, Vouch)]
    codes = applicants.count(OppositionCode)
    clock.forward(days=366)
    tend(city)

    assert counts == [0, 0, 0]
    assert (codes, applicants.count(OppositionCode)) == (1, 0)


def test_a_move_ends_access_at_once_and_asks_for_the_new_address(
    city: City, applicants: Applicants, slug: str, house: int
) -> None:
    someone = applicants.at(house)

    answer = city.post(someone.browser, "/demenager", name="signed")

    assert answer.location == "/preuve/adresse"
    assert not city.reads_wall(someone, slug)
    assert applicants.home(someone) is None
    assert applicants.count(CircleMember) == 0
    assert applicants.proof(someone).state == "ended"


@pytest.mark.parametrize(("choice", "name"), [("signed", "Odile M."), ("nameless", "Un ancien voisin")])
def test_posts_stay_signed_or_nameless_as_was_chosen(
    city: City, applicants: Applicants, slug: str, house: int, choice: str, name: str
) -> None:
    odile = applicants.at(house, name="Odile Marchand", handle="odile")
    neighbour = applicants.at(applicants.house(slug))
    post_id = write(city, odile, slug, title="Qui a perdu un chat roux ?")
    other_id = write(city, neighbour, slug, title="Moi")

    city.post(odile.browser, "/demenager", name=choice)
    city.work()

    page = said(city.get(neighbour.browser, f"/p/{post_id}"))
    assert name in page
    assert ("Odile" in page) is (choice == "signed")
    assert city.get(odile.browser, f"/p/{other_id}").status_code == 404


def test_the_move_asks_how_words_stay(city: City, applicants: Applicants, slug: str, house: int) -> None:
    someone = applicants.at(house)

    answer = city.post(someone.browser, "/demenager")

    assert answer.status_code == 422
    assert "Dites si vos mots restent signés." in said(answer)
    assert applicants.home(someone) == slug


def test_a_resident_cannot_slip_into_another_quartier_without_moving(
    city: City, applicants: Applicants, house: int
) -> None:
    someone = applicants.at(house)
    elsewhere = applicants.house(city.quartier("Goutte d'Or"))
    city.post(someone.browser, "/preuve/adresse", pick=str(elsewhere))

    answer = city.post(someone.browser, "/preuve/adresse/choisir")

    assert answer.status_code == 422
    assert "Dites d’abord que vous déménagez." in said(answer)
    assert applicants.proof(someone).state == "granted"


def test_after_a_move_a_new_proof_begins_elsewhere(city: City, applicants: Applicants, house: int) -> None:
    nadia = applicants.verifier()
    new = city.quartier("Goutte d'Or")
    someone = applicants.at(house)
    city.post(someone.browser, "/demenager", name="signed")
    city.post(someone.browser, "/preuve/adresse", pick=str(applicants.house(new)))
    city.post(someone.browser, "/preuve/adresse/choisir")

    applicants.type_code(someone, applicants.letter_to(someone, nadia)["code"])

    assert applicants.home(someone) == new


def test_the_street_is_shown_only_if_asked_for_and_goes_with_the_move(
    city: City, applicants: Applicants, house: int
) -> None:
    nadia = applicants.verifier()
    shy, open_hearted = applicants.applicant(house), applicants.applicant(house, street="1")
    for someone in (shy, open_hearted):
        applicants.type_code(someone, applicants.letter_to(someone, nadia)["code"])

    streets = {one.id: one.street for one in db.session.scalars(select(Account))}
    city.post(open_hearted.browser, "/demenager", name="signed")

    assert (streets[shy.account_id], streets[open_hearted.account_id]) == (None, "Rue Ramey")
    db.session.rollback()
    assert db.session.get_one(Account, open_hearted.account_id).street is None


def test_a_closed_account_takes_its_fingerprint_with_it(city: City, applicants: Applicants, house: int) -> None:
    nadia = applicants.verifier()
    someone = applicants.applicant(house, street="1")
    applicants.type_code(someone, applicants.letter_to(someone, nadia)["code"])
    mark = applicants.mark(house)

    city.post(someone.browser, "/mes-donnees/supprimer", password="la cour de la rue Letort")

    db.session.rollback()
    assert db.session.get(Account, someone.account_id) is None
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(text(f'SELECT * FROM "{table.name}"')):
            written = [str(value) for value in row]
            assert mark not in written, table.name
            assert str(someone.account_id) not in written or table.name == "job", table.name


def test_mes_donnees_tells_the_pending_address_to_its_owner(city: City, applicants: Applicants, house: int) -> None:
    someone = applicants.applicant(house)
    applicants.ask_letter(someone, complement="Appt 12")

    page = said(city.get(someone.browser, "/mes-donnees"))

    assert "30 Rue Ramey, 75018 Paris" in page
    assert "Appt 12" in page
    assert "Preuve pour Clignancourt" in page


def test_the_fingerprint_follows_street_number_repetition_and_commune_only(
    city: City, applicants: Applicants, slug: str
) -> None:
    houses = [
        applicants.house(slug, 40, street="Rue Myrha"), applicants.house(slug, 40, street="Rue Myrha", rep="b"),
        applicants.house(slug, 41, street="Rue Myrha"), applicants.house(slug, 40, street="Rue Léon"),
    ]  # fmt: skip
    again = applicants.house(None, 40, street="Rue Myrha")

    marks = [applicants.mark(one) for one in houses]

    assert len(set(marks)) == 4
    assert applicants.mark(again) == marks[0]
    assert fingerprint(db.session.get_one(Address, houses[0])) == marks[0]
    assert doors.door_of(marks[0]) != marks[0]


def test_the_hourly_task_is_put_by_the_clock() -> None:
    assert tasks.REMINDERS == (7, 30)
    assert "tend_proofs" in jobs.board.tasks


def test_the_growth_curve_counts_the_verified_of_the_day(
    city: City, applicants: Applicants, slug: str, house: int
) -> None:
    people: list[Someone] = [applicants.at(house) for _ in range(2)]
    city.post(people[0].browser, "/preuve/adresse", pick=str(house))
    city.post(people[0].browser, "/preuve/adresse/choisir")

    days = db.session.execute(text("SELECT number FROM verified_day")).scalars().all()

    assert days == [2]


def test_the_tenth_resident_from_the_fifth_address_opens_the_pilot(city: City, applicants: Applicants) -> None:
    nadia = applicants.verifier()
    pilot = city.quartier("Montmartre", state="pilot")
    houses = [applicants.house(pilot) for _ in range(4)]
    for place in range(9):
        applicants.at(houses[place % 4])
    tenth = applicants.applicant(applicants.house(pilot))

    applicants.type_code(tenth, applicants.letter_to(tenth, nadia)["code"])

    assert city.get(tenth.browser, f"/q/{pilot}").status_code == 200
    state = db.session.execute(text("SELECT state FROM quartier WHERE slug = :slug"), {"slug": pilot}).scalar_one()
    assert state == "open"


def test_who_waited_begins_when_a_quartier_is_drawn_there_and_hears_of_it(
    city: City, applicants: Applicants, slug: str, mails: Mailbox
) -> None:
    someone = city.visitor("odile", name="Odile Marchand")
    far = applicants.house(None, 7, street="Rue du Lointain")
    city.post(someone.browser, "/preuve/adresse", pick=str(far))
    city.post(someone.browser, "/preuve/adresse/choisir", found="1")
    tend(city)
    before = applicants.count(Proof)
    with commit():
        db.session.get_one(Address, far).quartier_id = city.quartier_id(slug)

    tend(city)
    tend(city)

    assert before == 0
    assert applicants.proof(someone).state == "asked"
    assert applicants.count(Waiting) == 0
    subjects = [str(mail["Subject"]) for mail in mails.to("odile@example.org")]
    assert subjects.count("Un quartier existe chez vous") == 1


def test_a_letter_on_its_way_stays_good_beside_another_way(
    city: City, applicants: Applicants, slug: str, house: int
) -> None:
    nadia = applicants.verifier()
    someone = applicants.applicant(house)
    paper = applicants.letter_to(someone, nadia)

    city.post(someone.browser, "/preuve", method="desk")
    page = said(city.get(someone.browser, "/preuve"))
    applicants.type_code(someone, paper["code"])

    assert "Mon courrier est arrivé" in page
    assert applicants.home(someone) == slug
