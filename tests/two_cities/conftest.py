"""Two towns as real processes on loopback, for all tests of this folder; and programs that speak for their people."""

from __future__ import annotations

import http.client
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import NullPool, create_engine

from deploy.browser import Browser
from deploy.two_cities import Town, two_cities
from tests.support.peer import ForeignServer

WAIT_S = 60
SERVERS = 5  # of others, one for each test that plays one
T = TypeVar("T")


def until(look: Callable[[], T | None], what: str, wait_s: float = WAIT_S) -> T:
    """The first value of `look` that counts as true; what is sent needs a moment to arrive."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {wait_s} s for {what}")


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

    def pages(self) -> Browser:
        """A browser in which they are logged in."""
        return Browser(self.town.port).log_in(self.handle, self.town.password)

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
            name = other.handle if other.town is self.town else other.acct
            return next((str(one["id"]) for one in asked if one["acct"] == name), None)

        return until(look, f"the request of {other.acct}")


def ask(town: Town, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of the town's own database, which is only read."""
    with rows_of(town) as read:
        return read(query, *values)


@contextmanager
def rows_of(town: Town) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """The same for several questions, over one connection."""
    if not town.database_url:
        with closing(sqlite3.connect(f"file:{_file(town)}?mode=ro", uri=True, timeout=10)) as file:
            yield lambda query, *values: list(file.execute(query, values))
        return
    with create_engine(town.database_url, poolclass=NullPool).connect() as connection:
        yield lambda query, *values: [
            tuple(row) for row in connection.exec_driver_sql(query.replace("%", "%%").replace("?", "%s"), values)
        ]


def _file(town: Town) -> Path:
    (found,) = (town.folder / "data").glob("*.db")
    return found


def decree(town: Town, change: str, *values: object) -> None:
    """Change a row of the town where neither page nor command does."""
    with closing(sqlite3.connect(_file(town), timeout=10)) as file:
        file.execute(change, values)
        file.commit()


def at_rest(town: Town) -> None:
    """Wait until nothing is left to do or to send in that town."""
    left = " UNION ALL ".join(
        f"SELECT 1 FROM {table} WHERE state IN ('pending', 'running')" for table in ("job", "incoming", "delivery")
    )
    until(lambda: not ask(town, left), f"{town.plan.name} to come to rest")


@pytest.fixture(scope="package")
def servers() -> Iterator[list[ForeignServer]]:
    """Servers of others, which both towns may reach."""
    made = [ForeignServer() for _ in range(SERVERS)]
    yield made
    for one in made:
        one.stop()


@pytest.fixture(scope="package")
def towns(servers: list[ForeignServer]) -> Iterator[tuple[Town, Town]]:
    with two_cities([one.host for one in servers]) as both:
        yield both


@pytest.fixture(scope="package")
def everybody(towns: tuple[Town, Town]) -> dict[str, Person]:
    """By handle and town; Yvonne has just come to live in the one and is a visitor in the other."""
    found = {}
    for town, code in zip(towns, ("AUB2", ""), strict=True):
        new = ("resident", "add", "yvonne", "--name", "Yvonne Petit", "--email", "yvonne@example.org")
        handles = [*(handle for handle, _name in town.plan.people), "yvonne"]
        made = town.run_each(
            (*new, "--password", town.password, "--quartier", code), *(("token", handle) for handle in handles)
        )
        for handle, token in zip(handles, made.splitlines()[-len(handles) :], strict=True):
            found[f"{handle} of {town.plan.name}"] = Person(town, handle, token)
    return found


@pytest.fixture(scope="package")
def salma(everybody: dict[str, Person]) -> Person:
    """A resident, and moderator, of the one town."""
    return everybody["salma of Aubrive"]


@pytest.fixture(scope="package")
def odile(everybody: dict[str, Person]) -> Person:
    """A resident of the same quartier."""
    return everybody["odile of Aubrive"]


@pytest.fixture(scope="package")
def bruno(everybody: dict[str, Person]) -> Person:
    """A resident, and moderator, of the other."""
    return everybody["bruno of Roncelles"]


@pytest.fixture(scope="package")
def ines(everybody: dict[str, Person]) -> Person:
    """A resident of the same quartier as he."""
    return everybody["ines of Roncelles"]


def log_of(town: Town) -> str:
    return (Path(town.folder) / "log").read_text()
