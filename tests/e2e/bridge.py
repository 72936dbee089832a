"""The bridge as its users have it: a configuration file, `bridge serve`, and its HTTP."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.e2e.desks import Desk, Json
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
database: sqlite:///{folder}/bridge.db
rules: {rules}
instance: e2e
server:
  bind: 127.0.0.1:{port}
  workers: {workers}
  threads: 4
  max_body: 200KB
  console: {{auth: {{bearer: admin-token}}}}
sources:
  alertmanager: {{type: alertmanager, auth: {{bearer: am-token}}}}
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
    values:
      priority: {{critical: P1, high: P2, medium: P3, low: P4}}
      impact: {{high: High, medium: Medium, low: Low}}
      urgency: {{high: High, medium: Medium, low: Low}}
    custom_field_group: Monitor Tool
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
default_backend: summit
"""


class Bridge:
    """A configured bridge on a database of its own; it may be started again on it."""

    def __init__(
        self,
        folder: Path,
        *,
        summit: Desk,
        serviceops: Desk,
        rules: Path = RULES,
        workers: int = 1,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self._file = folder / "bridge.yaml"
        self._file.write_text(
            _CONFIGURATION.format(
                folder=folder,
                rules=rules,
                workers=workers,
                port=self.port,
                summit=summit.url,
                serviceops=serviceops.url,
            )
        )

    @property
    def url(self) -> str:
        """Where the bridge is."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self) -> Iterator[Process]:
        """Keep `bridge serve` running; the body of the `with` may kill it."""
        process = Process(
            [*BRIDGE, "serve", "-c", str(self._file)], folder=self.folder, name="bridge"
        )
        with ended_afterwards(process):
            wait_until_ready(process, f"{self.url}/readyz")
            yield process

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
        return list(self.ask("incidents?limit=100")["incidents"])

    def incident(self, name: str) -> Json:
        """Give the one incident whose subject holds `name`; fail unless there is exactly one."""
        found = [i for i in self.incidents() if name in i["spec"]["subject"]]
        assert len(found) == 1, f"{len(found)} incidents {name!r}: {found}"
        return found[0]

    def raw(self, method: str, path: str, **options: object) -> requests.Response:
        """Make any call, with whatever is wrong about it."""
        return http(method, f"{self.url}{path}", **options)
