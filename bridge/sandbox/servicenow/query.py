"""Encoded queries: which records one means, and what becomes of one that means nothing.

A condition on a column that the table lacks is dropped, unless
glide.invalid_query.returns_no_rows is set, which it is not at first: everything comes back.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Final

Row = Mapping[str, str]
_Test = Callable[[Row], bool]
_CONDITION: Final = re.compile(r"([a-z_]+)(!=|=|STARTSWITH|LIKE)(.*)", re.DOTALL)
_ORDER: Final = re.compile(r"ORDERBY(DESC)?([a-z_]+)")
_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    # Texts are compared without regard to upper and lower case.
    "=": lambda text, value: text.casefold() == value.casefold(),
    "!=": lambda text, value: text.casefold() != value.casefold(),
    "STARTSWITH": lambda text, value: text.casefold().startswith(value.casefold()),
    "LIKE": lambda text, value: value.casefold() in text.casefold(),
}


def select(rows: Sequence[Row], query: str) -> Sequence[Row]:
    """Give the rows that a query means, in its order."""
    columns = set().union(*rows)
    found = list(rows)
    for part in reversed(_parts(query)):
        ordered = _ORDER.fullmatch(part)
        if ordered is not None and ordered[2] in columns:
            found.sort(key=itemgetter(ordered[2]), reverse=ordered[1] is not None)
        elif (test := _test(part, columns)) is not None:
            found = [row for row in found if test(row)]
    return found


def _parts(query: str) -> Sequence[str]:
    """Split at every ^ that is not doubled."""
    return [part.replace("\0", "^") for part in query.replace("^^", "\0").split("^") if part]


def _test(part: str, columns: set[str]) -> _Test | None:
    said = _CONDITION.fullmatch(part)
    if said is None or said[1] not in columns or said[3].startswith("javascript:"):
        return None
    column, compare, value = said[1], _OPERATORS[said[2]], said[3]
    return lambda row: compare(row.get(column, ""), value)
