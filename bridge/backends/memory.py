"""A service desk in memory: where rule tests file their tickets."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.domain.errors import TicketGone
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.spec import ATTRIBUTES, IncidentSpec
from bridge.domain.stage import Stage
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
    files: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class MemoryDesk:
    """Implements Backend over a dictionary of tickets by number."""

    name: str = "desk"
    can: Capabilities = field(default_factory=Capabilities)
    records: dict[str, Record] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)  #: the operations asked for, in order

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        """File a ticket; numbers count up from INC-1."""
        self._hear("create")
        number = f"INC-{len(self.records) + 1}"
        ticket = Ticket(number=number, id=number, status="Open", state=TicketState.OPEN)
        self.records[number] = Record(ticket, token, spec, [note] if note else [])
        return ticket

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:  # noqa: ARG002  # a token is used once, whenever that was
        """Give the tickets that carry the token."""
        self._hear("find")
        return [record.ticket for record in self.records.values() if record.token == token]

    def read(self, ticket: Ticket, *, is_ours: bool = False) -> Ticket:  # noqa: ARG002  # it takes nothing for a person's
        """Give the ticket as it is now."""
        self._hear("read")
        return self._record(ticket).ticket

    def lookup(self, number: str) -> Ticket:
        """Give the ticket that people call by this number."""
        self._hear("lookup")
        return self._numbered(number).ticket

    def update(
        self,
        ticket: Ticket,
        spec: IncidentSpec,
        changed: Sequence[str],
        token: str,  # noqa: ARG002  # it stays what it was
        note: str,
    ) -> Ticket:
        """Write the named fields and the note."""
        self._hear("update")
        record = self._record(ticket)
        names = [ATTRIBUTES[name] for name in changed]
        record.spec = replace(record.spec, **{name: getattr(spec, name) for name in names})
        record.notes.append(note)
        return record.ticket

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Add a note."""
        self._hear("note")
        record = self._record(ticket)
        record.notes.append(note)
        return record.ticket

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Give an open ticket the stage's name for its status."""
        self._hear("move")
        record = self._record(ticket)
        if not record.ticket.is_open:
            return record.ticket
        record.notes.append(note)
        record.ticket = replace(record.ticket, status=stage.value.capitalize())
        return record.ticket

    def attach(self, ticket: Ticket, name: str, text: str) -> None:
        """Keep the file."""
        self._hear("attach")
        self._record(ticket).files.append((name, text))

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Bring the ticket to rest."""
        self._hear("resolve")
        self._record(ticket).notes.append(note)
        return self.set(ticket.id, _STATE_OF[how])

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Make the ticket open again."""
        self._hear("reopen")
        self._record(ticket).notes.append(note)
        return self.set(ticket.id, TicketState.OPEN)

    def preview(self, spec: IncidentSpec, token: str) -> JsonObject:
        """Give the spec and the token: nothing is sent anywhere."""
        return {"token": token, **spec.as_json()}

    def check(self) -> Sequence[str]:
        """Find nothing wrong."""
        return ()

    def set(self, number: str, state: TicketState, **changes: object) -> Ticket:
        """Change a ticket as the desk, or a person at it, does."""
        record = self.records[number]
        status = {TicketState.OPEN: "Open"}.get(state, state.value.capitalize())
        record.ticket = replace(record.ticket, state=state, status=status, **changes)  # type: ignore[arg-type]
        return record.ticket

    def _hear(self, operation: str) -> None:
        """Take note of a call before it does anything."""
        self.calls.append(operation)

    def _record(self, ticket: Ticket) -> Record:
        return self._numbered(ticket.id)

    def _numbered(self, number: str) -> Record:
        if number not in self.records:
            message = f"{self.name}: {number} is gone"
            raise TicketGone(message)
        return self.records[number]
