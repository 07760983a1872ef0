"""What holds for every call of the client API: doors, errors, CORS, limits, bodies in every form."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, Request
from werkzeug.routing import Rule
from werkzeug.test import EnvironBuilder

from instance.core.errors import Invalid
from instance.mastodon import bodies, rates, scopes
from tests.city import City
from tests.instance.accounts.conftest import limits
from tests.mastodon.conftest import Programs

__all__ = ["limits"]
ME = "/api/v1/accounts/verify_credentials"
EXPOSED = "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"


def calls(app: Flask) -> list[tuple[Rule, str, Any]]:
    """Every rule under /api with its methods and view."""
    return [
        (rule, method, app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.rule.startswith("/api/")
    ]


def path_of(rule: Rule) -> str:
    filled = re.sub(r"<any\(\"?(\w+)[^>]*>", r"\1", rule.rule)
    return re.sub(r"<[^>]*>", "1", filled)


def test_every_call_names_its_scope_and_keeps_to_it(app: Flask, city: City, programs: Programs) -> None:
    someone = city.resident(city.quartier("Clignancourt"), "salma")
    narrow = {name: programs.of(someone, name) for name in ("push", "profile")}
    found = calls(app)

    assert len(found) > 60
    for rule, method, view in found:
        if getattr(view, "is_open", False):
            continue
        names = getattr(view, "scopes", None)
        assert names, f"{rule.rule} names no scope"
        assert all(name in scopes.ALL for name in names), f"{rule.rule}: {names}"
        assert method == "GET" or not names[0].startswith("read") or "translate" in rule.rule, f"{rule.rule}: {names}"
        other = narrow["profile" if "push" in names else "push"]
        assert other.call(method, path_of(rule)).status_code == 403, f"{method} {rule.rule} with another scope"
        alone = city.browser().open(path_of(rule), method=method)
        if getattr(view, "is_public", False):
            assert alone.status_code != 401, rule.rule
        else:
            assert alone.status_code == 401, f"{method} {rule.rule} without a token"
        assert alone.json is not None, rule.rule


def test_calls_that_are_open_to_all_are_those_and_no_others(app: Flask) -> None:
    open_calls = {rule.rule for rule, _method, view in calls(app) if getattr(view, "is_open", False)}
    told = {
        "rules", "extended_description", "privacy_policy", "terms_of_service", "languages", "translation_languages",
        "peers", "activity", "domain_blocks",
    }  # fmt: skip

    # Streams find the token in three places, so they look for it themselves (their own tests).
    assert {one for one in open_calls if not one.startswith("/api/v1/streaming")} == {
        "/api/v1/apps", "/api/v1/apps/verify_credentials", "/api/v1/instance", "/api/v2/instance",
        "/api/v1/custom_emojis", *(f"/api/v1/instance/{one}" for one in told),
    }  # fmt: skip


def test_errors_are_json_wherever_a_program_calls(city: City, programs: Programs) -> None:
    program = programs.of(city.resident(city.quartier("Clignancourt")), "read write")
    big = b'{"status": "' + b"x" * bodies.MAX_BYTES + b'"}'

    for answer, status in (
        (program.get("/api/v1/nothing"), 404),
        (program.get("/oauth/token"), 405),
        (program.call("DELETE", "/api/v1/timelines/home"), 405),
        (program.get("/api/v1/statuses/99999999999999999999"), 404),
        (program.get("/api/v1/nothing?q=%00"), 404),
        (program.post("/api/v1/statuses", data=big, content_type="application/json"), 413),
        (program.post("/api/v1/statuses", data=b"{", content_type="application/json"), 422),
        (program.post("/api/v1/statuses", data=b"[" * 100_000, content_type="application/json"), 422),
        (program.post("/api/v1/statuses", json={"status": "a\0b"}), 422),
        (program.post("/api/v1/statuses", data={"status": "a\0b"}), 422),
        (program.call("PUT", "/api/v1/statuses/1", data={"status": "a\0b"}), 422),
    ):
        assert (answer.status_code, answer.json.keys()) == (status, {"error"}), answer.request.path
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["X-Request-Id"] and answer.headers["X-RateLimit-Limit"] == "300"


def test_a_fault_of_ours_is_json_and_tells_nothing(
    app: Flask, city: City, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = programs.of(city.visitor(), "read")

    def fail() -> None:
        raise RuntimeError("rue Letort")

    monkeypatch.setitem(app.view_functions, "mastodon.preferences", fail)
    answer = program.get("/api/v1/preferences")

    assert (answer.status_code, answer.json.keys()) == (500, {"error"})
    assert "Letort" not in answer.text and answer.headers["Access-Control-Expose-Headers"] == EXPOSED


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/statuses", "/api/v1/nothing/at/all", "/oauth/token", "/oauth/revoke", "/oauth/userinfo",
        "/.well-known/nodeinfo", "/.well-known/oauth-authorization-server", "/nodeinfo/2.0", "/media/x/large",
    ],
)  # fmt: skip
def test_browsers_that_ask_beforehand_are_told_yes(path: str, city: City) -> None:
    asked = {"Origin": "https://phanpy.example", "Access-Control-Request-Method": "PATCH"}

    answer = city.browser().options(path, headers=asked)

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, PATCH, DELETE"
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Idempotency-Key"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_pages_of_people_are_open_to_no_other_origin(city: City) -> None:
    salma = city.visitor()

    for path in ("/reglages", "/oauth/authorize", "/connexion"):
        assert "Access-Control-Allow-Origin" not in salma.browser.get(path).headers
        assert salma.browser.options(path).status_code != 204


def test_a_picture_may_be_drawn_by_programs_in_a_browser(city: City) -> None:
    assert city.get(city.browser(), f"/media/{'0' * 32}/large").headers["Access-Control-Allow-Origin"] == "*"


def test_a_cookie_opens_nothing_here_nor_at_the_token_door(city: City) -> None:
    salma = city.resident(city.quartier("Clignancourt"), "salma")

    for path in (ME, "/api/v1/timelines/home", "/api/v1/preferences", "/oauth/userinfo"):
        assert city.get(salma.browser, path).status_code == 401
    assert city.post(salma.browser, "/api/v1/statuses", status="Bonjour").status_code == 401
    assert "salma" not in city.get(salma.browser, "/api/v1/accounts/lookup?acct=salma").text


@pytest.mark.usefixtures("limits")
def test_each_program_is_told_how_often_it_may_still_call(
    city: City, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "CALLS", 3)
    someone = city.visitor()
    one, other = programs.of(someone, "read"), programs.of(someone, "read")

    answers = [one.get(ME) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", answers[0].headers["X-RateLimit-Reset"])
    assert answers[3].json["error"] and int(answers[3].headers["Retry-After"]) > 0
    assert other.get(ME).status_code == 200
    # A made-up token has no count of its own: it is its network's.
    made_up = [city.browser().get(ME, headers={"Authorization": f"Bearer {n}"}).status_code for n in range(4)]
    assert made_up[-1] == 429


def read(app: Flask, method: str = "POST", **sent: Any) -> dict[str, Any]:
    """What `sent()` gives for a request."""
    with app.test_request_context():
        return bodies.fields_of(Request(EnvironBuilder(method=method, **sent).get_environ()))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_bodies_are_read_in_every_form_of_every_method(method: str, app: Flask) -> None:
    wished = {"account_ids": ["1", "2"], "title": "Voisins"}
    pairs = {"account_ids[]": ["1", "2"], "title": "Voisins"}

    assert read(app, method, json=wished) == wished
    assert read(app, method, data=pairs) == wished
    assert read(app, method, data=pairs, content_type="multipart/form-data") == wished
    assert read(app, method, query_string="account_ids[]=1&account_ids[]=2&title=Voisins") == wished
    assert read(app, method, query_string="title=x&limit=1", data={"title": "y"}) == {"title": "y", "limit": "1"}


def test_names_nested_as_rails_writes_them_are_values_within(app: Flask) -> None:
    sent = (
        "fields_attributes[0][name]=Rue&fields_attributes[0][value]=Letort&fields_attributes[1][name]=Chat"
        "&source[privacy]=private&data[alerts][mention]=1&poll[options][]=oui&poll[options][]=non&poll[multiple]=0"
        "&keywords_attributes[][keyword]=a&keywords_attributes[][whole_word]=1&keywords_attributes[][keyword]=b"
        "&id[]=1&a[=2&[]=3&x[a][b][c][d][e][f][g][h]=4"
    )

    found = read(app, data=sent, content_type="application/x-www-form-urlencoded")

    assert bodies.rows(found["fields_attributes"]) == [{"name": "Rue", "value": "Letort"}, {"name": "Chat"}]
    assert found["source"] == {"privacy": "private"}
    assert found["data"] == {"alerts": {"mention": "1"}}
    assert found["poll"] == {"options": ["oui", "non"], "multiple": "0"}
    assert found["keywords_attributes"] == [{"keyword": "a", "whole_word": "1"}, {"keyword": "b"}]
    assert found["id"] == ["1"]
    assert found["a["] == "2" and found["[]"] == "3"
    assert found["x[a][b][c][d][e][f][g][h]"] == "4"


@pytest.mark.parametrize("sent", ["x=1&x[a]=2", "x[a]=1&x=2", "x[]=1&x[a]=2", "x[a]=1&x[]=2", "x[a]=1&x[a][b]=2"])
def test_two_shapes_for_one_name_are_no_fault(sent: str, app: Flask) -> None:
    assert "x" in read(app, data=sent, content_type="application/x-www-form-urlencoded")


def test_lone_surrogates_and_endless_numbers_are_no_fault(app: Flask) -> None:
    for raw in (b'{"status": "\\ud800"}', b'{"limit": ' + b"9" * 5000 + b"}", b'"text"', b"[1]", b"\xff"):
        try:
            read(app, data=raw, content_type="application/json")
        except Invalid:
            continue


@pytest.mark.parametrize("path", ["/", "/apropos", "/oauth/authorize", "/connexion"])
def test_only_the_way_to_consent_stays_tied_to_the_window_that_opened_it(path: str, city: City) -> None:
    said = city.browser().get(f"{path}?next=/oauth/authorize").headers["Cross-Origin-Opener-Policy"]
    assert said == ("unsafe-none" if path in {"/oauth/authorize", "/connexion"} else "same-origin")
