"""A service desk in memory whose every fault is in the test's hands."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.backends.memory import MemoryDesk
from bridge.domain.errors import DeskError, OutcomeUnknown
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Ticket


@dataclass
class FakeDesk(MemoryDesk):
    """Keeps tickets; fails the next calls as told."""

    #: errors for the next calls of an operation, raised before anything is done
    faults: dict[str, list[DeskError]] = field(default_factory=dict)
    #: creates that do their work and then are not answered
    unanswered: int = 0
    #: creates that are lost on the way, and arrive when `arrive` is called
    held_up: int = 0
    underway: list[tuple[IncidentSpec, str]] = field(default_factory=list)
    during: dict[str, Callable[[], None]] = field(default_factory=dict)

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        if self.held_up:
            self.held_up -= 1
            self._hear("create")
            self.underway.append((spec, token))
            message = "desk: create gave no answer"
            raise OutcomeUnknown(message)
        ticket = super().create(spec, token, note)
        if self.unanswered:
            self.unanswered -= 1
            message = "desk: create was not answered"
            raise OutcomeUnknown(message)
        return ticket

    def arrive(self) -> None:
        """Let what was held up on the way arrive."""
        for spec, token in self.underway:
            super().create(spec, token, "")
        self.underway.clear()

    def open_tickets(self) -> list[str]:
        return [number for number, record in self.records.items() if record.ticket.is_open]

    def _hear(self, operation: str) -> None:
        super()._hear(operation)
        if hook := self.during.pop(operation, None):
            hook()
        if self.faults.get(operation):
            raise self.faults[operation].pop(0)
