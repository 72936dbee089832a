"""The attributes of a ticket: how a body is read into the record, and how the record is shown."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final

from bridge.domain.json import JsonValue
from bridge.sandbox.refusal import Refused
from bridge.sandbox.ticket import SandboxTicket
from bridge.sandbox.zammad.words import ASSOCIATIONS, CUSTOM, NOBODY

Body = Mapping[str, object]

#: Longer titles are cut, and nothing is said.
LONGEST_TITLE: Final = 250
_FIELDS: Final = {
    "state": "status",
    "priority": "priority",
    "group": "workgroup",
    "owner": "assignee",
    "customer": "requester",
}
_ARTICLE_TYPES: Final = ("note", "phone", "web")
_CONTENT_TYPES: Final = ("text/plain", "text/html")
_ATTACHED: Final = ("filename", "data", "mime-type")


class Unprocessable(Refused):
    """A body whose values the desk cannot take."""

    status: ClassVar[int] = 422


class NotFound(Refused):
    """A record that is not there."""

    status: ClassVar[int] = 404


class Unauthorized(Refused):
    """A call by nobody who is known."""

    status: ClassVar[int] = 401


def read(said: Body, ticket: SandboxTicket | None) -> dict[str, object]:
    """Read a ticket's attributes into the record's fields; unknown ones are dropped."""
    fields: dict[str, object] = {}
    if "title" in said:
        fields["subject"] = _text("title", said["title"])[:LONGEST_TITLE]
    for name, field in _FIELDS.items():
        if name in said:
            fields[field] = _associated(name, said[name])
    customs = {name: said[name] for name in CUSTOM if name in said}
    known = ticket.custom_fields if ticket is not None else {}
    if str(fields.get("status", "")).startswith("pending"):
        _check_pending(said)
    return {**fields, "custom_fields": {**known, **customs}}


def check_new(fields: Mapping[str, object], said: Body) -> None:
    """Refuse a new ticket that lacks what every ticket has."""
    for name, field in (("title", "subject"), ("group", "workgroup"), ("customer", "requester")):
        if not fields.get(field):
            message = f"Missing required value for field '{name}'!"
            raise Unprocessable(message)
    if "article" not in said:
        raise Unprocessable("Missing required value for field 'article'!")


def read_article(said: object) -> tuple[str, Mapping[str, str], bool]:
    """Read an article; give its text, its files, and whether customers do not see it."""
    if not isinstance(said, dict):
        raise Unprocessable("article is no object")
    body = said.get("body")
    if not isinstance(body, str) or not body.strip():
        raise Unprocessable("Need at least an 'article body' field.")
    if said.get("type", "note") not in _ARTICLE_TYPES:
        message = f"No lookup value found for 'type': {said.get('type')!r}"
        raise Unprocessable(message)
    if said.get("content_type", "text/plain") not in _CONTENT_TYPES:
        message = f"content_type {said.get('content_type')!r} is not supported"
        raise Unprocessable(message)
    internal = said.get("internal", False)
    if not isinstance(internal, bool):
        raise Unprocessable("internal is neither true nor false")
    files = said.get("attachments", [])
    if not isinstance(files, list):
        raise Unprocessable("attachments is no list")
    return body, dict(_attached(at, file) for at, file in enumerate(files)), internal


def shown(ticket: SandboxTicket) -> Mapping[str, JsonValue]:
    """Show a ticket with its associations by name, as `expand=true` asks."""
    customs = {name: ticket.custom_fields.get(name) for name in CUSTOM}
    return {
        "id": int(ticket.id),
        "number": ticket.number,
        "title": ticket.subject,
        "state": ticket.status,
        "priority": ticket.priority,
        "group": ticket.workgroup,
        "owner": ticket.assignee or NOBODY,
        "customer": ticket.requester,
        "note": None,
        "article_count": 1 + len(ticket.notes),
        "created_at": _time(ticket.created_at),
        "updated_at": _time(ticket.updated_at),
        **customs,
    }


def _attached(at: int, file: object) -> tuple[str, str]:
    said = file if isinstance(file, dict) else {}
    for key in _ATTACHED:
        if not said.get(key):
            message = f"Attachment needs '{key}' param for attachment with index '{at}'"
            raise Unprocessable(message)
    try:
        content = base64.b64decode(str(said["data"]), validate=True)
    except binascii.Error as exc:
        message = f"Invalid base64 for attachment with index '{at}'"
        raise Unprocessable(message) from exc
    return str(said["filename"]), content.decode("utf-8", "replace")


def _associated(name: str, value: object) -> str:
    if value not in ASSOCIATIONS[name]:
        message = f"No lookup value found for '{name}': {value!r}"
        raise Unprocessable(message)
    return str(value)


def _check_pending(said: Body) -> None:
    try:
        datetime.fromisoformat(str(said.get("pending_time")))
    except ValueError as exc:
        raise Unprocessable("Missing required value for field 'pending_time'!") from exc


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        message = f"{name} is no text"
        raise Unprocessable(message)
    return value


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
