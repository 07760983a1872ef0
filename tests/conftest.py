"""Fixtures: one application per test process, an empty city per test, on SQLite or PostgreSQL."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from contextvars import Context
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from instance.accounts import keys
from instance.accounts import service as accounts
from instance.app import create_app
from instance.core import clock, ids
from instance.core.db import db
from instance.settings import Settings, load
from tests.city import City
from tests.mastodon import shapes
from tests.support import key_pairs, postgres, redis
from tests.support.partner import PartnerCity
from tests.support.peer import ForeignServer

SHARED = Path(__file__).resolve().parents[2] / "shared"
LOOPBACK = {"127.0.0.1", "::1", "localhost", "0.0.0.0"}


@pytest.fixture(scope="session", autouse=True)
def _no_outside() -> Iterator[None]:
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test reached for {address}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Empty on SQLite (a file in the data folder); PostgreSQL where QL_TEST_DATABASE_URL is set."""
    return os.environ.get("QL_TEST_DATABASE_URL", "")


@pytest.fixture(scope="session")
def foreign_sockets() -> Iterator[list[socket.socket]]:
    """Ports of the foreign servers, taken before the settings that allow them are read."""
    taken = [socket.socket() for _ in range(2)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    yield taken
    for one in taken:
        one.close()


@pytest.fixture(scope="session")
def settings(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    database_url: str,
    foreign_sockets: list[socket.socket],
) -> Settings:
    folder = tmp_path_factory.mktemp("data")
    server = request.getfixturevalue("redis_server") if redis.chosen() else None
    redis_url = f"unix://{server.unix_socket_path}" if server else ""
    return load(
        {
            "QL_DATA_DIR": str(folder), "QL_DATABASE_URL": database_url, "QL_RATE_LIMITS": "off",
            "QL_REDIS_URL": redis_url, "QL_REGISTRATIONS": "open", "QL_NAME": "Quartier Libre d’essai",
            "QL_FETCH_ALLOW": ",".join(f"127.0.0.1:{one.getsockname()[1]}" for one in foreign_sockets),
        }
    )  # fmt: skip


class FreshClient(FlaskClient):
    """A browser whose requests share nothing with the test: no `g`, no database session.

    Whatever the client API answers is held to the shapes that clients can read.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.rollback()
        kwargs["buffered"] = True  # read and closed, so that what follows the answer has happened
        answer = Context().run(super().open, *args, **kwargs)
        db.session.rollback()
        asked = answer.request
        shapes.check(asked.method, asked.path, answer.status_code, answer.mimetype, answer.data)
        return answer


@pytest.fixture(scope="session")
def whole_app(settings: Settings) -> Iterator[Flask]:
    keys.MAKERS.update(key_pairs.makers())
    accounts.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # a third of the suite was hashing
    app = create_app(settings)
    app.test_client_class = FreshClient
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    with app.app_context():
        _forget_the_disk()
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def _forget_the_disk() -> None:
    """SQLite waits for no disk: what a crash of the machine would cost does not matter here, a commit does."""
    if db.engine.dialect.name != "sqlite":
        return  # tests/support/postgres.py

    @event.listens_for(db.engine, "connect")
    def settle(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    db.engine.dispose()  # whoever was connected before


@pytest.fixture
def app(whole_app: Flask) -> Iterator[Flask]:
    """The application over an empty city."""
    yield whole_app
    clock.shift(timedelta())
    ids.lower_floor()
    keys.forget_all()
    db.session.rollback()
    db.session.expunge_all()
    _empty()


def _empty() -> None:
    tables = [f'"{table.name}"' for table in reversed(db.metadata.sorted_tables)]
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            # TRUNCATE makes every table's file anew: a hundred times slower than deleting a few rows.
            deletes = "; ".join(f"DELETE FROM {table}" for table in tables)
            connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {deletes}")
        return
    any_rows = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)
    with closing(db.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")  # all go: nobody needs to look for whom the going leaves behind
        filled = [row[0] for row in cursor.execute(any_rows).fetchall()]
        cursor.executescript("; ".join(["BEGIN IMMEDIATE", *(f"DELETE FROM {table}" for table in filled), "COMMIT"]))
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


@pytest.fixture
def city(app: Flask, settings: Settings) -> City:
    return City(app, settings)


class Clock:
    """The test's hand on the clock."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def forward(self, **by: float) -> None:
        """Move on by `days=`, `hours=`, `minutes=`."""
        self.moved += timedelta(**by)
        clock.shift(self.moved)


@pytest.fixture(name="clock")
def clock_fixture() -> Iterator[Clock]:
    yield Clock()
    clock.shift(timedelta())


@pytest.fixture(scope="session")
def foreign_servers(foreign_sockets: list[socket.socket]) -> Iterator[list[ForeignServer]]:
    servers = [ForeignServer(one) for one in foreign_sockets]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def elsewhere(foreign_servers: list[ForeignServer]) -> Iterator[ForeignServer]:
    """A server of our own writing on loopback, with nobody on it yet; its clock is the test's."""
    server = foreign_servers[0]
    server.reset()
    server.now = clock.now
    yield server
    server.reset()


@pytest.fixture
def farther(foreign_servers: list[ForeignServer]) -> Iterator[ForeignServer]:
    """A second one, of another origin."""
    server = foreign_servers[1]
    server.reset()
    server.now = clock.now
    yield server
    server.reset()


@pytest.fixture
def partner(elsewhere: ForeignServer) -> PartnerCity:
    """Another city on `elsewhere`, with which nothing is agreed yet (tests/support/partner.py)."""
    return PartnerCity(elsewhere)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project; tests that read it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("real data: the folder shared/ is not beside the project")
    return SHARED


@pytest.fixture
def own_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """QL_DATABASE_URL for one more instance: empty in a run on SQLite, else a database of its own on the server."""
    if not postgres.chosen():
        yield ""
        return
    server = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)
