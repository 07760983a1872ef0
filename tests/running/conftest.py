"""A database of its own for each instance that runs as processes: SQLite in its folder, or one on the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import postgres


@pytest.fixture
def own_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """QL_DATABASE_URL for one instance; empty in a run on SQLite."""
    if not postgres.chosen():
        yield ""
        return
    server = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)
