"""The schema of the database: at which migration it stands, and the way to the newest one.

Needs an app context. Alembic costs 15 MiB and is in no process that serves: it is imported where it is used.
"""

from __future__ import annotations

from flask import current_app
from sqlalchemy import inspect, text

from instance.core.db import db
from instance.core.paths import shipped


def version() -> str | None:
    """The migration that the database stands at; None for an empty one."""
    if not inspect(db.engine).has_table("alembic_version"):
        return None
    found: str | None = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.rollback()
    return found


def newest() -> str | None:
    """The newest migration that this program brings."""
    # Imported here: see above.
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(shipped("migrations"))).get_current_head()


def upgrade(revision: str = "head") -> None:
    """Bring the database to `revision`; does nothing where it stands there."""
    # Imported here: see above.
    import flask_migrate

    flask_migrate.Migrate(current_app, db, directory=str(shipped("migrations")), render_as_batch=True)
    flask_migrate.upgrade(revision=revision)
    db.session.rollback()
