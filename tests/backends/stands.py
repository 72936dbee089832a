"""Every backend of the registry before a sandbox of its own: what the contract is held against."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from bridge.backends import BACKENDS, Desk
from bridge.domain.spec import IncidentSpec
from bridge.sandbox import SANDBOXES, Sandbox
from bridge.sandbox.servicenow.tables import sys_id_of

TOKEN = "IB-eu-0123456789AB"
SPEC = IncidentSpec(subject="Disk full", description="92 %", priority="critical", impact="high")
PATIENCE = {"timeout": "300ms"}


@dataclass(frozen=True, kw_only=True)
class Stand:
    """One way to set a backend up."""

    name: str
    type: str
    said: Mapping[str, Any]  #: the section, without its type and its URL
    path: str = ""  #: below the sandbox's address
    #: A login by tokens that expire, where the desk has any.
    token_auth: Mapping[str, str] | None = None
    #: What of a ticket people can name it by to the bridge.
    called_by: str = "number"

    def section(self, url: str, **said: object) -> Mapping[str, Any]:
        """Load the section for a desk at `url`."""
        least = {"type": self.type, "url": url + self.path, **self.said}
        loaded: Mapping[str, Any] = BACKENDS[self.type].schema().load({**least, **said})
        return loaded

    def wrong_auth(self, marker: str) -> Mapping[str, str]:
        """Give credentials that no desk takes, with a marker in every secret."""
        return dict.fromkeys(self.said["auth"], marker)


_KEY = {"api_key": "sandbox-key"}
_SERVICEOPS = {"auth": _KEY, "defaults": {"requester": "noc@example.com"}}
_GRANT = {
    "client_id": "api",
    "client_secret": "sandbox-secret",
    "username": "bridge",
    "password": "sandbox-password",
}
#: What a service project has its own fields for, so that the description is the text alone.
_JIRA = {
    "project": "OPS",
    "fields": {"impact": "customfield_10004", "urgency": "customfield_10005"},
}
STANDS = (
    Stand(
        name="summit",
        type="summit",
        path="/API",
        said={
            "auth": _KEY,
            "defaults": {
                "instance": "IT",
                "caller": "monitoring@example.com",
                "workgroup": "NOC",
                "engineer": "noc@example.com",
                "closure_code": "Successful",
                "resolution_code": "Success",
            },
        },
    ),
    Stand(
        name="serviceops-incident",
        type="serviceops",
        said={**_SERVICEOPS, "dialect": "incident"},
        token_auth=_GRANT,
    ),
    Stand(
        name="serviceops-request",
        type="serviceops",
        said={**_SERVICEOPS, "dialect": "request"},
        token_auth=_GRANT,
    ),
    Stand(
        name="servicenow",
        type="servicenow",
        said={
            "auth": {"username": "bridge", "password": "sandbox-password"},
            # By their keys: names would be looked up before a ticket is filed.
            "defaults": {
                "caller": sys_id_of("sys_user", "Monitoring"),
                "workgroup": sys_id_of("sys_user_group", "NOC"),
            },
        },
        token_auth=_GRANT,
    ),
    Stand(
        name="jira-cloud",
        type="jira",
        said={
            **_JIRA,
            "auth": {"email": "bridge@example.com", "api_token": "sandbox-api-token"},
        },
    ),
    Stand(
        name="jira-datacenter",
        type="jira",
        said={**_JIRA, "flavor": "datacenter", "auth": {"token": "sandbox-token"}},
    ),
)


@dataclass
class World:
    """A sandbox, and the desks that a test made for it."""

    stand: Stand
    sandbox: Sandbox
    desks: list[Desk] = field(default_factory=list)

    def desk(self, **said: object) -> Desk:
        """Make an adapter; it is closed with the test."""
        section = self.stand.section(self.sandbox.url, **said)
        self.desks.append(BACKENDS[self.stand.type].build("desk", section, "eu"))
        return self.desks[-1]

    def fail(self, *kinds: str, times: int | None = None) -> None:
        """Let the next calls fail."""
        self._post("faults", {"fail": list(kinds)} | ({"times": times} if times else {}))

    def be_slow(self, latency: str) -> None:
        """Let every call wait before it is handled."""
        self._post("faults", {"latency": latency})

    def person(self, number: str, **changes: object) -> None:
        """Change a ticket by hand."""
        self._post(f"tickets/{number}", changes)

    def expire_tokens(self) -> None:
        """Let the desk forget every token it has given."""
        self._post("tokens/expire", {})

    def a_minute_ago(self) -> datetime:
        """Give a time before anything was filed here."""
        return datetime.now(UTC) - timedelta(minutes=1)

    def ticket(self) -> Mapping[str, Any]:
        """Give the only ticket."""
        [only] = self.tickets()
        return only

    def tickets(self) -> list[Mapping[str, Any]]:
        """Give every ticket, oldest first."""
        tickets: list[Mapping[str, Any]] = self._get("tickets")["tickets"]
        return tickets

    def calls(self) -> Mapping[str, int]:
        """Count the calls so far by operation."""
        counts: Mapping[str, int] = self._get("calls")["counts"]
        return counts

    def _get(self, path: str) -> Mapping[str, Any]:
        with _session() as session:
            answer = session.get(f"{self.sandbox.url}/_sandbox/{path}", timeout=5)
        said: Mapping[str, Any] = answer.json()
        return said

    def _post(self, path: str, order: Mapping[str, object]) -> None:
        with _session() as session:
            answer = session.post(f"{self.sandbox.url}/_sandbox/{path}", json=order, timeout=5)
        assert answer.status_code == 200, answer.text


@contextmanager
def running_world(stand: Stand) -> Iterator[World]:
    """Run a sandbox for the length of a test."""
    sandbox = SANDBOXES[stand.type]()
    sandbox.start()
    world = World(stand, sandbox)
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
