"""Two servers that take letters, and a city that sends them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from federation import Door, Federation
from federation.keys import SigningKey, load_private, make_rsa
from federation.memory import Documents, Incoming, Keys, Outgoing, Policy
from instance.core import clock, fed
from instance.core.db import commit, db
from instance.peers import outbox
from instance.peers.models import Delivery
from tests.city import City
from tests.support.peer import ForeignServer

SAM = "/u/sam"


class Sam:
    """Somebody of ours who sends."""

    path = SAM


@pytest.fixture(scope="session")
def pair() -> tuple[str, str]:
    return make_rsa()


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[ForeignServer, ForeignServer]]:
    both = ForeignServer(), ForeignServer()
    yield both
    for one in both:
        one.stop()


@pytest.fixture
def there(servers: tuple[ForeignServer, ForeignServer]) -> ForeignServer:
    servers[0].reset()
    return servers[0]


@pytest.fixture
def elsewhere(servers: tuple[ForeignServer, ForeignServer]) -> ForeignServer:
    servers[1].reset()
    return servers[1]


@pytest.fixture(autouse=True)
def engine(
    city: City, pair: tuple[str, str], servers: tuple[ForeignServer, ForeignServer]
) -> Iterator[Federation]:  # fmt: skip
    """An engine whose only port that matters here is the key of Sam; the door opens to this machine."""
    before = fed.bound.engine, fed.bound.base_url
    fed.bound.base_url = city.settings.base_url
    sam = fed.uri_of(SAM)
    fed.bound.engine = Federation(
        base_url=fed.bound.base_url, keys=Keys({sam: SigningKey(f"{sam}#main-key", sam, load_private(pair[0]))}),
        documents=Documents(), incoming=Incoming(), outgoing=Outgoing(), policy=Policy(), table={},
        door=Door([f"127.0.0.1:{one.port}" for one in servers]), now=clock.now,
        instance_actor=fed.uri_of("/actor"),
    )  # fmt: skip
    yield fed.bound.engine
    fed.bound.engine, fed.bound.base_url = before


class Post:
    """What the tests of this folder do: queue activities, look at rows, let the worker go."""

    def __init__(self, city: City) -> None:
        self.city = city

    def queue(self, inboxes: Iterable[str], kind: str = "Create", object_uri: str = "", **members: Any) -> str:
        """One activity of Sam about `object_uri`; its id."""
        with commit():
            number, uri = outbox.new_uri()
            about: Any = {"id": object_uri or fed.uri_of("/p/1"), "type": "Note"}
            activity = {"id": uri, "type": kind, "actor": fed.uri_of(SAM), "object": about} | members
            outbox.send(
                activity, outgoing_id=number, sender=Sam(), inboxes=inboxes, object_uri=about["id"], is_public=True
            )
        return uri

    def rows(self) -> list[tuple[str, int, int | None, str | None]]:
        """State, attempts, status and reason of each delivery, the oldest first."""
        found = db.session.execute(
            db.select(Delivery.state, Delivery.attempts, Delivery.status, Delivery.last_error).order_by(Delivery.id)
        ).all()
        db.session.rollback()
        return [tuple(row) for row in found]

    def states(self) -> list[str]:
        return [row[0] for row in self.rows()]

    def work(self) -> None:
        self.city.work()


@pytest.fixture
def post(city: City) -> Post:
    return Post(city)


def inbox(server: ForeignServer, name: str = "") -> str:
    """The shared inbox of `server`, or that of somebody there."""
    return f"{server.base_url}/users/{name}/inbox" if name else f"{server.base_url}/inbox"


def told(server: ForeignServer) -> list[str]:
    """Ids of the activities that `server` took, in the order in which they came."""
    return [one.json["id"] for one in server.received]
