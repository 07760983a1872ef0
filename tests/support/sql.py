"""Counting and explaining the statements of a piece of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from instance.core.db import db


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Every statement sent meanwhile, with its parameters; BEGIN, COMMIT and pragmas left out."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")):
            found.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def scans(statement: str, parameters: Any) -> list[str]:
    """Lines of the engine's plan that read a whole table, on PostgreSQL as if every table were large."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        lines = [str(row[-1]) for row in rows]
        whole = [line for line in lines if line.startswith("SCAN") and "CONSTANT ROW" not in line]
    else:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        lines = [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
        whole = [line for line in lines if "Seq Scan" in line]
    db.session.rollback()
    return whole
