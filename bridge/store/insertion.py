"""Inserting many rows: what a statement means is worked out once, not for each time it runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.sql.dml import Insert

from bridge.store.rows import Values

AnyInsert = Insert | SqliteInsert | PostgresqlInsert
Write = Callable[[Any], Any] | None  #: how a column's type writes a value; None: as it is


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one kind of database, and how it takes its values."""

    sql: str
    writes: Sequence[tuple[str, Write]]
    is_positional: bool

    def taken(self, row: Values) -> Sequence[Any] | Mapping[str, Any]:
        """Give a row as the driver takes it; a column that the first row lacked is a mistake."""
        if len(row) > len(self.writes):
            more = sorted(set(row) - {name for name, _ in self.writes})
            message = f"columns that the first row lacked: {', '.join(more)}"
            raise KeyError(message)
        values = [row[name] if write is None else write(row[name]) for name, write in self.writes]
        if self.is_positional:
            return tuple(values)
        return {name: value for (name, _), value in zip(self.writes, values, strict=True)}


class Insertion:
    """An INSERT of which all rows name the same columns, each time it runs.

    Connection.execute would look its text up, and collect each row's values by name, anew.
    """

    def __init__(self, statement: AnyInsert) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}  #: by kind of database

    def run(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Insert the rows, if there is one."""
        if not rows:
            return
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect, rows[0])
        connection.exec_driver_sql(compiled.sql, [compiled.taken(row) for row in rows])

    def _compile(self, dialect: Dialect, row: Values) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=list(row))
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        types = [(name, self._statement.table.c[name].type) for name in names]
        writes = [(name, of.dialect_impl(dialect).bind_processor(dialect)) for name, of in types]
        return _Compiled(compiled.string, writes, compiled.positional)
