"""The schema: what the migrations make is what the models say, on the engine of this run; the way back works too."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from instance.cli import main
from instance.core.db import db
from instance.settings import load
from tests.running.served import inside

assert main  # the command knows every room, and with it every table

pytestmark = pytest.mark.slow


def test_migrations_make_exactly_the_tables_of_the_models_and_take_them_back(tmp_path: Path, own_database: str) -> None:
    settings = load({"QL_DATA_DIR": str(tmp_path), "QL_DATABASE_URL": own_database})
    with inside(settings):
        for _twice in range(2):
            upgrade()
            with db.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})
                assert compare_metadata(context, db.metadata) == []
            downgrade(revision="base")
            assert inspect(db.engine).get_table_names() == ["alembic_version"]
