"""Statements that are asked at every request: written out once for each engine and length of their lists.

SQLAlchemy finds the text of a statement by a key as large as the statement, and names each of its values anew, every
time: for the largest of ours more than SQLite needs to answer (docs/decisions/0024).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Dialect, Select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from instance.core.db import db

Turn = Callable[[Any], Any]
LONG = 1024  # beyond it lists grow by so many: doubled, they would come near what an engine takes


class Prepared:
    """A selection with a name for each column. Values of its `expanding` parameters are lists of one at least."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement
        self._row: Any = namedtuple("Row", [str(column.key) for column in statement.selected_columns])  # type: ignore[misc]
        self._written: dict[tuple[Any, ...], _Written] = {}

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        """Every row for these values of the parameters, as named tuples; read by the session's connection.

        Raises `sqlalchemy.exc.DBAPIError` for a value that lacks.
        """
        values = {name: _padded(value) if isinstance(value, list) else value for name, value in values.items()}
        connection = db.session.connection()
        lengths = ((name, len(value)) for name, value in values.items() if isinstance(value, list))
        key = (connection.dialect.name, *lengths)
        written = self._written.get(key)
        if written is None:
            written = self._written[key] = _Written(self.statement, connection.dialect, values)
        found = connection.exec_driver_sql(written.text, written.outwards(values)).all()
        return [self._row._make(written.inwards(row)) for row in found]


def _padded(some: list[Any]) -> list[Any]:
    """The same set in one of a few lengths: each length is a text of its own."""
    number = len(some)
    length = 1 << (number - 1).bit_length() if number <= LONG else -(-number // LONG) * LONG
    return some + some[-1:] * (length - number)


class _Written:
    """The text of a statement for one engine, and what turns values into the engine's and back."""

    def __init__(self, statement: Select[*tuple[Any, ...]], engine: Dialect, values: Mapping[str, Any]) -> None:
        # With names, what stands in twenty places of a text is handed over once. The driver of SQLite takes both.
        dialect = SQLiteDialect_pysqlite(paramstyle="named") if engine.name == "sqlite" else engine
        compiled = statement.compile(dialect=dialect)
        state = compiled.construct_expanded_state(values)
        self.text = state.statement
        self.lists: Mapping[str, list[str]] = state.parameter_expansion
        writes = [(name, one.type.dialect_impl(dialect)) for one, name in compiled.bind_names.items()]
        turns_out = [
            (name, one.bind_processor(dialect)) for key, one in writes for name in (key, *self.lists.get(key, ()))
        ]
        self.turns_out: dict[str, Turn] = {name: turn for name, turn in turns_out if turn is not None}
        # Those alone that stand in the statement: what was given the first time is nobody else's.
        given = {*values, *(one for name in values for one in self.lists.get(name, ()))}
        own = {name: value for name, value in state.parameters.items() if name not in given}
        self.fixed = {name: self._out(name, value) for name, value in own.items()}
        types = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
        turns = [(place, one.result_processor(dialect, None)) for place, one in enumerate(types)]
        self.turns_in: list[tuple[int, Turn]] = [(place, turn) for place, turn in turns if turn is not None]

    def _out(self, name: str, value: Any) -> Any:
        turn = self.turns_out.get(name)
        return value if turn is None else turn(value)

    def outwards(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """All values that the text names: those given, and those that stand in the statement."""
        sent = dict(self.fixed)
        for name, value in values.items():
            if name in self.lists:
                sent.update(zip(self.lists[name], (self._out(name, cell) for cell in value), strict=True))
            else:
                sent[name] = self._out(name, value)
        return sent

    def inwards(self, row: tuple[Any, ...]) -> list[Any]:
        """A row of the driver with the values that our types give; NULL is None in all of them."""
        cells = list(row)
        for place, turn in self.turns_in:
            if cells[place] is not None:
                cells[place] = turn(cells[place])
        return cells
