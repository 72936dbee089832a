"""Where tables come from: a map or rows in the rules, or a CSV or YAML file beside them."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from bridge.domain.errors import ConfigurationError
from bridge.domain.json import JsonValue
from bridge.rules.tables import Row, Table, Value
from bridge.yamlfile import Document, Place, Where, load, read_text

_YAML = (".yaml", ".yml")


def compile_table(name: str, section: Mapping[str, Any], document: Document, folder: Path) -> Table:
    """Compile one of `tables:`; raise ConfigurationError with what is wrong, and where."""
    where: Where = ("tables", name)
    place = document.place(where)
    key: Sequence[str] = section.get("key", ())
    if "file" not in section:
        kind = "map" if "map" in section else "rows"
        rows = yaml_rows(name, document, (*where, kind), key)
    else:
        rows = file_rows(name, folder / section["file"], key, place)
    said = section.get("miss")
    miss = None if said is None else _filled(_value(said, place), rows, place, is_row=bool(key))
    return Table(name=name, keys=len(key) or 1, rows=rows, miss=miss, place=place)


def file_rows(name: str, file: Path, key: Sequence[str], place: Place) -> Sequence[Row]:
    """Read the file of a table that is named at `place`."""
    if file.suffix not in _YAML:
        return _csv_rows(name, file, key, place)
    document = load(file)
    if document.problems:
        raise ConfigurationError(document.problems)
    return yaml_rows(name, document, (), key)


def yaml_rows(name: str, document: Document, where: Where, key: Sequence[str]) -> Sequence[Row]:
    """Read a mapping of words, or a list of rows that have the columns of the key."""
    said = document.at(where)
    is_map = isinstance(said, Mapping)
    if not said or not isinstance(said, Mapping | list):
        wish = "[{column: value}]" if key else "{word: value}"
        raise _wrong(document.place(where), "the table is empty", f"write {wish}")
    if is_map == bool(key):
        message = "a map has no key columns" if is_map else "key is missing"
        remedy = "remove key:, or write rows" if is_map else "name the columns to look up by"
        raise _wrong(document.place(where), message, remedy)
    steps = said if isinstance(said, Mapping) else range(len(said))
    places = [document.place((*where, step)) for step in steps]
    if isinstance(said, Mapping):
        return [_word(name, w, v, at) for (w, v), at in zip(said.items(), places, strict=True)]
    rows = [(_columns(row, at), at) for row, at in zip(said, places, strict=True)]
    known = dict.fromkeys(column for row, _ in rows for column in row)
    return [_row(name, key, {**dict.fromkeys(known, ""), **row}, at) for row, at in rows]


def _csv_rows(name: str, file: Path, key: Sequence[str], place: Place) -> Sequence[Row]:
    if not key:
        raise _wrong(place, "key is missing", "name the columns to look up by")
    try:
        text = read_text(file)
    except ValueError as exc:
        remedy = "give a file in UTF-8, relative to this one"
        raise _wrong(place, f"{file} cannot be read: {exc}", remedy) from exc
    lines = _csv_lines(text, file)
    _, header = next(lines, (1, []))
    if missing := [column for column in key if column not in header]:
        remedy = f"it has {', '.join(header)}" if header else "write a line of column names"
        raise _wrong(Place(str(file)), f"there is no column {missing[0]!r}", remedy)
    return [
        _row(name, key, dict(zip(header, cells, strict=True)), Place(str(file), line))
        for line, cells in lines
    ]


def _csv_lines(text: str, file: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    width = 0
    try:
        for cells in reader:
            at = Place(str(file), reader.line_num)
            width = width or len(cells)
            if cells and len(cells) != width:
                message = f"{len(cells)} cells stand under {width} columns"
                raise _wrong(at, message, "add or remove some")
            if cells:
                yield at.line, [cell.strip() for cell in cells]
    except csv.Error as exc:
        at = Place(str(file), reader.line_num)
        raise _wrong(at, f"not CSV: {exc}", "correct the line") from exc


def _word(name: str, word: str, said: JsonValue, place: Place) -> Row:
    label = f'table {name} row "{word}"'
    return Row(key=(word,), value=_value(said, place), label=label, place=place)


def _row(name: str, key: Sequence[str], columns: Mapping[str, str], place: Place) -> Row:
    at = tuple(columns.get(column, "") for column in key)
    return Row(
        key=at,
        value={column: text for column, text in columns.items() if column not in key},
        label=f"table {name} row {place.line} ({', '.join(at)})",
        place=place,
    )


def _filled(miss: Value, rows: Sequence[Row], place: Place, *, is_row: bool) -> Value:
    """Give a miss every column that a row has."""
    if is_row and isinstance(miss, str):
        raise _wrong(place, "miss is not a row", "write {column: value}")
    if isinstance(miss, str):
        return miss
    columns = [c for row in rows if isinstance(row.value, Mapping) for c in row.value]
    return {**dict.fromkeys(columns, ""), **miss}


def _value(said: JsonValue, place: Place) -> Value:
    return _columns(said, place) if isinstance(said, Mapping) else _cell(said, place)


def _columns(said: JsonValue, place: Place) -> Mapping[str, str]:
    if not isinstance(said, Mapping):
        raise _wrong(place, "this is not a row", "write {column: value}")
    return {name: _cell(value, place) for name, value in said.items()}


def _cell(said: JsonValue, place: Place) -> str:
    match said:
        case None:
            return ""
        case bool():
            return "true" if said else "false"
        case str() | int() | float():
            return str(said)
        case _:
            raise _wrong(place, "a table holds plain values", "write text or a number")


def _wrong(place: Place, message: str, remedy: str) -> ConfigurationError:
    return ConfigurationError([place.problem(message, remedy)])
