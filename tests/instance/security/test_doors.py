"""Forms of other sites, limits, secrets on the road: what an attacker meets at the door."""

from __future__ import annotations

import re
import socket
import threading
from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask

from instance.accounts.session import cut_network
from instance.core import mail
from instance.core.web import network
from instance.settings import Settings
from tests.city import PASSWORD, City
from tests.instance.media import samples


def _token(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def test_a_form_of_another_site_is_refused_even_with_a_token(city: City, protected: None) -> None:
    browser = city.browser()
    token = _token(browser.get("/mot-de-passe/oubli").text)
    fields = {"csrf_token": token, "login": "personne"}

    for origin in ("https://evil.example", "null", "http://localhost.evil.example", "http://localhost:81"):
        assert browser.post("/mot-de-passe/oubli", data=fields, headers={"Origin": origin}).status_code == 400, origin
    for origin in ({"Origin": "http://localhost"}, {}):
        assert browser.post("/mot-de-passe/oubli", data=fields, headers=origin).status_code == 200
    assert browser.post("/mot-de-passe/oubli", data={"login": "personne"}).status_code == 400


def test_the_page_of_a_reset_link_can_be_sent_over_https(city: City, mails, protected: None, app: Flask) -> None:
    someone = _member(city, app)
    browser = city.browser()
    home = {"base_url": "https://localhost"}
    token = _token(browser.get("/mot-de-passe/oubli", **home).text)
    fields = {"csrf_token": token, "login": someone}
    asked = browser.post("/mot-de-passe/oubli", data=fields, headers={"Origin": "https://localhost"}, **home)
    assert asked.status_code == 200
    link = mails.link(f"{someone}@example.org")
    page = browser.get(link, **home)

    # With this policy a browser sends no Referer, and « null » as Origin of a form.
    assert page.headers["Referrer-Policy"] != "no-referrer"
    fields = {"csrf_token": _token(page.text), "password": "une autre phrase longue"}
    sent = browser.post(link, data=fields, headers={"Origin": "https://localhost"}, **home)

    assert sent.status_code == 303
    assert "//" not in sent.location


def _member(city: City, app: Flask) -> str:
    app.config["WTF_CSRF_ENABLED"] = False
    handle = city.visitor("tilleul").handle
    app.config["WTF_CSRF_ENABLED"] = True
    return handle


@pytest.mark.parametrize(
    ("address", "counted", "kept"),
    [
        ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8::5", "2001:db8::/64", "2001:db8::/48"),
        ("2001:db8::aaaa:bbbb:cccc:dddd", "2001:db8::/64", "2001:db8::/48"),
        ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("no address", "no address", ""),
    ],
)
def test_a_network_is_counted_and_kept_cut(app: Flask, address: str, counted: str, kept: str) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        assert network() == counted
        assert cut_network() == kept


def test_sixty_four_bits_of_addresses_are_one_guesser(city: City, limits: None) -> None:
    browser = city.browser()
    answers = [
        browser.post(
            "/connexion", data={"login": f"x{n}", "password": "?"}, environ_base={"REMOTE_ADDR": f"2001:db8::{n:x}"}
        )
        for n in range(1, 27)
    ]

    assert answers[24].status_code == 422
    assert answers[25].status_code == 429


class Post(threading.Thread):
    """A mail server of this machine that writes down what it is told."""

    def __init__(self, *offers: str) -> None:
        super().__init__(daemon=True)
        self.offers, self.heard = offers, []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]

    def run(self) -> None:
        line, _address = self.door.accept()
        with self.door, line, line.makefile("rwb") as talk:
            talk.write(b"220 here\r\n")
            talk.flush()
            for said in talk:
                self.heard.append(said.decode().strip())
                if said.upper().startswith(b"EHLO"):
                    offers = ["here", *self.offers]
                    told = "".join(f"250{'-' if one != offers[-1] else ' '}{one}\r\n" for one in offers)
                    talk.write(told.encode())
                elif said.upper().startswith(b"STARTTLS"):
                    talk.write(b"454 not now\r\n")
                elif said.upper().startswith(b"DATA"):
                    talk.write(b"354 go on\r\n")
                else:
                    talk.write(b"250 ok\r\n")
                talk.flush()


@pytest.mark.parametrize(
    ("offers", "host"), [(("STARTTLS", "AUTH PLAIN"), "127.0.0.1"), (("AUTH PLAIN",), "mail.example")]
)
def test_a_mail_password_is_never_sent_in_clear(
    settings: Settings, offers: tuple[str, ...], host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Post(*offers)
    server.start()
    connect = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda _address, *rest: connect(("127.0.0.1", server.port), *rest))
    url = f"smtp://ql:secret@{host}:{server.port}"

    with pytest.raises(OSError):
        mail.send(mail.Mail("a@example.org", "x", "y"), replace(settings, smtp_url=url))

    assert any(said.upper().startswith("EHLO") for said in server.heard)
    assert not any(said.upper().startswith(("AUTH", "MAIL", "RCPT")) for said in server.heard)


@pytest.mark.parametrize("typed", ["root,x@example.org", "a<b@example.org", "a\x01b@example.org", "a;b@example.org",
                                   '"a"@example.org', "a@example.org>", "a@exa(mple.org"])  # fmt: skip
def test_an_address_for_mail_names_one_mailbox(city: City, typed: str) -> None:
    someone = city.visitor()

    answer = city.post(someone.browser, "/reglages/courriel", email=typed, email_password=PASSWORD)

    assert answer.status_code == 422


def test_pictures_are_limited_per_account(city: City, limits: None, album) -> None:
    city.quartier("Clignancourt")
    someone = city.resident("clignancourt")
    picture = samples.phone_jpeg()
    answers = []
    for _try in range(8):
        files = [(BytesIO(picture), f"{n}.jpg") for n in range(4)]
        fields = {"photo": files, "title": "", "act": "send", "kind": "news", "scope": "quartier"}
        answers.append(someone.browser.post("/q/clignancourt/ecrire", data=fields))

    assert "Trop d" not in answers[6].text
    assert "Trop d" in answers[7].text
    assert len(album.files()) == 30 * 2


def test_letters_are_limited_per_account(city: City, limits: None, applicants) -> None:
    city.quartier("Clignancourt")
    houses = [applicants.house("clignancourt") for _n in range(5)]
    person = applicants.applicant(houses[0])
    answers = []
    for house in houses:
        city.post(person.browser, "/preuve/adresse", pick=str(house))
        city.post(person.browser, "/preuve/adresse/choisir")
        answers.append(city.post(person.browser, "/preuve", method="letter").status_code)

    assert answers == [303, 303, 303, 429, 429]


def test_codes_of_applicants_cannot_be_guessed_at_the_second_step(city: City, limits: None, clock) -> None:
    city.quartier("Clignancourt")
    voucher = city.resident("clignancourt", address="30 rue Ramey")
    clock.forward(days=31)

    tries = [city.post(voucher.browser, "/parrainer/confirmer", code="ABCDEF").status_code for _n in range(26)]

    assert tries[24] == 422
    assert tries[25] == 429
