"""Reporting: who may, what is asked, what is kept, what comes back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from instance.core.db import db
from instance.moderation import service
from instance.moderation.models import Report
from tests.city import City
from tests.instance.accounts.conftest import plain
from tests.instance.moderation.conftest import Case, Mailbox
from tests.instance.posts.writing import answer, write

STRANGER = {
    "reason": "fraud", "text": "Une arnaque, deuxième ligne.", "name": "Renée Passante",
    "email": "renee@example.org", "good_faith": "1",
}  # fmt: skip


def kept() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Report))


def test_a_resident_reports_what_they_read_and_finds_it_in_their_list(case: Case) -> None:
    page = plain(case.city.get(case.bruno.browser, "/signalements/mes"))

    assert "Insulte, menace ou harcèlement" in page
    assert "Ligne deux." in page
    assert "Quelqu’un va lire" in page
    assert "Un mot fâché" not in page


def test_a_post_that_the_sender_cannot_read_is_reported_like_one_there_is_not(case: Case) -> None:
    absent = case.post + 4321
    for browser in (case.odile.browser, case.admin().browser, case.city.browser()):
        for ask in (
            lambda path, browser=browser: case.city.get(browser, path),
            lambda path, browser=browser: case.city.post(browser, path, **STRANGER),
        ):
            hidden, nothing = ask(f"/p/{case.post}/signaler"), ask(f"/p/{absent}/signaler")

            assert hidden.status_code == nothing.status_code == 404
            assert plain(hidden) == plain(nothing)
            assert dict(hidden.headers) == dict(nothing.headers)
    assert kept() == 1


def test_nobody_reports_their_own_post_nor_a_neighbours_across_a_block(case: Case) -> None:
    karim = case.city.resident(case.here)
    case.city.post(karim.browser, f"/u/{case.salma.handle}/bloquer")

    assert case.report(case.salma).status_code == 404
    assert case.report(karim).status_code == 404


def test_the_same_report_sent_twice_is_one(case: Case) -> None:
    case.report(case.bruno)

    assert kept() == 1


def test_what_is_missing_is_said_in_place_and_the_words_are_kept(case: Case) -> None:
    refused = case.report(case.bruno, reason="", text="Mes mots à moi")
    silent = case.report(case.bruno, reason="other", text="")

    assert refused.status_code == silent.status_code == 422
    assert "Choisissez une raison." in plain(refused)
    assert "Mes mots à moi" in plain(refused)
    assert "Dites en quelques mots" in plain(silent)


def test_a_public_post_is_reported_without_account_with_name_mail_and_good_faith(city: City) -> None:
    here = city.quartier("Clignancourt")
    post = write(city, city.resident(here), here, scope="public", everywhere="1")
    stranger = city.browser()

    for field, sentence in (
        ("name", "Écrivez votre nom."),
        ("email", "Vérifiez l’adresse e-mail"),
        ("good_faith", "de bonne foi"),
        ("text", "Dites en quelques mots"),
    ):
        fields = {name: value for name, value in STRANGER.items() if name != field}
        refused = city.post(stranger, f"/p/{post}/signaler", **fields)
        assert refused.status_code == 422
        assert sentence in plain(refused)
        assert kept() == 0

    assert city.get(stranger, f"/p/{post}/signaler").status_code == 200
    assert city.post(stranger, f"/p/{post}/signaler", **STRANGER).status_code == 303
    assert kept() == 1


def test_abuse_of_a_child_is_reported_without_name(city: City) -> None:
    here = city.quartier("Clignancourt")
    post = write(city, city.resident(here), here, scope="public", everywhere="1")

    sent = city.post(city.browser(), f"/p/{post}/signaler", reason="child", good_faith="1")

    assert sent.status_code == 303
    assert kept() == 1


def test_name_and_mail_of_a_stranger_lie_sealed(city: City) -> None:
    here = city.quartier("Clignancourt")
    post = write(city, city.resident(here), here, scope="public", everywhere="1")
    city.post(city.browser(), f"/p/{post}/signaler", **STRANGER)

    db.session.rollback()
    raw = db.session.execute(text("SELECT name, email FROM report")).one()
    row = db.session.scalars(select(Report)).one()

    assert "Renée" not in raw.name and "renee" not in raw.email
    assert (row.name, row.email) == ("Renée Passante", "renee@example.org")


def test_a_name_typed_by_somebody_with_an_account_is_not_kept(case: Case) -> None:
    odile = case.city.resident(case.here)
    case.report(odile, **STRANGER)

    db.session.rollback()
    row = db.session.scalars(select(Report).where(Report.reporter_id == odile.account_id)).one()
    assert row.name is None and row.email is None


@pytest.mark.usefixtures("limits")
def test_five_reports_in_half_an_hour_then_a_pause_with_the_words_kept(city: City, clock) -> None:  # type: ignore[no-untyped-def]
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    posts = [write(city, salma, here, scope="public", everywhere="1") for _number in range(6)]
    stranger = city.browser()

    for post in posts[:5]:
        assert city.post(stranger, f"/p/{post}/signaler", **STRANGER).status_code == 303
    refused = city.post(stranger, f"/p/{posts[5]}/signaler", **STRANGER)

    assert refused.status_code == 429
    assert "Revenez à" in plain(refused)
    assert "deuxième ligne" in plain(refused)
    assert kept() == 5

    clock.forward(minutes=31)
    assert city.post(stranger, f"/p/{posts[5]}/signaler", **STRANGER).status_code == 303


def test_a_stranger_is_told_by_mail_that_it_came_and_what_was_decided(case: Case, mails: Mailbox) -> None:
    city, public = case.city, write(case.city, case.salma, case.here, title="À vendre", scope="public", everywhere="1")
    city.post(city.browser(), f"/p/{public}/signaler", **STRANGER)

    received = mails.words("renee@example.org")
    assert "va le lire" in received
    assert f"/p/{public}" in received

    number = db.session.scalar(select(func.max(Report.id)))
    city.post(
        case.odile.browser, f"/moderation/{number}", measure="removed", own_clause="Règle 6", reason="Une arnaque."
    )
    answered = mails.words("renee@example.org")

    assert "Le message est retiré." in answered
    assert "contester" in answered
    for mail in mails.to("renee@example.org"):
        assert "À vendre" not in mail.as_string()
        assert "Renée" not in mail.as_string()
        assert "Une arnaque" not in mail.as_string()


def test_a_report_has_an_answer_when_the_author_deletes_the_post(case: Case) -> None:
    case.city.post(case.salma.browser, f"/p/{case.post}/supprimer")
    told = case.told(case.bruno)

    assert "Votre signalement a reçu une réponse." in told
    assert "Son auteur a supprimé le message." in plain(case.city.get(case.bruno.browser, "/signalements/mes"))
    assert case.city.get(case.odile.browser, case.path).status_code == 404


def test_mes_donnees_tells_what_the_reader_reported_and_not_who_reported_them(case: Case) -> None:
    assert "Ligne deux." in plain(case.city.get(case.bruno.browser, "/mes-donnees"))
    assert "Ligne deux." not in plain(case.city.get(case.salma.browser, "/mes-donnees"))


def test_a_year_after_its_answer_a_report_is_gone(case: Case, clock) -> None:  # type: ignore[no-untyped-def]
    reply = answer(case.city, case.salma, case.post, "Encore un mot fâché")
    case.report(case.bruno, reply)
    case.decide(case.odile, "kept")

    clock.forward(days=364)
    service.forget_reports({})
    assert kept() == 2

    clock.forward(days=366)
    service.forget_reports({})
    assert kept() == 1  # the one that nobody answered waits


def test_moderators_of_the_quartier_hear_that_a_report_waits_and_neither_of_what_nor_from_whom(
    case: Case, mails: Mailbox
) -> None:
    elsewhere = case.city.visitor()
    case.city.give_role(elsewhere, "moderator", case.there)

    told = case.told(case.odile)

    assert "Un message est signalé à Clignancourt : quelqu’un doit le lire." in told
    assert 'href="/avis/' in told
    letter = mails.words(f"{case.odile.handle}@example.org")
    assert "Un message est signalé à Clignancourt" in letter
    for words in (told, letter):
        for word in ("Un mot fâché", "Ligne deux", "Salma", "Bruno"):
            assert word not in words
    for other in (elsewhere, case.salma, case.bruno, case.admin()):
        assert "est signalé" not in case.told(other)


def test_a_moderator_who_is_part_of_the_case_is_not_told(case: Case) -> None:
    lucile = case.city.resident(case.here)
    for party in (case.salma, case.bruno, lucile):
        case.city.give_role(party, "moderator", case.here)
    case.city.post(case.bruno.browser, f"/u/{lucile.handle}/bloquer")

    for party in (case.salma, case.bruno, lucile):
        assert "est signalé" not in case.told(party)
    assert "est signalé" in case.told(case.odile)


def test_a_second_report_of_what_already_waits_is_no_second_notice_and_one_after_the_answer_is(case: Case) -> None:
    case.report(case.city.resident(case.here))
    assert case.told(case.odile).count("est signalé") == 1

    case.decide(case.odile, "kept")
    case.report(case.city.resident(case.here))

    assert case.told(case.odile).count("est signalé") == 2


def test_mails_about_reports_can_be_switched_off_by_who_moderates_and_others_see_no_switch(
    case: Case, mails: Mailbox
) -> None:
    page = plain(case.city.get(case.odile.browser, "/avis/reglages"))
    assert "Un message est signalé là où je modère" in page
    assert "là où je modère" not in plain(case.city.get(case.salma.browser, "/avis/reglages"))
    case.city.work()
    before = len(mails.to(f"{case.odile.handle}@example.org"))

    case.city.post(case.odile.browser, "/avis/reglages", **{"page-case": "1"})
    case.report(case.bruno, write(case.city, case.salma, case.here, title="Un autre mot"))

    assert case.told(case.odile).count("est signalé") == 2
    assert len(mails.to(f"{case.odile.handle}@example.org")) == before
