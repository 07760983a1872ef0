"""Three cities whose quartiers touch each other, all passing public words on: each post comes to everybody once."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from deploy.browser import Browser
from deploy.two_cities import Plan, Town, free_ports
from tests.support.peer import ForeignActor, ForeignServer
from tests.two_cities.conftest import ask, at_rest, until

pytestmark = pytest.mark.slow
NEIGHBOURS, OPEN = "/moderation/voisins", "les annonces passent."
# Two squares side by side, and one above that touches both.
CORNERS = {"Aubrive": (3.00, 47.00), "Roncelles": (3.01, 47.00), "Sorgues": (3.005, 47.01)}


@dataclass
class Corner(Town):
    """A town of one quartier, which touches those of both others; its one resident moderates it."""

    @property
    def slug(self) -> str:
        return f"coin-de-{self.plan.name.lower()}"

    @property
    def group(self) -> str:
        return f"{self.url}/q/{self.slug}"

    def settle(self) -> None:
        west, south = CORNERS[self.plan.name]
        east, north = west + 0.01, south + 0.01
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        feature = {
            "type": "Feature", "properties": {"code": "C1", "nom": f"Coin de {self.plan.name}"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }  # fmt: skip
        (self.folder / "data").mkdir(parents=True)
        outlines = self.folder / "quartiers.geojson"
        outlines.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        (handle, name) = self.plan.people[0]
        self.run_each(
            ("migrate",), ("import", "quartiers", str(outlines)), ("quartier", "open", "C1"),
            ("resident", "add", handle, "--name", name, "--email", f"{handle}@example.org", "--password",
             self.password, "--quartier", "C1", "--role", "moderator"),
        )  # fmt: skip

    def browser(self) -> Browser:
        return Browser(self.port).log_in(self.plan.people[0][0], self.password)


@contextmanager
def triangle(more_hosts: list[str]) -> Iterator[list[Corner]]:
    """The three towns, running, each in agreement with both others and its passages open."""
    with tempfile.TemporaryDirectory() as folder:
        ports = free_ports(3)
        allow = ",".join([*(f"127.0.0.1:{port}" for port in ports), *more_hosts])
        towns = [
            Corner(Plan(name, 0.0, (), ((f"mo_{name.lower()}", "Mo Berger"),), 0), Path(folder) / name, port, allow)
            for name, port in zip(CORNERS, ports, strict=True)
        ]
        with ThreadPoolExecutor(len(towns)) as pool:
            try:
                list(pool.map(Corner.settle, towns))
                list(pool.map(Corner.start, towns))
                sign(towns, pool)
                yield towns
            finally:
                list(pool.map(Corner.stop, towns))


def sign(towns: list[Corner], pool: ThreadPoolExecutor) -> None:
    """Agreements of each with each, and the passages under them; as few commands as can be, for each takes a second."""
    first, second, third = towns
    proposals = [(first, (second, third)), (second, (third,))]
    list(pool.map(lambda one: one[0].run_each(*(("peer", "propose", other.url) for other in one[1])), proposals))
    answers = [(second, 1), (third, 2)]
    for town, number in answers:
        until(lambda: len(offers(town)) == number, f"the offers to {town.plan.name}")  # noqa: B023
    list(pool.map(lambda one: one[0].run_each(*(("peer", "accept", uri) for uri in offers(one[0]))), answers))
    for town in towns:
        until(partial(is_joined, town.browser()), f"{town.plan.name} to touch both others")
    for town in towns:
        until(partial(has_both_ways, town.browser()), f"both ways of {town.plan.name} to open")


def is_joined(browser: Browser) -> bool:
    """Say yes to each neighbour that waits for one, or propose; whether both are proposed to, or open."""
    page = browser.read(NEIGHBOURS)
    for act in re.findall(rf'action="({NEIGHBOURS}/\d+/proposer)"', page):
        assert browser.fill(NEIGHBOURS, act) == 303
    page = browser.read(NEIGHBOURS)
    return page.count("/quitter") == 2


def offers(town: Corner) -> list[str]:
    """Addresses of the agreements that this town was offered, each looked at by its worker."""
    at_rest(town)
    return [uri for (uri,) in ask(town, "SELECT uri FROM agreement WHERE state = 'received' AND uri IS NOT NULL")]


def passed_on(reader: ForeignActor, group: str) -> list[str]:
    """Addresses that `group` announced to a follower elsewhere."""
    said = [one for one in reader.server.inbox_of(reader) if one["type"] == "Announce" and one["actor"] == group]
    return [one["object"] for one in said if isinstance(one["object"], str)]


def has_both_ways(browser: Browser) -> bool:
    return browser.read(NEIGHBOURS).count(OPEN) == 2


@pytest.fixture
def elsewhere() -> Iterator[ForeignServer]:
    server = ForeignServer()
    yield server
    server.stop()


def test_one_public_post_comes_once_to_each_follower_and_to_each_page_around(elsewhere: ForeignServer) -> None:
    with triangle([elsewhere.host]) as towns:
        browsers = [town.browser() for town in towns]
        for town, browser in zip(towns, browsers, strict=True):
            carry = f"{NEIGHBOURS}/quartier/{town.slug}/faire-suivre"
            assert browser.fill(NEIGHBOURS, carry, carries="1") == 303
        readers = []
        for town in towns:
            reader = elsewhere.actor(f"zoe-{town.plan.name.lower()}")
            assert reader.send(f"{town.url}/inbox", reader.follow(town.group)) == 202
            readers.append(reader)
        for reader in readers:
            until(partial(elsewhere.inbox_of, reader), "the follow to be accepted")

        write = f"/q/{towns[0].slug}/ecrire"
        fields = {"title": "Fête des trois coins", "text": "Samedi.", "kind": "news", "scope": "public"}
        assert browsers[0].fill(write, "", everywhere="1", confirmed="1", act="send", **fields) == 303
        uri = towns[0].url + browsers[0].place

        for town, reader in zip(towns, readers, strict=True):
            until(partial(passed_on, reader, town.group), f"{town.plan.name} to pass it on")
        for _round in range(2):
            for town in towns:
                at_rest(town)
        for town, reader in zip(towns, readers, strict=True):
            assert passed_on(reader, town.group) == [uri], town.plan.name
        pages = [browser.read(f"/q/{town.slug}/autour") for town, browser in zip(towns, browsers, strict=True)]
        assert [page.count("Fête des trois coins</a></h3>") for page in pages] == [0, 1, 1]
        for page, other in zip(pages[1:], ("Sorgues", "Roncelles"), strict=True):
            assert "Coin de Aubrive · Aubrive" in page
            assert f"Coin de {other} · {other}" in page
        for town in towns[1:]:
            assert ask(town, "SELECT count(*) FROM post WHERE uri = ?", uri) == [(1,)]
            assert ask(town, "SELECT count(*) FROM boost JOIN post ON post.id = post_id WHERE post.uri = ?", uri) == [
                (3,)
            ]
        assert ask(towns[0], "SELECT count(*) FROM boost") == [(3,)]
