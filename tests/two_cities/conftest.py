"""Two towns as real processes on loopback, for all tests of this folder; and programs that speak for their people."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import pytest

from deploy.two_cities import Town, two_cities

WAIT_S = 30
T = TypeVar("T")


def until(look: Callable[[], T], what: str) -> T:
    """The first value of `look` that counts as true; what is sent needs a moment to arrive."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {WAIT_S} s for {what}")


@dataclass(frozen=True)
class Person:
    """A resident of a running town and the program they use."""

    town: Town
    handle: str
    token: str

    @property
    def acct(self) -> str:
        return f"{self.handle}@{urlsplit(self.town.url).netloc}"

    def call(self, method: str, path: str, fields: dict[str, Any] | None = None) -> Any:
        status, found = self.answer(method, path, fields)
        assert status == 200, (method, path, status, found)
        return found

    def answer(self, method: str, path: str, fields: dict[str, Any] | None = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.town.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request(method, f"/api/v1/{path}", json.dumps(fields) if fields is not None else None, headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, json.loads(body)

    def find(self, what: str) -> str:
        """The id under which this town knows `what`, asking the other one if need be."""
        connection = http.client.HTTPConnection("127.0.0.1", self.town.port, timeout=30)
        path = f"/api/v2/search?resolve=true&type=accounts&q={quote(what)}"
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        found = json.loads(connection.getresponse().read())
        connection.close()
        assert found["accounts"], f"{what} was not found"
        return str(found["accounts"][0]["id"])

    def home(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "timelines/home?limit=40")
        return found

    def sees(self, uri: str) -> dict[str, Any] | None:
        """The post of that address as it stands in this person's home, itself or passed on."""
        lines = ((one["reblog"] or one) for one in self.home())
        return next((one for one in lines if one["uri"] == uri), None)

    def relation(self, actor_id: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.call("GET", f"accounts/relationships?id[]={actor_id}")
        return found[0]

    def follow(self, other: Person) -> str:
        """Follow `other`, who says yes; the id of `other` here."""
        known_as = self.find(f"@{other.acct}")
        self.call("POST", f"accounts/{known_as}/follow", {})
        asking = other.awaits(self)
        other.call("POST", f"follow_requests/{asking}/authorize", {})
        until(lambda: self.relation(known_as)["following"], "the follow to be accepted")
        return known_as

    def awaits(self, other: Person) -> str:
        """The id of `other` here, once their request is there."""

        def look() -> str | None:
            asked = self.call("GET", "follow_requests")
            return next((str(one["id"]) for one in asked if one["acct"] == other.acct), None)

        return until(look, f"the request of {other.acct}")


@pytest.fixture(scope="package")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Town]]:
    with two_cities() as both:
        yield both


def _person(town: Town, handle: str) -> Person:
    return Person(town, handle, town.run("token", handle))


@pytest.fixture(scope="package")
def salma(towns: tuple[Town, Town]) -> Person:
    """A resident, and moderator, of the one town."""
    return _person(towns[0], "salma")


@pytest.fixture(scope="package")
def bruno(towns: tuple[Town, Town]) -> Person:
    """A resident, and moderator, of the other."""
    return _person(towns[1], "bruno")


def log_of(town: Town) -> str:
    return (Path(town.folder) / "log").read_text()
