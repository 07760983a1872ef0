"""Deciding, being told why, contesting, giving back."""

from __future__ import annotations

import pytest
from flask import Flask

from instance.core.db import commit, db
from instance.legal import service as legal
from instance.posts.models import Post, WallEntry
from tests.city import PASSWORD
from tests.instance.accounts.conftest import plain
from tests.instance.moderation.conftest import Case, Mailbox
from tests.instance.posts.writing import answer


def decision(case: Case) -> str:
    return f"/decisions/{case.measure().id}"


def test_a_post_that_is_left_stays_and_who_reported_reads_why(case: Case) -> None:
    assert case.decide(case.odile, "kept", reason="Un ton vif, pas une insulte.").status_code == 303

    assert case.city.get(case.bruno.browser, f"/p/{case.post}").status_code == 200
    assert "Votre signalement a reçu une réponse." in case.told(case.bruno)
    assert "Un ton vif, pas une insulte." in plain(case.city.get(case.bruno.browser, "/signalements/mes"))
    assert "La modération a pris une décision" not in case.told(case.salma)
    assert "Rien à décider" in plain(case.city.get(case.odile.browser, "/moderation"))
    assert case.city.get(case.odile.browser, case.path).status_code == 404


@pytest.mark.parametrize(("measure", "word"), [("hidden", "message masqué"), ("removed", "message retiré")])
def test_a_measure_takes_the_post_off_the_wall_and_tells_its_author_everything(
    case: Case, measure: str, word: str
) -> None:
    assert "Un mot fâché" in plain(case.city.get(case.bruno.browser, f"/q/{case.here}"))

    assert case.decide(case.odile, measure).status_code == 303

    assert case.city.get(case.bruno.browser, f"/p/{case.post}").status_code == 404
    assert "Un mot fâché" not in plain(case.city.get(case.bruno.browser, f"/q/{case.here}"))
    assert db.session.get_one(Post, case.post).version == 2  # no kept card shows it as it was
    assert case.city.get(case.salma.browser, f"/p/{case.post}").status_code == 200
    assert "La modération a pris une décision" in case.told(case.salma)
    page = plain(case.city.get(case.salma.browser, decision(case)))
    for said in (
        word,
        "Règle 2",
        "Une insulte, ligne deux.",
        "sans limite de durée",
        "sans moyen automatique",
        "/contact",
    ):
        assert said in page
    assert "Bruno" not in page
    assert "Contester cette décision" in page
    assert "Une insulte, ligne deux." in plain(case.city.get(case.salma.browser, "/mes-donnees"))


def test_the_mail_about_a_measure_holds_no_word_of_the_post(case: Case, mails: Mailbox) -> None:
    case.decide(case.odile)

    words = mails.to(f"{case.salma.handle}@example.org")[-1].as_string()

    assert "/avis/" in words
    assert "mot fâché" not in words
    assert "insulte" not in words


def test_only_the_author_reads_the_decision(case: Case) -> None:
    case.decide(case.odile)
    path = decision(case)

    for other in (case.bruno, case.odile, case.admin()):
        hidden, absent = case.city.get(other.browser, path), case.city.get(other.browser, "/decisions/1")
        assert hidden.status_code == absent.status_code == 404
        assert plain(hidden) == plain(absent)
    assert case.city.post(case.bruno.browser, f"{path}/contester", plea="Moi").status_code == 404


def test_a_decision_needs_a_choice_a_clause_and_a_reason_and_keeps_what_was_typed(case: Case) -> None:
    for fields, sentence in (
        ({"measure": ""}, "Choisissez ce que devient le message."),
        ({"own_clause": ""}, "Citez la règle ou la loi."),
        ({"reason": " "}, "Écrivez quelques mots"),
        ({"days": "3"}, "Choisissez une durée."),
    ):
        refused = case.decide(case.odile, **({"measure": "hidden", "own_clause": "Article sept"} | fields))

        assert refused.status_code == 422
        assert sentence in plain(refused)
        if "own_clause" not in fields:
            assert "Article sept" in plain(refused)
    assert case.verdict() == "visible"


def test_a_rule_is_cited_with_the_version_it_stood_in(case: Case) -> None:
    with commit():
        legal.write("regles", "fr", "### 2. On parle d’un fait\n\nPas d’insulte.")
    assert "2. On parle d’un fait" in plain(case.city.get(case.odile.browser, case.path))

    case.decide(case.odile, clause="2. On parle d’un fait", own_clause="")
    with commit():
        legal.write("regles", "fr", "### 2. Tout autre chose\n\nBonjour.")

    assert "version 1 : 2. On parle d’un fait" in plain(case.city.get(case.salma.browser, decision(case)))


def test_one_decision_answers_everybody_who_reported_and_is_taken_once(case: Case) -> None:
    karim, other = case.city.resident(case.here), case.moderator()
    case.report(karim)
    assert "2 signalements" in plain(case.city.get(case.odile.browser, "/moderation"))

    case.decide(case.odile, "kept")

    for someone in (case.bruno, karim):
        assert "Le message reste en place." in plain(case.city.get(someone.browser, "/signalements/mes"))
    assert case.decide(other, "removed").status_code == 404
    assert case.verdict() == "visible"


def test_two_moderators_at_once_decide_once(case: Case) -> None:
    other = case.moderator()
    case.decide(case.odile, "hidden")

    late = case.decide(other, "removed")

    assert late.status_code == 422
    assert "Quelqu’un vient de décider." in plain(late)
    assert case.verdict() == "hidden"


def test_a_hidden_reply_no_longer_lifts_its_thread(case: Case) -> None:
    reply = answer(case.city, case.salma, case.post, "Pire encore")
    case.decide(case.odile, "kept")
    case.report(case.bruno, reply)
    number = plain(case.city.get(case.odile.browser, "/moderation")).split('href="/moderation/')[1].split('"')[0]
    case.city.post(
        case.odile.browser, f"/moderation/{number}", measure="hidden", own_clause="Règle 2", reason="Insulte."
    )

    db.session.rollback()
    assert db.session.query(WallEntry).one().last_id == case.post
    assert "Pire encore" not in plain(case.city.get(case.bruno.browser, f"/p/{case.post}"))

    case.city.post(case.moderator().browser, f"/moderation/{number}/rendre", lift_reason="Une blague.")

    db.session.rollback()
    assert db.session.query(WallEntry).one().last_id == reply
    assert "Pire encore" in plain(case.city.get(case.bruno.browser, f"/p/{case.post}"))


def test_a_hidden_post_cannot_be_changed_to_slip_back(case: Case) -> None:
    case.decide(case.odile)

    refused = case.city.post(case.salma.browser, f"/p/{case.post}/modifier", title="Tout doux", text="")

    assert refused.status_code == 403
    assert case.city.get(case.bruno.browser, f"/p/{case.post}").status_code == 404


def test_a_post_hidden_for_some_days_comes_back_by_itself(case: Case, clock) -> None:  # type: ignore[no-untyped-def]
    case.decide(case.odile, days="7")

    clock.forward(days=6)
    case.city.work()
    assert case.verdict() == "hidden"

    clock.forward(days=1, minutes=1)
    case.city.work()
    assert case.verdict() == "visible"
    assert "Cette mesure est finie." in plain(case.city.get(case.salma.browser, decision(case)))


def test_removal_has_no_end(case: Case) -> None:
    case.decide(case.odile, "removed", days="7")

    assert case.measure().until_at is None


def test_another_moderator_gives_a_post_back_but_not_the_one_who_decided(case: Case) -> None:
    other = case.moderator()
    case.decide(case.odile)

    own = case.city.post(case.odile.browser, f"{case.path}/rendre", lift_reason="Finalement")
    assert own.status_code == 404
    assert case.verdict() == "hidden"
    assert "message masqué" in plain(case.city.get(other.browser, "/moderation"))
    assert case.city.post(other.browser, f"{case.path}/rendre", lift_reason="").status_code == 422

    lifted = case.city.post(other.browser, f"{case.path}/rendre", lift_reason="Ce n’était pas une insulte.")

    assert lifted.status_code == 303
    assert case.city.get(case.bruno.browser, f"/p/{case.post}").status_code == 200
    page = plain(case.city.get(case.salma.browser, decision(case)))
    assert "Ce n’était pas une insulte." in page
    assert "Cette mesure est finie." in page
    assert case.told(case.salma).count("La modération a pris une décision") == 2


def contested(case: Case) -> str:
    """The path of the appeal, as another moderator finds it."""
    case.decide(case.odile)
    sent = case.city.post(case.salma.browser, f"{decision(case)}/contester", plea="C’était une citation.")
    assert sent.status_code == 303
    page = plain(case.city.get(case.moderator().browser, "/contestations"))
    return "/contestations/" + page.split('href="/contestations/')[1].split('"')[0]


def test_an_appeal_is_read_by_another_person_never_by_who_decided(case: Case) -> None:
    path, other = contested(case), case.moderator()

    assert case.city.get(case.odile.browser, path).status_code == 404
    assert case.city.get(case.bruno.browser, path).status_code == 404
    assert path not in plain(case.city.get(case.odile.browser, "/contestations"))
    page = plain(case.city.get(other.browser, path))
    assert "C’était une citation." in page and "Un mot fâché" in page
    assert case.journal(case.salma)[-1].by_id == other.account_id

    answered = case.city.post(other.browser, path, outcome="lifted", reason="Vous avez raison.")

    assert answered.status_code == 303
    assert case.verdict() == "visible"
    assert "Vous avez raison." in plain(case.city.get(case.salma.browser, decision(case)))
    assert case.city.get(other.browser, path).status_code == 404


def test_an_appeal_can_be_refused_with_a_reason_and_is_not_sent_twice(case: Case) -> None:
    path, other = contested(case), case.moderator()
    assert case.city.post(case.salma.browser, f"{decision(case)}/contester", plea="Encore").status_code == 422
    assert case.city.post(other.browser, path, outcome="", reason="Non").status_code == 422
    assert case.city.post(other.browser, path, outcome="upheld", reason="").status_code == 422

    case.city.post(other.browser, path, outcome="upheld", reason="L’insulte est là.")

    assert case.verdict() == "hidden"
    page = plain(case.city.get(case.salma.browser, decision(case)))
    assert "L’insulte est là." in page
    assert "Contester cette décision" not in page


def test_an_admin_may_read_an_appeal_with_the_post_but_not_the_thread_around_it(case: Case) -> None:
    answer(case.city, case.bruno, case.post, "Une réponse calme")
    admin, path = case.admin(), contested(case)

    page = case.city.get(admin.browser, path)

    assert page.status_code == 200
    assert "Un mot fâché" in plain(page)
    assert "Une réponse calme" not in plain(page)
    assert "Une réponse calme" in plain(case.city.get(case.moderator().browser, path))
    assert case.city.get(admin.browser, f"/p/{case.post}").status_code == 404
    assert case.city.get(admin.browser, "/moderation").status_code == 404
    assert {line.detail["acting"] for line in case.journal(case.salma)} == {"admin", "moderator"}


def test_words_of_a_closed_account_are_gone_and_the_decision_stays(case: Case) -> None:
    path, other = contested(case), case.moderator()

    case.city.post(case.salma.browser, "/mes-donnees/supprimer", password=PASSWORD)
    case.city.work()

    assert case.city.get(other.browser, path).status_code == 404
    measure = case.measure()
    assert (measure.measure, measure.account_id, measure.reason) == ("hidden", None, "")


def test_the_forms_are_protected_against_forgery(case: Case, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert case.decide(case.odile).status_code == 400
    assert case.verdict() == "visible"
    assert case.report(case.bruno).status_code == 400
