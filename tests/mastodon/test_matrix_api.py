"""Every GET call of the client API, asked by everybody who must not read a wall: none tells a word of it.

The calls come from the application itself, as in tests/instance/test_matrix.py; the scene is the one of that page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from flask import Flask

from instance.core.db import commit
from instance.mastodon import tokens
from instance.mastodon.scopes import BASIC
from tests.city import City, Someone
from tests.instance.test_matrix import ALT, READERS, REPLY, TEXT, TITLE, WORDS, Scene
from tests.mastodon.conftest import Program, Programs
from tests.mastodon.signing_in import registered

STREAMS = "/api/v1/streaming"  # no answer but a line that stays open: asked of the hub in tests of its own
WIDE = "?acct={author}&id[]={post}&id[]={reply}&id[]={actor}&local=true&limit=80&types[]=mention&url={path}&q={author}"
FINDERS = ("/api/v2/search", "/api/v1/accounts/search")
SEARCHES = ("?q={word}", "?q={word}&type=statuses&resolve=1", "?q={path}&resolve=1")
# Names of people are no words of a wall; who may meet whom has its own tests (test_sight.py).
SAID = tuple(word for word in WORDS if word != "auteure_secrete")


def nobody(_scene: Scene, _programs: Programs) -> Program | None:
    return None


def application(scene: Scene, _programs: Programs) -> Program:
    """An application that speaks for itself."""
    client = registered(scene.city)
    fields = {"grant_type": "client_credentials", "scope": "read", **client.secrets}
    return Program(scene.city, client.browser.post("/oauth/token", data=fields).json["access_token"])


def of(make: Callable[[Scene], Someone]) -> Callable[[Scene, Programs], Program]:
    return lambda scene, programs: programs.of(make(scene), " ".join(BASIC))


ASKERS: dict[str, Callable[[Scene, Programs], Program | None]] = {
    "a stranger": nobody,
    "an application for itself": application,
    **{
        name: of(make)
        for name, make in READERS.items()
        if name not in {"a stranger", "a moderator", "a verifier", "a referent"}
    },
}


def calls(app: Flask, scene: Scene) -> list[str]:
    """Every GET address under /api and /oauth, filled with what somebody could know of the scene."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.rule.startswith(("/api/", "/oauth/")):
            continue
        if rule.rule.startswith(STREAMS) or rule.websocket:
            continue
        names = sorted(rule.arguments)
        for values in product(*(known(scene, name) for name in names)):
            built = rule.build(dict(zip(names, values, strict=True)), append_unknown=False)
            if built is not None:
                found.append(built[1])
    return sorted(set(found))


def known(scene: Scene, argument: str) -> list[Any]:
    """Every number that leads somewhere in the scene fits every number in an address."""
    if argument == "actor_id":
        return [scene.author.actor_id, scene.neighbour.actor_id]
    if argument.endswith("_id"):
        return [scene.post, scene.reply, scene.author.actor_id]
    if argument in {"name", "tag"}:
        return ["zibeline"]
    return scene.values(argument) if argument in {"rest", "key", "slug", "handle"} else ["1", "read"]


def asked(program: Program | None, city: City, path: str) -> Any:
    return city.browser().get(path) if program is None else program.get(path)


@pytest.mark.parametrize("asker", ASKERS)
def test_no_call_tells_a_word_of_a_wall_to(asker: str, city: City, app: Flask, programs: Programs) -> None:
    scene = Scene(city)
    program = ASKERS[asker](scene, programs)
    facts = {
        "word": TITLE.split()[0], "path": f"{city.settings.base_url}/p/{scene.post}", "author": scene.author.handle,
        "post": scene.post, "reply": scene.reply, "actor": scene.author.actor_id,
    }  # fmt: skip
    paths = calls(app, scene)
    paths += [path + WIDE.format(**facts) for path in paths if not re.search(r"\d{3}", path)]
    paths += [path + one.format(**facts) for path in FINDERS for one in SEARCHES]

    for path in paths:
        found = asked(program, city, path)
        assert found.status_code < 500, path
        told = [word for word in SAID if word in found.text and word not in path]
        assert not told, f"{path} tells {told}"


def test_a_neighbour_reads_it_by_a_program(city: City, app: Flask, programs: Programs) -> None:
    """The matrix can fail: the same words are found where they belong."""
    scene = Scene(city)
    program = programs.of(city.resident(scene.here), "read")
    told = {path: program.get(path).text for path in calls(app, scene)}

    assert all(word in told[f"/api/v1/statuses/{scene.post}"] for word in (TITLE, TEXT, ALT))
    assert REPLY in told[f"/api/v1/statuses/{scene.post}/context"]
    assert TEXT in told["/api/v1/timelines/home"]


@pytest.mark.parametrize("asker", ["a stranger", "a resident of the neighbour quartier", "a blocked neighbour"])
def test_what_is_hidden_answers_programs_like_what_is_absent(
    asker: str, city: City, app: Flask, programs: Programs
) -> None:
    scene = Scene(city)
    program = ASKERS[asker](scene, programs)
    absent = scene.post + 99

    for path in calls(app, scene):
        if f"/{scene.post}" not in path:
            continue
        one, other = (
            asked(program, city, path.replace(str(scene.post), str(number))) for number in (scene.post, absent)
        )
        assert (one.status_code, one.data) == (other.status_code, other.data), path


def test_a_token_that_ended_reads_like_one_that_never_was(city: City, app: Flask, programs: Programs) -> None:
    scene = Scene(city)
    program = programs.of(scene.neighbour)
    with commit():
        tokens.end_all(scene.neighbour.account_id)

    for path in calls(app, scene):
        answer = program.get(path)
        assert not [word for word in WORDS if word in answer.text], path
        assert answer.status_code != 200 or path.startswith(("/api/v1/instance", "/api/v2/instance", "/api/v1/custom"))
