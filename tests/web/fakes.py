"""Stand-ins for the rooms behind the web side."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient

from bridge.domain.drill import DrillResult
from bridge.domain.inbox import InboxEntry, InboxPage, InboxQuery, KeptBody
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.json import JsonObject
from bridge.domain.known import KnownAlert
from bridge.domain.ports import Source
from bridge.domain.reading import IncidentPage, IncidentQuery, ListedIncident
from bridge.domain.receipt import Receipt
from bridge.operations import Operations
from bridge.rules import Rules
from bridge.rules.live import InForce
from bridge.rules.model import RuleSet
from bridge.sources.auth import Auth, NoAuth
from bridge.store.memory import MemoryStore
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
from tests.builders import T0, FakeSource, Ids, ManualClock

JSON = {"Content-Type": "application/json"}
RECEIPT = Receipt(inbox_id="in-1", accepted=1, dropped=0, rejected=(), incidents=())
RULES = InForce(
    rules=Rules(
        RuleSet(
            defaults=(),
            rules=(),
            tables=(),
            backends=None,
            default_backend="desk",
            drops_unmatched=False,
            version="0123456789abcdef",
        )
    ),
    since=T0,
)


@dataclass
class FakeReader:
    """Reads from what the test put here; `error` is raised by everything."""

    listed: list[ListedIncident] = field(default_factory=list)
    alerts: list[KnownAlert] = field(default_factory=list)
    entries: list[TimelineEntry] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)
    drilled: list[DrillResult] = field(default_factory=list)
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

    def known_alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        self._fail()
        return {a.fingerprint: a for a in self.alerts if a.fingerprint in fingerprints}

    def timeline(self, incident_id: str) -> Sequence[TimelineEntry]:
        self._fail()
        return self.entries

    def phase_counts(self) -> Mapping[tuple[str, str], int]:
        self._fail()
        return self.counts

    def oldest_due_seconds(self, now: datetime) -> Mapping[str, float]:
        self._fail()
        return self.due

    def drills(self) -> Sequence[DrillResult]:
        self._fail()
        return self.drilled

    def last_beat(self) -> datetime | None:
        self._fail()
        return T0

    def ping(self) -> None:
        self._fail()

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class FakeInbox:
    """Bodies as received, and what was taken again."""

    entries: dict[str, InboxEntry] = field(default_factory=dict)
    replayed: list[tuple[str, str]] = field(default_factory=list)
    error: Exception | None = None

    def inbox(self, query: InboxQuery) -> InboxPage:
        if query.cursor:
            message = "malformed"
            raise ValueError(message)
        bodies = [
            KeptBody(
                id=entry.id,
                source=entry.source,
                received_at=entry.received_at,
                content_type=entry.content_type,
                size=len(entry.body),
                outcome=entry.outcome,
                reason=entry.reason,
                times_seen=1,
                last_seen_at=entry.received_at,
            )
            for entry in self.entries.values()
            if query.outcome in ("", entry.outcome)
        ]
        return InboxPage(bodies=bodies[: query.limit], next=None)

    def inbox_entry(self, body_id: str) -> InboxEntry | None:
        return self.entries.get(body_id)

    def bodies_since(self, since: datetime, source: str = "") -> Iterator[InboxEntry]:
        yield from self.entries.values()

    def replay(self, source: Source, entry: InboxEntry) -> Receipt:
        if self.error is not None:
            raise self.error
        self.replayed.append((source.name, entry.id))
        return replace(RECEIPT, inbox_id=entry.id, stale=2)


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
class FakeExplain:
    """Remembers what it was asked; says `said`, or raises `error`."""

    said: JsonObject = field(default_factory=lambda: {"alerts": []})
    error: Exception | None = None
    asked: list[tuple[str, bytes, Mapping[str, str] | None]] = field(default_factory=list)

    def __call__(self, source: str, body: bytes, rules: Mapping[str, str] | None) -> JsonObject:
        self.asked.append((source, body, rules))
        if self.error is not None:
            raise self.error
        return self.said


@dataclass
class Web:
    """The web side with fakes behind it, and a client in front."""

    clock: ManualClock = field(default_factory=ManualClock)
    intake: FakeIntake = field(default_factory=FakeIntake)
    reader: FakeReader = field(default_factory=FakeReader)
    inbox: FakeInbox = field(default_factory=FakeInbox)
    store: MemoryStore = field(default_factory=MemoryStore)
    checks: list[Check] = field(default_factory=list)
    rules: InForce = RULES
    explain: FakeExplain = field(default_factory=FakeExplain)
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
            inbox=self.inbox,
            sources_by_name={source: guarded.source},
            replay=self.inbox.replay,
            operations=Operations(
                store=self.store, notify=lambda: None, now=self.clock, new_id=Ids()
            ),
            console_guard=None,
            readiness=lambda: self.checks,
            rules_in_force=lambda: self.rules,
            explain=self.explain,
            now=self.clock,
            version="1.2.3",
        )
        return replace(deps, **changes)

    def client(self, auth: Auth | None = None, source: str = "am", **changes: Any) -> FlaskClient:
        return create_app(self.deps(auth, source, **changes)).test_client()
