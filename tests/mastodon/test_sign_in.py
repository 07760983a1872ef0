"""Signing in with a program: the page, the consent, the code, the token, and its end (threats.md G1, G2, G3)."""

from __future__ import annotations

import html
from base64 import b64encode
from typing import Any

import pytest
from flask import Flask

from tests.city import City, Someone
from tests.mastodon.signing_in import CHALLENGE, OOB, TUSKY, VERIFIER, Client, registered

ME = "/api/v1/accounts/verify_credentials"
PAGE = "/oauth/authorize"


@pytest.fixture
def salma(city: City) -> Someone:
    return city.resident(city.quartier("Clignancourt"), "salma")


@pytest.fixture
def tusky(city: City) -> Client:
    return registered(city)


def words(answer: Any) -> str:
    return html.unescape(answer.text).replace("\u00a0", " ").replace("\u202f", " ")


def test_a_resident_lets_a_program_in_and_it_speaks_for_them(salma: Someone, tusky: Client) -> None:
    page = salma.browser.get(PAGE, query_string=tusky.asks(state="s t&u"))
    sent = tusky.consent(salma, state="s t&u")
    code = tusky.code(salma)
    answer = tusky.exchange(code)

    assert page.status_code == 200 and "Tusky" in page.text and "tusky.app" in page.text
    assert "écrire et agir en votre nom" in words(page)
    assert "une application de cet appareil (oauth2redirect)" in words(page)
    assert sent.status_code == 303
    assert sent.location.startswith(TUSKY + "?code=") and sent.location.endswith("&state=s+t%26u")
    assert answer.json.keys() == {"access_token", "token_type", "scope", "created_at"}
    assert (answer.json["token_type"], answer.json["scope"]) == ("Bearer", "follow push read write")
    assert type(answer.json["created_at"]) is int
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert tusky.sign_in(salma).get(ME).json["acct"] == "salma"


def test_a_stranger_logs_in_first_and_comes_back_to_the_question(city: City, tusky: Client) -> None:
    browser = city.browser()
    first = browser.get(PAGE, query_string=tusky.asks(state="zibeline", lang="en"))

    login = browser.get(first.location)
    back = browser.post("/connexion", data={"login": "nobody", "password": "x", "next": "/oauth/authorize?state=z"})

    assert first.status_code == 303 and first.location.startswith("/connexion?next=")
    assert "state%3Dzibeline" in first.location
    assert '<html lang="en"' in login.text
    assert 'value="/oauth/authorize?state=z"' in back.text


def test_the_page_speaks_the_language_that_the_program_shows(salma: Someone, tusky: Client) -> None:
    assert '<html lang="fr"' in salma.browser.get(PAGE, query_string=tusky.asks()).text
    assert '<html lang="en"' in salma.browser.get(PAGE, query_string=tusky.asks(lang="en-GB")).text


def test_a_refusal_goes_back_as_a_refusal_and_makes_no_code(salma: Someone, tusky: Client) -> None:
    sent = tusky.consent(salma, answer="deny", state="7")

    assert sent.location == f"{TUSKY}?error=access_denied&state=7"


def test_a_program_on_the_command_line_is_shown_its_code_on_the_page(city: City, salma: Someone) -> None:
    toot = registered(city, OOB)

    shown = toot.consent(salma)
    code = shown.text.split('class="copy">')[1].split("<")[0]

    assert shown.status_code == 200 and "Location" not in shown.headers
    assert toot.exchange(code).status_code == 200
    assert "n’entre pas" in words(toot.consent(salma, answer="deny"))


def test_the_page_lets_its_form_lead_to_the_registered_place_and_nowhere_else(city: City, salma: Someone) -> None:
    for uri, source in ((TUSKY, "oauth2redirect:"), ("https://elk.example/x/cb?a=b", "https://elk.example")):
        client = registered(city, uri)
        page = salma.browser.get(PAGE, query_string=client.asks())

        policy = page.headers["Content-Security-Policy"]
        assert f"form-action 'self' {source};" in policy and "frame-ancestors 'none'" in policy
        assert client.consent(salma).location.startswith(uri + ("&" if "?" in uri else "?") + "code=")


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": TUSKY + "x"},
        {"redirect_uri": TUSKY.rstrip("/")},
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "nobody"},
        {"client_id": "é\x7f"},
        {"response_type": "token"},
        {"scope": "read admin:read"},
        {"scope": "read profile"},
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge": CHALLENGE},
        {"code_challenge": "short", "code_challenge_method": "S256"},
        {"state": "x" * 2001},
    ],
)  # fmt: skip
def test_a_question_that_may_be_a_trap_leads_nowhere(changed: dict[str, str], salma: Someone, tusky: Client) -> None:
    for answer in (
        salma.browser.get(PAGE, query_string=tusky.asks() | changed),
        salma.browser.post(PAGE, data=tusky.asks() | changed | {"answer": "allow"}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert "Rien n’a été autorisé" in words(answer)


def test_a_form_of_another_site_or_without_its_sign_allows_nothing(app: Flask, salma: Someone, tusky: Client) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for headers in ({}, {"Origin": "https://evil.example"}):
            answer = salma.browser.post(PAGE, data=tusky.asks() | {"answer": "allow"}, headers=headers)
            assert answer.status_code == 400 and "Location" not in answer.headers
        # The calls of programs carry no cookie, so no sign either, and come from any page.
        fields = {"grant_type": "client_credentials", **tusky.secrets}
        allowed = tusky.browser.post("/oauth/token", data=fields, headers={"Origin": "https://phanpy.example"})
        assert allowed.status_code == 200 and allowed.headers["Access-Control-Allow-Origin"] == "*"
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_code_is_good_once_and_its_second_use_ends_the_token(salma: Someone, tusky: Client) -> None:
    code = tusky.code(salma)
    first = tusky.exchange(code)
    headers = {"Authorization": f"Bearer {first.json['access_token']}"}
    assert tusky.browser.get(ME, headers=headers).status_code == 200

    second = tusky.exchange(code)

    assert (second.status_code, second.json["error"]) == (400, "invalid_grant")
    assert tusky.browser.get(ME, headers=headers).status_code == 401


def test_a_code_opens_nothing_late_elsewhere_for_another_or_without_the_secret(
    city: City, salma: Someone, tusky: Client, clock: Any
) -> None:
    code = tusky.code(salma)
    other = registered(city)

    for answer, word in (
        (tusky.exchange(code, redirect_uri=TUSKY + "x"), "invalid_grant"),
        (other.exchange(code), "invalid_grant"),
        (tusky.exchange(code, client_secret="guess"), "invalid_client"),
        (tusky.exchange(code, client_id=other.app["client_id"]), "invalid_client"),
        (tusky.exchange(code, grant_type="password"), "unsupported_grant_type"),
        (tusky.exchange(code, code_verifier=VERIFIER), "invalid_grant"),
        (tusky.exchange("nothing"), "invalid_grant"),
    ):
        assert answer.json["error"] == word and answer.json["error_description"]
        assert answer.status_code == (401 if word == "invalid_client" else 400)
    clock.forward(minutes=11)
    assert tusky.exchange(code).json["error"] == "invalid_grant"


def test_a_program_that_gave_a_challenge_shows_its_verifier(salma: Someone, tusky: Client) -> None:
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    code = tusky.code(salma, **pkce)

    assert tusky.exchange(code).json["error"] == "invalid_grant"
    assert tusky.exchange(code, code_verifier=VERIFIER + "x").json["error"] == "invalid_grant"
    assert tusky.exchange(code, code_verifier=VERIFIER).status_code == 200


def test_secrets_come_in_the_body_as_json_or_by_basic(salma: Someone, tusky: Client) -> None:
    fields = {"grant_type": "authorization_code", "redirect_uri": TUSKY}
    pair = b64encode(":".join(tusky.secrets.values()).encode()).decode()

    by_json = tusky.browser.post("/oauth/token", json=fields | tusky.secrets | {"code": tusky.code(salma)})
    by_basic = tusky.browser.post(
        "/oauth/token", data=fields | {"code": tusky.code(salma)}, headers={"Authorization": f"Basic {pair}"}
    )

    assert by_json.status_code == by_basic.status_code == 200


def test_an_application_speaks_for_itself_and_then_for_nobody(tusky: Client) -> None:
    fields = {"grant_type": "client_credentials", **tusky.secrets}
    made = tusky.browser.post("/oauth/token", data=fields)
    headers = {"Authorization": f"Bearer {made.json['access_token']}"}

    who = tusky.browser.get("/api/v1/apps/verify_credentials", headers=headers)

    assert who.json["name"] == "Tusky" and "client_secret" not in who.json
    assert tusky.browser.get(ME, headers=headers).status_code == 403
    assert tusky.browser.post("/api/v1/statuses", json={"status": "x"}, headers=headers).status_code == 403
    assert tusky.browser.post("/oauth/token", data=fields | {"scope": "profile"}).json["error"] == "invalid_scope"


def test_a_program_gives_its_token_back_and_nobody_elses(city: City, salma: Someone, tusky: Client) -> None:
    program = tusky.sign_in(salma)
    stranger = registered(city)

    for client, expected in ((stranger, 403), (tusky, 200)):
        answer = client.browser.post("/oauth/revoke", data=client.secrets | {"token": program.token})
        assert answer.status_code == expected
        assert program.get(ME).status_code == (401 if expected == 200 else 200)
    assert tusky.browser.post("/oauth/revoke", json=tusky.secrets | {"token": "nothing"}).json == {}
    assert tusky.browser.post("/oauth/revoke", json={"token": program.token}).json["error"] == "invalid_client"


def test_the_own_name_is_told_to_whom_asked_for_it_alone(city: City, salma: Someone) -> None:
    elk = registered(city, scopes="profile read")
    named = elk.sign_in(salma, scope="profile").get("/oauth/userinfo")

    assert named.json["preferred_username"] == "salma" and named.json["iss"] == city.settings.base_url
    assert named.json["sub"].endswith("/u/salma")
    assert elk.sign_in(salma, scope="profile").get(ME).status_code == 200
    assert elk.sign_in(salma, scope="profile").get("/api/v1/timelines/home").status_code == 403
    assert elk.sign_in(salma, scope="read").get("/oauth/userinfo").status_code == 403


def test_the_metadata_name_every_door(city: City, tusky: Client) -> None:
    told = tusky.browser.get("/.well-known/oauth-authorization-server")

    assert told.headers["Access-Control-Allow-Origin"] == "*"
    assert told.json["issuer"] == city.settings.base_url
    assert told.json["code_challenge_methods_supported"] == ["S256"]
    assert {"profile", "push", "read:statuses", "write:media"} <= set(told.json["scopes_supported"])
    for name in ("authorization", "token", "revocation", "userinfo"):
        path = told.json[f"{name}_endpoint"].removeprefix(city.settings.base_url)
        assert tusky.browser.post(path).status_code in {400, 401}, path


def test_a_visitor_signs_in_as_well(city: City, tusky: Client) -> None:
    program = tusky.sign_in(city.visitor("visiteur"))

    assert program.get(ME).json["acct"] == "visiteur"
    assert program.post("/api/v1/statuses", json={"status": "Bonjour"}).status_code == 403
