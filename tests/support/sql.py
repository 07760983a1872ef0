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


def plan(statement: str, parameters: Any) -> list[str]:
    """Lines of the engine's plan, on PostgreSQL as if every table were large."""
    word = "EXPLAIN QUERY PLAN"
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            word = "EXPLAIN"
        return [str(row[-1]) for row in connection.exec_driver_sql(f"{word} {statement}", parameters)]


def scans(statement: str, parameters: Any) -> list[str]:
    """Those lines of the plan that read a whole table."""
    whole = []
    for line in plan(statement, parameters):
        if "Seq Scan" in line or (line.startswith("SCAN") and "CONSTANT ROW" not in line):
            whole.append(line)
    return whole
