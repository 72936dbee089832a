"""The stage of the demo: two sandbox desks and a bridge between them, all on loopback."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any

from bridge.cli.init import shipped_rules
from bridge.sandbox import SANDBOXES, Sandbox

START_SECONDS = 30.0

_CONFIG = """\
database: sqlite:///demo.db
rules: rules/
instance: demo
server: {{bind: "127.0.0.1:{port}", workers: 1}}
sources:
  alertmanager: {{type: alertmanager, auth: {{bearer: "{token}"}}}}
backends:
  summit:
    type: summit
    url: {summit}
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
    auth:
      client_id: api
      client_secret: sandbox-secret
      username: bridge
      password: sandbox-password
    defaults: {{requester: monitoring@example.com, category: Incident}}
default_backend: summit
"""

_ROUTING = """\
# Only for the demo: the apps team works in ServiceOps, everybody else in Summit.
version: 1
rules:
  - id: demo-apps-team
    match: ['team="apps"']
    set: {backend: serviceops}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where everything listens."""

    bridge: str  #: URL
    token: str
    desks: Mapping[str, Sandbox]

    def send(self, body: bytes) -> Mapping[str, Any]:
        """Send a webhook as Alertmanager would; give the receipt."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        url = f"{self.bridge}/webhooks/alertmanager"
        return _call(urllib.request.Request(url, body, headers))  # noqa: S310  # loopback

    def incidents(self) -> Sequence[Mapping[str, Any]]:
        """Ask the bridge for its incidents, oldest first."""
        url = f"{self.bridge}/api/v1/incidents?limit=100"
        listed: list[Mapping[str, Any]] = _call(urllib.request.Request(url))["incidents"]  # noqa: S310
        return list(reversed(listed))

    def refusals(self) -> Sequence[str]:
        """Say what the desks refused; a good bridge is never refused."""
        return [
            f"{name}: {refusal}" for name, desk in self.desks.items() for refusal in desk.refusals
        ]


@contextmanager
def set_up(folder: Path) -> Iterator[Stage]:
    """Start both desks and the bridge in `folder`, and stop them at the end."""
    with ExitStack() as stack:
        desks = {name: stack.enter_context(_desk(name)) for name in ("summit", "serviceops")}
        port, token = _free_port(), secrets.token_urlsafe(16)
        config = folder / "bridge.yaml"
        urls = {name: desk.url for name, desk in desks.items()}
        config.write_text(_CONFIG.format(port=port, token=token, **urls), encoding="utf-8")
        shutil.copytree(shipped_rules(), folder / "rules")
        (folder / "rules" / "95-demo.yaml").write_text(_ROUTING, encoding="utf-8")
        log = stack.enter_context((folder / "bridge.log").open("wb"))
        process = stack.enter_context(_bridge(config, log.fileno()))
        stage = Stage(bridge=f"http://127.0.0.1:{port}", token=token, desks=desks)
        _wait_until_ready(stage.bridge, process, folder / "bridge.log")
        yield stage


@contextmanager
def _desk(name: str) -> Iterator[Sandbox]:
    desk = SANDBOXES[name]()
    desk.start()
    try:
        yield desk
    finally:
        desk.stop()


@contextmanager
def _bridge(config: Path, log: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603  # our own command line
        [sys.executable, "-m", "bridge", "serve", "-c", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _call(urllib.request.Request(f"{url}/readyz"))  # noqa: S310  # loopback
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    message = f"the bridge did not start within {START_SECONDS:.0f} s; it said:\n{tail}"
    raise TimeoutError(message)


def _call(request: urllib.request.Request) -> Mapping[str, Any]:
    with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310  # loopback
        answer: Mapping[str, Any] = json.load(reply)
    return answer


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
