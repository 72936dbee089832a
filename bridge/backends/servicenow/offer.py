"""What an instance says that it has: the choices of its columns, and the columns of its own."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bridge.backends.desk import Offer
from bridge.backends.servicenow.api import Api, value_of
from bridge.backends.servicenow.body import is_own_column
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.errors import TicketRefused
from bridge.domain.json import JsonObject
from bridge.domain.stage import Stage

#: Public name -> the column whose choices it takes.
_CHOICES: Final = {
    "impact": "impact",
    "urgency": "urgency",
    "category": "category",
    "classification": "subcategory",
}
_MOST_ROWS: Final = 1000


def offer_of(api: Api, vocabulary: Vocabulary) -> Offer:
    """Ask for choices and columns; what this account may not read is left out."""
    words = {
        name: vocabulary.leading_to(name, values)
        for name, column in _CHOICES.items()
        if (values := _choices(api, column))
    }
    return Offer(words=words, custom_fields=_own_columns(api) or None)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that is configured for a column, and where."""

    column: str
    value: str
    key: str  #: in the configuration


def choices_in(section: Mapping[str, Any]) -> Sequence[Choice]:
    """Give every stored value that a loaded section has the bridge set by itself."""
    said = {
        "state": {
            **{f"states.{name}": value for name, value in section["states"].items()},
            **{f"transitions.{s.value}": section["transitions"][s.value] for s in Stage},
        },
        **{
            column: {f"defaults.{column}": section["defaults"][column]}
            for column in ("close_code", "hold_reason")
        },
    }
    return [
        Choice(column, value, key)
        for column, values in said.items()
        for key, value in values.items()
        if value
    ]


def unknown_choices(api: Api, configured: Sequence[Choice]) -> Sequence[Choice]:
    """Give those that the instance does not offer; a column that it offers nothing of is let be."""
    offered = {column: _choices(api, column) for column in {c.column: None for c in configured}}
    return [c for c in configured if offered[c.column] and c.value not in offered[c.column]]


def _choices(api: Api, column: str) -> Collection[str]:
    rows = _rows(api, "sys_choice", f"^element={column}", ("element", "value"))
    return {value_of(row, "value") for row in rows if value_of(row, "element") == column}


def _own_columns(api: Api) -> Collection[str]:
    """Give the names that a rule may call a column by: its own, its label, and what leads to it."""
    rows = _rows(api, "sys_dictionary", "", ("element", "column_label"))
    labels = {value_of(row, "element"): value_of(row, "column_label") for row in rows}
    own = {column: label for column, label in labels.items() if is_own_column(column)}
    spoken = {column.removeprefix("u_").replace("_", " ") for column in own}
    return {*own, *own.values(), *spoken} - {""}


def _rows(api: Api, table: str, condition: str, columns: Sequence[str]) -> Iterator[JsonObject]:
    """Give the rows about the table of tickets and about those that it extends."""
    for name in dict.fromkeys((api.table, "incident", "task")):
        query = f"name={name}{condition}"
        try:
            rows = api.others(table, query, _MOST_ROWS, ("name", *columns))
        except TicketRefused:
            return
        yield from (row for row in rows if value_of(row, "name") == name)
