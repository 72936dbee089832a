"""The records that incidents refer to."""

from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID, uuid5

from bridge.sandbox.servicenow.words import CHOICES, CLOSE_CODES, CUSTOM_LABELS, HOLD_REASONS

_NAMESPACE: Final = UUID("5a1d0c0e-0000-4000-8000-000000000000")

Row = Mapping[str, str]


def sys_id_of(table: str, name: str) -> str:
    """Give the key of a record, the same at every start."""
    return uuid5(_NAMESPACE, f"{table}/{name}").hex


def _rows(table: str, *rows: Row) -> tuple[Row, ...]:
    return tuple({"sys_id": sys_id_of(table, row["name"]), **row} for row in rows)


def _user(name: str, user_name: str) -> Row:
    return {"name": name, "user_name": user_name, "email": f"{user_name}@example.com"}


def _choices(table: str, column: str, labels: Mapping[str, str]) -> Iterator[Row]:
    for value, label in labels.items():
        yield {
            "sys_id": sys_id_of("sys_choice", f"{table}.{column}.{value}"),
            "name": table,
            "element": column,
            "value": value,
            "label": label,
        }


def _columns(table: str, labels: Mapping[str, str]) -> Iterator[Row]:
    for column, label in labels.items():
        yield {
            "sys_id": sys_id_of("sys_dictionary", f"{table}.{column}"),
            "name": table,
            "element": column,
            "column_label": label,
        }


TABLES: Final[Mapping[str, tuple[Row, ...]]] = {
    "sys_user_group": _rows("sys_user_group", {"name": "NOC"}, {"name": "Database"}),
    "sys_user": _rows(
        "sys_user",
        _user("Monitoring", "monitoring"),
        _user("NOC Duty", "noc"),
        _user("Ann Lee", "ann"),
    ),
    "cmdb_ci": _rows(
        "cmdb_ci",
        {"name": "db1", "ip_address": "192.0.2.1"},
        {"name": "web^1", "ip_address": "192.0.2.2"},
    ),
    "cmn_location": _rows("cmn_location", {"name": "Head Office"}),
    # Some columns, and so their choices, are those of the table that incidents extend.
    "sys_choice": (
        *_choices("task", "impact", CHOICES["impact"]),
        *_choices("task", "urgency", CHOICES["urgency"]),
        *_choices("incident", "state", CHOICES["state"]),
        *_choices("incident", "hold_reason", HOLD_REASONS),
        *_choices("incident", "close_code", {code: code for code in CLOSE_CODES}),
        *_choices("incident", "category", {"network": "Network", "hardware": "Hardware"}),
    ),
    "sys_dictionary": (
        *_columns("task", {"short_description": "Short description"}),
        *_columns("incident", {"category": "Category", **CUSTOM_LABELS}),
    ),
}
#: The columns of an incident that refer to a record, and the table of each.
REFERENCES: Final = {
    "assignment_group": "sys_user_group",
    "assigned_to": "sys_user",
    "caller_id": "sys_user",
    "cmdb_ci": "cmdb_ci",
    "location": "cmn_location",
}


def name_of(column: str, sys_id: str) -> str | None:
    """Give what people call the record that a column refers to, None if there is none."""
    names = {row["sys_id"]: row["name"] for row in TABLES[REFERENCES[column]]}
    return names.get(sys_id)


def id_of(column: str, name: str) -> str:
    """Give the key of a record by its name; a name that a person made up is its own key."""
    ids = {row["name"]: row["sys_id"] for row in TABLES[REFERENCES[column]]}
    return ids.get(name, name)
