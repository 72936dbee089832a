"""Stand-ins for the rooms behind the web side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient

from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.ports import KnownAlert, Source
from bridge.domain.reading import IncidentPage, IncidentQuery, ListedIncident
from bridge.domain.receipt import Receipt
from bridge.sources.auth import Auth, NoAuth
from bridge.web import (
    Check,
    Door,
    Failures,
    Gate,
    GuardedSource,
    Way,
    WebDeps,
    create_app,
    guard_for,
)
from bridge.web.address import Network
from tests.builders import T0, FakeSource, ManualClock

JSON = {"Content-Type": "application/json"}
RECEIPT = Receipt(inbox_id="in-1", accepted=1, dropped=0, rejected=(), incidents=())


@dataclass
class FakeReader:
    """Reads from what the test put here; `error` is raised by everything."""

    listed: list[ListedIncident] = field(default_factory=list)
    alerts: list[KnownAlert] = field(default_factory=list)
    entries: list[TimelineEntry] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)
    next: str | None = None
    error: Exception | None = None
    asked: list[IncidentQuery] = field(default_factory=list)

    def add(self, incident: Incident, *, firing: int = 1, resolved: int = 0) -> None:
        self.listed.append(ListedIncident(incident=incident, firing=firing, resolved=resolved))

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        self._fail()
        self.asked.append(query)
        return IncidentPage(incidents=self.listed, next=self.next)

    def incident(self, incident_id: str) -> ListedIncident | None:
        self._fail()
        return next((each for each in self.listed if each.incident.id == incident_id), None)

    def members(self, incident_id: str) -> Sequence[KnownAlert]:
        self._fail()
        return self.alerts

    def timeline(self, incident_id: str) -> Sequence[TimelineEntry]:
        self._fail()
        return self.entries

    def phase_counts(self) -> Mapping[tuple[str, str], int]:
        self._fail()
        return self.counts

    def oldest_due_seconds(self, now: datetime) -> Mapping[str, float]:
        self._fail()
        return self.due

    def last_beat(self) -> datetime | None:
        self._fail()
        return T0

    def ping(self) -> None:
        self._fail()

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class FakeIntake:
    """Remembers what it was handed; answers `receipt`, or raises `error`."""

    receipt: Receipt = RECEIPT
    error: Exception | None = None
    received: list[tuple[str, bytes, str]] = field(default_factory=list)
    kept: list[tuple[str, bytes, str, str]] = field(default_factory=list)

    def keep(self, source: Source, body: bytes, content_type: str, reason: str) -> None:
        self.kept.append((source.name, body, content_type, reason))

    def __call__(self, source: Source, body: bytes, content_type: str) -> Receipt:
        self.received.append((source.name, body, content_type))
        if self.error is not None:
            raise self.error
        return self.receipt


@dataclass
class Web:
    """The web side with fakes behind it, and a client in front."""

    clock: ManualClock = field(default_factory=ManualClock)
    intake: FakeIntake = field(default_factory=FakeIntake)
    reader: FakeReader = field(default_factory=FakeReader)
    checks: list[Check] = field(default_factory=list)
    max_body: int = 1000
    trusted_proxies: tuple[Network, ...] = ()
    gate: Gate = field(default_factory=lambda: Gate(at_once=4, waiting=4))

    def way(self) -> Way:
        return Way(
            door=Door(trusted_proxies=self.trusted_proxies, failures=Failures(now=self.clock)),
            gate=self.gate,
            receive=self.intake,
            keep=self.intake.keep,
            max_body=self.max_body,
        )

    def deps(self, auth: Auth | None = None, source: str = "am", **changes: Any) -> WebDeps:
        guarded = GuardedSource(
            source=FakeSource(name=source), guard=guard_for(auth or NoAuth(), self.clock)
        )
        deps = WebDeps(
            sources={source: guarded},
            events=(),
            way=self.way(),
            reader=self.reader,
            console_guard=None,
            readiness=lambda: self.checks,
            now=self.clock,
            version="1.2.3",
        )
        return replace(deps, **changes)

    def client(self, auth: Auth | None = None, source: str = "am", **changes: Any) -> FlaskClient:
        return create_app(self.deps(auth, source, **changes)).test_client()
