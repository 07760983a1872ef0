"""Log-in: who gets in, who does not, and what a stranger can learn from it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from instance.accounts import service
from instance.accounts.models import Account, Attempt, LoginSession
from instance.core.db import commit, db
from tests.city import PASSWORD
from tests.instance.accounts.conftest import plain
from tests.support.pages import signless

WRONG = "pas la bonne phrase"


def text(answer):
    """The page without what differs from one request to the next by design."""
    return signless(plain(answer))


def log_in(city, browser, login, password=PASSWORD, **more):
    return city.post(browser, "/connexion", login=login, password=password, **more)


@pytest.mark.parametrize("typed", ["salma", "@Salma", " SALMA ", "salma@example.org", "Salma@Example.org "])
def test_a_neighbour_logs_in_by_handle_or_e_mail(city, typed):
    city.visitor("salma")
    browser = city.browser()

    answer = log_in(city, browser, typed)

    assert (answer.status_code, answer.location) == (303, "/")
    assert city.get(browser, "/reglages").status_code == 200


def test_an_account_without_e_mail_logs_in_by_handle(city):
    city.visitor("odile", email=None)

    assert log_in(city, city.browser(), "odile").status_code == 303


def test_letters_composed_in_another_way_are_the_same_password(city):
    with commit():
        service.create(service.NewAccount("zoe", "Zoé", "Berger", "une été très réussie"))

    decomposed = "une e\u0301te\u0301 tre\u0300s re\u0301ussie"

    assert log_in(city, city.browser(), "zoe", decomposed).status_code == 303


@pytest.mark.parametrize("login", ["salma", "salma@example.org", "nobody", "nobody@example.org", "", "🦊", "x" * 9000])
def test_one_sentence_answers_every_failure_and_keeps_what_was_typed(city, login):
    city.visitor("salma")

    answer = log_in(city, city.browser(), login, WRONG)

    assert answer.status_code == 422
    assert "ne vont pas ensemble" in text(answer)
    assert WRONG not in text(answer)
    if login and login.isprintable() and len(login) < 100:
        assert f'value="{login}"' in text(answer)


def test_a_name_that_nobody_has_answers_like_a_wrong_password(city):
    city.visitor("salma")

    known, unknown = log_in(city, city.browser(), "salma", WRONG), log_in(city, city.browser(), "selma", WRONG)

    assert text(known).replace("salma", "selma") == text(unknown)
    assert set(known.headers.keys()) == set(unknown.headers.keys())


def test_a_name_that_nobody_has_takes_the_same_statements_and_one_hash(city, limits, monkeypatch):
    city.visitor("salma")
    verified = []
    verify = service.hasher.verify
    counted = []

    class Watched:
        def verify(self, *words):
            verified.append(1)
            return verify(*words)

    monkeypatch.setattr(service, "hasher", Watched())
    log_in(city, city.browser(), "salma", WRONG), log_in(city, city.browser(), "selma", WRONG)
    event.listen(db.engine, "before_cursor_execute", note := lambda *args: counted.append(args[2]))
    verified.clear()

    log_in(city, city.browser(), "salma", WRONG)
    known = (counted.copy(), verified.copy())
    counted.clear(), verified.clear()
    log_in(city, city.browser(), "selma", WRONG)
    event.remove(db.engine, "before_cursor_execute", note)

    assert known == (counted, verified)
    assert len(verified) == 1


def test_passwords_are_kept_as_the_city_is_shipped_and_not_as_the_tests_keep_them():
    assert service.NOBODY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_suspended_account_is_refused_like_a_wrong_password(city):
    salma = city.visitor("salma")
    with commit():
        db.session.get_one(Account, salma.account_id).state = "suspended"

    answer = log_in(city, city.browser(), "salma")

    assert answer.status_code == 422
    assert city.get(salma.browser, "/reglages").status_code == 303


@pytest.mark.parametrize(
    ("target", "reached"),
    [("/q/letort?avant=3", "/q/letort?avant=3"), ("https://elsewhere.example/", "/"), ("//elsewhere.example", "/"),
     ("/\\elsewhere.example", "/"), ("javascript:alert(1)", "/"), ("elsewhere.example", "/"), ("", "/")],
)  # fmt: skip
def test_log_in_leads_back_to_pages_of_this_instance_only(city, target, reached):
    city.visitor("salma")

    assert log_in(city, city.browser(), "salma", next=target).location == reached


def test_a_stranger_is_led_to_the_log_in_and_back(city):
    city.visitor("salma")
    browser = city.browser()

    away = city.get(browser, "/reglages")
    form = city.get(browser, away.location)
    target = re.search(r'name="next" value="([^"]*)"', plain(form))[1]

    assert log_in(city, browser, "salma", next=target).location == "/reglages"


def test_whoever_is_logged_in_passes_the_form(city):
    salma = city.visitor("salma")

    assert city.get(salma.browser, "/connexion?next=/reglages").location == "/reglages"


def test_the_cookie_holds_no_token_that_the_database_knows(city):
    city.visitor("salma")
    browser = city.browser()
    answer = log_in(city, browser, "salma")

    cookies = answer.headers.getlist("Set-Cookie")

    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    digests = db.session.scalars(db.select(LoginSession.token_digest)).all()
    assert not any(digest in cookie for digest in digests for cookie in cookies)


def test_log_out_ends_the_session_on_the_server(city):
    salma = city.visitor("salma")
    stolen = salma.browser.get_cookie("ql_session").value

    answer = city.post(salma.browser, "/deconnexion")
    thief = city.browser()
    thief.set_cookie("ql_session", stolen)

    assert answer.status_code == 303
    assert city.get(salma.browser, "/reglages").status_code == 303
    assert city.get(thief, "/reglages").status_code == 303


def test_a_session_ends_after_ninety_days_without_use(city, clock):
    salma = city.visitor("salma")

    clock.forward(days=89)
    assert city.get(salma.browser, "/reglages").status_code == 200
    clock.forward(days=89)
    assert city.get(salma.browser, "/reglages").status_code == 200
    clock.forward(days=91)

    assert city.get(salma.browser, "/reglages").status_code == 303


def test_what_was_typed_is_not_lost_when_the_session_has_ended(city):
    salma = city.visitor("salma")
    with commit():
        db.session.execute(db.delete(LoginSession))
    words = "Bonjour à tous,\n\nquelqu’un a vu le chat de la rue Letort ?"

    answer = city.post(salma.browser, "/reglages/lecture", text=words, old_password="un secret de vingt-cinq signes")

    assert answer.status_code == 401
    assert words in plain(answer)
    assert "un secret" not in plain(answer)


def test_a_form_without_its_sign_is_refused(app, city):
    city.visitor("salma")
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        forged = log_in(city, city.browser(), "salma")
        browser = city.browser()
        form = plain(city.get(browser, "/connexion"))
        sign = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)[1]
        honest = log_in(city, browser, "salma", csrf_token=sign)
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert forged.status_code == 400
    assert honest.status_code == 303


def test_the_simple_display_is_kept_on_the_account(city):
    salma = city.visitor("salma")

    city.post(salma.browser, "/affichage-simple", simple="1")
    again = city.browser()
    log_in(city, again, "salma")

    assert 'class="simple"' in plain(city.get(again, "/reglages"))
    city.post(again, "/affichage-simple", simple="0")
    assert 'class="simple"' not in plain(city.get(salma.browser, "/reglages"))


def test_who_holds_a_role_finds_their_work_in_the_simple_display(city):
    salma, bruno = city.admin(), city.visitor("bruno")
    for someone in (salma, bruno):
        city.post(someone.browser, "/affichage-simple", simple="1")

    assert 'href="/travail"' in plain(city.get(salma.browser, "/reglages"))
    assert 'href="/travail"' not in plain(city.get(bruno.browser, "/reglages"))


def test_a_stranger_has_the_simple_display_too(city):
    browser = city.browser()

    answer = browser.post(
        "/affichage-simple", data={"simple": "1"}, headers={"Referer": "http://localhost/connexion?next=/q/a"}
    )

    assert answer.location == "/connexion?next=/q/a"
    assert 'class="simple"' in plain(city.get(browser, "/connexion"))


class TestGuessing:
    """25 tries per 5 minutes from one network, 25 an hour for one account."""

    def test_the_twenty_sixth_try_from_one_network_waits(self, city, limits, clock):
        city.visitor("salma")
        for number in range(25):
            assert log_in(city, city.browser(), f"name_{number}", WRONG).status_code == 422

        stopped = log_in(city, city.browser(), "salma")

        assert stopped.status_code == 429
        assert 'value="salma"' in text(stopped)
        assert re.search(r"Revenez à \d+:\d\d", text(stopped))
        assert 0 < int(stopped.headers["Retry-After"]) <= 301
        clock.forward(minutes=5.1)
        assert log_in(city, city.browser(), "salma").status_code == 303

    @pytest.mark.parametrize("name", ["salma", "nobody"])
    def test_the_twenty_sixth_try_at_one_name_waits_from_every_network(self, city, limits, clock, name):
        city.visitor("salma")
        for number in range(25):
            assert self._from(city, f"10.0.{number}.1", name, WRONG).status_code == 422

        assert self._from(city, "10.0.99.1", name).status_code == 429
        clock.forward(minutes=61)
        assert self._from(city, "10.0.99.1", name).status_code == (303 if name == "salma" else 422)

    def test_a_whole_ipv6_network_counts_as_one(self, city, limits):
        for number in range(25):
            self._from(city, f"2001:db8:1:2::{number:x}", f"name_{number}", WRONG)

        assert self._from(city, "2001:db8:1:2:ffff::1", "other", WRONG).status_code == 429
        assert self._from(city, "2001:db8:1:3::1", "other", WRONG).status_code == 422

    def test_a_forged_header_does_not_make_another_network(self, city, limits):
        browser = city.browser()
        for number in range(25):
            data = {"login": f"name_{number}", "password": WRONG}
            browser.post("/connexion", data=data, headers={"X-Forwarded-For": f"10.1.{number}.1"})

        data = {"login": "name", "password": WRONG}

        assert browser.post("/connexion", data=data, headers={"X-Forwarded-For": "10.9.9.9"}).status_code == 429

    def test_guessing_does_not_lock_the_owner_out_of_a_known_device(self, city, limits):
        salma = city.visitor("salma")
        city.post(salma.browser, "/deconnexion")
        for number in range(30):
            self._from(city, f"10.0.{number}.1", "salma", WRONG)

        assert self._from(city, "10.0.99.1", "salma").status_code == 429
        assert log_in(city, salma.browser, "salma").status_code == 303

    def test_a_known_device_cannot_guess_without_end_either(self, city, limits):
        salma = city.visitor("salma")
        for _ in range(25):
            log_in(city, salma.browser, "salma", WRONG)

        assert log_in(city, salma.browser, "salma").status_code == 429

    def test_many_tries_at_once_do_not_slip_through(self, app, city, limits):
        city.visitor("salma")

        def guess(number):
            with app.app_context():
                return self._from(city, f"10.0.{number}.1", "salma", WRONG).status_code

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(guess, range(32)))

        assert (answers.count(422), answers.count(429)) == (25, 7)

    def test_right_passwords_do_not_count(self, city, limits):
        city.visitor("salma")

        answers = [log_in(city, city.browser(), "salma").status_code for _ in range(30)]

        assert answers == [303] * 30

    def test_the_counts_name_nobody(self, city, limits):
        log_in(city, city.browser(), "salma", WRONG)

        subjects = db.session.scalars(db.select(Attempt.subject)).all()

        assert len(subjects) == 2
        assert not any("salma" in subject or "127.0" in subject for subject in subjects)

    def _from(self, city, address, login, password=PASSWORD):
        answer = city.browser().post(
            "/connexion", data={"login": login, "password": password}, environ_base={"REMOTE_ADDR": address}
        )
        db.session.rollback()
        return answer
