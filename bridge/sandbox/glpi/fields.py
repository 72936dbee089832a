"""The fields of a ticket: how an input is read into the record, and how the record is shown."""

import html
import re
from collections.abc import Mapping
from typing import Final

from bridge.domain.json import JsonValue
from bridge.sandbox.glpi.refusals import bad
from bridge.sandbox.ticket import SandboxTicket

STATUSES: Final = {
    1: "New",
    2: "Processing (assigned)",
    3: "Processing (planned)",
    4: "Pending",
    5: "Solved",
    6: "Closed",
}
_LEVELS: Final = {1: "Very low", 2: "Low", 3: "Medium", 4: "High", 5: "Very high", 6: "Major"}
VOCABULARY: Final = {
    "status": tuple(STATUSES.values()),
    "priority": ("", *_LEVELS.values()),
    "urgency": ("", *_LEVELS.values()),
    "impact": ("", *_LEVELS.values()),
}
_LONGEST_NAME: Final = 255
_BREAK: Final = re.compile(r"<br\s*/?>|</p>\s*<p>")
_TAG: Final = re.compile(r"<[^<>]*>")
#: Actors and the like, by their ids; the record keeps them as texts.
_IDS: Final = {
    "itilcategories_id": "category",
    "_groups_id_assign": "workgroup",
    "_users_id_assign": "assignee",
    "_users_id_requester": "requester",
}

Input = Mapping[str, object]


def read(said: Input) -> dict[str, object]:
    """Read an input into the record's fields; unknown ones are ignored, as GLPI does."""
    fields: dict[str, object] = {}
    if "name" in said:
        fields["subject"] = _text("name", said["name"])[:_LONGEST_NAME]
    if "content" in said:
        fields["description"] = plain(_text("content", said["content"]))
    if "status" in said:
        fields["status"] = STATUSES[_one_of("status", said["status"], STATUSES)]
    for name in ("priority", "urgency", "impact"):
        if name in said:
            fields[name] = _LEVELS[_one_of(name, said[name], _LEVELS)]
    fields |= {field: str(_id(name, said[name])) for name, field in _IDS.items() if name in said}
    return fields


def shown(ticket: SandboxTicket) -> Mapping[str, JsonValue]:
    """Show a ticket as GLPI does: numbers for words, HTML for text."""
    numbers = {label: number for number, label in STATUSES.items()}
    levels = {label: number for number, label in _LEVELS.items()}
    return {
        "id": int(ticket.id),
        "name": ticket.subject,
        "content": html.escape(ticket.description).replace("\n", "<br>"),
        "status": numbers[ticket.status],
        "priority": levels.get(ticket.priority, 3),
        "urgency": levels.get(ticket.urgency, 3),
        "impact": levels.get(ticket.impact, 3),
        "itilcategories_id": int(ticket.category or 0),
        "type": 1,
        "is_deleted": 0,
        "date_creation": f"{ticket.created_at:%Y-%m-%d %H:%M:%S}",
        "date_mod": f"{ticket.updated_at:%Y-%m-%d %H:%M:%S}",
    }


def plain(content: str) -> str:
    """Give the text of what is HTML."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", content)))


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise bad("ERROR_GLPI_ADD", f"{name} is no text")
    return value


def _one_of(name: str, value: object, known: Mapping[int, str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in known:
        raise bad("ERROR_GLPI_UPDATE", f"{name} {value!r} is none of {', '.join(map(str, known))}")
    return value


def _id(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise bad("ERROR_GLPI_UPDATE", f"{name} {value!r} is no id")
    return value
