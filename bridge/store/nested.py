"""The values that are stored as JSON inside an incident's row."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bridge.domain.errors import ErrorKind
from bridge.domain.incident import LastError
from bridge.domain.json import JsonObject
from bridge.domain.ticket import Ticket, TicketState


def ticket_json(ticket: Ticket) -> JsonObject:
    """Write a ticket."""
    return {
        "number": ticket.number,
        "id": ticket.id,
        "status": ticket.status,
        "state": ticket.state.value,
        "url": ticket.url,
        "assignee": ticket.assignee,
        "taken_over": ticket.taken_over,
        "told": dict(ticket.told),
        "theirs": sorted(ticket.theirs),
        "created_at": _written(ticket.created_at) if ticket.created_at is not None else None,
        "handle": dict(ticket.handle),
    }


def ticket_from(said: Mapping[str, Any]) -> Ticket:
    """Read a ticket; what an earlier release did not write has its default."""
    created_at = said.get("created_at")
    return Ticket(
        number=said["number"],
        id=said["id"],
        status=said["status"],
        state=TicketState(said["state"]),
        url=said.get("url"),
        assignee=said.get("assignee"),
        taken_over=said.get("taken_over", False),
        told=said.get("told", {}),
        theirs=frozenset(said.get("theirs", ())),
        created_at=datetime.fromisoformat(created_at) if created_at else None,
        handle=said.get("handle", {}),
    )


def error_json(error: LastError) -> JsonObject:
    """Write a failure."""
    return {"kind": error.kind.value, "message": error.message, "at": _written(error.at)}


def error_from(said: Mapping[str, Any]) -> LastError:
    """Read a failure."""
    return LastError(
        kind=ErrorKind(said["kind"]),
        message=said["message"],
        at=datetime.fromisoformat(said["at"]),
    )


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
