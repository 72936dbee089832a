"""A service desk in memory whose every fault is in the test's hands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bridge.backends.memory import MemoryDesk
from bridge.domain.errors import DeskError, OutcomeUnknown
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket


@dataclass
class FakeDesk(MemoryDesk):
    """Keeps tickets; fails the next calls as told."""

    #: errors for the next calls of an operation, raised before anything is done
    faults: dict[str, list[DeskError]] = field(default_factory=dict)
    #: errors for the next calls of an operation, raised after all is done
    lost_answers: dict[str, list[DeskError]] = field(default_factory=dict)
    #: creates that are lost on the way, and arrive when `arrive` is called
    held_up: int = 0
    underway: list[tuple[IncidentSpec, str]] = field(default_factory=list)
    reads_of_ours: list[bool] = field(default_factory=list)
    during: dict[str, Callable[[], None]] = field(default_factory=dict)

    def leave_unanswered(self, operation: str = "create") -> None:
        """Let the next such call do its work and then not be answered."""
        error = OutcomeUnknown(f"desk: {operation} was not answered")
        self.lost_answers.setdefault(operation, []).append(error)

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        if self.held_up:
            self.held_up -= 1
            self._hear("create")
            self.underway.append((spec, token))
            message = "desk: create gave no answer"
            raise OutcomeUnknown(message)
        return self._answered("create", super().create(spec, token, note))

    def arrive(self) -> None:
        """Let what was held up on the way arrive, past every fault."""
        faults, self.faults = self.faults, {}
        for spec, token in self.underway:
            super().create(spec, token, "")
        self.underway.clear()
        self.faults = faults

    def update(
        self, ticket: Ticket, spec: IncidentSpec, changed: Sequence[str], token: str, note: str
    ) -> Ticket:
        return self._answered("update", super().update(ticket, spec, changed, token, note))

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        return self._answered("note", super().note(ticket, spec, note))

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:
        return self._answered("move", super().move(ticket, spec, stage, note))

    def attach(self, ticket: Ticket, name: str, text: str) -> None:
        super().attach(ticket, name, text)
        self._answered("attach", ticket)

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:
        return self._answered("resolve", super().resolve(ticket, spec, how, note))

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        return self._answered("reopen", super().reopen(ticket, spec, note))

    def read(self, ticket: Ticket, *, is_ours: bool = False) -> Ticket:
        self.reads_of_ours.append(is_ours)
        return super().read(ticket, is_ours=is_ours)

    def open_tickets(self) -> list[str]:
        return [number for number, record in self.records.items() if record.ticket.is_open]

    def _hear(self, operation: str) -> None:
        super()._hear(operation)
        if hook := self.during.pop(operation, None):
            hook()
        if self.faults.get(operation):
            raise self.faults[operation].pop(0)

    def _answered(self, operation: str, ticket: Ticket) -> Ticket:
        if self.lost_answers.get(operation):
            raise self.lost_answers[operation].pop(0)
        return ticket
