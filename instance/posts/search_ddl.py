"""The index over `post_words`, made with the table: FTS5 and its triggers on SQLite, GIN on PostgreSQL.

The rows of `post_words` are all that is written; triggers keep the index of SQLite in step, whoever writes, deletes or
restores them. The migration runs the same statements (`MAKE`, `DROP`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Table, event

from instance.posts.models import PostWords

INDEX = "post_fts"  # on SQLite a table of its own, with others that begin alike; on PostgreSQL an index
_GONE = "INSERT INTO post_fts(post_fts, rowid, words) VALUES ('delete', old.post_id, old.words);"
_COME = "INSERT INTO post_fts(rowid, words) VALUES (new.post_id, new.words);"
MAKE: dict[str, tuple[str, ...]] = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE {INDEX} USING fts5(words, content='post_words', content_rowid='post_id', "
        "tokenize='unicode61 remove_diacritics 2')",
        f"CREATE TRIGGER {INDEX}_insert AFTER INSERT ON post_words BEGIN {_COME} END",
        f"CREATE TRIGGER {INDEX}_delete AFTER DELETE ON post_words BEGIN {_GONE} END",
        f"CREATE TRIGGER {INDEX}_update AFTER UPDATE ON post_words BEGIN {_GONE} {_COME} END",
    ),
    "postgresql": (f"CREATE INDEX {INDEX} ON post_words USING gin (to_tsvector('simple', words))",),
}
DROP: dict[str, tuple[str, ...]] = {  # triggers go with the table, before which this is run
    "sqlite": (f"DROP TABLE {INDEX}",),
    "postgresql": (f"DROP INDEX {INDEX}",),
}


def is_of_index(name: str | None) -> bool:
    """Whether a table or index that the engine tells of is part of this: no model knows it (migrations/env.py)."""
    return name is not None and name.startswith(INDEX)


def _hook(table: Table) -> None:
    for dialect, statements in MAKE.items():
        for statement in statements:
            event.listen(table, "after_create", _ddl(statement).execute_if(dialect=dialect))
    for dialect, statements in DROP.items():
        for statement in statements:
            event.listen(table, "before_drop", _ddl(statement).execute_if(dialect=dialect))


def _ddl(statement: str) -> Any:
    return DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # so does SQLAlchemy leave it


_hook(PostWords.__table__)  # type: ignore[arg-type]  # a declared class always has a Table
