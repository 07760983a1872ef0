"""The work of admins: numbers, people, places, jobs, pages. For everybody else these pages are not there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from instance.accounts.models import Account, JournalLine
from instance.admin import people, service
from instance.core import clock as clocks
from instance.core import jobs
from instance.core.db import commit, db
from instance.core.jobs import Job
from instance.legal import service as legal
from instance.quartiers import roles
from instance.quartiers.models import Quartier, QuartierPair, VerifiedDay
from tests.city import PASSWORD, City, Someone
from tests.instance.accounts.conftest import Mailbox, mails, plain
from tests.instance.posts.writing import write

__all__ = ["mails"]


def number(sql: str, **values: object) -> int:
    db.session.rollback()
    return int(db.session.execute(text(sql), values).scalar_one())


def journal(someone: Someone) -> list[tuple[str, str, int | None]]:
    db.session.rollback()
    lines = db.session.query(JournalLine).filter_by(account_id=someone.account_id).order_by(JournalLine.id)
    return [(line.act, line.detail.get("role") or line.detail.get("reason", ""), line.by_id) for line in lines]


def test_all_others_get_the_page_of_an_absent_address(city: City) -> None:
    here = city.quartier("Clignancourt")
    salma = city.resident(here)
    helpers = [salma, city.visitor()]
    for role in ("verifier", "moderator", "referent"):
        helper = city.visitor()
        city.give_role(helper, role, here)
        helpers.append(helper)
    paths = [
        "/admin", "/admin/habitants", f"/admin/habitants/{salma.handle}", "/admin/quartiers",
        f"/admin/quartiers/{here}", f"/admin/quartiers/{here}/roles", "/admin/taches", "/admin/pages",
        "/admin/pages/regles/fr",
    ]  # fmt: skip
    posts = [
        "/admin/objectif", f"/admin/habitants/{salma.handle}/suspendre", f"/admin/habitants/{salma.handle}/rouvrir",
        f"/admin/habitants/{salma.handle}/roles", f"/admin/habitants/{salma.handle}/roles/retirer",
        f"/admin/quartiers/{here}/ouvrir", f"/admin/quartiers/{here}/voisins", "/admin/taches/reprendre",
        f"/admin/quartiers/{here}/voisins/retirer", f"/admin/quartiers/{here}/roles", "/admin/pages/regles/fr",
        f"/admin/quartiers/{here}/roles/retirer",
    ]  # fmt: skip

    for browser in (*(helper.browser for helper in helpers), city.browser()):
        absent = city.get(browser, "/admin/rien-de-tel")
        for path in paths:
            answer = city.get(browser, path)
            assert answer.status_code == 404, path
            assert plain(answer) == plain(absent)
        for path in posts:
            assert city.post(browser, path, reason="x", role="admin", text="x").status_code == 404, path
    assert journal(salma) == []
    admin = city.admin()
    for path in paths:
        assert city.get(admin.browser, path).status_code == 200, path


def test_the_figures_equal_the_counts_of_the_rows(city: City, clock) -> None:  # type: ignore[no-untyped-def]
    here, pilot = city.quartier("Clignancourt"), city.quartier("Gare", state="pilot")
    for place in (here, here, here, pilot):
        city.resident(place)
    left = city.resident(here)
    city.move_away(left)
    asleep, suspended = city.visitor(), city.visitor()
    admin = city.admin()
    clock.forward(days=40)
    for someone in (admin, suspended):
        city.log_in(someone)
    city.post(admin.browser, f"/admin/habitants/{suspended.handle}/suspendre", reason="Arnaque")
    today = clocks.day_of(clocks.now(), city.settings.timezone)

    shown = service.figures(today)

    assert shown.joined == number("SELECT count(*) FROM account") == 8
    assert shown.verified == number("SELECT count(*) FROM membership") == 4
    since = today - timedelta(days=29)
    counted = "SELECT count(*) FROM account WHERE state = 'active' AND active_on >= :since"
    assert shown.active == number(counted, since=since.isoformat() if city.settings.is_sqlite else since) == 1
    assert (shown.quartiers, shown.open_quartiers) == (2, 1)
    page = plain(city.get(admin.browser, "/admin"))
    for word, value in (("Inscrits", 8), ("Vérifiés", 4), ("Actifs, 30 jours", 1)):
        assert f"<dt>{word}</dt><dd>{value}</dd>" in page
    assert asleep.handle not in page


def test_an_account_is_active_on_the_thirtieth_day_and_not_on_the_next(city: City) -> None:
    salma = city.visitor()
    used = clocks.day_of(clocks.now(), city.settings.timezone)

    assert salma.account_id
    assert service.figures(used + timedelta(days=29)).active == 1
    assert service.figures(used + timedelta(days=30)).active == 0


def test_a_target_is_kept_shown_and_taken_away(city: City) -> None:
    admin = city.admin()
    city.resident(city.quartier("Clignancourt"))

    city.post(admin.browser, "/admin/objectif", residents="1 500", by_day="2027-03-31")
    page = plain(city.get(admin.browser, "/admin"))

    assert "Objectif : 1500 habitants" in page
    assert 'max="1500" value="1"' in page
    for typed, sentence in (("beaucoup", "Écrivez un nombre entier"), ("0", "Écrivez un nombre entier")):
        refused = city.post(admin.browser, "/admin/objectif", residents=typed, by_day="")
        assert refused.status_code == 422
        assert sentence in plain(refused) and f'value="{typed}"' in plain(refused)
    assert city.post(admin.browser, "/admin/objectif", residents="5", by_day="demain").status_code == 422

    city.post(admin.browser, "/admin/objectif", residents="", by_day="")
    assert "Objectif :" not in plain(city.get(admin.browser, "/admin"))


def test_the_curve_equals_the_verified_per_day(city: City, clock) -> None:  # type: ignore[no-untyped-def]
    here, there = city.quartier("Clignancourt"), city.quartier("Gare")
    first = clocks.day_of(clocks.now(), city.settings.timezone)
    for _number in range(3):
        city.resident(here)
    clock.forward(days=2)
    city.resident(here)
    city.resident(there)
    last = clocks.day_of(clocks.now(), city.settings.timezone)

    curve, whole = service.growth(city.quartier_id(here), last), service.growth(None, last)

    assert [(one.day, one.number, one.total) for one in curve.days] == [(first, 3, 3), (last, 1, 4)]
    assert [one.number for one in whole.days] == [3, 2]
    assert curve.points.startswith("0.0,240.0 0.0,240.0 0.0,60.0")
    assert curve.points.endswith("720.0,0.0")
    rows = db.session.query(VerifiedDay).filter_by(quartier_id=city.quartier_id(here)).all()
    assert sum(row.number for row in rows) == curve.total


def test_the_curve_is_for_residents_of_the_quartier_and_admins(city: City) -> None:
    here, there = city.quartier("Clignancourt"), city.quartier("Gare")
    salma, odile = city.resident(here), city.resident(there)

    assert "1 habitant vérifié en tout" in plain(city.get(salma.browser, f"/q/{here}/croissance"))
    assert city.get(city.admin().browser, f"/q/{here}/croissance").status_code == 200
    for browser in (odile.browser, city.browser()):
        hidden, absent = city.get(browser, f"/q/{here}/croissance"), city.get(browser, "/q/nulle-part/croissance")
        assert hidden.status_code == 404
        assert plain(hidden) == plain(absent)


def test_a_quartier_sees_who_holds_which_role_and_others_do_not(city: City) -> None:
    here, there = city.quartier("Clignancourt"), city.quartier("Gare")
    salma, odile = city.resident(here), city.resident(there)
    referent = city.resident(here, "paulette", name="Paulette Ricard")
    city.give_role(referent, "referent", here)

    assert "Paulette R. · référent" in plain(city.get(salma.browser, f"/q/{here}/roles"))
    for browser in (odile.browser, city.admin().browser, city.browser()):
        assert city.get(browser, f"/q/{here}/roles").status_code == 404


def test_residents_are_found_by_handle_or_shown_name_and_by_nothing_else(city: City) -> None:
    admin = city.admin()
    city.resident(city.quartier("Clignancourt"), "salma", name="Salma Berger", address="12 rue Letort")

    def found(words: str) -> bool:
        return 'href="/admin/habitants/salma"' in plain(city.get(admin.browser, f"/admin/habitants?q={words}"))

    assert found("salma") and found("@salma") and found("alm") and found("Salma B.") and found("SALMA")
    assert not found("Berger")
    assert not found("salma@example.org")
    assert not found("Letort")
    assert not found("%25") and not found("_")
    for page in ("/admin/habitants?q=salma", "/admin/habitants/salma"):
        shown = plain(city.get(admin.browser, page))
        assert "Berger" not in shown and "Letort" not in shown and "example.org" not in shown


def test_long_lists_go_on(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE", 2)
    admin = city.admin("anna")
    for handle in ("bea", "carl", "dora"):
        city.visitor(handle)

    first, second = (plain(city.get(admin.browser, f"/admin/habitants{more}")) for more in ("", "?apres=bea"))

    assert "@bea" in first and "@carl" not in first and "apres=bea" in first
    assert "@carl" in second and "@dora" in second and "apres=" not in second


def test_a_suspended_account_is_out_at_once_and_told_why_and_comes_back(city: City, mails: Mailbox) -> None:
    here, admin = city.quartier("Clignancourt"), city.admin()
    salma = city.resident(here)
    path = f"/admin/habitants/{salma.handle}"
    assert city.get(salma.browser, f"/q/{here}").status_code == 200

    refused = city.post(admin.browser, f"{path}/suspendre", reason="")
    assert refused.status_code == 422
    assert "Écrivez la raison" in plain(refused)
    assert city.post(admin.browser, f"{path}/suspendre", reason="Trois arnaques").status_code == 303

    assert not city.reads_wall(salma, here)
    assert city.post(salma.browser, "/connexion", login=salma.handle, password=PASSWORD).status_code != 303
    words = mails.words(f"{salma.handle}@example.org")
    assert "Trois arnaques" in words and "/contact" in words
    assert city.post(admin.browser, f"{path}/roles", role="referent", quartier=here).status_code == 422

    city.post(admin.browser, f"{path}/rouvrir", reason="Malentendu")
    assert city.get(salma.browser, "/reglages").status_code == 303  # the old session stays ended
    city.log_in(salma)

    assert [line for line in journal(salma) if line[0] != "role_given"] == [
        ("suspended", "Trois arnaques", admin.account_id),
        ("reactivated", "Malentendu", admin.account_id),
    ]
    told = plain(city.get(salma.browser, "/mes-donnees"))
    assert "Trois arnaques" in told and "Malentendu" in told


def test_no_admin_locks_the_house_from_inside(city: City) -> None:
    admin, other = city.admin(), city.admin("admin_max")

    for someone in (admin, other):
        refused = city.post(admin.browser, f"/admin/habitants/{someone.handle}/suspendre", reason="Non")
        assert refused.status_code == 422
    city.post(admin.browser, f"/admin/habitants/{other.handle}/roles/retirer", role="admin", quartier="")
    last = city.post(admin.browser, f"/admin/habitants/{admin.handle}/roles/retirer", role="admin", quartier="")

    assert last.status_code == 422
    assert "au moins un administrateur" in plain(last)
    assert city.get(other.browser, "/admin").status_code == 404
    assert city.get(admin.browser, "/admin").status_code == 200


def test_roles_are_given_and_taken_with_a_line_for_the_person(city: City) -> None:
    here, admin = city.quartier("Clignancourt"), city.admin()
    salma = city.resident(here)

    given = city.post(admin.browser, f"/admin/quartiers/{here}/roles", handle=f"@{salma.handle}", role="referent")
    city.post(admin.browser, f"/admin/habitants/{salma.handle}/roles", role="verifier", quartier="")

    assert given.status_code == 303
    assert roles.has(salma.account_id, "referent", city.quartier_id(here))
    assert roles.has(salma.account_id, "verifier")
    city.post(admin.browser, f"/admin/quartiers/{here}/roles/retirer", handle=salma.handle, role="referent")
    assert journal(salma) == [
        ("role_given", "referent", admin.account_id),
        ("role_given", "verifier", admin.account_id),
        ("role_taken", "referent", admin.account_id),
    ]
    db.session.rollback()
    assert not roles.has(salma.account_id, "referent", city.quartier_id(here))


def test_a_role_that_cannot_be_given_is_refused_in_place(city: City) -> None:
    here, admin = city.quartier("Clignancourt"), city.admin()
    weak = city.resident(here, level="simple")
    path = f"/admin/quartiers/{here}/roles"

    nobody = city.post(admin.browser, path, handle="personne", role="referent")
    simple = city.post(admin.browser, path, handle=weak.handle, role="moderator")
    everywhere = city.post(admin.browser, f"/admin/habitants/{weak.handle}/roles", role="moderator", quartier="")

    assert nobody.status_code == 422 and "Personne n’a cet identifiant" in plain(nobody) and "personne" in plain(nobody)
    assert simple.status_code == 403 and "adresse prouvée" in plain(simple)
    assert everywhere.status_code == 422 and "Choisissez le quartier" in plain(everywhere)
    assert city.post(admin.browser, path, handle=weak.handle, role="roi").status_code == 422


def test_a_pilot_is_opened_by_hand_with_a_reason_that_stays(city: City) -> None:
    admin, pilot = city.admin(), city.quartier("Gare", state="pilot")
    path = f"/admin/quartiers/{pilot}"

    refused = city.post(admin.browser, f"{path}/ouvrir", reason=" ")
    assert refused.status_code == 422 and "Écrivez la raison" in plain(refused)
    assert city.post(admin.browser, f"{path}/ouvrir", reason="Fête de quartier samedi").status_code == 303

    db.session.rollback()
    assert db.session.query(Quartier).one().state == "open"
    assert "Fête de quartier samedi" in plain(city.get(admin.browser, path))
    assert city.post(admin.browser, f"{path}/ouvrir", reason="Encore").status_code == 422


def test_neighbours_are_made_and_parted_by_hand(city: City) -> None:
    admin, here, there = city.admin(), city.quartier("Clignancourt"), city.quartier("Gare")
    salma, odile = city.resident(here), city.resident(there)
    path = f"/admin/quartiers/{here}/voisins"

    assert city.post(admin.browser, path, other=there).status_code == 303
    post = write(city, salma, here, scope="neighbours")
    assert city.get(odile.browser, f"/p/{post}").status_code == 200
    assert city.post(admin.browser, path, other=there).status_code == 422
    assert city.post(admin.browser, path, other=here).status_code == 422
    assert city.post(admin.browser, path, other="nulle-part").status_code == 404

    assert city.post(admin.browser, f"{path}/retirer", other=there).status_code == 303
    assert city.get(odile.browser, f"/p/{post}").status_code == 200  # readers of what was sent stay
    db.session.rollback()
    assert db.session.query(QuartierPair).one().origin == "removed"
    assert "Aucun." in plain(city.get(admin.browser, f"/admin/quartiers/{here}"))
    assert city.post(admin.browser, path, other=there).status_code == 303
    db.session.rollback()
    assert db.session.query(QuartierPair).one().origin == "added"


def test_the_list_of_quartiers_tells_states_and_numbers(city: City) -> None:
    here, there = city.quartier("Clignancourt"), city.quartier("Gare", state="pilot")
    city.adjoin(here, there)
    city.resident(here, address="a"), city.resident(here, address="a"), city.resident(here, address="b")

    page = plain(city.get(city.admin().browser, "/admin/quartiers"))

    assert 'data-label="Habitants">3<' in page
    assert 'data-label="Leurs adresses">2<' in page
    assert "pilote" in page and "ouvert" in page
    assert 'data-label="Voisins">Q2<' in page


def test_a_job_that_failed_is_shown_with_its_reason_and_tried_again(city: City) -> None:
    admin = city.admin()
    city.work()
    with commit():
        jobs.put("forget_done", {})
        jobs.put("forget_traces", {})
        for job in db.session.query(Job).filter(Job.state == "pending"):
            job.state, job.attempts, job.last_error = "failed", 12, "SMTPError: salma@example.org refused"

    page = plain(city.get(admin.browser, "/admin/taches"))
    assert "<dt>Échouées</dt><dd>2</dd>" in page
    assert "refused" in page and "12 essais" in page
    assert "salma@example.org" not in page

    one = page.split('name="job" value="')[1].split('"')[0]
    city.post(admin.browser, "/admin/taches/reprendre", job=one)
    assert jobs.counts()["failed"] == 1
    city.post(admin.browser, "/admin/taches/reprendre")
    assert jobs.counts()["failed"] == 0
    city.work()
    assert db.session.query(Job).filter(Job.state != "done").count() == 0


def test_a_page_of_the_association_is_written_from_its_model_into_a_new_version(city: City) -> None:
    admin = city.admin()
    path = "/admin/pages/contact/fr"

    offered = plain(city.get(admin.browser, path))
    model = plain(city.get(admin.browser, f"{path}?modele=1"))
    assert "Partir du modèle" in offered
    assert "[à remplir :" in model and "[à remplir :" not in offered

    city.post(admin.browser, path, text=legal.model("contact", "fr"))
    assert "blancs à remplir" in plain(city.get(admin.browser, "/admin/pages"))
    city.post(admin.browser, path, text="Écrivez-nous le mardi.")

    assert "Écrivez-nous le mardi." in plain(city.get(city.browser(), "/contact"))
    assert "[à remplir" in plain(city.get(city.browser(), "/contact/versions/1"))
    too_long = city.post(admin.browser, path, text="mot " * 20_000)
    assert too_long.status_code == 422 and "Raccourcissez" in plain(too_long)
    assert city.get(admin.browser, "/admin/pages/contact/xx").status_code == 404
    assert city.post(admin.browser, "/admin/pages/autre/fr", text="x").status_code == 404


def test_the_landing_page_of_work_leads_where_the_roles_lead(city: City) -> None:
    here = city.quartier("Clignancourt")
    expected = {
        "verifier": {"/guichet", "/courriers"},
        "moderator": {"/moderation", "/contestations"},
        "admin": {"/guichet", "/courriers", "/contestations", "/admin"},
        "referent": set(),
    }
    links = set().union(*expected.values())
    for role, mine in expected.items():
        helper = city.visitor()
        city.give_role(helper, role, None if role == "admin" else here)
        page = city.get(helper.browser, "/travail")
        assert page.status_code == 200
        assert {link for link in links if f'href="{link}"' in plain(page)} == mine, role
    assert city.get(city.resident(here).browser, "/travail").status_code == 404
    assert city.get(city.browser(), "/travail").status_code == 404


def test_an_admin_hears_of_reports_that_nobody_can_decide(city: City) -> None:
    here, admin = city.quartier("Clignancourt"), city.admin()
    salma, bruno = city.resident(here), city.resident(here)
    post = write(city, salma, here, title="Un mot fâché")
    city.post(bruno.browser, f"/p/{post}/signaler", reason="insult")

    page = plain(city.get(admin.browser, "/admin"))
    assert "1 message signalé attend" in page
    assert "Un mot fâché" not in page

    judge = city.visitor()
    city.give_role(judge, "moderator", here)
    page = plain(city.get(admin.browser, "/admin"))
    assert "1 message signalé attend" not in page
    assert "<dt>Messages signalés à décider</dt><dd>1</dd>" in page


def test_an_admin_sees_no_wall(city: City) -> None:
    here, admin = city.quartier("Clignancourt"), city.admin()
    post = write(city, city.resident(here), here)

    for path in (f"/p/{post}", f"/p/{post}/signaler", f"/q/{here}/roles"):
        assert city.get(admin.browser, path).status_code == 404
    assert not city.reads_wall(admin, here)
    assert city.get(admin.browser, f"/q/{here}").text.count(str(post)) == 0


def test_a_form_without_its_protection_changes_nothing(city: City, app, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    admin, salma = city.admin(), city.visitor()
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert city.post(admin.browser, f"/admin/habitants/{salma.handle}/suspendre", reason="x").status_code == 400
    assert db.session.get_one(Account, salma.account_id).state == "active"
