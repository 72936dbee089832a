"""The columns of an incident: how a body is read into the record, and how the record is shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bridge.domain.json import JsonValue
from bridge.sandbox.servicenow.refusals import BadRequest, Forbidden
from bridge.sandbox.servicenow.tables import REFERENCES, id_of, name_of
from bridge.sandbox.servicenow.words import CHOICES, CLOSE_CODES, HOLD_REASONS, VALUES, priority
from bridge.sandbox.ticket import SandboxTicket

#: Column -> field of the record, of columns that are texts; a longer text is cut and nothing said.
_TEXTS: Final = {
    "short_description": ("subject", 160),
    "description": ("description", 4000),
    "category": ("category", 40),
    "close_notes": ("solution", 4000),
}
_FIELDS: Final = {"state": "status", "impact": "impact", "urgency": "urgency"}
_RECORDS: Final = {
    "assignment_group": "workgroup",
    "assigned_to": "assignee",
    "caller_id": "requester",
    "cmdb_ci": "ci_value",
    "location": "location",
}
_JOURNALS: Final = ("work_notes", "comments")
#: Columns that the record has no field for.
_OTHERS: Final = ("subcategory", "contact_type", "correlation_display", "hold_reason")
#: The types of this instance's own columns.
CUSTOM: Final = {"u_event_id": str, "u_score": int, "u_automated": bool, "u_hosts": str}
_CALCULATED: Final = ("priority", "number", "sys_id", "sys_created_on", "sys_updated_on")

Body = Mapping[str, object]


def read(said: Body, ticket: SandboxTicket | None) -> Mapping[str, object]:
    """Read the body of a create or of an update into the record's fields.

    A column that the table lacks is dropped and nothing said. Refused, naming the column, for what
    no data policy lets pass; a real instance stores some of it and shows it as it is.
    """
    fields: dict[str, object] = {}
    customs: dict[str, JsonValue] = dict(ticket.custom_fields) if ticket is not None else {}
    for column, value in said.items():
        if column in _CALCULATED:
            raise Forbidden(f"Data Policy Exception: {column} is read only")
        if column in _JOURNALS:
            continue
        if column in _OTHERS or column in CUSTOM:
            customs[column] = _custom(column, value)
        else:
            fields |= _field(column, value)
    notes = _notes(said, ticket)
    return {**fields, **notes, "custom_fields": customs}


def check_state(ticket: SandboxTicket, said: Body) -> None:
    """Refuse a state without what it demands, such as a close code to resolve."""
    if "state" not in said:
        return
    missing = [column for column, text in _demanded(ticket, said).items() if not text]
    if missing:
        raise Forbidden(f"Data Policy Exception: {', '.join(missing)} mandatory")


def _demanded(ticket: SandboxTicket, said: Body) -> Mapping[str, object]:
    match ticket.status:
        case "Resolved" | "Closed":
            return {"close_code": ticket.reason, "close_notes": ticket.solution}
        case "On Hold":
            reason = ticket.custom_fields.get("hold_reason")
            is_callers = HOLD_REASONS.get(str(reason)) == "Awaiting Caller"
            question = {"comments": said.get("comments")} if is_callers else {}
            return {"hold_reason": reason, **question}
        case _:
            return {}


def calculated(ticket: SandboxTicket) -> str:
    """Give the label of the priority that impact and urgency come to."""
    return priority(ticket.impact, ticket.urgency)[1]


def row(ticket: SandboxTicket) -> Mapping[str, str]:
    """Give the stored values of every column."""
    texts = {column: str(getattr(ticket, field)) for column, (field, _) in _TEXTS.items()}
    records = {column: id_of(column, getattr(ticket, field)) for column, field in _RECORDS.items()}
    choices = {
        column: VALUES[column].get(getattr(ticket, field), "") for column, field in _FIELDS.items()
    }
    others = {column: _stored(ticket.custom_fields.get(column)) for column in (*_OTHERS, *CUSTOM)}
    return {
        "sys_id": ticket.id,
        "number": ticket.number,
        "sys_created_on": _time(ticket.created_at),
        "sys_updated_on": _time(ticket.updated_at),
        "priority": priority(ticket.impact, ticket.urgency)[0],
        "correlation_id": "".join(ticket.tags),
        "watch_list": ",".join(ticket.cc),
        "close_code": ticket.reason,
        "active": str(ticket.status not in ("Closed", "Canceled")).lower(),
        **texts, **records, **choices, **others,
    }  # fmt: skip


def labels(ticket: SandboxTicket) -> Mapping[str, str]:
    """Give what people see, of the columns in which that differs from what is stored."""
    shown = {column: str(getattr(ticket, field)) for column, field in _RECORDS.items()}
    shown |= {column: str(getattr(ticket, field)) for column, field in _FIELDS.items()}
    return {**shown, "priority": calculated(ticket)}


def _field(column: str, value: object) -> Mapping[str, object]:
    if column in _TEXTS:
        field, longest = _TEXTS[column]
        return {field: _text(column, value)[:longest]}
    if column in _FIELDS:
        return {_FIELDS[column]: _choice(column, value)}
    if column in REFERENCES:
        return {_RECORDS[column]: _record(column, value)}
    match column:
        case "correlation_id":
            return {"tags": (_text(column, value)[:100],)}
        case "watch_list":
            return {"cc": tuple(part for part in _text(column, value).split(",") if part)}
        case "close_code":
            if value not in CLOSE_CODES:
                raise Forbidden(f"Data Policy Exception: {column} {value} is no choice")
            return {"reason": value}
        case _:
            return {}


def _notes(said: Body, ticket: SandboxTicket | None) -> Mapping[str, object]:
    """Add to the journals; both are read in one history here."""
    notes = ticket.notes if ticket is not None else ()
    replies = ticket.replies if ticket is not None else ()
    added = tuple(_text(c, said[c]) for c in _JOURNALS if said.get(c))
    seen = tuple(_text(c, said[c]) for c in ("comments",) if said.get(c))
    return {"notes": (*notes, *added), "replies": (*replies, *seen)}


def _text(column: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRequest(f"{column} is not a value")
    return str(value)


def _choice(column: str, value: object) -> str:
    if str(value) not in CHOICES[column]:
        raise Forbidden(f"Data Policy Exception: {column} {value} is no choice")
    return CHOICES[column][str(value)]


def _record(column: str, value: object) -> str:
    """Read the key of a record; a name is none."""
    if value == "":
        return ""
    name = name_of(column, str(value))
    if name is None:
        raise Forbidden(f"Data Policy Exception: {column} {value} is no sys_id of a record")
    return name


def _custom(column: str, value: object) -> JsonValue:
    if column == "hold_reason" and value != "" and str(value) not in HOLD_REASONS:
        raise Forbidden(f"Data Policy Exception: {column} {value} is no choice")
    if column not in CUSTOM:
        return _text(column, value)
    if value != "" and type(value) is not CUSTOM[column]:
        raise BadRequest(f"{column} is not of type {CUSTOM[column].__name__}")
    return value  # type: ignore[return-value]  # one of the types above


def _stored(value: JsonValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
