"""Every backend of the registry before a sandbox of its own: what the contract is held against."""

from collections.abc import Iterator, Mapping, Sequence
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
    token_auth: Mapping[str, Any] | None = None
    #: What of a ticket people can name it by to the bridge.
    called_by: str = "number"
    standin: str = ""  #: the sandbox, where it is not called like the type
    #: The desk's word for a ticket that a person has resolved.
    resolved: str = "Resolved"
    signature: str = ""  #: what a description ends with, for the ticket to be found by
    attaching_changes: frozenset[str] = frozenset()  #: what else a file changes
    rewrites_description: bool = True  #: otherwise a changed one is said in a note

    @property
    def logs_in(self) -> bool:
        """Say whether its first call is a login, and a refused one is followed by another."""
        return bool(self.said["auth"] == self.token_auth)

    @property
    def sandbox(self) -> str:
        """Name the sandbox that the stand is before."""
        return self.standin or self.type

    def section(self, url: str, **said: object) -> Mapping[str, Any]:
        """Load the section for a desk at `url`."""
        least = {"type": self.type, "url": url + self.path, **self.said}
        loaded: Mapping[str, Any] = BACKENDS[self.type].schema().load({**least, **said})
        return loaded

    def wrong_auth(self, marker: str) -> Mapping[str, str]:
        """Give credentials that no desk takes, with a marker in every secret."""
        return planted(self.said["auth"], marker)

    def described(self, text: str) -> str:
        """Give a description as the desk has it."""
        return text + self.signature.format(token=TOKEN)

    @property
    def secrets(self) -> Sequence[str]:
        """Give everything in the credentials but the name of the user."""
        return [text for text in _leaves(self.said["auth"]) if text != "bridge"]


def planted(auth: Mapping[str, Any], marker: str) -> dict[str, Any]:
    """Put a marker in the place of every credential but the name of a client."""
    return {
        key: planted(said, marker) if isinstance(said, Mapping) else marker
        for key, said in auth.items()
    }


def _leaves(auth: Mapping[str, Any]) -> Iterator[str]:
    for said in auth.values():
        yield from _leaves(said) if isinstance(said, Mapping) else (said,)


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
    Stand(
        name="rest-zammad",
        type="rest",
        standin="zammad",
        resolved="closed",
        said={
            "description": "zammad",
            "auth": {"key": "sandbox-key"},
            "settings": {"customer": "monitoring@example.com"},
        },
        rewrites_description=False,
        # A file stands on an article of its own.
        attaching_changes=frozenset({"notes"}),
    ),
    Stand(
        name="rest-pagerduty",
        type="rest",
        standin="pagerduty",
        said={"description": "pagerduty", "auth": {"key": "sandbox-key-of-32-characters-000"}},
    ),
    Stand(
        name="rest-glpi",
        type="rest",
        standin="glpi",
        resolved="Solved",
        signature="\n\nReference: {token}",
        said={
            "description": "glpi",
            "auth": {"login": {"user_token": "sandbox-key"}},
            "settings": {"app_token": "sandbox-app-token"},
        },
        token_auth={"login": {"user_token": "sandbox-key"}},
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
        desk = BACKENDS[self.stand.type].build("desk", section, "eu")
        self.desks.append(desk)
        if self.stand.logs_in:
            # So that what a test has in store meets the call that it is about.
            desk.check()
        return desk

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
    sandbox = SANDBOXES[stand.sandbox]()
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
