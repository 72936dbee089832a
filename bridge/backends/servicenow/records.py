"""From the record of a ticket to the bridge's own Ticket."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bridge.backends.people import written_over
from bridge.backends.servicenow.api import shown_of, value_of
from bridge.domain.json import JsonObject
from bridge.domain.ticket import Ticket, TicketState

#: Public name of a field -> the column that a record shows it in.
_SHOWN: Final = {
    "subject": "short_description",
    "description": "description",
    "priority": "priority",
    "impact": "impact",
    "urgency": "urgency",
    "category": "category",
    "classification": "subcategory",
    "workgroup": "assignment_group",
    "engineer": "assigned_to",
    "location": "location",
    "CI_Value": "cmdb_ci",
    "requester": "caller_id",
    "cc": "watch_list",
}
#: Where a person at work leaves a trace; a handle keeps them as the bridge left them.
_WORK: Final = ("state", "assigned_to", "assignment_group")
COLUMNS: Final = ("sys_id", "number", "state", "correlation_id", "sys_created_on", *_SHOWN.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads records of one configured instance."""

    url: str
    table: str
    states: Mapping[str, str]

    def filed(self, record: JsonObject, written: Collection[str] = ()) -> Ticket:
        """Give the ticket of a record as the bridge's own filing; `written` are columns."""
        sys_id = value_of(record, "sys_id")
        ticket = Ticket(
            number=value_of(record, "number") or sys_id,
            id=sys_id,
            status="",
            state=TicketState.OPEN,
            url=f"{self.url}/nav_to.do?uri={self.table}.do%3Fsys_id%3D{sys_id}",
            created_at=_moment(value_of(record, "sys_created_on")),
            handle=_work(record),
        )
        return self.written(record, ticket, written)

    def written(self, record: JsonObject, ticket: Ticket, columns: Collection[str]) -> Ticket:
        """Give the ticket after a write to `columns`, as the answer shows it.

        Where it shows something else than was sent, that is the desk's doing and no person's.
        """
        shown = _fields(record)
        told = {name: text for name, text in shown.items() if _SHOWN[name] in columns}
        if {"impact", "urgency"} & set(columns) and "priority" not in ticket.theirs:
            told["priority"] = shown.get("priority", "")
        work = {column: said for column, said in _work(record).items() if column in columns}
        return self.seen(
            record,
            replace(ticket, told={**ticket.told, **told}, handle={**ticket.handle, **work}),
        )

    def left(self, record: JsonObject, ticket: Ticket) -> Ticket:
        """Give the ticket with what is otherwise than before taken for the bridge's own doing."""
        shown = _fields(record)
        told = {
            name: text if name in ticket.theirs else shown.get(name, text)
            for name, text in ticket.told.items()
        }
        handle = {**ticket.handle, **_work(record)}
        return self.seen(record, replace(ticket, told=told, handle=handle))

    def seen(self, record: JsonObject, ticket: Ticket) -> Ticket:
        """Give the ticket as a record shows it."""
        word = value_of(record, "state")
        state = self.state_of(word)
        return replace(
            ticket,
            status=shown_of(record, "state") or word,
            state=state,
            assignee=shown_of(record, "assigned_to") or None,
            taken_over=state is TicketState.OPEN and _is_at_work(record, ticket.handle),
            theirs=written_over(ticket.told, _fields(record)),
            present={},
        )

    def state_of(self, state: str) -> TicketState:
        """Say what the value of a state amounts to; one that nobody named is work to do."""
        return {
            self.states["resolved"]: TicketState.RESOLVED,
            self.states["closed"]: TicketState.CLOSED,
            self.states["cancelled"]: TicketState.CANCELLED,
        }.get(state, TicketState.OPEN)


def _is_at_work(record: JsonObject, handle: Mapping[str, str]) -> bool:
    """Take a state, an assignee or a group that the bridge did not leave as a person's."""
    return any(said and said != handle.get(column, "") for column, said in _work(record).items())


def _work(record: JsonObject) -> Mapping[str, str]:
    return {column: value_of(record, column) for column in _WORK}


def _fields(record: JsonObject) -> Mapping[str, str]:
    texts = {name: value_of(record, column) for name, column in _SHOWN.items()}
    return {name: text for name, text in texts.items() if text}


def _moment(text: str) -> datetime | None:
    """Read a time as it is stored, which is in UTC."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
