"""The canary: a made-up alert that fires and clears through the whole bridge and a real desk."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson

from bridge.domain.alert import Alert, AlertStatus, ParsedBody
from bridge.domain.decision import Decision, Filed
from bridge.domain.drill import KEY_PREFIX, DrillResult
from bridge.domain.errors import MalformedBody
from bridge.domain.incident import Incident, Phase
from bridge.domain.policy import Policy
from bridge.domain.ports import Clock, NewId, RuleBook, Source
from bridge.domain.receipt import Receipt
from bridge.domain.spec import IncidentSpec

SOURCE = "bridge-drill"
#: How often a waiting drill looks; what it times is taken from the timeline.
LOOK_SECONDS = 0.1

_SUBJECT = "Drill of the incident bridge, resolved by itself: please ignore"
_DESCRIPTION = (
    "`bridge drill` files and resolves this ticket to show that alerts reach this service desk. "
    "Nothing is wrong."
)


class DrillSource:
    """Reads the drill's own bodies."""

    name = SOURCE

    def parse(self, body: bytes, _content_type: str, received_at: datetime) -> ParsedBody:
        """Read {backend, run, status}."""
        try:
            said = orjson.loads(body)
            status = AlertStatus(said["status"])
            labels = {"alertname": "BridgeDrill", "backend": said["backend"], "run": said["run"]}
        except (ValueError, KeyError, TypeError) as exc:
            raise MalformedBody("not a drill's body") from exc
        alert = Alert(
            source=SOURCE,
            fingerprint=labels["run"],
            status=status,
            name="BridgeDrill",
            labels=labels,
            annotations={},
            starts_at=received_at,
            ends_at=received_at if status is AlertStatus.RESOLVED else None,
        )
        return ParsedBody(alerts=(alert,))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRules:
    """The rules in force for whatever a desk may demand; key, desk and words are the drill's."""

    rules: RuleBook

    @property
    def version(self) -> str:
        """Differ from the rules in force: a drill's decision is no answer of theirs."""
        return f"drill {self.rules.version}"

    def decide(self, alert: Alert) -> Decision:
        """File at the desk that is drilled, at once and apart from everything else."""
        decision = self.rules.decide(alert)
        spec = decision.spec if isinstance(decision, Filed) else IncidentSpec()
        return Filed(
            key=f"{KEY_PREFIX}{alert.labels['run']}",
            backend=alert.labels["backend"],
            spec=replace(
                spec,
                subject=_SUBJECT,
                description=_DESCRIPTION,
                priority="low",
                note="",
                links={},
                attachments={},
            ),
            policy=Policy(respect_people=False),
            rule=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """Drills one desk after the other through a bridge that is running."""

    receive: Callable[[Source, bytes, str], Receipt]  #: by the rules of the drill
    incident: Callable[[str], Incident | None]
    result: Callable[[str], DrillResult | None]  #: of an incident
    now: Clock
    new_id: NewId
    sleep: Callable[[float], None]

    def run(self, backend: str, timeout: timedelta) -> DrillResult:
        """Fire, wait until it is filed, clear, wait until it is resolved; always clear."""
        run = self.new_id()
        incident_id = self._tell(backend, run, AlertStatus.FIRING)
        self._wait(incident_id, Phase.FILED, timeout)
        self._tell(backend, run, AlertStatus.RESOLVED)
        self._wait(incident_id, Phase.RESOLVED, timeout)
        result = self.result(incident_id)
        return result or DrillResult(backend=backend, at=self.now(), why="it was not stored")

    def _tell(self, backend: str, run: str, status: AlertStatus) -> str:
        body = orjson.dumps({"backend": backend, "run": run, "status": status.value})
        receipt = self.receive(DrillSource(), body, "application/json")
        return str(receipt.incidents[0].id)

    def _wait(self, incident_id: str, phase: Phase, timeout: timedelta) -> None:
        deadline = self.now() + timeout
        while self.now() < deadline:
            incident = self.incident(incident_id)
            if incident is None or incident.phase in (phase, Phase.PARKED):
                return
            self.sleep(LOOK_SECONDS)
