"""The bridge as its users have it: a configuration file, its processes, and its HTTP."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import requests

from tests.e2e.desks import Json
from tests.e2e.processes import (
    BRIDGE,
    Process,
    ended_afterwards,
    free_port,
    http,
    wait_until_ready,
)

SENDER = {"Authorization": "Bearer am-token"}
ADMIN = {"Authorization": "Bearer admin-token"}
RULES = Path(__file__).with_name("rules.yaml")

_CONFIGURATION = """\
database: {database}
rules: {rules}
instance: e2e
timezone: Asia/Kolkata
server:
  bind: 127.0.0.1:{port}
  workers: {workers}
  threads: 4
  max_body: 200KB
  console: {{auth: {{bearer: admin-token}}}}
sources:
  alertmanager: {{type: alertmanager, auth: {{bearer: am-token}}, api: {api}}}
backends:
  summit:
    type: summit
    url: {summit}/API
    auth: {{api_key: sandbox-key}}
    org_id: 1
    defaults:
      instance: IT
      caller: monitoring@example.com
      workgroup: NOC
      engineer: noc@example.com
      closure_code: Successful
      resolution_code: Success
      source: Monitoring
      pending_reason: Silenced
    transitions: {{muted: Pending}}
    values:
      priority: {{critical: P1, high: P2, medium: P3, low: P4}}
      impact: {{high: High, medium: Medium, low: Low}}
      urgency: {{high: High, medium: Medium, low: Low}}
    custom_field_group: Monitor Tool
    limits: {limits}
  serviceops:
    type: serviceops
    url: {serviceops}
    dialect: incident
    auth:
      client_id: api
      client_secret: sandbox-secret
      username: bridge
      password: sandbox-password
    defaults: {{requester: monitoring@example.com, category: Incident}}
    limits: {limits}
default_backend: summit
"""


class At(Protocol):
    """Whatever stands in for a desk."""

    @property
    def url(self) -> str: ...


class Bridge:
    """A configured bridge, by default on a database of its own; it may be started again on it.

    Several of them on one database are its replicas, each with a `name`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        summit: At,
        serviceops: At,
        name: str = "bridge",
        database: str | None = None,
        rules: Path = RULES,
        limits: str = "{}",
        workers: int = 1,
        api: str = "null",
    ) -> None:
        self.folder = folder
        self.name = name
        self.port = free_port()
        self._file = folder / f"{name}.yaml"
        self._file.write_text(
            _CONFIGURATION.format(
                database=database or f"sqlite:///{folder}/bridge.db",
                rules=rules,
                workers=workers,
                api=api,
                port=self.port,
                summit=summit.url,
                serviceops=serviceops.url,
                limits=limits,
            )
        )

    @property
    def url(self) -> str:
        """Where the bridge is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, role: str) -> Process:
        """Start `bridge serve`, `web` or `worker`; the caller ends it."""
        command = [*BRIDGE, role, "-c", str(self._file)]
        return Process(command, folder=self.folder, name=self.name)

    @contextmanager
    def running(self, role: str) -> Iterator[Process]:
        """Keep one role running; the body of the `with` may kill it."""
        process = self.start(role)
        with ended_afterwards(process):
            if role != "worker":
                self.wait_until_up(process, "readyz" if role == "serve" else "healthz")
            yield process

    @contextmanager
    def serving(self) -> Iterator[Process]:
        """Keep `bridge serve` running; the body of the `with` may kill it."""
        with self.running("serve") as process:
            yield process

    def wait_until_up(self, process: Process, page: str = "readyz") -> None:
        """Return once a page of health answers 200."""
        wait_until_ready(process, f"{self.url}/{page}")

    def post(self, body: Mapping[str, object], source: str = "alertmanager") -> Json:
        """Send a webhook as Alertmanager does; give the receipt of its 202."""
        answer = http("POST", f"{self.url}/webhooks/{source}", json=body, headers=SENDER)
        assert answer.status_code == 202, f"{answer.status_code}: {answer.text}"
        receipt: Json = answer.json()
        return receipt

    def ask(self, path: str) -> Json:
        """Read something of the API."""
        answer = http("GET", f"{self.url}/api/v1/{path}", headers=ADMIN)
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        said: Json = answer.json()
        return said

    def incidents(self) -> list[Json]:
        """Give every incident."""
        page = self.ask("incidents?limit=100")
        incidents = list(page["incidents"])
        while page["next"]:
            page = self.ask(f"incidents?limit=100&cursor={page['next']}")
            incidents += page["incidents"]
        return incidents

    def incident(self, name: str) -> Json:
        """Give the one incident whose subject holds `name`; fail unless there is exactly one."""
        found = [i for i in self.incidents() if name in i["spec"]["subject"]]
        assert len(found) == 1, f"{len(found)} incidents {name!r}: {found}"
        return found[0]

    def raw(self, method: str, path: str, **options: object) -> requests.Response:
        """Make any call, with whatever is wrong about it."""
        return http(method, f"{self.url}{path}", **options)
