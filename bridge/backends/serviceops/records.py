"""From what ServiceOps says of a ticket to the bridge's own Ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bridge.backends.people import written_over
from bridge.backends.serviceops.body import FileName
from bridge.backends.serviceops.dialect import Dialect
from bridge.backends.serviceops.lifecycle import Lifecycle
from bridge.domain.json import JsonObject
from bridge.domain.spec import public_name
from bridge.domain.ticket import Ticket, TicketState

#: In a ticket's handle, the status that the bridge gave it last.
SET_STATUS = "set"
_ASSIGNEE_KEYS = ("assigneeEmail", "assigneeName", "technicianEmail", "technicianName")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads records of one configured desk."""

    dialect: Dialect
    lifecycle: Lifecycle
    ticket_url: str | None

    def filed(self, said: JsonObject, subject: str) -> Ticket | None:
        """Give the ticket of a create's answer or of a search's row; None when it has no id."""
        ticket_id = said.get("id")
        if isinstance(ticket_id, bool) or not isinstance(ticket_id, int | str) or not ticket_id:
            return None
        number = _text(said, "name") or str(ticket_id)
        ticket = Ticket(
            number=number,
            id=str(ticket_id),
            status=self.lifecycle.new,
            state=TicketState.OPEN,
            url=self._url(str(ticket_id), number),
            created_at=_moment(said.get("createdTime")),
            handle={"subject": subject},
        )
        return self.seen(said, ticket)

    def left(self, said: JsonObject, ticket: Ticket) -> Ticket:
        """Give the ticket with what is otherwise than before taken for the bridge's own doing."""
        shown = self.fields(said)
        told = {
            name: text if name in ticket.theirs else shown.get(name, text)
            for name, text in ticket.told.items()
        }
        handle = {**ticket.handle, SET_STATUS: status_of(said)}
        return self.seen(said, replace(ticket, told=told, handle=handle))

    def seen(self, said: JsonObject, ticket: Ticket) -> Ticket:
        """Give the ticket as a record shows it; what the record leaves out is as it was."""
        status = status_of(said) or ticket.status
        shown = self.fields(said)
        subject = _text(said, "subject") or ticket.handle.get("subject", "")
        return replace(
            ticket,
            status=status,
            state=self.lifecycle.state_of(status),
            taken_over=self.lifecycle.is_a_persons(status, ticket.handle.get(SET_STATUS, "")),
            assignee=_assignee(said, ticket.assignee),
            theirs=written_over(ticket.told, shown) if shown else ticket.theirs,
            handle={**ticket.handle, "subject": subject},
            present={},
        )

    def fields(self, said: JsonObject) -> Mapping[str, str]:
        """Give the fields, by public name, that a body or a record has texts for."""
        keys = {"subject": "subject", **self.dialect.names}
        texts = {public_name(name): _text(said, key) for name, key in keys.items()}
        return {name: text for name, text in texts.items() if text}

    def _url(self, ticket_id: str, number: str) -> str | None:
        if self.ticket_url is None:
            return None
        return self.ticket_url.replace("{id}", ticket_id).replace("{number}", number)


def status_of(said: JsonObject) -> str:
    """Read the status, which each dialect has under its own name; empty when there is none."""
    return _text(said, "statusName") or _text(said, "status")


def files_of(said: JsonObject) -> list[FileName]:
    """Read which files a ticket has."""
    listed = said.get("fileAttachments")
    files = (
        [file for file in listed if isinstance(file, Mapping)] if isinstance(listed, list) else []
    )
    return [
        FileName(reference=reference, name=_text(file, "realName") or reference)
        for file in files
        if (reference := _text(file, "refFileName"))
    ]


def _assignee(said: JsonObject, before: str | None) -> str | None:
    """Read who has it; the older API never says, which is no news."""
    if not any(key in said for key in _ASSIGNEE_KEYS):
        return before
    return next((_text(said, key) for key in _ASSIGNEE_KEYS if _text(said, key)), None)


def _text(said: JsonObject, key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _moment(milliseconds: object) -> datetime | None:
    """Read epoch milliseconds, as searches and /api/v1/request give them."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
