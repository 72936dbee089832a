"""The faults that alert: what is true of them, whatever anybody was told."""

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

#: endsAt of what fires, as Alertmanager writes it.
NEVER = "0001-01-01T00:00:00Z"
_POLICIES = ("", "held", "patient", "returning")

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of Prometheus as it is now."""

    labels: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None = None

    @property
    def is_firing(self) -> bool:
        return self.ends_at is None

    @property
    def fingerprint(self) -> str:
        text = "\xff".join(f"{name}\xff{value}" for name, value in sorted(self.labels.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def subject(self) -> str:
        """What the ticket is called; it is the same for all alerts of one key."""
        return f"{self.labels['alertname']} on {self.labels['instance']}"

    def as_json(self) -> Json:
        """Write it as an item of Alertmanager's body."""
        return {
            "status": "firing" if self.is_firing else "resolved",
            "labels": dict(self.labels),
            "annotations": {"description": f"{self.labels['alertname']} hurts"},
            "startsAt": self.starts_at.isoformat(),
            "endsAt": NEVER if self.ends_at is None else self.ends_at.isoformat(),
            "generatorURL": "http://prometheus.example.com/graph",
            "fingerprint": self.fingerprint,
        }


class Faults:
    """Every fault there is; each may fire as a warning or as critical, and is one ticket."""

    def __init__(self, number: int, random: Random) -> None:
        self._labels = [_labels(index) for index in range(number)]
        self._random = random
        self._alerts: dict[str, Alert] = {}
        self._lock = threading.Lock()

    def change(self) -> Sequence[Alert]:
        """Let one fault begin, end, or change its severity; give the alerts that are new of it."""
        labels = self._random.choice(self._labels)
        firing = list(self._firing(labels))
        if not firing:
            return self._set([self._fired(labels, self._random.choice(("warning", "critical")))])
        if self._random.random() < 0.3:
            was = firing[0].labels["severity"]
            other = "critical" if was == "warning" else "warning"
            return self._set([self._fired(labels, other), *_ended(firing)])
        return self._set(_ended(firing))

    def settle(self) -> Sequence[Alert]:
        """End about every second fault for good and let the others fire; give what changes."""
        changed: list[Alert] = []
        for index, labels in enumerate(self._labels):
            firing = list(self._firing(labels))
            if index % 2:
                changed += _ended(firing)
            elif not firing:
                changed.append(self._fired(labels, "critical"))
        return self._set(changed)

    def alerts(self) -> Sequence[Alert]:
        """Give every alert that ever fired, as it is now."""
        with self._lock:
            return tuple(self._alerts.values())

    def _firing(self, labels: Mapping[str, str]) -> Iterator[Alert]:
        for alert in self.alerts():
            if alert.is_firing and {**labels, "severity": alert.labels["severity"]} == alert.labels:
                yield alert

    def _fired(self, labels: Mapping[str, str], severity: str) -> Alert:
        return Alert(labels={**labels, "severity": severity}, starts_at=datetime.now(UTC))

    def _set(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        with self._lock:
            self._alerts.update({alert.fingerprint: alert for alert in alerts})
        return alerts


def _labels(index: int) -> Mapping[str, str]:
    policy = _POLICIES[index // 2 % len(_POLICIES)]
    return {
        "alertname": ("DiskFull", "HighLoad", "CertExpires")[index % 3],
        "instance": f"host{index:02d}",
        **({"team": "storage"} if index % 3 == 1 else {}),
        **({"policy": policy} if policy else {}),
    }


def _ended(alerts: Sequence[Alert]) -> list[Alert]:
    return [replace(alert, ends_at=datetime.now(UTC)) for alert in alerts]
