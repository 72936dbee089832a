"""What is measured, started on loopback and ended again: the bridge, a desk, a Flask no-op."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.bench.load import Wire, head_of
from tests.e2e.desks import Desk
from tests.e2e.processes import (
    BRIDGE,
    REPOSITORY,
    Process,
    free_port,
    http,
    wait_until_ready,
)

#: Webhooks that each web process works on at once, the bridge's and those it is held against.
THREADS = 8
SHIPPED_RULES = REPOSITORY / "rules"

WEBHOOKS = "/webhooks/alertmanager"
JSON = {"Content-Type": "application/json"}
SENDER = {**JSON, "Authorization": "Bearer bench-sender"}
ADMIN = {"Authorization": "Bearer bench-admin"}

_CONFIGURATION = """\
database: {database}
rules: {rules}
instance: bench
server:
  bind: 127.0.0.1:{port}
  workers: {workers}
  threads: {threads}
  console: {{auth: {{bearer: bench-admin}}}}
sources:
  alertmanager: {{type: alertmanager, auth: {{bearer: bench-sender}}}}
backends:
  desk:
{desk}
    limits: {{concurrency: {concurrency}, rate: 100000/s, timeout: 5s}}
"""

#: What each kind of desk needs to be told, at the least.
_DESKS = {
    "summit": """\
    type: summit
    url: {url}/API
    auth: {{api_key: sandbox-key}}
    org_id: 1
    custom_field_group: Monitor Tool
    defaults:
      instance: IT
      caller: monitoring@example.com
      workgroup: NOC
      engineer: noc@example.com
      closure_code: Successful
      resolution_code: Success
      source: Monitoring
    values:
      priority: {{critical: P1, high: P2, medium: P3, low: P4}}
      impact: {{high: High, medium: Medium, low: Low}}
      urgency: {{high: High, medium: Medium, low: Low}}""",
    "serviceops": """\
    type: serviceops
    url: {url}
    dialect: incident
    auth:
      client_id: api
      client_secret: sandbox-secret
      username: bridge
      password: sandbox-password
    defaults: {{requester: monitoring@example.com, category: Incident}}""",
    "servicenow": """\
    type: servicenow
    url: {url}
    auth: {{username: bridge, password: sandbox-password}}
    defaults: {{caller: monitoring@example.com, workgroup: NOC}}""",
}
#: The desk that is called where it does not matter which.
USUAL_DESK = "summit"


class Server:
    """Something that takes webhooks, with the processes that it is made of."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        self.port = port
        self.path = path
        self.headers = headers
        self.process: Process

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def post(self, wire: Wire, body: bytes) -> float:
        """Send one webhook; give the seconds until it was accepted."""
        status, seconds = wire.ask(head_of("POST", self.path, self.headers, len(body)), body)
        if not 200 <= status < 300:
            message = f"{self.url}{self.path} answered {status}"
            raise RuntimeError(message)
        return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a bridge is set up, where the measurement is about it."""

    workers: int = 1
    threads: int = THREADS
    concurrency: int = 8
    rules: Path = SHIPPED_RULES
    kind: str = USUAL_DESK


class Bridge(Server):
    """A configured bridge with what production has: authentication, shipped rules, metrics."""

    def __init__(
        self, folder: Path, name: str, database: str, desk: str, setup: Setup | None = None
    ) -> None:
        super().__init__(free_port(), WEBHOOKS, SENDER)
        setup = setup or Setup()
        self.name = name
        self.folder = folder
        self.file = folder / f"{name}.yaml"
        self.file.write_text(
            _CONFIGURATION.format(
                database=database,
                rules=setup.rules,
                workers=setup.workers,
                threads=setup.threads,
                concurrency=setup.concurrency,
                port=self.port,
                desk=_DESKS[setup.kind].format(url=desk),
            )
        )

    def start(self, role: str) -> Process:
        """Start `bridge serve`, `web` or `worker`; the caller ends it."""
        command = [*BRIDGE, role, "-c", str(self.file)]
        return Process(command, folder=self.folder, name=f"{self.name}-{role}")

    @contextmanager
    def running(self, role: str) -> Iterator[Process]:
        """Keep one role running; the web side has answered once."""
        process = self.start(role)
        try:
            if role != "worker":
                page = "readyz" if role == "serve" else "healthz"
                wait_until_ready(process, f"{self.url}/{page}")
                self.process = process
            yield process
        finally:
            process.stop()

    def ask(self, path: str) -> Any:
        """Read something of the API."""
        answer = http("GET", f"{self.url}/api/v1/{path}", headers=ADMIN)
        answer.raise_for_status()
        return orjson.loads(answer.content)


def nobody() -> str:
    """Give the address of a desk that is down."""
    return f"http://127.0.0.1:{free_port()}"


@contextmanager
def running_desk(folder: Path, *options: str, kind: str = USUAL_DESK) -> Iterator[Desk]:
    """Keep a stand-in desk open."""
    desk = Desk(kind, folder)
    process = desk.start(*options)
    try:
        wait_until_ready(process, f"{desk.url}/_sandbox/calls")
        yield desk
    finally:
        process.stop()


@contextmanager
def running_gunicorn(
    server: Server,
    application: str,
    *,
    folder: Path,
    ready: str,
    python: str = sys.executable,
    variables: Sequence[str] = (),
) -> Iterator[Server]:
    """Serve a WSGI application in the shape of one of the bridge's web processes.

    One process, since connections that are kept alive would be split unevenly among several.
    """
    options = ["-k", "gthread", "-w", "1", "--threads", str(THREADS), "--keep-alive", "75"]
    bind = ["-b", f"127.0.0.1:{server.port}", "--no-control-socket"]
    command = ["env", *variables, python, "-m", "gunicorn", *options, *bind, application]
    server.process = Process(command, folder=folder, name=application.partition(":")[0])
    try:
        wait_until_ready(server.process, f"{server.url}{ready}")
        yield server
    finally:
        server.process.stop()


@contextmanager
def running_noop(folder: Path) -> Iterator[Server]:
    """Keep the Flask no-op running."""
    server = Server(free_port(), WEBHOOKS, SENDER)
    with running_gunicorn(server, "tests.bench.noop:app", folder=folder, ready="/") as noop:
        yield noop
