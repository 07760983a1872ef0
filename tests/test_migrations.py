"""The schema: what the migrations make is what the models say, on the engine of this run; the way back works too."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade
from sqlalchemy import inspect, text

from instance.cli import main
from instance.core.db import db
from instance.core.schema import upgrade
from instance.posts.search_ddl import is_of_index
from instance.settings import load
from tests.running.served import inside

assert main  # the command knows every room, and with it every table

pytestmark = pytest.mark.slow
COMPARED = {
    "compare_type": True,
    "include_object": lambda _object, name, kind, *_: kind not in {"table", "index"} or not is_of_index(name),
}  # fmt: skip


def test_migrations_make_exactly_the_tables_of_the_models_and_take_them_back(tmp_path: Path, own_database: str) -> None:
    settings = load({"QL_DATA_DIR": str(tmp_path), "QL_DATABASE_URL": own_database})
    with inside(settings):
        for _twice in range(2):
            upgrade()
            with db.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts=COMPARED)
                assert compare_metadata(context, db.metadata) == []
            downgrade(revision="base")
            assert inspect(db.engine).get_table_names() == ["alembic_version"]


def test_a_city_of_the_first_schema_keeps_its_people_posts_and_pictures(tmp_path: Path, own_database: str) -> None:
    settings = load({"QL_DATA_DIR": str(tmp_path), "QL_DATABASE_URL": own_database})
    rows = (
        "INSERT INTO actor (id, kind, handle, path, shown_name, version, created_at) "
        "VALUES (1, 'person', 'salma', '/u/salma', 'Salma B.', 1, '2026-11-01 10:00:00')",
        "INSERT INTO account (id, actor_id, password_hash, state, language, is_name_full, is_simple, counts_views, "
        "shows_first_lines, sort, created_at, guide_seen) "
        "VALUES (2, 1, 'x', 'active', 'fr', false, false, true, false, 'replies', '2026-11-01 10:00:00', 0)",
        "INSERT INTO media (id, key, owner_id, position, description, width, height, colour, bytes, created_at) "
        "VALUES (3, '0123456789abcdef0123456789abcdef', 2, 0, 'Un chat', 9, 9, '#000000', 9, '2026-11-01 10:00:00')",
    )
    with inside(settings):
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            for row in rows:
                connection.execute(text(row))

        upgrade()

        with db.engine.connect() as connection:
            account = connection.execute(
                text("SELECT approves_followers, shows_outside, reached_by FROM account")
            ).one()
            assert tuple(account) == (True, False, "anyone")
            assert connection.execute(text("SELECT state, owner_id FROM media")).one() == ("ready", 2)
        downgrade(revision="0001")
        with db.engine.connect() as connection:
            assert connection.scalar(text("SELECT description FROM media")) == "Un chat"
