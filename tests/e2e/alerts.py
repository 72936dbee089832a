"""Bodies as Alertmanager sends them, built from what a test is about."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

NEVER = "0001-01-01T00:00:00Z"  #: the endsAt of whatever fires


def alert(
    name: str,
    *,
    status: str = "firing",
    annotations: Mapping[str, str] | None = None,
    **labels: str,
) -> dict[str, object]:
    """Build one alert of a body; the fingerprint depends on the labels alone."""
    all_labels = {"alertname": name, **labels}
    now = datetime.now(UTC)
    identity = "\xff".join(f"{k}\xff{v}" for k, v in sorted(all_labels.items()))
    return {
        "status": status,
        "labels": all_labels,
        "annotations": dict(annotations or {}),
        "startsAt": (now - timedelta(minutes=1)).isoformat(),
        "endsAt": NEVER if status == "firing" else now.isoformat(),
        "generatorURL": "http://prometheus.example.com/graph",
        "fingerprint": hashlib.sha256(identity.encode()).hexdigest()[:16],
    }


def body(*alerts: Mapping[str, object]) -> dict[str, object]:
    """Build a webhook body around alerts."""
    fires = any(a.get("status") == "firing" for a in alerts)
    return {
        "version": "4",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "receiver": "bridge",
        "status": "firing" if fires else "resolved",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.com",
        "alerts": list(alerts),
    }
