"""A role gives work, never sight: what a moderator sees, on which page, and who knows of it."""

from __future__ import annotations

from sqlalchemy import select

from instance.core.db import db
from instance.media.models import Media
from tests.city import City
from tests.instance.accounts.conftest import plain
from tests.instance.moderation.conftest import Album, Case
from tests.instance.posts.writing import answer, write


def test_a_moderator_who_lives_elsewhere_reads_the_post_on_the_case_page_and_nowhere_else(case: Case) -> None:
    odile = case.odile.browser

    assert "Un mot fâché" not in plain(case.city.get(odile, "/moderation"))
    seen = case.city.get(odile, case.path)

    assert seen.status_code == 200
    assert "Un mot fâché" in plain(seen)
    assert "Ligne deux." in plain(seen)
    assert "Un mot fâché" not in plain(case.city.get(odile, f"/q/{case.here}"))
    assert case.city.get(odile, f"/p/{case.post}").status_code == 404
    assert case.city.get(odile, f"/p/{case.post}/versions").status_code == 404
    assert case.city.get(odile, f"/p/{case.post}/signaler").status_code == 404


def test_the_case_page_does_not_name_who_reported(case: Case) -> None:
    page = plain(case.city.get(case.odile.browser, case.path))

    assert "Salma B." in page
    assert "bruno" not in page.lower()


def test_each_look_is_a_line_in_the_authors_journal_and_in_nobody_elses(case: Case) -> None:
    case.city.get(case.odile.browser, "/moderation")
    assert case.journal(case.salma) == []

    case.city.get(case.odile.browser, case.path)
    case.city.get(case.odile.browser, case.path)

    lines = case.journal(case.salma)
    assert [line.by_id for line in lines] == [case.odile.account_id] * 2
    assert case.journal(case.bruno) == []
    assert "a été lu pour la modération" in plain(case.city.get(case.salma.browser, "/mes-donnees"))


def test_nobody_else_opens_a_case(case: Case) -> None:
    elsewhere = case.city.visitor()
    case.city.give_role(elsewhere, "moderator", case.there)
    others = [case.salma, case.bruno, case.admin(), elsewhere, case.city.resident(case.here)]
    for role in ("verifier", "referent"):
        helper = case.city.visitor()
        case.city.give_role(helper, role, case.here)
        others.append(helper)

    for someone in others:
        answers = [case.city.get(someone.browser, case.path), case.decide(someone)]
        assert [one.status_code for one in answers] == [404, 404]
    assert case.city.get(case.city.browser(), case.path).status_code == 404
    assert case.verdict() == "visible"
    assert case.journal(case.salma) == []


def test_a_case_of_others_and_one_that_is_not_there_are_the_same_page(case: Case) -> None:
    elsewhere = case.city.visitor()
    case.city.give_role(elsewhere, "moderator", case.there)

    hidden, absent = case.city.get(elsewhere.browser, case.path), case.city.get(elsewhere.browser, "/moderation/1")

    assert plain(hidden) == plain(absent)
    assert dict(hidden.headers) == dict(absent.headers)
    assert "Clignancourt" not in plain(case.city.get(elsewhere.browser, "/moderation"))


def test_author_reporter_and_blocked_party_neither_see_nor_decide_although_they_moderate(case: Case) -> None:
    city = case.city
    karim, lucile = city.resident(case.here), city.resident(case.here)
    city.post(karim.browser, f"/u/{case.salma.handle}/bloquer")
    city.post(case.bruno.browser, f"/u/{lucile.handle}/bloquer")

    for party in (case.salma, case.bruno, karim, lucile):
        city.give_role(party, "moderator", case.here)

        assert "1 signalement" not in plain(city.get(party.browser, "/moderation"))
        assert city.get(party.browser, case.path).status_code == 404
        assert case.decide(party).status_code == 404
    assert "1 signalement" in plain(city.get(case.odile.browser, "/moderation"))


def test_who_reported_is_part_of_the_case_whoever_else_reported_it(case: Case) -> None:
    karim = case.city.resident(case.here, roles_here=("moderator",))
    assert case.city.get(karim.browser, case.path).status_code == 200

    case.report(karim)

    assert case.city.get(karim.browser, case.path).status_code == 404


def test_the_thread_around_is_what_the_quartier_itself_reads(case: Case) -> None:
    city, near = case.city, case.there
    city.adjoin(case.here, near)
    fatou, karim, judge = city.resident(near), city.resident(case.here), city.visitor()
    city.give_role(judge, "moderator", near)
    first = write(city, karim, case.here, title="La fête de la rue", scope="neighbours")
    answer(city, case.bruno, first, "Je viens avec des chaises", scope="neighbours")
    answer(city, case.bruno, first, "Entre nous de Clignancourt", scope="quartier")
    bad = answer(city, fatou, first, "Restez chez vous", scope="neighbours")
    case.report(case.bruno, bad)
    path = "/moderation/" + plain(city.get(judge.browser, "/moderation")).split('href="/moderation/')[1].split('"')[0]

    page = plain(city.get(judge.browser, path))

    assert "Restez chez vous" in page
    assert "La fête de la rue" in page
    assert "Je viens avec des chaises" in page
    assert "Entre nous de Clignancourt" not in page


def test_a_blocked_neighbours_words_are_left_out_of_the_thread_around(case: Case) -> None:
    city = case.city
    judge, karim = city.resident(case.here, roles_here=("moderator",)), city.resident(case.here)
    answer(city, karim, case.post, "Un mot de Karim")
    assert "Un mot de Karim" in plain(city.get(judge.browser, case.path))

    city.post(judge.browser, f"/u/{karim.handle}/bloquer")

    assert "Un mot de Karim" not in plain(city.get(judge.browser, case.path))


def test_pictures_are_shown_on_the_case_page_only_and_belong_to_the_look(city: City, album: Album) -> None:
    here, there = city.quartier("Clignancourt"), city.quartier("Goutte-d'Or")
    salma, bruno, odile = city.resident(here), city.resident(here), city.resident(there)
    city.give_role(odile, "moderator", here)
    post = album.publish(salma, here, album.upload(salma))
    case = Case(city, here, there, salma, bruno, odile, post)
    case.report(bruno)
    db.session.rollback()
    key = db.session.scalars(select(Media.key)).one()

    page = city.get(odile.browser, case.path)
    shown = city.get(odile.browser, f"{case.path}/photo/1")

    assert f"{case.path}/photo/1" in plain(page)
    assert key not in plain(page)
    assert shown.status_code == 200
    assert shown.mimetype == "image/webp"
    assert "no-store" in shown.headers["Cache-Control"]
    assert len(case.journal(salma)) == 1
    for size in ("large", "small"):
        assert city.get(odile.browser, f"/media/{key}/{size}").status_code == 404
    for number in (0, 2):
        assert city.get(odile.browser, f"{case.path}/photo/{number}").status_code == 404
    for other in (salma, bruno, case.admin()):
        assert city.get(other.browser, f"{case.path}/photo/1").status_code == 404
    assert city.get(city.browser(), f"{case.path}/photo/1").status_code == 404


def test_a_picture_fetched_without_its_page_is_a_look_of_its_own(city: City, album: Album) -> None:
    here = city.quartier("Clignancourt")
    salma, bruno, odile = city.resident(here), city.resident(here), city.visitor()
    city.give_role(odile, "moderator", here)
    case = Case(city, here, here, salma, bruno, odile, album.publish(salma, here, album.upload(salma)))
    case.report(bruno)

    city.get(odile.browser, f"{case.path}/photo/1")

    assert len(case.journal(salma)) == 1


def test_a_role_taken_away_ends_it_at_once(case: Case) -> None:
    admin = case.admin()
    case.city.post(
        admin.browser, f"/admin/quartiers/{case.here}/roles/retirer", role="moderator", handle=case.odile.handle
    )

    assert case.city.get(case.odile.browser, "/moderation").status_code == 404
    assert case.city.get(case.odile.browser, case.path).status_code == 404
