"""A ServiceOps desk of our own, and the adapter in front of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from bridge.backends.serviceops import TYPE
from bridge.backends.serviceops.adapter import ServiceOps
from bridge.domain.spec import IncidentSpec
from bridge.sandbox import SANDBOXES, Sandbox
from tests.builders import T0

TOKEN = "IB-eu-0123456789AB"
KEY = {"api_key": "sandbox-key"}
GRANT = {
    "client_id": "api",
    "client_secret": "sandbox-secret",
    "username": "bridge",
    "password": "sandbox-password",
}
SPEC = IncidentSpec(subject="Disk full", description="92 %", priority="critical", impact="high")
SINCE = T0


def section(url: str, **said: object) -> Mapping[str, Any]:
    """Load a section with all that a desk at `url` needs."""
    least = {
        "type": "serviceops",
        "url": url,
        "auth": KEY,
        "defaults": {"requester": "noc@example.com"},
    }
    loaded: Mapping[str, Any] = TYPE.schema().load({**least, **said})
    return loaded


@contextmanager
def desk_at(url: str, **said: object) -> Iterator[ServiceOps]:
    """Make an adapter for the length of a block."""
    desk = ServiceOps("desk", section(url, **said))
    try:
        yield desk
    finally:
        desk.close()


@dataclass
class World:
    """One sandbox, and the desks that a test made for it."""

    sandbox: Sandbox
    desks: list[ServiceOps] = field(default_factory=list)

    def desk(self, **said: object) -> ServiceOps:
        """Make an adapter; it is closed with the test."""
        self.desks.append(ServiceOps("desk", section(self.sandbox.url, **said)))
        return self.desks[-1]

    def fail(self, *kinds: str, times: int | None = None) -> None:
        """Let the next calls fail."""
        order = {"fail": list(kinds)} | ({"times": times} if times else {})
        self._post("faults", order)

    def limit(self, calls: int, every: str) -> None:
        """Let the desk answer so many calls in a span, and tell of it in its headers."""
        self._post("limit", {"calls": calls, "every": every})

    def person(self, number: str, **changes: object) -> None:
        """Change a ticket by hand."""
        self._post(f"tickets/{number}", changes)

    def expire_tokens(self) -> None:
        """Let the desk forget every token it has given."""
        self._post("tokens/expire", {})

    def ticket(self) -> Mapping[str, Any]:
        """Give the only ticket."""
        [only] = self.tickets()
        return only

    def tickets(self) -> list[Mapping[str, Any]]:
        """Give every ticket, oldest first."""
        with _session() as session:
            answer = session.get(f"{self.sandbox.url}/_sandbox/tickets", timeout=5)
        tickets: list[Mapping[str, Any]] = answer.json()["tickets"]
        return tickets

    def calls(self) -> Mapping[str, int]:
        """Count the calls so far by operation."""
        with _session() as session:
            answer = session.get(f"{self.sandbox.url}/_sandbox/calls", timeout=5)
        counts: Mapping[str, int] = answer.json()["counts"]
        return counts

    def _post(self, path: str, order: Mapping[str, object]) -> None:
        with _session() as session:
            answer = session.post(f"{self.sandbox.url}/_sandbox/{path}", json=order, timeout=5)
        assert answer.status_code == 200, answer.text


@contextmanager
def running_world() -> Iterator[World]:
    """Run a sandbox for the length of a test."""
    sandbox = SANDBOXES["serviceops"]()
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
