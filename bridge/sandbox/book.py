"""What a stand-in desk remembers: its tickets, and the calls it had."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bridge.sandbox.ledger import Ledger
from bridge.sandbox.ticket import SandboxTicket, StatusChange, changed, read_ticket

#: Of so many calls the desk remembers when they came; it may run for months.
_REMEMBERED_CALLS = 10_000

#: How a desk sees a ticket before it decides what to change in it.
Decide = Callable[[SandboxTicket], Mapping[str, object]]


class TicketBook:
    """The tickets of one desk by number; every method is safe to call from any thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._lock = threading.Lock()
        self._tickets: dict[str, SandboxTicket] = {}
        self._created = 0
        self._ledger = ledger
        for line in ledger.lines():
            self._recall(line)

    def create(self, make: Callable[[int, datetime], SandboxTicket]) -> SandboxTicket:
        """Keep a new ticket; `make` is given how many there were before it, and the time."""
        with self._lock:
            now = datetime.now(UTC)
            made = make(self._created, now)
            begun = StatusChange(at=now, status=made.status, by="api")
            ticket = replace(made, history=(begun,))
            self._created += 1
            self._put(ticket)
            return ticket

    def change(self, number: str, decide: Decide, *, by: str) -> SandboxTicket:
        """Change a ticket as `decide` says, which sees it as it is; KeyError if there is none."""
        with self._lock:
            ticket = self._tickets[number]
            after = changed(ticket, decide(ticket), at=datetime.now(UTC), by=by)
            self._put(after)
            return after

    def delete(self, number: str) -> None:
        """Forget a ticket, as if it had never been; KeyError if there is none."""
        with self._lock:
            del self._tickets[number]
            self._ledger.write({"deleted": number})

    def get(self, number: str) -> SandboxTicket | None:
        """Give the ticket of this number, or None."""
        with self._lock:
            return self._tickets.get(number)

    def all(self) -> Sequence[SandboxTicket]:
        """Give every ticket, the oldest first."""
        with self._lock:
            return tuple(self._tickets.values())

    def _put(self, ticket: SandboxTicket) -> None:
        self._ledger.write({"ticket": ticket})
        self._tickets[ticket.number] = ticket

    def _recall(self, line: Mapping[str, object]) -> None:
        match line:
            case {"ticket": dict() as said}:
                ticket = read_ticket(said)
                self._created += ticket.number not in self._tickets
                self._tickets[ticket.number] = ticket
            case {"deleted": str() as number}:
                del self._tickets[number]
            case _:
                return  # a refused call, which is the log's


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCall:
    """A call that broke the vendor's rules, and which."""

    at: datetime
    operation: str
    reason: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedCall:
    """A call, whatever became of it."""

    at: datetime
    operation: str


class CallLog:
    """Counts the vendor calls by operation and keeps those that were refused."""

    def __init__(self, ledger: Ledger) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._latest: deque[ArrivedCall] = deque(maxlen=_REMEMBERED_CALLS)
        self._ledger = ledger
        self._refused = [
            _read_refused(line["refused"]) for line in ledger.lines() if "refused" in line
        ]

    def count(self, operation: str, at: datetime | None = None) -> None:
        """Count a call that arrived, then or now, whatever becomes of it."""
        arrived = ArrivedCall(at=at or datetime.now(UTC), operation=operation)
        with self._lock:
            self._counts[operation] += 1
            self._latest.append(arrived)

    def refuse(self, operation: str, reason: str) -> None:
        """Keep a call that broke a rule."""
        refused = RefusedCall(at=datetime.now(UTC), operation=operation, reason=reason)
        with self._lock:
            self._ledger.write({"refused": refused})
            self._refused.append(refused)

    def counts(self) -> Mapping[str, int]:
        """Give how many calls of each operation arrived."""
        with self._lock:
            return dict(self._counts)

    def latest(self) -> Sequence[ArrivedCall]:
        """Give the calls that arrived, the oldest first; of very many only the last."""
        with self._lock:
            return tuple(self._latest)

    def refused(self) -> Sequence[RefusedCall]:
        """Give the calls that broke a rule, the oldest first."""
        with self._lock:
            return tuple(self._refused)


def _read_refused(said: object) -> RefusedCall:
    match said:
        case {"at": str() as at, "operation": str() as operation, "reason": str() as reason}:
            return RefusedCall(at=datetime.fromisoformat(at), operation=operation, reason=reason)
        case _:
            message = f"{said!r} is no refused call"
            raise ValueError(message)
