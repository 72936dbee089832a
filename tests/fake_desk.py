"""A service desk in memory whose every fault is in the test's hands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.domain.errors import DeskError, OutcomeUnknown, TicketGone
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.spec import ATTRIBUTES, IncidentSpec
from bridge.domain.ticket import Capabilities, Ticket, TicketState

_STATE_OF = {
    OnClear.RESOLVE: TicketState.RESOLVED,
    OnClear.CLOSE: TicketState.CLOSED,
    OnClear.CANCEL: TicketState.CANCELLED,
}


@dataclass
class Record:
    """One ticket as the desk has it."""

    ticket: Ticket
    token: str
    spec: IncidentSpec
    notes: list[str] = field(default_factory=list)


@dataclass
class FakeDesk:
    """Keeps tickets; fails the next calls as told."""

    name: str = "desk"
    can: Capabilities = field(default_factory=Capabilities)
    records: dict[str, Record] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    #: errors for the next calls of an operation, raised before anything is done
    faults: dict[str, list[DeskError]] = field(default_factory=dict)
    #: creates that do their work and then are not answered
    unanswered: int = 0
    #: creates that are lost on the way, and arrive when `arrive` is called
    held_up: int = 0
    underway: list[tuple[IncidentSpec, str]] = field(default_factory=list)
    during: dict[str, Callable[[], None]] = field(default_factory=dict)

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        self._call("create")
        if self.held_up:
            self.held_up -= 1
            self.underway.append((spec, token))
            message = "desk: create gave no answer"
            raise OutcomeUnknown(message)
        return self._filed(spec, token, note)

    def arrive(self) -> None:
        """Let what was held up on the way arrive."""
        for spec, token in self.underway:
            self._filed(spec, token, "")
        self.underway.clear()

    def _filed(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        number = f"INC-{len(self.records) + 1}"
        ticket = Ticket(number=number, id=number, status="Open", state=TicketState.OPEN)
        self.records[number] = Record(ticket, token, spec, [note] if note else [])
        if self.unanswered:
            self.unanswered -= 1
            message = "desk: create was not answered"
            raise OutcomeUnknown(message)
        return ticket

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:
        self._call("find")
        return [record.ticket for record in self.records.values() if record.token == token]

    def read(self, ticket: Ticket) -> Ticket:
        self._call("read")
        return self._record(ticket).ticket

    def lookup(self, number: str) -> Ticket:
        self._call("lookup")
        if number not in self.records:
            message = f"desk: {number} is gone"
            raise TicketGone(message)
        return self.records[number].ticket

    def update(
        self, ticket: Ticket, spec: IncidentSpec, changed: Sequence[str], token: str, note: str
    ) -> Ticket:
        self._call("update")
        record = self._record(ticket)
        names = [ATTRIBUTES[name] for name in changed]
        record.spec = replace(record.spec, **{name: getattr(spec, name) for name in names})
        record.notes.append(note)
        return record.ticket

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        self._call("note")
        record = self._record(ticket)
        record.notes.append(note)
        return record.ticket

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:
        self._call("resolve")
        record = self._record(ticket)
        record.notes.append(note)
        return self.set(ticket.number, _STATE_OF[how])

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        self._call("reopen")
        self._record(ticket).notes.append(note)
        return self.set(ticket.number, TicketState.OPEN)

    def preview(self, spec: IncidentSpec, token: str) -> JsonObject:
        return {"subject": spec.subject, "token": token}

    def check(self) -> Sequence[str]:
        return ()

    def set(self, number: str, state: TicketState, **changes: object) -> Ticket:
        """Change a ticket as the desk, or a person at it, does."""
        record = self.records[number]
        status = {TicketState.OPEN: "Open"}.get(state, state.value.capitalize())
        record.ticket = replace(record.ticket, state=state, status=status, **changes)  # type: ignore[arg-type]
        return record.ticket

    def open_tickets(self) -> list[str]:
        return [number for number, record in self.records.items() if record.ticket.is_open]

    def _call(self, operation: str) -> None:
        self.calls.append(operation)
        if hook := self.during.pop(operation, None):
            hook()
        if self.faults.get(operation):
            raise self.faults[operation].pop(0)

    def _record(self, ticket: Ticket) -> Record:
        if ticket.number not in self.records:
            message = f"desk: {ticket.number} is gone"
            raise TicketGone(message)
        return self.records[ticket.number]
