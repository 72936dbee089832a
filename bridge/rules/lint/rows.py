"""Rows of tables that no key ever finds."""

from collections.abc import Iterator, Sequence

from bridge.domain.errors import Problem
from bridge.rules.tables import Table


def useless_rows(tables: Sequence[Table]) -> Iterator[Problem]:
    """Find keys that stand twice, and rows behind one that fits all that they fit."""
    for table in tables:
        for row in table.rows:
            first = table.first(row.key)
            if first is None or first is row:
                continue
            key = ", ".join(row.key)
            if first.key == row.key:
                message = f"table {table.name}: the key ({key}) stands already in {first.place}"
                yield row.place.problem(message, "remove one of them; the first wins")
            else:
                message = f"table {table.name}: no key finds the row ({key}) behind {first.place}"
                remedy = "move it above that row, or remove it"
                yield row.place.problem(message, remedy, is_warning=True)
