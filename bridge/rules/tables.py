"""Tables that templates look things up in: a map in the rules, or a CSV file beside them."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Undefined

from bridge.rules.reading import as_text

if TYPE_CHECKING:
    import _csv

#: In a key column, matches anything.
WILDCARD = "*"

Value = str | Mapping[str, str]


class TableMiss(Exception):
    """A table has no row for a key, and no `miss:` to stand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a table has for a key, and where it says so."""

    value: Value
    row: str  #: as people read it in a trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows by key; the first that fits wins."""

    name: str
    keys: int  #: how many values a key has
    exact: Mapping[tuple[str, ...], tuple[int, Found]]  #: with the row's number
    patterns: Sequence[tuple[int, tuple[str, ...], Found]]  #: rows with a wildcard, in order
    miss: Value | None
    columns: tuple[str, ...] = ()  #: of a row; none: a value is plain text

    def find(self, key: tuple[str, ...]) -> Found:
        """Give the first row that fits the key; raise TableMiss."""
        number, found = self.exact.get(key, (len(self.exact) + len(self.patterns) + 1, None))
        for at, pattern, row in self.patterns:
            if at > number:
                break
            if all(want in (WILDCARD, said) for want, said in zip(pattern, key, strict=True)):
                return row
        if found is not None:
            return found
        if self.miss is None:
            message = f"table {self.name} has no row for {', '.join(map(repr, key))}, and no miss:"
            raise TableMiss(message)
        return Found(value=self.miss, row=f"table {self.name} miss")


@dataclass(slots=True)
class Lookup:
    """A table as templates call it; notes which rows it gave."""

    table: Table
    rows: list[str] = field(default_factory=list)

    def __call__(self, *key: object) -> Value:
        """Look up; a missing label looks up as empty text, as it does in a matcher."""
        if len(key) != self.table.keys:
            message = f"table {self.table.name} is looked up by {self.table.keys} values"
            raise TypeError(message)
        found = self.table.find(tuple(_text(part) for part in key))
        self.rows.append(found.row)
        return found.value


def map_table(name: str, rows: Mapping[str, Value], miss: Value | None) -> Table:
    """Make a table of an inline map."""
    columns = _columns([*rows.values(), *([miss] if miss is not None else [])])
    plain: dict[tuple[str, ...], tuple[int, Found]] = {
        (key,): (number, Found(value=value, row=f'table {name} row "{key}"'))
        for number, (key, value) in enumerate(rows.items())
        if key != WILDCARD
    }
    rest = [
        (number, (WILDCARD,), Found(value=value, row=f'table {name} row "*"'))
        for number, (key, value) in enumerate(rows.items())
        if key == WILDCARD
    ]
    return Table(name=name, keys=1, exact=plain, patterns=rest, miss=miss, columns=columns)


def csv_table(name: str, file: Path, key: Sequence[str], miss: Mapping[str, str] | None) -> Table:
    """Make a table of a CSV file with a header line; raise ValueError with the remedy."""
    header, rows = _read(file)
    missing = [column for column in key if column not in header]
    if missing:
        message = f"{file} has no column {missing[0]!r}; it has {', '.join(header)}"
        raise ValueError(message)
    columns = tuple(column for column in header if column not in key)
    exact: dict[tuple[str, ...], tuple[int, Found]] = {}
    patterns: list[tuple[int, tuple[str, ...], Found]] = []
    for number, (line, row) in enumerate(rows):
        at = tuple(row[column] for column in key)
        said = f"table {name} row {line} ({', '.join(at)})"
        found = Found(value={column: row[column] for column in columns}, row=said)
        if WILDCARD in at:
            patterns.append((number, at, found))
        else:
            exact.setdefault(at, (number, found))
    filled = {**dict.fromkeys(columns, ""), **miss} if miss is not None else None
    return Table(
        name=name, keys=len(key), exact=exact, patterns=patterns, miss=filled, columns=columns
    )


def _read(file: Path) -> tuple[Sequence[str], Sequence[tuple[int, Mapping[str, str]]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        message = f"{file} cannot be read; give a CSV file in UTF-8, relative to this file"
        raise ValueError(message) from exc
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        rows = list(_rows(reader, header, file))
    except csv.Error as exc:
        message = f"{file}:{reader.line_num} is not CSV ({exc}); correct the line"
        raise ValueError(message) from exc
    return header, rows


def _rows(
    reader: "_csv.Reader", header: Sequence[str], file: Path
) -> Iterator[tuple[int, Mapping[str, str]]]:
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(header):
            message = (
                f"{file}:{reader.line_num} has {len(cells)} cells and the header "
                f"{len(header)}; add or remove some"
            )
            raise ValueError(message)
        yield reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=True))


def _columns(values: Sequence[Value]) -> tuple[str, ...]:
    names = [name for value in values if isinstance(value, Mapping) for name in value]
    return tuple(dict.fromkeys(names))


def _text(part: object) -> str:
    return "" if isinstance(part, Undefined) else as_text(part)  # type: ignore[arg-type]
