"""What an instance says that it has: the choices of its columns, and the columns of its own."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from bridge.backends.desk import Offer
from bridge.backends.servicenow.api import Api, value_of
from bridge.backends.servicenow.body import is_own_column
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.errors import TicketRefused
from bridge.domain.json import JsonObject

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
    """Give the rows about the table of tickets and about the one that it extends."""
    for name in (api.table, "task"):
        query = f"name={name}{condition}"
        try:
            rows = api.others(table, query, _MOST_ROWS, ("name", *columns))
        except TicketRefused:
            return
        yield from (row for row in rows if value_of(row, "name") == name)
