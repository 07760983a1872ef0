"""A forgotten or changed password: who hears of it, and what a link may do."""

from __future__ import annotations

import pytest

from instance.accounts.models import Account, PasswordReset
from instance.core.db import commit, db
from instance.core.jobs import Job
from tests.city import PASSWORD
from tests.instance.accounts.conftest import plain
from tests.support.pages import signless

NEW = "un autre chat dort au soleil"
SALMA = "salma@example.org"


def ask(city, login):
    return city.post(city.browser(), "/mot-de-passe/oubli", login=login)


def log_in(city, password, login="salma"):
    return city.post(city.browser(), "/connexion", login=login, password=password).status_code


@pytest.mark.parametrize("typed", ["salma", "@Salma", "SALMA@example.org"])
def test_a_forgotten_password_is_chosen_anew_by_a_link(city, mails, typed):
    city.visitor("salma")

    ask(city, typed)
    answer = city.post(city.browser(), mails.link(SALMA), password=NEW)

    assert (answer.status_code, answer.location) == (303, "/connexion")
    assert log_in(city, NEW) == 303
    assert log_in(city, PASSWORD) == 422


def test_a_link_serves_once(city, mails):
    city.visitor("salma")
    ask(city, "salma")
    link = mails.link(SALMA)
    city.post(city.browser(), link, password=NEW)

    again = city.post(city.browser(), link, password="encore une autre phrase longue")

    assert again.status_code == 410
    assert city.get(city.browser(), link).status_code == 410
    assert log_in(city, NEW) == 303


def test_opening_a_link_uses_nothing_up(city, mails):
    city.visitor("salma")
    ask(city, "salma")
    link = mails.link(SALMA)

    pages = [city.get(city.browser(), link) for _ in range(3)]

    assert [answer.status_code for answer in pages] == [200] * 3
    assert pages[0].headers["Referrer-Policy"] == "strict-origin"
    assert city.post(city.browser(), link, password=NEW).status_code == 303


def test_a_link_is_over_after_an_hour(city, mails, clock):
    city.visitor("salma")
    ask(city, "salma")
    link = mails.link(SALMA)

    clock.forward(minutes=61)

    assert city.post(city.browser(), link, password=NEW).status_code == 410
    assert log_in(city, PASSWORD) == 303


def test_a_link_logs_nobody_in(city, mails):
    city.visitor("salma")
    ask(city, "salma")
    browser, link = city.browser(), mails.link(SALMA)

    city.get(browser, link)
    city.post(browser, link, password=NEW)

    assert city.get(browser, "/reglages").status_code == 303


def test_a_password_that_cannot_be_taken_leaves_the_link_good(city, mails):
    city.visitor("salma")
    ask(city, "salma")
    link = mails.link(SALMA)

    short = city.post(city.browser(), link, password="court")

    assert short.status_code == 422
    assert "Ajoutez 7 signes" in plain(short)
    assert "court" not in plain(short)
    assert city.post(city.browser(), link, password=NEW).status_code == 303


def test_a_new_password_by_link_ends_every_session_and_is_told(city, mails):
    salma = city.visitor("salma")
    ask(city, "salma")

    city.post(city.browser(), mails.link(SALMA), password=NEW)

    assert city.get(salma.browser, "/reglages").status_code == 303
    assert "Le mot de passe de votre compte a changé" in mails.words(SALMA)


def test_every_name_gets_the_same_page(city, mails):
    city.visitor("salma")
    city.visitor("odile", email=None)

    pages = {ask(city, name).get_data(as_text=True) for name in ("salma", SALMA, "odile", "nobody", "no@example.org")}

    assert len(set(map(signless, pages))) == 1
    assert "guichet" in pages.pop()
    assert len(mails.to(SALMA)) == 2


def test_the_rows_hold_no_token_in_clear(city, mails):
    city.visitor("salma")
    ask(city, "salma")

    token = mails.link(SALMA).rpartition("/")[2]

    rows = db.session.scalars(db.select(Job)).all()
    assert not any(token in str(row.payload) for row in rows)
    assert db.session.scalars(db.select(PasswordReset.token_digest)).one() != token


def test_a_mailbox_gets_three_links_an_hour_at_most(city, mails, clock):
    city.visitor("salma")

    pages = [ask(city, "salma") for _ in range(6)]

    assert {answer.status_code for answer in pages} == {200}
    assert len(mails.to(SALMA)) == 3
    clock.forward(minutes=61)
    ask(city, "salma")
    assert len(mails.to(SALMA)) == 4


def test_asking_for_many_names_waits(city, limits):
    for number in range(25):
        assert ask(city, f"name_{number}").status_code == 200

    stopped = ask(city, "salma")

    assert stopped.status_code == 429
    assert 'value="salma"' in plain(stopped)


def test_a_new_password_by_link_ends_a_lock_out(city, mails, limits):
    city.visitor("salma")
    for number in range(30):
        data = {"login": "salma", "password": "pas la bonne phrase"}
        city.browser().post("/connexion", data=data, environ_base={"REMOTE_ADDR": f"10.0.{number}.1"})
    assert log_in(city, PASSWORD) == 429

    ask(city, "salma")
    city.post(city.browser(), mails.link(SALMA), password=NEW)

    assert log_in(city, NEW) == 303


def test_a_suspended_account_gets_no_new_password(city, mails):
    salma = city.visitor("salma")
    ask(city, "salma")
    link = mails.link(SALMA)
    with commit():
        db.session.get_one(Account, salma.account_id).state = "suspended"

    assert city.post(city.browser(), link, password=NEW).status_code == 410


def test_the_mail_is_in_the_account_s_language(city, mails):
    city.visitor("salma", language="en")
    ask(city, "salma")

    html = mails.to(SALMA)[-1].get_body(("html",)).get_content()

    assert '<html lang="en">' in html


def test_the_mail_says_its_kind_and_nobody_s_name_in_the_subject(city, mails):
    city.visitor("salma")
    ask(city, "salma")

    mail = mails.to(SALMA)[-1]

    assert mail["Subject"] == "Choisir un nouveau mot de passe"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mails.link(SALMA) in mail.get_body(("html",)).get_content()
    assert "salma" not in mail["Subject"]


def test_changing_the_password_asks_the_old_one(city):
    salma = city.visitor("salma")

    answer = city.post(salma.browser, "/reglages/mot-de-passe", old_password="pas la bonne phrase", password=NEW)

    assert answer.status_code == 422
    assert "Ce n’est pas votre mot de passe actuel" in plain(answer)
    assert log_in(city, PASSWORD) == 303


def test_changing_the_password_ends_the_other_sessions_only(city, mails):
    salma = city.visitor("salma")
    other = city.browser()
    city.post(other, "/connexion", login="salma", password=PASSWORD)

    answer = city.post(salma.browser, "/reglages/mot-de-passe", old_password=PASSWORD, password=NEW)

    assert answer.status_code == 303
    assert city.get(salma.browser, "/reglages").status_code == 200
    assert city.get(other, "/reglages").status_code == 303
    assert "Le mot de passe de votre compte a changé" in mails.words(SALMA)


def test_the_old_password_cannot_be_guessed_at_an_open_browser(city, limits):
    salma = city.visitor("salma")
    for _ in range(25):
        city.post(salma.browser, "/reglages/mot-de-passe", old_password="pas la bonne phrase", password=NEW)

    answer = city.post(salma.browser, "/reglages/mot-de-passe", old_password=PASSWORD, password=NEW)

    assert answer.status_code == 422
    assert "Revenez à" in plain(answer)
    assert log_in(city, PASSWORD) == 303
