"""What a program reads of the server before anybody signs in."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from instance.core.db import commit
from instance.legal import service as legal
from instance.mastodon import filters, instance_info
from instance.posts.service import TEXT_MAX
from tests.city import City
from tests.instance.accounts.conftest import limits
from tests.mastodon.conftest import Programs

__all__ = ["limits"]


@pytest.fixture
def texts(city: City) -> None:
    with commit():
        legal.write("regles", "fr", "## Les règles\n\n### 1. Vous êtes vous\n\nUn compte est une personne.")
        legal.write("contact", "fr", "- Courriel : bonjour@quartier.example.\n- Téléphone : 01")
        legal.write("confidentialite", "fr", "Nous gardons peu.")
        legal.write("mentions", "fr", "L’association.")


def ask(city: City, path: str) -> Any:
    return city.browser().get(path)


@pytest.mark.usefixtures("texts")
def test_the_server_tells_what_it_is_and_what_it_takes(city: City) -> None:
    told = ask(city, "/api/v2/instance").json

    assert told["domain"] == "localhost:8000" and told["title"] == "Quartier Libre d’essai"
    assert told["version"].startswith("4.5.0 (compatible; QuartierLibre ")
    assert told["thumbnail"]["url"].startswith("http://localhost:8000/static/icon-512.png")
    assert told["contact"]["email"] == "bonjour@quartier.example"
    assert [(one["id"], one["text"]) for one in told["rules"]] == [("1", "Vous êtes vous")]
    takes = told["configuration"]
    assert takes["urls"]["streaming"] == "ws://localhost:8000"
    assert takes["statuses"]["max_characters"] == TEXT_MAX
    assert takes["translation"] == {"enabled": False}
    assert len(takes["vapid"]["public_key"]) == 88
    assert "image/webp" in takes["media_attachments"]["supported_mime_types"]
    assert not any(kind.startswith("video") for kind in takes["media_attachments"]["supported_mime_types"])


@pytest.mark.usefixtures("texts")
def test_the_older_form_tells_the_same(city: City) -> None:
    new, old = (ask(city, f"/api/{version}/instance").json for version in ("v2", "v1"))

    assert (old["uri"], old["version"], old["configuration"]) == (new["domain"], new["version"], new["configuration"])
    assert old["urls"]["streaming_api"] == new["configuration"]["urls"]["streaming"]
    assert old["rules"] == new["rules"] == ask(city, "/api/v1/instance/rules").json


def test_the_version_promises_calls_that_are_there(app: Flask) -> None:
    """Ice Cubes has no fallback: 4.3 and later mean grouped notifications, their policy and requests."""
    calls = {(rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()}

    assert instance_info.SPEAKS.startswith("4.5")
    for path in ("/api/v2/notifications", "/api/v2/notifications/policy", "/api/v1/notifications/requests"):
        assert (path, "GET") in calls
    assert instance_info.API_VERSION == 7 and "blur" in filters.ACTIONS
    assert ("/api/v1/media/<int:media_id>", "DELETE") in calls
    for path, method in (("quotes", "GET"), ("quotes/<int:quoting_id>/revoke", "POST"), ("interaction_policy", "PUT")):
        assert (f"/api/v1/statuses/<int:post_id>/{path}", method) in calls


@pytest.mark.usefixtures("texts")
def test_the_texts_of_the_house_are_there_for_programs(city: City) -> None:
    assert "Nous gardons peu" in ask(city, "/api/v1/instance/privacy_policy").json["content"]
    assert "L’association" in ask(city, "/api/v1/instance/extended_description").json["content"]
    assert ask(city, "/api/v1/instance/terms_of_service").json["effective"] is True
    assert {"code": "fr", "name": "Français"} in ask(city, "/api/v1/instance/languages").json
    assert ask(city, "/api/v1/instance/translation_languages").json == {}


def test_what_is_not_written_is_absent_and_whom_we_know_is_told_to_nobody(city: City) -> None:
    assert ask(city, "/api/v1/instance/privacy_policy").status_code == 404
    for path in ("instance/peers", "instance/activity", "instance/domain_blocks", "custom_emojis"):
        assert ask(city, f"/api/v1/{path}").json == []


def test_a_new_post_is_for_the_quartier_unless_its_writer_says_more(city: City, programs: Programs) -> None:
    program = programs.of(city.resident(city.quartier("Clignancourt")), "read")

    assert program.get("/api/v1/preferences").json["posting:default:visibility"] == "private"
    assert program.get("/api/v1/announcements").json == []


def test_a_program_in_a_browser_finds_the_older_document_of_the_host(city: City) -> None:
    links = ask(city, "/.well-known/nodeinfo")
    href = next(one["href"] for one in links.json["links"] if one["rel"].endswith("/2.0"))
    document = ask(city, href.removeprefix(city.settings.base_url))

    assert document.json["software"]["name"] == "quartier-libre" and document.json["version"] == "2.0"
    for answer in (links, document, ask(city, "/.well-known/host-meta"), ask(city, "/nodeinfo/9.9")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_applications_register_in_whichever_form(city: City) -> None:
    two = ["https://elk.example/cb", "icecubesapp://"]
    for sent in (
        {"data": {"client_name": "Elk", "redirect_uris": "\n".join(two), "scopes": "read write"}},
        {"json": {"client_name": "Elk", "redirect_uris": two, "scopes": "read write"}},
        {"data": {"client_name": "Elk", "redirect_uris[]": two, "scopes": "read write"}},
        {"data": {"client_name": "Elk", "redirect_uris": "\n".join(two), "scopes": "read write"},
         "content_type": "multipart/form-data"},
    ):  # fmt: skip
        made = city.browser().post("/api/v1/apps", **sent).json
        assert made["redirect_uris"] == two and made["redirect_uri"] == "\n".join(two)
        assert (made["name"], made["scopes"], made["website"]) == ("Elk", ["read", "write"], None)
        assert made["client_id"] and made["client_secret"] and made["client_secret_expires_at"] == 0
        assert made["vapid_key"] == ask(city, "/api/v2/instance").json["configuration"]["vapid"]["public_key"]
    plain = city.browser().post("/api/v1/apps", data={"client_name": "x", "redirect_uris": two[0], "website": "js:"})
    assert (plain.json["scopes"], plain.json["website"]) == (["read"], None)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x", "file:///etc/passwd", "about:blank",
        "vbscript:x", "blob:https://x/1", "intent://x#Intent;end", "view-source:https://x", "https://", "https:///x",
        "http:x", "//evil.example/", "/local", "evil.example", "https://user@evil.example/", "https://e.example/#f",
        "https://e.example;default-src/", "https://e.example,x/", "https://e\x00.example/", "https://é.example/", "x:",
        "https://e.example:port/", "urn:ietf:wg:oauth:2.0:oob:auto", "ms-msdt:/id", "", "a://" + "b" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_a_browser_would_run_or_misread_is_no_way_back(uri: str, city: City) -> None:
    answer = city.browser().post("/api/v1/apps", json={"client_name": "x", "redirect_uris": [uri]})

    assert answer.status_code == 422 and answer.json["error"]


def test_an_application_names_itself_and_scopes_that_exist(city: City) -> None:
    good = {"client_name": "x", "redirect_uris": "app.example:/cb"}
    for wrong in ({"client_name": " \u202e "}, {"scopes": "read admin:read"}, {"scopes": "write:everything"}):
        assert city.browser().post("/api/v1/apps", json=good | wrong).status_code == 422
    assert city.browser().post("/api/v1/apps", json=good).status_code == 200


@pytest.mark.usefixtures("limits")
def test_one_network_registers_five_applications_in_ten_minutes(city: City, clock: Any) -> None:
    good = {"client_name": "x", "redirect_uris": "app.example:/cb"}

    answers = [city.browser().post("/api/v1/apps", json=good) for _ in range(6)]

    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert answers[-1].json["error"] and int(answers[-1].headers["Retry-After"]) > 0
    clock.forward(minutes=11)
    assert city.browser().post("/api/v1/apps", json=good).status_code == 200
