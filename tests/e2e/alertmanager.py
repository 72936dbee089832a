"""A real Alertmanager that sends what it is told to the bridge."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.processes import Process, ended_afterwards, free_port, http, wait_until_ready

_CONFIGURATION = """\
route:
  receiver: bridge
  group_by: [alertname, cluster]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
receivers:
- name: bridge
"""

_WEBHOOK = """\
  webhook_configs:
  - url: {webhook}
    send_resolved: true
    http_config: {{authorization: {{type: Bearer, credentials: {token}}}}}
"""

_PAGERDUTY = """\
  pagerduty_configs:
  - url: {url}
    routing_key: {routing_key}
"""

Labels = Mapping[str, str]


def executable() -> str:
    """Find Alertmanager under Debian's name or its own; skip the test without it."""
    found = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if found is None:
        pytest.skip(
            "needs Debian's prometheus-alertmanager: apt-get install prometheus-alertmanager"
        )
    return found


class Alertmanager:
    """A running Alertmanager; alerts are told to it as Prometheus does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._firing: dict[str, dict[str, object]] = {}

    def fire(self, *alerts: Labels, description: str = "it hurts") -> None:
        """Say that the alerts with these labels fire."""
        for labels in alerts:
            self._firing[_identity(labels)] = {
                "labels": dict(labels),
                "annotations": {"description": description},
                "startsAt": datetime.now(UTC).isoformat(),
                "generatorURL": "http://prometheus.example.com/graph",
            }
        self._tell(alerts, ends_in=timedelta(minutes=10))

    def resolve(self, *alerts: Labels) -> None:
        """Say that the alerts with these labels have ended."""
        self._tell(alerts, ends_in=timedelta(0))

    def silence(self, labels: Labels) -> str:
        """Silence the alerts with these labels; give the silence's id."""
        now = datetime.now(UTC)
        matchers = [
            {"name": name, "value": value, "isRegex": False, "isEqual": True}
            for name, value in labels.items()
        ]
        said = {
            "matchers": matchers,
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(minutes=10)).isoformat(),
            "createdBy": "ann",
            "comment": "being mended",
        }
        answer = http("POST", f"{self._url}/api/v2/silences", json=said)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["silenceID"])

    def end_silence(self, silence_id: str) -> None:
        """Let a silence end now."""
        answer = http("DELETE", f"{self._url}/api/v2/silence/{silence_id}")
        assert answer.status_code == 200, answer.text

    def _tell(self, alerts: Sequence[Labels], ends_in: timedelta) -> None:
        ends_at = (datetime.now(UTC) + ends_in).isoformat()
        self.take([{**self._firing[_identity(labels)], "endsAt": ends_at} for labels in alerts])

    def take(self, said: Sequence[Mapping[str, object]]) -> None:
        """Take alerts in the form in which Prometheus posts them."""
        answer = http("POST", f"{self._url}/api/v2/alerts", json=list(said))
        assert answer.status_code == 200, answer.text


def _identity(labels: Labels) -> str:
    return json.dumps(dict(labels), sort_keys=True)


@contextmanager
def running_alertmanager(
    folder: Path, *, webhook: str, token: str, port: int | None = None
) -> Iterator[Alertmanager]:
    """Keep an Alertmanager of one node running that sends webhooks."""
    receiver = _WEBHOOK.format(webhook=webhook, token=token)
    with _running(folder, receiver, port or free_port()) as alertmanager:
        yield alertmanager


@contextmanager
def running_for_pagerduty(folder: Path, *, url: str, routing_key: str) -> Iterator[Alertmanager]:
    """Keep an Alertmanager of one node running that believes to send to PagerDuty."""
    receiver = _PAGERDUTY.format(url=url, routing_key=routing_key)
    with _running(folder, receiver, free_port()) as alertmanager:
        yield alertmanager


@contextmanager
def _running(folder: Path, receiver: str, port: int) -> Iterator[Alertmanager]:
    """Keep an Alertmanager running, with everything it stores in `folder`."""
    folder.mkdir(exist_ok=True)
    binary = executable()
    configuration = folder / "alertmanager.yml"
    configuration.write_text(_CONFIGURATION + receiver)
    command = [
        binary,
        f"--config.file={configuration}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=debug",
    ]
    process = Process(command, folder=folder, name="alertmanager")
    with ended_afterwards(process):
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(process, f"{url}/-/ready")
        yield Alertmanager(url)
