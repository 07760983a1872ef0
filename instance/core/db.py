"""The database: types of columns, and `commit()`, the only way to write.

A read transaction never becomes a writing one: SQLite would answer "database is locked" at once. So `commit()` ends
any open read, takes the write lock first, and rows that were loaded before are read again inside it. On PostgreSQL,
where every statement sees its own moment anyway, reads are in no transaction: that saves BEGIN and ROLLBACK, and the
driver forgets its prepared statements at each ROLLBACK.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, MetaData, Table, Text, event, inspect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from instance.core import secrets
from instance.core.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the city."""

    metadata = MetaData(naming_convention=NAMING)


class _Reads(FlaskSession):
    """The session of a request or job: it reads by the engine for reading, unless `commit()` opens a transaction."""

    def get_bind(self, *_: Any, **__: Any) -> Engine:
        found: Engine = current_app.extensions[READS]
        return found


READS = "quartier.reads"
WRITES = {"postgresql": {"isolation_level": "READ COMMITTED"}}  # by engine: options of a writing transaction
db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"autoflush": False, "class_": _Reads}
)  # fmt: skip

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

BigId = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime on both engines; SQLite keeps it naive, in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[str]):
    """Text that lies encrypted in the database, under a key of its own for `purpose`."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else secrets.seal(self.purpose, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else secrets.unseal(self.purpose, value)


class Plain(TypeDecorator[Any]):
    """A small JSON document, kept as text with sorted keys on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class WriteOutsideCommit(RuntimeError):
    """Rows were about to be written outside `commit()`: a fault of ours, never of the reader."""


class _Writer(threading.local):
    """Whether this thread holds the write transaction."""

    active = False


RESTED_S = 1.0  # after so long a connection to PostgreSQL is tried before it is used
_writer = _Writer()
# SQLite's own waiting sleeps blindly; threads of one process queue here instead (performance.md, rule 7).
_queue = threading.RLock()
before_commit: list[Callable[[], None]] = []
after_commit: list[Callable[[], None]] = []


@contextmanager
def commit() -> Iterator[None]:
    """One write transaction: everything inside is kept together, or nothing is.

    Opened by the edges (view, command, job) only, never inside another. Recorded facts become job rows in it.
    """
    if _writer.active:
        raise WriteOutsideCommit("commit() inside commit()")
    db.session.rollback()
    db.session.info.clear()  # what a commit that failed had noted went with it
    with _queue:
        _writer.active = True
        try:
            db.session.connection(execution_options=WRITES.get(db.session.get_bind().dialect.name))
            yield
            db.session.flush()
            for finish in before_commit:
                finish()
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            _writer.active = False
    for tell in after_commit:
        tell()


def sheet(model: type[Any]) -> Table:
    """The table of a model, as Core knows it."""
    found: Table = inspect(model).local_table
    return found


def is_writing() -> bool:
    """Whether this thread is inside `commit()`."""
    return _writer.active


def _engine_for_reads(engine: Engine) -> Engine:
    """The same connections for the session: no transaction on PostgreSQL, no write outside `commit()` on either."""
    is_sqlite = engine.dialect.name == "sqlite"
    reads = engine.execution_options() if is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")

    @event.listens_for(reads, "before_cursor_execute")
    def refuse(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        if not _writer.active and (context.isinsert or context.isupdate or context.isdelete):
            raise WriteOutsideCommit("rows are written inside commit() only")

    return reads


@event.listens_for(Session, "before_flush")
def _only_in_commit(session: Session, *_: object) -> None:
    if not _writer.active and (session.new or session.dirty or session.deleted):
        raise WriteOutsideCommit("rows are written inside commit() only")


def prepare_engine(engine: Engine) -> None:
    """Settings of every connection. SQLite: WAL, foreign keys, 5 s of patience, our own BEGIN."""
    current_app.extensions[READS] = _engine_for_reads(engine)
    if engine.dialect.name != "sqlite":
        _look_after_rest(engine)
        return

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writer.active else "BEGIN")


def _look_after_rest(engine: Engine) -> None:
    """Ask whether the server is still there when a connection has rested: `pool_pre_ping` asks at every request."""

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) < RESTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as gone:
            raise InvalidatePoolError from gone  # the pool throws its connections away and makes a new one


__all__ = [
    "BigId",
    "Model",
    "Moment",
    "Plain",
    "Sealed",
    "commit",
    "db",
    "is_writing",
    "new_id",
    "prepare_engine",
    "sheet",
]
