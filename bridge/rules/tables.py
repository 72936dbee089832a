"""Tables that templates look things up in, by one value or several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jinja2 import Undefined

from bridge.expressions.cut import cut
from bridge.expressions.text import as_text
from bridge.rules.limits import MAX_FAULT
from bridge.yamlfile import Place

#: In a key column, matches anything.
WILDCARD = "*"

Value = str | Mapping[str, str]
Key = tuple[str, ...]


class TableMiss(Exception):
    """A table has no row for a key, and no `miss:` to stand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a table has for a key, and where it says so."""

    key: Key
    value: Value
    label: str  #: as people read it in a trace
    place: Place = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows by key; the first that fits wins."""

    name: str
    keys: int  #: how many values a key has
    rows: Sequence[Row]
    miss: Value | None
    place: Place = field(repr=False)
    #: by which parts of the key are wildcards: the first row, and its number, of each key
    _by_mask: dict[tuple[bool, ...], dict[Key, tuple[int, Row]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            mask = tuple(part == WILDCARD for part in row.key)
            self._by_mask.setdefault(mask, {}).setdefault(row.key, (number, row))

    def first(self, key: Key) -> Row | None:
        """Give the first row that fits the key."""
        fitting = [
            rows[masked]
            for mask, rows in self._by_mask.items()
            if (masked := _masked(key, mask)) in rows
        ]
        return min(fitting, key=lambda numbered: numbered[0])[1] if fitting else None


@dataclass(slots=True)
class Asked:
    """What came of looking up, each with the number of the table."""

    rows: list[tuple[int, str]] = field(default_factory=list)  #: as people read them in a trace
    misses: list[tuple[int, Key]] = field(default_factory=list)


@dataclass(slots=True)
class Lookup:
    """A table as templates call it; notes which rows it gave, and which keys it missed."""

    table: Table
    number: int = 0
    asked: Asked = field(default_factory=Asked)

    def __call__(self, *key: object) -> Value:
        """Look up; a missing label looks up as empty text, as it does in a matcher.

        Raise TableMiss when there is neither a row nor a `miss:`.
        """
        table = self.table
        if len(key) != table.keys:
            message = f"table {table.name} is looked up by {table.keys} values"
            raise TypeError(message)
        texts = tuple(_text(part) for part in key)
        row = table.first(texts)
        if row is not None:
            self.asked.rows.append((self.number, row.label))
            return row.value
        return self._missed(texts)

    def _missed(self, key: Key) -> Value:
        table = self.table
        told = tuple(cut(part, MAX_FAULT) for part in key)
        self.asked.misses.append((self.number, told))
        if table.miss is None:
            message = f"table {table.name} has no row for {', '.join(map(repr, key))}, and no miss:"
            raise TableMiss(message)
        self.asked.rows.append((self.number, f"table {table.name} miss"))
        return table.miss


def _masked(key: Key, mask: Sequence[bool]) -> Key:
    return tuple(WILDCARD if is_any else part for part, is_any in zip(key, mask, strict=True))


def _text(part: object) -> str:
    return "" if isinstance(part, Undefined) else as_text(part)  # type: ignore[arg-type]
