"""The town that programs of others play in: one for each test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mastodon.clients.town import Town
from tests.mastodon.clients.town import town as build
from tests.support import postgres, redis


@pytest.fixture(scope="session")
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    database = request.getfixturevalue("postgres_server") if postgres.chosen() else None
    waiting = request.getfixturevalue("redis_server") if redis.chosen() else None
    url = database.create() if database else ""
    redis_url = f"unix://{waiting.unix_socket_path}" if waiting else ""
    with build(tmp_path_factory.mktemp("town"), url, redis_url) as made:
        yield made
    if database:
        database.drop(url)
