"""A Summit desk of our own, and the adapter in front of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from bridge.backends.summit import TYPE
from bridge.backends.summit.adapter import Summit
from bridge.backends.summit.configured import writer_of
from bridge.backends.summit.container import Writer
from bridge.domain.spec import IncidentSpec
from bridge.sandbox import SANDBOXES, Sandbox

TOKEN = "IB-eu-0123456789AB"
KEY = "sandbox-key"
DEFAULTS = {
    "instance": "IT",
    "caller": "monitoring@example.com",
    "workgroup": "NOC",
    "engineer": "noc@example.com",
    "closure_code": "Successful",
    "resolution_code": "Success",
}
SPEC = IncidentSpec(subject="Disk full", description="92 %", priority="critical", impact="high")


def section(url: str, **said: object) -> Mapping[str, Any]:
    """Load a section with all that a desk at `url` needs."""
    least = {"type": "summit", "url": url, "auth": {"api_key": KEY}, "defaults": DEFAULTS}
    loaded: Mapping[str, Any] = TYPE.schema().load({**least, **said})
    return loaded


def writer(**said: object) -> Writer:
    """Make what writes the containers of a desk that is called `summit`."""
    return writer_of("summit", section("https://desk.example.com", **said))


@contextmanager
def desk_at(url: str, **said: object) -> Iterator[Summit]:
    """Make an adapter for the length of a block."""
    desk = Summit("summit", section(url, **said))
    try:
        yield desk
    finally:
        desk.close()


@dataclass
class World:
    """One sandbox, and the desks that a test made for it."""

    sandbox: Sandbox
    desks: list[Summit] = field(default_factory=list)

    def desk(self, **said: object) -> Summit:
        """Make an adapter; it is closed with the test."""
        self.desks.append(Summit("summit", section(f"{self.sandbox.url}/API", **said)))
        return self.desks[-1]

    def fail(self, *kinds: str, times: int | None = None) -> None:
        """Let the next calls fail."""
        order = {"fail": list(kinds)} | ({"times": times} if times else {})
        self._post("faults", order)

    def person(self, number: str, **changes: object) -> None:
        """Change a ticket by hand."""
        self._post(f"tickets/{number}", changes)

    def ticket(self) -> Mapping[str, Any]:
        """Give the only ticket."""
        [only] = self.tickets()
        return only

    def tickets(self) -> list[Mapping[str, Any]]:
        """Give every ticket, oldest first."""
        tickets: list[Mapping[str, Any]] = self._get("tickets")["tickets"]
        return tickets

    def calls(self) -> Mapping[str, int]:
        """Count the calls so far by service."""
        counts: Mapping[str, int] = self._get("calls")["counts"]
        return counts

    def walk(self) -> list[str]:
        """Give the statuses that the only ticket was set to, and by whom."""
        return [f"{step['status']} by {step['by']}" for step in self.ticket()["history"]]

    def _get(self, path: str) -> Mapping[str, Any]:
        with _session() as session:
            said: Mapping[str, Any] = session.get(
                f"{self.sandbox.url}/_sandbox/{path}", timeout=5
            ).json()
        return said

    def _post(self, path: str, order: Mapping[str, object]) -> None:
        with _session() as session:
            answer = session.post(f"{self.sandbox.url}/_sandbox/{path}", json=order, timeout=5)
        assert answer.status_code == 200, answer.text


@contextmanager
def running_world() -> Iterator[World]:
    """Run a sandbox for the length of a test."""
    sandbox = SANDBOXES["summit"]()
    sandbox.start()
    world = World(sandbox)
    try:
        yield world
    finally:
        for desk in world.desks:
            desk.close()
        sandbox.stop()


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session
