"""Alembic's entry: the running app's engine and tables; batch mode, so that SQLite can alter."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from instance.posts.search_ddl import is_of_index

database = current_app.extensions["migrate"].db


def is_of_a_model(_object: object, name: str | None, kind: str, *_compared: object) -> bool:
    """Whether the comparison looks at it: the index of search is made by statements, no model knows its tables."""
    return kind not in {"table", "index"} or not is_of_index(name)


@contextmanager
def without_cascades(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by dropping the old one, which would delete all that refers to it: not meanwhile.

    The pragma counts outside of a transaction only, so it goes to the driver. References are checked at the end.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if dangling := driver.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(
                f"{len(dangling)} rows refer to nothing after the migration, the first in {dangling[0][0]}"
            )
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


with database.engine.connect() as connection, without_cascades(connection):
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        render_as_batch=True,
        compare_type=True,
        include_object=is_of_a_model,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
