"""One way to write, all or nothing; reads that survive a restart of the database server."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import func, insert, select

from instance.accounts.models import Attempt
from instance.core import clock
from instance.core import db as database
from instance.core.db import WriteOutsideCommit, commit, db
from tests.city import City
from tests.support import postgres


def _try_once() -> None:
    db.session.execute(insert(Attempt).values(subject="login:somebody", window_start=clock.now(), tries=1))


def _kept() -> int | None:
    db.session.remove()
    return db.session.scalar(select(func.count()).select_from(Attempt))


def test_what_failed_half_way_is_not_kept(city: City) -> None:
    with pytest.raises(ZeroDivisionError), commit():
        _try_once()
        _ = 1 // 0

    assert _kept() == 0


def test_rows_are_written_inside_commit_only(city: City) -> None:
    with pytest.raises(WriteOutsideCommit):
        _try_once()

    assert _kept() == 0


def test_connections_cut_while_they_rested_are_replaced(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "RESTED_S", 0)
    assert city.get(city.browser(), "/").status_code == 200
    db.session.remove()

    _cut_connections(city)

    assert city.get(city.browser(), "/").status_code == 200


def _cut_connections(city: City) -> None:
    """As a restart of PostgreSQL does. SQLite has no server that could be away."""
    if db.engine.dialect.name == "postgresql":
        with psycopg.connect(postgres.plain(city.settings.database_url), autocommit=True) as outside:
            outside.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
