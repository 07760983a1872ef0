"""What a reader chooses: name, street, language, quiet hours, e-mail, devices."""

from __future__ import annotations

import re

import pytest

from instance.accounts import service
from instance.accounts.models import Account, Actor, Identity, LoginSession
from instance.core import jobs
from instance.core.db import commit, db
from tests.city import PASSWORD
from tests.instance.accounts.conftest import plain

SALMA = "salma@example.org"
CHOICES = {"language": "fr", "quiet_from": "", "quiet_to": ""}


@pytest.fixture
def salma(city):
    return city.visitor("salma", name="Salma Berger")


def kept(someone):
    db.session.rollback()
    return db.session.get_one(Account, someone.account_id)


def shown(city, someone, path="/reglages"):
    return plain(city.get(someone.browser, path))


def test_the_name_is_shown_short_or_in_full_and_never_otherwise(city, salma):
    city.post(salma.browser, "/reglages/nom", shown="full")
    assert kept(salma).actor.shown_name == "Salma Berger"
    version = kept(salma).actor.version

    city.post(salma.browser, "/reglages/nom", shown="Batman", shown_name="Batman")

    assert kept(salma).actor.shown_name == "Salma B."
    assert kept(salma).actor.version == version + 1


def test_a_street_can_be_hidden_but_not_typed(city, salma):
    with commit():
        service.set_street(db.session.get_one(Account, salma.account_id), "rue Letort")
    assert "rue Letort" in shown(city, salma)

    city.post(salma.browser, "/reglages/rue", street="rue de la Paix")

    assert kept(salma).street is None
    assert "montrée à personne" in shown(city, salma)


def test_choices_are_kept_and_shown_again(city, salma):
    answer = city.post(
        salma.browser, "/reglages/lecture", language="en", quiet_from="22", quiet_to="7", is_simple="1",
        shows_first_lines="1", counts_views="1",
    )  # fmt: skip

    account = kept(salma)
    assert answer.status_code == 303
    assert (account.language, account.quiet_from_h, account.quiet_to_h) == ("en", 22, 7)
    assert account.is_simple and account.shows_first_lines and account.counts_views
    assert '<html lang="en"' in shown(city, salma)


def test_what_is_not_ticked_is_off(city, salma):
    city.post(salma.browser, "/reglages/lecture", **CHOICES)

    account = kept(salma)
    assert (account.is_simple, account.shows_first_lines, account.counts_views) == (False, False, False)
    assert account.quiet_from_h is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"quiet_from": "22"}, "quiet_to"), ({"quiet_to": "7"}, "quiet_from"),
     ({"quiet_from": "7", "quiet_to": "7"}, "quiet_to"),
     ({"quiet_from": "24", "quiet_to": "7"}, "quiet_to"), ({"quiet_from": "7h30", "quiet_to": "9"}, "quiet_from"),
     ({"language": "xx"}, "language")],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_told_in_place(city, salma, wrong, field):
    answer = city.post(salma.browser, "/reglages/lecture", **(CHOICES | {"is_simple": "1"} | wrong))

    page = plain(answer)
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert re.search(r'name="is_simple"[^>]* checked', page)
    assert kept(salma).is_simple is False


def test_settings_lead_to_every_page_about_oneself(city, salma):
    page = shown(city, salma)

    for path in ("/reglages/connexion", "/avis/reglages", "/reglages/bloques", "/mes-donnees"):
        assert f'href="{path}"' in page


class TestEmail:
    """A new address counts once its own mailbox has opened the link."""

    def ask(self, city, salma, email, password=PASSWORD):
        return city.post(salma.browser, "/reglages/courriel", email=email, email_password=password)

    def address(self, salma):
        db.session.rollback()
        return db.session.get_one(Identity, salma.account_id).email

    def test_the_new_address_counts_after_its_link_and_the_old_one_is_told(self, city, salma, mails):
        self.ask(city, salma, "salma@new.example")
        assert self.address(salma) == SALMA
        link = mails.link("salma@new.example")

        assert city.get(salma.browser, link).status_code == 200
        assert self.address(salma) == SALMA
        city.post(salma.browser, link)

        assert self.address(salma) == "salma@new.example"
        assert "une autre adresse e-mail" in mails.words(SALMA)
        assert "salma@new.example" not in mails.words(SALMA)
        answer = city.post(city.browser(), "/connexion", login="salma@new.example", password=PASSWORD)
        assert answer.status_code == 303

    def test_an_account_without_e_mail_gets_one(self, city, mails):
        odile = city.visitor("odile", email=None)

        self.ask(city, odile, "odile@new.example")
        city.post(odile.browser, mails.link("odile@new.example"))

        assert self.address(odile) == "odile@new.example"

    def test_the_password_is_asked(self, city, salma, mails):
        answer = self.ask(city, salma, "salma@new.example", "pas la bonne phrase")

        assert answer.status_code == 422
        assert 'value="salma@new.example"' in plain(answer)
        assert mails.to("salma@new.example") == []

    def test_nobody_learns_whether_an_address_has_an_account(self, city, salma, mails):
        city.visitor("bruno")

        taken, free = self.ask(city, salma, "bruno@example.org"), self.ask(city, salma, "free@new.example")

        assert (taken.status_code, taken.location) == (free.status_code, free.location)
        assert "un autre compte s’en sert déjà" in mails.words("bruno@example.org")
        assert "http" not in mails.words("bruno@example.org")
        assert self.address(salma) == SALMA

    @pytest.mark.parametrize("wrong", ["", "salma", "salma@", "a b@c.fr", "x" * 300 + "@c.fr"])
    def test_what_cannot_be_an_address_is_told_in_place(self, city, salma, wrong):
        answer = self.ask(city, salma, wrong)

        assert answer.status_code == 422
        assert 'href="#email"' in plain(answer)

    def test_a_link_serves_once_in_a_day_for_its_own_account(self, city, salma, mails, clock):
        bruno = city.visitor("bruno")
        self.ask(city, salma, "salma@new.example")
        link = mails.link("salma@new.example")

        assert city.post(bruno.browser, link).status_code == 410
        assert city.post(city.browser(), link).status_code == 401
        assert city.post(salma.browser, link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 410
        clock.forward(hours=25)
        assert city.post(salma.browser, link).status_code == 410
        clock.forward(hours=-24)
        assert city.post(salma.browser, link).status_code == 303
        assert city.post(salma.browser, link).status_code == 410

    def test_an_older_link_does_not_bring_an_older_address_back(self, city, salma, mails):
        self.ask(city, salma, "salma@one.example")
        first = mails.link("salma@one.example")
        city.post(salma.browser, first)
        self.ask(city, salma, "salma@two.example")
        city.post(salma.browser, mails.link("salma@two.example"))

        assert city.post(salma.browser, first).status_code == 410
        assert self.address(salma) == "salma@two.example"

    def test_a_link_is_of_no_use_to_another_account_without_e_mail(self, city, mails):
        odile, yvonne = city.visitor("odile", email=None), city.visitor("yvonne", email=None)
        self.ask(city, odile, "odile@new.example")

        assert city.post(yvonne.browser, mails.link("odile@new.example")).status_code == 410
        assert self.address(yvonne) is None

    def test_five_links_a_day_at_most(self, city, salma, limits):
        answers = [self.ask(city, salma, f"salma{number}@new.example").status_code for number in range(6)]

        assert answers == [303] * 5 + [429]


class TestDevices:
    """Browsers that are logged in."""

    def other(self, city, agent="Mozilla/5.0 (Android 14; Mobile) Firefox/140.0"):
        browser = city.browser()
        data = {"login": "salma", "password": PASSWORD}
        browser.post(
            "/connexion", data=data, headers={"User-Agent": agent}, environ_base={"REMOTE_ADDR": "203.0.113.77"}
        )
        return browser

    def ids(self, salma):
        db.session.rollback()
        rows = db.session.scalars(db.select(LoginSession).order_by(LoginSession.id)).all()
        return [row.id for row in rows if row.account_id == salma.account_id]

    def test_the_list_says_which_browser_and_network_no_more(self, city, salma):
        self.other(city)

        page = shown(city, salma, "/reglages/connexion")

        assert "Firefox, Android" in page
        assert "203.0.113.0/24" in page
        assert "203.0.113.77" not in page
        assert "cet appareil" in page

    def test_one_device_is_ended(self, city, salma):
        other = self.other(city)

        city.post(salma.browser, f"/reglages/sessions/{self.ids(salma)[1]}/terminer")

        assert city.get(other, "/reglages").status_code == 303
        assert city.get(salma.browser, "/reglages").status_code == 200

    def test_all_others_are_ended(self, city, salma):
        others = [self.other(city), self.other(city)]

        city.post(salma.browser, "/reglages/sessions/terminer-les-autres")

        assert [city.get(other, "/reglages").status_code for other in others] == [303, 303]
        assert city.get(salma.browser, "/reglages").status_code == 200

    def test_nobody_ends_another_person_s_session(self, city, salma):
        bruno = city.visitor("bruno")

        answer = city.post(bruno.browser, f"/reglages/sessions/{self.ids(salma)[0]}/terminer")

        assert answer.status_code == 404
        assert city.get(salma.browser, "/reglages").status_code == 200

    def test_a_new_device_is_told_by_mail(self, city, salma, mails):
        assert mails.to(SALMA) == []

        self.other(city)

        assert "Firefox, Android" in mails.words(SALMA)
        assert "203.0.113" not in mails.words(SALMA)
        assert "ql_session" not in mails.words(SALMA)

    def test_a_new_device_that_logs_out_at_once_is_told_all_the_same(self, city, salma, mails):
        city.post(self.other(city), "/deconnexion")

        assert "Firefox, Android" in mails.words(SALMA)

    def test_a_known_device_is_not_told_again(self, city, salma, mails):
        city.post(salma.browser, "/deconnexion")
        city.log_in(salma)

        assert mails.to(SALMA) == []

    def test_a_device_known_to_one_account_is_new_to_another(self, city, salma, mails):
        bruno = city.visitor("bruno")
        city.post(bruno.browser, "/deconnexion")

        city.post(bruno.browser, "/connexion", login="salma", password=PASSWORD)

        assert len(mails.to(SALMA)) == 1

    def test_networks_are_forgotten_after_the_days_set_for_logs(self, city, salma, clock):
        self.other(city)
        clock.forward(days=15)

        city.get(salma.browser, "/reglages")
        with commit():
            jobs.put("forget_traces", {})
        city.work()

        assert "203.0.113" not in shown(city, salma, "/reglages/connexion")


def test_blocked_neighbours_are_listed_for_who_blocked_only(city):
    city.quartier("Letort")
    salma, bruno = city.resident("letort", "salma"), city.resident("letort", "bruno")
    city.post(salma.browser, "/u/bruno/bloquer")

    assert "@bruno" in shown(city, salma, "/reglages/bloques")
    assert "@salma" not in shown(city, bruno, "/reglages/bloques")


def test_a_stranger_is_sent_to_the_log_in(city):
    for path in ("/reglages", "/reglages/connexion", "/reglages/bloques", "/mes-donnees", "/mes-donnees.json"):
        assert city.get(city.browser(), path).location.startswith("/connexion?next=")


def test_nobody_else_s_settings_change(city, salma):
    bruno = city.visitor("bruno")

    city.post(bruno.browser, "/reglages/lecture", **(CHOICES | {"language": "en"}))

    assert kept(salma).language == "fr"
    assert db.session.scalar(db.select(Actor.shown_name).where(Actor.id == salma.actor_id)) == "Salma B."
