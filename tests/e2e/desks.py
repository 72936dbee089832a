"""The two stand-in desks as processes, and what a test may ask them or do to them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.processes import (
    BRIDGE,
    Process,
    ended_afterwards,
    free_port,
    http,
    wait_until_ready,
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTicket:
    """A ticket as its desk has it."""

    number: str
    id: str
    subject: str
    description: str
    status: str
    is_open: bool
    priority: str
    impact: str
    ci_key: str
    ci_value: str
    custom_fields: Mapping[str, Any]
    tags: tuple[str, ...]
    notes: tuple[str, ...]
    history: tuple[Mapping[str, str], ...]


class Desk:
    """A stand-in desk on a port of its own; it may be started late, or again."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.port = free_port()
        self._folder = folder

    @property
    def url(self) -> str:
        """Where the desk is."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self, *options: str) -> Iterator[None]:
        """Keep the desk open for business."""
        process = self.start(*options)
        with ended_afterwards(process):
            wait_until_ready(process, f"{self.url}/_sandbox/calls")
            yield

    def start(self, *options: str) -> Process:
        """Start the desk; the caller ends it."""
        command = [*BRIDGE, "sandbox", self.kind, "--port", str(self.port), *options]
        return Process(command, folder=self._folder, name=self.kind)

    def tickets(self) -> list[DeskTicket]:
        """Give every ticket the desk has."""
        return [_ticket(said) for said in self._ask("tickets")["tickets"]]

    def ticket(self, subject: str) -> DeskTicket:
        """Give the one ticket of a subject; fail unless there is exactly one."""
        found = [ticket for ticket in self.tickets() if subject in ticket.subject]
        assert len(found) == 1, f"{self.kind} has {len(found)} tickets {subject!r}: {found}"
        return found[0]

    def refused(self) -> list[Json]:
        """Give the calls that broke the vendor's rules."""
        return list(self._ask("calls")["refused"])

    def calls(self) -> list[Json]:
        """Give the latest calls, the oldest first: `at` and `operation`."""
        return list(self._ask("calls")["latest"])

    def counts(self) -> Mapping[str, int]:
        """Give how many calls of each operation the desk has had; cheap enough to ask often."""
        counts: Mapping[str, int] = self._ask("counts")["counts"]
        return counts

    def misbehave(self, **faults: object) -> None:
        """Ask for faults: `fail` (a list) so many `times`, or `latency`."""
        self._tell("faults", faults)

    def as_person(self, number: str, **changes: str) -> None:
        """Change a ticket as a person at the desk would."""
        self._tell(f"tickets/{number}", changes)

    def _ask(self, what: str) -> Mapping[str, Any]:
        answer = http("GET", f"{self.url}/_sandbox/{what}")
        assert answer.status_code == 200, answer.text
        said: Mapping[str, Any] = answer.json()
        return said

    def _tell(self, what: str, said: Mapping[str, object]) -> None:
        answer = http("POST", f"{self.url}/_sandbox/{what}", json=said)
        assert answer.ok, answer.text


def _ticket(said: Json) -> DeskTicket:
    known = {name: said[name] for name in DeskTicket.__dataclass_fields__}
    lists = {name: tuple(known[name]) for name in ("tags", "notes", "history")}
    return DeskTicket(**{**known, **lists, "number": str(said["number"])})
