"""The alerts of a test's steps, as a source of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from bridge.domain.alert import Alert, AlertStatus, ParsedBody
from bridge.rules.rule_tests import Said
from bridge.sources.fingerprint import fingerprint_of

CONTENT_TYPE = "application/json"


class Steps:
    """Writes what steps say into bodies; an alert keeps the start of its firing to its end."""

    def __init__(self) -> None:
        self._started: dict[str, datetime] = {}

    def body(self, said: Said, now: datetime) -> bytes:
        """Write alerts that fire or clear now."""
        return orjson.dumps([self._written(alert, said.status, now) for alert in said.alerts])

    def _written(
        self, alert: Mapping[str, Any], status: AlertStatus, now: datetime
    ) -> Mapping[str, Any]:
        fingerprint = alert.get("fingerprint") or fingerprint_of(alert["labels"])
        starts_at = self._started.setdefault(fingerprint, now)
        if status is AlertStatus.RESOLVED:
            del self._started[fingerprint]
        return {**alert, "fingerprint": fingerprint, "status": status, "starts_at": starts_at}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSource:
    """Implements Source over the bodies that Steps writes."""

    name: str

    def parse(self, body: bytes, content_type: str, received_at: datetime) -> ParsedBody:  # noqa: ARG002  # ours
        """Read every alert of a body."""
        said: Sequence[Mapping[str, Any]] = orjson.loads(body)
        return ParsedBody(alerts=tuple(self._alert(alert, received_at) for alert in said))

    def _alert(self, said: Mapping[str, Any], received_at: datetime) -> Alert:
        labels, status = said["labels"], AlertStatus(said["status"])
        return Alert(
            source=self.name,
            fingerprint=said["fingerprint"],
            status=status,
            name=said.get("name") or labels.get("alertname") or "alert",
            labels=labels,
            annotations=said.get("annotations", {}),
            starts_at=datetime.fromisoformat(said["starts_at"]),
            ends_at=received_at if status is AlertStatus.RESOLVED else None,
            values=said.get("values", {}),
            group=said.get("group", {}),
            links=said.get("links", {}),
            payload=said.get("payload", {}),
        )
