"""Sign-up: an address, a name, an account with its pending proof, or one clear sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from instance.accounts.models import Account, Actor, Identity, TakenName
from instance.core.db import commit, db
from instance.legal import service as legal
from instance.legal.models import REQUIRED
from instance.quartiers.models import Waiting
from instance.settings import Settings
from instance.verification.models import PendingAddress, Proof
from tests.city import PASSWORD, City
from tests.instance.accounts.conftest import Mailbox
from tests.instance.verification.applicants import Applicants, at_once, said
from tests.support.pages import signless


@pytest.fixture
def house(city: City, applicants: Applicants) -> int:
    return applicants.house(city.quartier("Clignancourt", state="pilot"), 30)


def test_an_address_leads_to_its_quartier_on_the_outline(city: City, applicants: Applicants, house: int) -> None:
    browser = city.browser()

    asked = city.post(browser, "/inscription", address="30 r ramey paris 18")
    page = said(city.get(browser, "/inscription"))

    assert (asked.status_code, asked.location) == (303, "/inscription")
    assert "Clignancourt" in page
    assert "0 voisin sur 10" in page
    assert 'class="q q-self"' in page
    assert 'class="home"' in page
    assert "30 Rue Ramey, 75018 Paris" in page


def test_an_open_quartier_says_how_many_are_there(city: City, applicants: Applicants) -> None:
    slug = city.quartier("Goutte d'Or")
    house = applicants.house(slug, 12)
    city.resident(slug)
    browser = city.browser()

    city.post(browser, "/inscription", pick=str(house))

    assert "1 habitant du quartier est déjà là." in said(city.get(browser, "/inscription"))


def test_what_is_typed_is_never_in_an_address_of_a_page(city: City, applicants: Applicants, house: int) -> None:
    browser = city.browser()

    answer = city.post(browser, "/inscription", address="30 rue ramey")

    assert "ramey" not in answer.location.lower()
    assert city.get(browser, "/inscription/suggestions").status_code == 405


def test_suggestions_follow_the_typing(city: City, applicants: Applicants, house: int) -> None:
    answer = city.post(city.browser(), "/inscription/suggestions", address="30 rue ram")

    assert f'value="{house}"' in said(answer)
    assert "<html" not in said(answer)


def test_an_address_that_does_not_exist_gets_a_sentence_and_stays_typed(
    city: City, applicants: Applicants, house: int
) -> None:
    answer = city.post(city.browser(), "/inscription", address="99 rue des Licornes")

    assert answer.status_code == 422
    assert "Nous ne trouvons pas cette adresse." in said(answer)
    assert 'value="99 rue des Licornes"' in said(answer)


@pytest.mark.parametrize("picked", ["0", "999999999", "99999999999999999999", "-1", "abc", "1;--"])
def test_an_invented_choice_is_no_address(city: City, applicants: Applicants, house: int, picked: str) -> None:
    assert city.post(city.browser(), "/inscription", pick=picked).status_code == 422


def test_nothing_is_stored_before_the_account_is_made(city: City, applicants: Applicants, house: int) -> None:
    browser = city.browser()

    city.post(browser, "/inscription", pick=str(house))
    city.get(browser, "/inscription/vous")

    assert [applicants.count(model) for model in (Account, Proof, PendingAddress, TakenName)] == [0, 0, 0, 1]


def test_the_proposed_handle_is_free_and_said_to_be_for_ever(city: City, applicants: Applicants, house: int) -> None:
    browser = city.browser()
    city.post(browser, "/inscription", pick=str(house))

    page = said(city.get(browser, "/inscription/vous"))

    assert "Il est public et ne change jamais." in page
    assert 'name="handle" type="text" value="' in page


def test_sign_up_makes_account_and_pending_proof_and_logs_in(city: City, applicants: Applicants, house: int) -> None:
    browser = city.browser()

    answer = applicants.sign_up(house, browser, handle="tilleul_42")
    page = said(city.get(browser, "/preuve"))

    assert (answer.status_code, answer.location) == (303, "/preuve")
    assert "Comment voulez-vous prouver que vous habitez ici" in page
    assert "30 Rue Ramey" in page
    proof = db.session.scalars(select(Proof)).one()
    assert (proof.state, proof.method) == ("asked", None)
    actor = db.session.scalars(select(Actor).where(Actor.handle == "tilleul_42")).one()
    assert "benali" not in actor.shown_name.lower()


def test_the_new_account_reads_no_wall(city: City, applicants: Applicants, house: int) -> None:
    someone = applicants.applicant(house)

    assert city.get(someone.browser, "/q/clignancourt").status_code in {303, 404}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("first_name", "S", "Écrivez votre prénom"),
        ("first_name", "Salma3", "Écrivez votre prénom"),
        ("last_name", "", "Écrivez votre nom"),
        ("handle", "9tilleul", "Écrivez 2 à 30 signes"),
        ("handle", "admin", "Cet identifiant est déjà pris"),
        ("email", "pas un mail", "Vérifiez l’adresse e-mail"),
        ("password", "court", "Ajoutez 7 signes"),
        ("age", "", "Cochez cette case"),
    ],
)
def test_each_mistake_gets_one_sentence_and_what_was_typed_stays(
    city: City, applicants: Applicants, house: int, field: str, typed: str, sentence: str
) -> None:
    browser = city.browser()

    answer = applicants.sign_up(
        house, browser, **({"first_name": "Odilon", "email": "odilon@example.org"} | {field: typed})
    )

    assert answer.status_code == 422
    assert said(answer).count(sentence) == 2  # in the summary and at the field
    assert PASSWORD not in said(answer)
    kept = "odilon@example.org" if field != "email" else "Odilon"
    assert kept in said(answer)
    assert applicants.count(Account) == 0


def test_a_form_sent_twice_makes_one_account(city: City, applicants: Applicants, house: int) -> None:
    browser, late = city.browser(), city.browser()
    for one in (browser, late):
        city.post(one, "/inscription", pick=str(house))
    typed = applicants.fields()

    first = city.post(browser, "/inscription/vous", **typed)
    again = city.post(browser, "/inscription/vous", **typed)
    from_the_old_page = city.post(late, "/inscription/vous", **typed)

    assert [answer.location for answer in (first, again, from_the_old_page)] == ["/preuve"] * 3
    assert applicants.count(Account) == 1
    assert city.get(late, "/preuve").status_code == 200


def test_a_handle_of_somebody_else_is_no_way_in(city: City, applicants: Applicants, house: int) -> None:
    applicants.applicant(house, handle="tilleul_1000")

    answer = applicants.sign_up(house, handle="tilleul_1000", password="un autre mot de passe")

    assert answer.status_code == 422
    assert "Cet identifiant est déjà pris" in said(answer)


def test_four_sendings_at_once_make_one_account(city: City, app: Flask, applicants: Applicants, house: int) -> None:
    typed = applicants.fields()
    browsers = [city.browser() for _ in range(4)]
    for browser in browsers:
        city.post(browser, "/inscription", pick=str(house))

    answers = at_once(app, [partial(browser.post, "/inscription/vous", data=typed) for browser in browsers])

    assert [answer.location for answer in answers] == ["/preuve"] * 4
    assert applicants.count(Account) == 1


def test_a_used_and_a_fresh_email_get_the_same_answer(
    city: City, applicants: Applicants, house: int, mails: Mailbox
) -> None:
    city.visitor("salma", email="salma@example.org")
    fresh_browser, used_browser = city.browser(), city.browser()

    fresh = applicants.sign_up(house, fresh_browser, handle="lilas_1", email="fresh@example.org")
    used = applicants.sign_up(house, used_browser, handle="lilas_2", email="Salma@example.org")
    pages = [said(city.get(browser, "/preuve")) for browser in (fresh_browser, used_browser)]

    assert (fresh.status_code, fresh.location, said(fresh)) == (used.status_code, used.location, said(used))
    assert sorted(fresh.headers.keys()) == sorted(used.headers.keys())
    bare = [re.sub("fresh@|Salma@|Yann Le Goff|Mai Nguyen", "", signless(one)) for one in pages]
    assert bare[0] == bare[1]
    assert "un autre compte" not in pages[1]


def test_the_owner_of_a_used_email_hears_of_it_and_keeps_it(
    city: City, applicants: Applicants, house: int, mails: Mailbox
) -> None:
    salma = city.visitor("salma", email="salma@example.org")

    applicants.sign_up(house, handle="lilas_2", email="salma@example.org")

    assert "un autre compte s’en sert déjà" in " ".join(mails.words("salma@example.org").split())
    assert db.session.get_one(Identity, salma.account_id).email == "salma@example.org"
    assert (
        db.session.scalars(select(Identity).where(Identity.email_mark.is_not(None))).one().account_id
        == salma.account_id
    )


def test_a_fresh_email_counts_once_its_link_is_opened(
    city: City, applicants: Applicants, house: int, mails: Mailbox
) -> None:
    someone = applicants.applicant(house, email="lilas@example.org")

    link = mails.link("lilas@example.org")
    city.get(someone.browser, link)
    city.post(someone.browser, link)

    assert db.session.get_one(Identity, someone.account_id).email == "lilas@example.org"


def test_the_sixth_sign_up_from_one_network_waits(city: City, applicants: Applicants, house: int, limits: None) -> None:
    answers = [applicants.sign_up(house) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "Trop d’essais" in said(answers[5])
    assert "tilleul_6" in said(answers[5])
    assert applicants.count(Account) == 5


def test_mistakes_do_not_count_as_sign_ups(city: City, applicants: Applicants, house: int, limits: None) -> None:
    for _ in range(7):
        applicants.sign_up(house, password="court")

    assert applicants.sign_up(house).status_code == 303


def test_outside_of_all_quartiers_one_may_wait_and_offer_to_found(city: City, applicants: Applicants) -> None:
    city.quartier("Clignancourt")
    far = applicants.house(None, 7, street="Rue du Lointain")
    browser = city.browser()
    city.post(browser, "/inscription", pick=str(far))

    offer = said(city.get(browser, "/inscription"))
    answer = city.post(browser, "/inscription/vous", **applicants.fields(found="1"))
    page = said(city.get(browser, "/preuve"))

    assert "Cette adresse n’est encore dans aucun quartier." in offer
    assert answer.location == "/preuve"
    assert "Pas encore de quartier chez vous" in page
    row = db.session.scalars(select(Waiting)).one()
    assert row.wants_to_found
    assert applicants.count(Proof) == 0


def test_who_waits_may_change_their_mind_about_founding(city: City, applicants: Applicants) -> None:
    someone = applicants.applicant(applicants.house(None, 7))

    city.post(someone.browser, "/preuve/fonder", found="1")

    assert db.session.scalars(select(Waiting)).one().wants_to_found


@pytest.mark.parametrize(
    ("wish", "filled", "is_open"),
    [("closed", True, False), ("auto", False, False), ("auto", True, True), ("open", False, True)],
)
def test_registrations_open_as_set_or_with_the_legal_pages(
    city: City, app: Flask, settings: Settings, applicants: Applicants, house: int,
    monkeypatch: pytest.MonkeyPatch, wish: str, filled: bool, is_open: bool,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.extensions, "quartier", replace(settings, registrations=wish))
    if filled:
        with commit():
            for kind in REQUIRED:
                legal.write(kind, "fr", "## Qui sommes-nous\n\nAssociation Les Voisins du Nord, 15 passage Ramey.")
    browser = city.browser()

    shown = said(city.get(browser, "/inscription"))
    answer = applicants.sign_up(house, browser)

    assert ("Les inscriptions sont fermées" in shown) is not is_open
    assert (answer.status_code == 303 and answer.location == "/preuve") is is_open
    assert applicants.count(Account) == int(is_open)


def test_who_has_an_account_is_led_to_the_proof(city: City, applicants: Applicants, house: int) -> None:
    someone = applicants.applicant(house)

    assert city.get(someone.browser, "/inscription").location == "/preuve"


def test_the_second_step_without_an_address_goes_back_to_the_first(
    city: City, applicants: Applicants, house: int
) -> None:
    browser = city.browser()

    assert city.get(browser, "/inscription/vous").location == "/inscription"
    assert city.post(browser, "/inscription/vous", **applicants.fields()).location == "/inscription"
    assert applicants.count(Account) == 0
