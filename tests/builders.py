"""Valid values with defaults: a test overrides only what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from bridge.domain.alert import Alert, AlertStatus, Handled, Handling, ParsedBody
from bridge.domain.decision import Decision, Dropped, Filed
from bridge.domain.errors import MalformedBody
from bridge.domain.incident import Desired, DesiredState, Incident, Observed
from bridge.domain.policy import Policy
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Ticket, TicketState

T0 = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Give the time so many seconds after T0."""
    return T0 + timedelta(seconds=seconds)


@dataclass
class ManualClock:
    """A clock that moves only when told."""

    time: datetime = T0

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Ids:
    """Identifiers that sort by the order they were made in."""

    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __call__(self) -> str:
        return f"01{next(self.numbers):024d}"


def make_alert(
    name: str = "DiskFull",
    *,
    status: AlertStatus = AlertStatus.FIRING,
    fingerprint: str | None = None,
    source: str = "alertmanager",
    starts_at: datetime = T0,
    ends_at: datetime | None = None,
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Alert:
    labels = {"alertname": name, "instance": "db1:9100", **(labels or {})}
    return Alert(
        source=source,
        fingerprint=fingerprint or "|".join(f"{k}={v}" for k, v in sorted(labels.items())),
        status=status,
        name=name,
        labels=labels,
        annotations=annotations or {},
        starts_at=starts_at,
        ends_at=ends_at,
    )


def make_ticket(**changes: object) -> Ticket:
    ticket = Ticket(number="INC-1", id="1", status="Open", state=TicketState.OPEN)
    return replace(ticket, **changes)  # type: ignore[arg-type]


def make_desired(**changes: object) -> Desired:
    desired = Desired(
        state=DesiredState.OPEN,
        since=T0,
        spec=IncidentSpec(subject="Disk full"),
        fired_at=T0,
    )
    return replace(desired, **changes)  # type: ignore[arg-type]


def make_incident(
    desired: Mapping[str, object] | None = None,
    observed: Mapping[str, object] | None = None,
    **changes: object,
) -> Incident:
    incident = Incident(
        id="01",
        key="disk",
        backend="desk",
        token="IB-test-01",
        source="alertmanager",
        rule=None,
        desired=make_desired(**(desired or {})),
        observed=replace(Observed(), **(observed or {})),  # type: ignore[arg-type]
        opened_at=T0,
        updated_at=T0,
    )
    return replace(incident, **changes)  # type: ignore[arg-type]


@dataclass
class FakeRules:
    """Rules as a function: the key is alertname and instance, the priority is the severity."""

    policy: Policy = field(default_factory=Policy)
    version: str = "1"
    drop: str = "Watchdog"
    key_labels: tuple[str, ...] = ("alertname", "instance")
    backend: str = "desk"
    attachments: Mapping[str, str] = field(default_factory=dict)
    asked: int = 0

    def decide(self, alert: Alert) -> Decision:
        self.asked += 1
        if alert.name == self.drop:
            return Dropped(reason="dead man's switch", rule="heartbeat")
        return Filed(
            key=",".join(alert.labels.get(name, "") for name in self.key_labels),
            backend=self.backend,
            spec=IncidentSpec(
                subject=alert.name,
                description=alert.annotations.get("summary", ""),
                priority=alert.labels.get("severity", "medium"),
                attachments=self.attachments,
            ),
            policy=self.policy,
            rule="rule-1",
        )


@dataclass
class FakeSource:
    """A source whose bodies are numbers of prepared alerts."""

    bodies: list[ParsedBody] = field(default_factory=list)
    name: str = "alertmanager"

    def add(self, *alerts: Alert) -> bytes:
        return self._body(ParsedBody(alerts=alerts))

    def add_handled(self, handling: Handling, *alerts: Alert) -> bytes:
        """Make a body that says only who looks after alerts."""
        handled = tuple(Handled(fingerprint=a.fingerprint, handling=handling) for a in alerts)
        return self._body(ParsedBody(alerts=(), handled=handled))

    def _body(self, parsed: ParsedBody) -> bytes:
        self.bodies.append(parsed)
        return str(len(self.bodies) - 1).encode()

    def parse(self, body: bytes, content_type: str, received_at: datetime) -> ParsedBody:
        if not body.isdigit():
            message = "not a number; send a number"
            raise MalformedBody(message)
        return self.bodies[int(body)]
