"""Webhook bodies as Alertmanager sends them, as templates whose mark tells one from the next."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import orjson

from tests.bench.load import MARK, tag

#: What most of the alerts of a common Prometheus look like; severities that Alerta knows too.
_FAULTS = (
    ("HostOutOfDiskSpace", "warning", "node", "Disk is almost full, less than 10 % is left"),
    ("HostHighCpuLoad", "warning", "node", "CPU load has been above 80 % for ten minutes"),
    ("HostOutOfMemory", "critical", "node", "Less than 5 % of the memory is available"),
    ("TargetMissing", "critical", "node", "A target has disappeared; an exporter may be down"),
    ("PostgresqlDown", "critical", "postgres", "The database instance does not answer"),
    ("RedisTooManyConnections", "warning", "redis", "More than 90 % of the connections are used"),
    ("ErrorRateHigh", "major", "checkout", "More than 5 % of the requests fail"),
    ("CertificateExpires", "minor", "blackbox", "The certificate expires within three weeks"),
)
_STARTED = timedelta(minutes=1)
_NEVER = "0001-01-01T00:00:00Z"
#: So many bodies are sent again and again where the bridge knows the alerts already.
KNOWN_BODIES = 64
#: What stands for the mark in that half of a mixed body which is known.
_KNOWN = tag(0)


class Mix(StrEnum):
    """How much of a body the bridge has seen before."""

    NEW = "new"
    KNOWN = "known"
    MIXED = "mixed"  #: every other alert is new

    @property
    def cycle(self) -> int | None:
        """After how many bodies the first comes again; None: never."""
        return KNOWN_BODIES if self is Mix.KNOWN else None


def body(size: int, mix: Mix = Mix.NEW, *, status: str = "firing") -> bytes:
    """Give the template of a body of so many alerts."""
    alerts = [_alert(index, mix, status) for index in range(size)]
    return orjson.dumps(
        {
            "version": "4",
            "groupKey": '{}:{cluster="eu-1"}',
            "truncatedAlerts": 0,
            "receiver": "service-desk",
            "status": status,
            "groupLabels": {"cluster": "eu-1"},
            "commonLabels": {"cluster": "eu-1", "env": "prod"},
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.example.com:9093",
            "alerts": alerts,
        }
    )


def _alert(index: int, mix: Mix, status: str) -> Mapping[str, object]:
    mark = _KNOWN if mix is Mix.MIXED and index % 2 else MARK
    return alert(mark.decode(), index, status)


def alert(mark: str, index: int = 0, status: str = "firing") -> Mapping[str, object]:
    """Give one alert; the mark (eight letters) and the index say which one it is."""
    name, severity, job, text = _FAULTS[index % len(_FAULTS)]
    now = datetime.now(UTC)
    instance = f"{job}-{mark}-{index:04}.example.com:9100"
    return {
        "status": status,
        "labels": {
            "alertname": name,
            "cluster": "eu-1",
            "env": "prod",
            "instance": instance,
            "job": job,
            "severity": severity,
            "team": "platform",
        },
        "annotations": {
            "summary": f"{text} ({instance})",
            "description": f"{text}.\n  VALUE = 93.71\n  See what runs on {instance}.",
            "runbook_url": f"https://runbooks.example.com/{name}",
        },
        "startsAt": (now - _STARTED).isoformat(),
        "endsAt": _NEVER if status == "firing" else now.isoformat(),
        "generatorURL": "http://prometheus.example.com:9090/graph?g0.expr=up&g0.tab=1",
        "fingerprint": f"{mark}{index:08x}",
    }
