"""The second step of log-in: who is asked, what answers it, what opens without it, and how it is lost and found."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pyotp
import pytest
from sqlalchemy import func, select

from instance.accounts.models import Account, HalfLogin, LoginSession, Passkey, RecoveryCode, Totp
from instance.cli import main
from instance.core import clock as clockwork
from instance.core.db import commit, db
from instance.notifications.models import Notification
from tests.city import PASSWORD
from tests.instance.accounts.conftest import plain

PAGE, STEP = "/reglages/deuxieme-etape", "/connexion/deuxieme-etape"


def hidden(answer, name):
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', answer.get_data(as_text=True))[1])


def set_up(city, someone, **more):
    """Secret and recovery codes of an application that somebody sets up in the settings."""
    shown = city.post(someone.browser, f"{PAGE}/application", password=PASSWORD, **more)
    secret = re.search(r"secret=([A-Z2-7]{32})", shown.text)[1]
    done = city.post(
        someone.browser, f"{PAGE}/application/confirmer", setup=hidden(shown, "setup"), code=city.code(secret), **more
    )
    return secret, re.findall(r'<li class="copy">([^<]+)</li>', done.text), done


def half(city, someone, **more):
    """A browser that has given the right password."""
    browser = city.browser()
    answer = city.post(browser, "/connexion", login=someone.handle, password=PASSWORD, **more)
    assert answer.location.startswith(STEP), answer.location
    return browser


def is_in(city, browser):
    return city.get(browser, "/reglages").status_code == 200


class TestApplication:
    def test_it_is_set_up_by_password_secret_and_a_first_code_and_then_asked_for(self, city, clock):
        salma = city.visitor("salma")
        shown = city.post(salma.browser, f"{PAGE}/application", password=PASSWORD)
        secret = re.search(r"secret=([A-Z2-7]{32})", shown.text)[1]
        grouped = " ".join(secret[at : at + 4] for at in range(0, 32, 4))
        assert grouped in shown.text
        assert "<svg" in shown.text
        assert "style=" not in shown.text
        assert db.session.scalar(select(func.count()).select_from(Totp)) == 0  # nothing counts before a first code

        done = city.post(
            salma.browser, f"{PAGE}/application/confirmer", setup=hidden(shown, "setup"), code=city.code(secret)
        )

        assert len(set(re.findall(r'<li class="copy">([^<]+)</li>', done.text))) == 10
        assert secret not in db.session.execute(db.text("SELECT secret FROM totp")).scalar_one()
        clock.forward(minutes=1)
        browser = half(city, salma, next="/avis")
        assert not is_in(city, browser)
        answer = city.post(browser, STEP, code=city.code(secret), next="/avis")
        assert (answer.status_code, answer.location) == (303, "/avis")
        assert is_in(city, browser)

    @pytest.mark.parametrize("change", ["application", "cles", "codes", "application/retirer"])
    def test_no_change_without_the_password(self, city, change):
        salma = city.visitor("salma")
        set_up(city, salma)

        answer = city.post(salma.browser, f"{PAGE}/{change}", password="une autre phrase", name="clé", code="123456")

        assert answer.status_code == 422
        assert "mot de passe actuel" in plain(answer)
        assert db.session.get(Totp, salma.account_id) is not None

    def test_a_secret_shown_in_one_session_counts_in_no_other_and_not_for_long(self, city, clock):
        salma, bruno = city.visitor("salma"), city.visitor("bruno")
        shown = city.post(salma.browser, f"{PAGE}/application", password=PASSWORD)
        begun, secret = hidden(shown, "setup"), re.search(r"secret=([A-Z2-7]{32})", shown.text)[1]

        def confirmed(someone, setup):
            fields = {"setup": setup, "code": city.code(secret)}
            return city.post(someone.browser, f"{PAGE}/application/confirmer", **fields).status_code == 200

        assert not confirmed(bruno, begun)
        assert not confirmed(salma, "nothing")
        clock.forward(minutes=16)
        assert not confirmed(salma, begun)
        assert db.session.scalar(select(func.count()).select_from(Totp)) == 0

    def test_the_other_browsers_which_never_passed_it_are_logged_out(self, city):
        salma = city.visitor("salma")
        other = city.browser()
        city.post(other, "/connexion", login="salma", password=PASSWORD)

        set_up(city, salma)

        assert is_in(city, salma.browser)
        assert not is_in(city, other)

    def test_a_code_is_good_once_and_for_its_half_minute_and_the_ones_beside(self, city, clock):
        salma = city.visitor("salma")
        secret, *_rest = set_up(city, salma)
        used = city.code(secret)
        clock.forward(minutes=2)
        first, second = half(city, salma), half(city, salma)
        now = clockwork.now().timestamp()

        assert city.post(first, STEP, code=used).status_code == 422
        assert city.post(first, STEP, code=pyotp.TOTP(secret).at(now - 61)).status_code == 422
        assert city.post(first, STEP, code=pyotp.TOTP(secret).at(now - 30)).status_code == 303
        assert city.post(second, STEP, code=pyotp.TOTP(secret).at(now - 30)).status_code == 422
        assert city.post(second, STEP, code=f" {city.code(secret)[:3]} {city.code(secret)[3:]} ").status_code == 303

    def test_taken_away_it_is_asked_for_no_more_and_its_paper_codes_are_worth_nothing(self, city):
        salma = city.visitor("salma")
        set_up(city, salma)

        city.post(salma.browser, f"{PAGE}/application/retirer", password=PASSWORD)

        assert city.post(city.browser(), "/connexion", login="salma", password=PASSWORD).location == "/"
        assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == 0


class TestHalfWay:
    def test_the_way_between_password_and_code_is_ten_minutes_long_and_belongs_to_one_browser(self, city, clock):
        salma = city.visitor("salma")
        secret, *_rest = set_up(city, salma)
        clock.forward(minutes=1)
        browser, stranger = half(city, salma), city.browser()

        assert city.get(browser, STEP).status_code == 200
        assert city.post(stranger, STEP, code=city.code(secret)).location.startswith("/connexion?")
        clock.forward(minutes=11)
        assert city.get(browser, f"{STEP}?next=/avis").location == "/connexion?next=/avis"
        assert city.post(browser, STEP, code=city.code(secret)).location.startswith("/connexion?")
        assert not is_in(city, browser)

    def test_a_cookie_kept_from_the_half_way_opens_nothing_a_second_time(self, city, clock):
        salma = city.visitor("salma")
        secret, codes, _done = set_up(city, salma)
        clock.forward(minutes=1)
        browser = half(city, salma)
        kept = browser.get_cookie("ql_session").value
        assert city.post(browser, STEP, code=city.code(secret)).status_code == 303

        thief = city.browser()
        thief.set_cookie("ql_session", kept)

        assert city.post(thief, STEP, code=codes[0]).location.startswith("/connexion?")
        assert not is_in(city, thief)

    @pytest.mark.parametrize("how", ["suspended", "password"])
    def test_it_ends_with_the_account_and_with_its_password(self, city, clock, how):
        salma = city.visitor("salma")
        secret, *_rest = set_up(city, salma)
        clock.forward(minutes=1)
        browser = half(city, salma)
        if how == "suspended":
            with commit():
                db.session.get_one(Account, salma.account_id).state = "suspended"
        else:
            fields = {"old_password": PASSWORD, "password": "le pain est sur la planche"}
            city.post(salma.browser, "/reglages/mot-de-passe", **fields)

        assert city.post(browser, STEP, code=city.code(secret)).location.startswith("/connexion?")
        assert not is_in(city, browser)

    def test_ten_tries_an_hour_whatever_the_browser(self, city, clock, limits):
        salma = city.visitor("salma")
        secret, *_rest = set_up(city, salma)
        clock.forward(minutes=1)
        wrong = "000000" if city.code(secret) != "000000" else "111111"
        for _ in range(10):
            assert city.post(half(city, salma), STEP, code=wrong).status_code == 422

        stopped = city.post(browser := half(city, salma), STEP, code=city.code(secret))

        assert stopped.status_code == 429
        assert int(stopped.headers["Retry-After"]) > 3000
        assert not is_in(city, browser)
        clock.forward(minutes=61)
        assert city.post(half(city, salma), STEP, code=city.code(secret)).status_code == 303

    def test_what_nobody_finished_is_not_kept(self, city, clock):
        salma = city.visitor("salma")
        set_up(city, salma)
        half(city, salma)
        clock.forward(hours=1)

        from instance.accounts import tidying

        tidying.forget_traces({})

        assert db.session.scalar(select(func.count()).select_from(HalfLogin)) == 0


class TestRecoveryCodes:
    def test_each_opens_once_however_it_is_typed_and_its_owner_hears_of_it(self, city, mails):
        salma = city.visitor("salma")
        _secret, codes, _done = set_up(city, salma)
        browser = half(city, salma)

        assert city.post(browser, STEP, code=f" {codes[3].upper()} ").status_code == 303

        assert "il vous en reste 9" in plain(city.get(browser, "/reglages"))
        told = [plain(mail.get_body(("plain",)).get_content()) for mail in mails.to("salma@example.org")]
        assert any("Un code de secours a servi" in words for words in told)
        assert city.post(half(city, salma), STEP, code=codes[3]).status_code == 422
        assert codes[0] not in str(db.session.execute(select(RecoveryCode.digest)).all())

    def test_new_ones_end_the_former_and_nobody_elses_open(self, city):
        salma, bruno = city.visitor("salma"), city.visitor("bruno")
        _secret, old, _done = set_up(city, salma)
        _secret, others, _done = set_up(city, bruno)

        answer = city.post(salma.browser, f"{PAGE}/codes", password=PASSWORD)

        new = re.findall(r'<li class="copy">([^<]+)</li>', answer.text)
        assert city.post(half(city, salma), STEP, code=old[0]).status_code == 422
        assert city.post(half(city, salma), STEP, code=others[0]).status_code == 422
        assert city.post(half(city, salma), STEP, code=new[0]).status_code == 303


class TestRoles:
    def test_a_role_without_second_step_opens_no_page_of_work_and_leaves_the_wall_open(self, city):
        here = city.quartier("Clignancourt")
        salma = city.resident(here, "salma")
        city.give_role(salma, "moderator", here, has_second_step=False)

        refused = city.get(salma.browser, "/moderation")

        assert refused.status_code == 403
        assert f"{PAGE}?next=/moderation" in html.unescape(refused.text).replace("%2F", "/")
        assert city.reads_wall(salma, here)
        assert city.get(salma.browser, "/reglages").status_code == 200
        _secret, _codes, done = set_up(city, salma, next="/moderation")
        assert 'href="/moderation"' in done.text
        assert city.get(salma.browser, "/moderation").status_code == 200

    @pytest.mark.parametrize("role", ["admin", "verifier", "moderator", "referent"])
    def test_log_in_leads_the_holder_of_each_role_to_set_one_up(self, city, role):
        here = city.quartier("Clignancourt")
        salma = city.visitor("salma")
        city.give_role(salma, role, None if role == "admin" else here, has_second_step=False)
        browser = city.browser()

        answer = city.post(browser, "/connexion", login="salma", password=PASSWORD, next="/avis")

        assert answer.location == f"{PAGE}?next={quote('/avis', safe='')}" or answer.location == f"{PAGE}?next=/avis"
        shown = plain(city.get(browser, answer.location))
        assert "Votre rôle demande une deuxième étape" in shown
        assert 'href="/avis"' in shown  # their life as a resident goes on

    def test_a_role_without_second_step_pins_nothing_and_asks_for_no_page(self, city):
        here = city.quartier("Clignancourt")
        odile = city.resident(here, "odile")
        city.give_role(odile, "referent", here, has_second_step=False)
        city.post(
            odile.browser, f"/q/{here}/ecrire", kind="news", title="Soupe", text="Dans la cour.", scope="quartier"
        )

        post = re.search(r"/p/(\d+)", city.get(odile.browser, f"/q/{here}").text)[1]

        assert city.post(odile.browser, f"/p/{post}/epingler").status_code == 403
        assert city.get(odile.browser, f"/q/{here}/pages/abonner").status_code == 403

    def test_nor_does_it_show_the_growth_of_quartiers_in_which_its_holder_does_not_live(self, city):
        here, odile = city.quartier("Clignancourt"), city.resident(city.quartier("Gare"), "odile")
        city.give_role(odile, "admin", has_second_step=False)

        assert city.get(odile.browser, f"/q/{here}/croissance").status_code == 403

    def test_for_who_has_no_role_such_pages_do_not_exist_and_log_in_asks_nothing(self, city):
        salma = city.visitor("salma")

        assert city.get(salma.browser, "/moderation").status_code == 404
        assert city.post(city.browser(), "/connexion", login="salma", password=PASSWORD).location == "/"

    def test_a_demonstration_may_go_without(self, city, app, settings, monkeypatch):
        from dataclasses import replace

        monkeypatch.setitem(app.extensions, "quartier", replace(settings, roles_need_second_factor=False))
        lea = city.visitor("lea")
        city.give_role(lea, "admin", has_second_step=False)

        assert city.get(lea.browser, "/admin/habitants").status_code == 200
        assert city.post(city.browser(), "/connexion", login="lea", password=PASSWORD).location == "/"


class TestOwner:
    def test_is_told_of_each_change_by_mail(self, city, mails):
        salma = city.visitor("salma")
        set_up(city, salma)
        assert "Une application a été ajoutée" in mails.words("salma@example.org")

        city.post(salma.browser, f"{PAGE}/application/retirer", password=PASSWORD)

        assert "L’application a été retirée" in mails.words("salma@example.org")
        assert "mot de passe" in mails.words("salma@example.org")

    def test_or_in_the_page_where_there_is_no_mailbox(self, city):
        odile = city.visitor("odile", email=None)

        set_up(city, odile)
        city.work()

        told = db.session.scalars(select(Notification).where(Notification.account_id == odile.account_id)).one()
        assert (told.kind, told.path) == ("security", PAGE)
        assert "deuxième étape de votre connexion a changé" in plain(city.get(odile.browser, "/avis"))

    def test_who_lost_everything_is_let_in_again_by_the_operator_alone_and_reads_it_in_the_journal(self, city, app):
        salma = city.visitor("salma")
        set_up(city, salma)

        said = app.test_cli_runner().invoke(main, ["resident", "secondfactor", "salma"])

        assert said.exit_code == 0
        assert not is_in(city, salma.browser)
        assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 0
        browser = city.browser()
        assert city.post(browser, "/connexion", login="salma", password=PASSWORD).location == "/"
        assert "deuxième étape de votre connexion a été retirée" in plain(city.get(browser, "/mes-donnees"))
        again = app.test_cli_runner().invoke(main, ["resident", "secondfactor", "salma"])
        assert again.exit_code == 1

    def test_only_the_own_keys_can_be_taken_away(self, city):
        salma, bruno = city.visitor("salma"), city.visitor("bruno")
        with commit():
            db.session.add(
                Passkey(
                    id=7, account_id=bruno.account_id, credential_id="c", public_key="p", sign_count=0, name="clé",
                    created_at=clockwork.now(),
                )
            )  # fmt: skip

        assert city.post(salma.browser, f"{PAGE}/cles/7/retirer", password=PASSWORD).status_code == 404
        assert city.post(bruno.browser, f"{PAGE}/cles/7/retirer", password=PASSWORD).status_code == 303
        assert db.session.get(Passkey, 7) is None

    def test_what_a_browser_says_instead_of_a_key_is_refused_and_changes_nothing(self, city):
        salma = city.visitor("salma")
        shown = city.post(salma.browser, f"{PAGE}/cles", password=PASSWORD, name="téléphone")
        begun = hidden(shown, "setup")

        for said in (
            "",
            "{}",
            "[]",
            '{"id": 3}',
            '{"id": "a", "rawId": "a", "response": {}}',
            "x" * 30_000,
            "[" * 19_000,
        ):
            answer = city.post(salma.browser, f"{PAGE}/cles/garder", setup=begun, credential=said)
            assert answer.status_code == 422
        assert db.session.scalar(select(func.count()).select_from(Passkey)) == 0
