"""From a name to an actor, and from a host to what runs on it."""

from __future__ import annotations

from typing import Any

import pytest

from federation import webfinger
from tests.city import City
from tests.instance.fediverse.wire import ask, keyed
from tests.instance.posts.writing import write

BASE, HOST = "http://localhost:8000", "localhost:8000"


def finger(city: City, resource: str) -> Any:
    return ask(city, f"/.well-known/webfinger?resource={resource}", accept="*/*")


def test_a_quartier_is_found_by_its_name(city: City) -> None:
    slug = city.quartier("Goutte-d'Or")
    keyed(city)

    answer = finger(city, f"acct:{slug}@{HOST}")

    assert answer.status_code == 200
    assert answer.content_type == "application/jrd+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json["subject"] == f"acct:{slug}@{HOST}"
    assert webfinger.read(answer.json) == f"{BASE}/q/{slug}"
    assert finger(city, f"acct:{slug.upper()}@{HOST}").json == answer.json
    assert finger(city, f"{BASE}/q/{slug}").json == answer.json


def test_a_resident_is_found_and_their_page_only_once_it_is_shown(city: City) -> None:
    slug = city.quartier("Clignancourt")
    salma = city.resident(slug, "salma")
    city.work()

    hidden = finger(city, f"acct:salma@{HOST}").json
    write(city, salma, slug, scope="public", everywhere="1")
    shown = finger(city, f"acct:salma@{HOST}").json

    assert [link["rel"] for link in hidden["links"]] == ["self", "http://ostatus.org/schema/1.0/subscribe"]
    assert hidden["links"][1]["template"] == f"{BASE}/chercher?q={{uri}}"
    assert "http://webfinger.net/rel/profile-page" in [link["rel"] for link in shown["links"]]


@pytest.mark.parametrize("name", ["visiteuse", "pilote", "personne", "clignancourt-"])
def test_who_is_not_to_be_seen_is_not_found(city: City, name: str) -> None:
    city.visitor("visiteuse")
    city.quartier("Pilote", state="pilot")
    keyed(city)

    answer, absent = finger(city, f"acct:{name}@{HOST}"), finger(city, f"acct:nulle_part@{HOST}")

    assert answer.status_code == 404
    assert (answer.data, dict(answer.headers)) == (absent.data, dict(absent.headers))


@pytest.mark.parametrize("query", ["", "?resource=", "?resource=salma", "?resource=acct:@x", f"?resource={'a' * 600}"])
def test_a_question_without_a_name_is_a_bad_one(city: City, query: str) -> None:
    assert ask(city, f"/.well-known/webfinger{query}").status_code == 400


def test_the_name_of_another_host_is_not_ours_to_tell(city: City) -> None:
    slug = city.quartier("Clignancourt")
    keyed(city)

    assert finger(city, f"acct:{slug}@ailleurs.example").status_code == 404
    assert finger(city, f"https://ailleurs.example/q/{slug}").status_code == 404


@pytest.mark.parametrize("resource", [BASE, f"acct:actor@{HOST}", f"acct:{HOST}@{HOST}", f"{BASE}/actor"])
def test_the_server_itself_is_found(city: City, resource: str) -> None:
    keyed(city)

    assert webfinger.read(finger(city, resource).json) == f"{BASE}/actor"


def test_host_meta_leads_to_webfinger(city: City) -> None:
    answer = ask(city, "/.well-known/host-meta", accept="*/*")

    assert answer.content_type.startswith("application/xrd+xml")
    assert f"{BASE}/.well-known/webfinger?resource={{uri}}" in answer.text


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_nodeinfo_tells_what_runs_here_and_leads_to_who_fetches(city: City, version: str) -> None:
    links = {link["rel"]: link["href"] for link in ask(city, "/.well-known/nodeinfo", accept="*/*").json["links"]}

    place = links[f"http://nodeinfo.diaspora.software/ns/schema/{version}"]
    said = ask(city, place.removeprefix(BASE), accept="*/*").json

    assert links["https://www.w3.org/ns/activitystreams#Application"] == f"{BASE}/actor"
    assert said["version"] == version and said["software"]["name"] == "quartier-libre"
    assert said["protocols"] == ["activitypub"] and said["usage"]["users"] == {}
    assert said["openRegistrations"] is True
