"""What pairs of real Alertmanagers sent, delivery by delivery; see the payloads' PROVENANCE.md."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[1] / "payloads" / "alertmanager"
_TIMES = ("startsAt", "endsAt")
_NEVER = "0001-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One body, and how long after the first it came."""

    after: timedelta
    body: dict[str, Any]

    @property
    def alerts(self) -> Sequence[dict[str, Any]]:
        found: Sequence[dict[str, Any]] = self.body["alerts"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The deliveries to one receiver, in order."""

    name: str
    deliveries: Sequence[Delivery]

    @property
    def began_at(self) -> datetime:
        """When the first came, as far as the bodies tell: nothing ends after it is said to."""
        return max(
            datetime.fromisoformat(alert["endsAt"]) - delivery.after
            for delivery in self.deliveries
            for alert in delivery.alerts
            if not alert["endsAt"].startswith(_NEVER)
        )

    @property
    def instances(self) -> set[str]:
        """The instances that have an alert."""
        return {a["labels"]["instance"] for d in self.deliveries for a in d.alerts}

    def begun_at(self, time: datetime) -> "Recording":
        """Give the same, as if the first had come at another time."""
        shift = time - self.began_at
        moved = [Delivery(after=d.after, body=_moved(d.body, shift)) for d in self.deliveries]
        return Recording(name=self.name, deliveries=moved)


def recordings() -> Iterator[Recording]:
    """Give every recorded sequence, those to different receivers apart."""
    for name in ("normal_ha_and_slow_receiver", "partitioned_pair"):
        yield from _read(name)
    yield from _read("stale_firing_after_resolved_sequence")


def _read(name: str) -> Iterator[Recording]:
    said = json.loads((_FOLDER / f"captured_{name}.json").read_text())
    for path in sorted({entry.get("path", "") for entry in said}):
        deliveries = [
            Delivery(after=timedelta(seconds=entry["t"]), body=entry["body"])
            for entry in said
            if entry.get("path", "") == path
        ]
        yield Recording(name=f"{name}{path.replace('/', '-')}", deliveries=deliveries)


def _moved(body: dict[str, Any], shift: timedelta) -> dict[str, Any]:
    return {**body, "alerts": [{**alert, **_times(alert, shift)} for alert in body["alerts"]]}


def _times(alert: dict[str, Any], shift: timedelta) -> dict[str, str]:
    return {
        name: (datetime.fromisoformat(alert[name]) + shift).isoformat()
        for name in _TIMES
        if not alert[name].startswith(_NEVER)
    }
