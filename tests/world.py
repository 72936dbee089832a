"""A whole bridge without processes: intake and reconciler over one store, one desk, one clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from bridge.domain.alert import Alert, AlertStatus, Handling
from bridge.domain.incident import Incident
from bridge.domain.ports import Claim
from bridge.domain.receipt import Receipt
from bridge.intake import Intake
from bridge.intake.describe import token_of
from bridge.reconciler import Contact, Reconciler
from bridge.store.memory import MemoryStore
from tests.builders import FakeRules, FakeSource, Ids, ManualClock, make_alert
from tests.fake_desk import FakeDesk

LEASE = timedelta(seconds=9)


@dataclass
class World:
    """Fire alerts, let the worker work, look at the desk."""

    clock: ManualClock = field(default_factory=ManualClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    rules: FakeRules = field(default_factory=FakeRules)
    source: FakeSource = field(default_factory=FakeSource)
    desk: FakeDesk = field(default_factory=FakeDesk)
    ids: Ids = field(default_factory=Ids)
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        self.intake = Intake(
            store=self.store,
            rules=lambda: self.rules,
            notify=lambda: None,
            now=self.clock,
            new_id=self.ids,
            instance="test",
        )
        self.restart_worker()

    def restart_worker(self) -> None:
        """Let another worker take over, which has listened only from now on."""
        self.reconciler = Reconciler(
            store=self.store,
            backend=self.desk,
            now=self.clock,
            new_id=self.ids,
            token_of=lambda id_: token_of("test", id_),
            jitter=lambda: 1.0,
            listening_since=self.clock(),
            zone=self.zone,
        )

    def receive(self, *alerts: Alert) -> Receipt:
        return self.intake.receive(self.source, self.source.add(*alerts), "application/json")

    def fire(self, name: str = "DiskFull", **labels: str) -> Receipt:
        return self.receive(make_alert(name, starts_at=self.clock(), labels=labels))

    def resolve(self, name: str = "DiskFull", **labels: str) -> Receipt:
        ended = make_alert(name, status=AlertStatus.RESOLVED, ends_at=self.clock(), labels=labels)
        return self.receive(ended)

    def handle(self, handling: Handling, name: str = "DiskFull", **labels: str) -> Receipt:
        body = self.source.add_handled(handling, make_alert(name, labels=labels))
        return self.intake.receive(self.source, body, "application/json")

    def claim(self, owner: str = "worker") -> Sequence[Claim]:
        now = self.clock()
        return self.store.claim(
            self.desk.name,
            limit=100,
            owner=owner,
            now=now,
            lease_until=now + LEASE,
            begin=self.reconciler.begin,
        )

    def claim_looks(self) -> Sequence[Claim]:
        now = self.clock()
        return self.store.claim_looks(
            self.desk.name, limit=100, owner="worker", now=now, lease_until=now + LEASE
        )

    def work(self) -> list[Contact]:
        """Do everything that is due now."""
        contacts: list[Contact] = []
        for _ in range(20):
            claims = self.claim() or self.claim_looks()
            if not claims:
                return contacts
            contacts += [self.reconciler.reconcile(claim) for claim in claims]
        message = f"work never ends: {self.said()[-10:]}"
        raise AssertionError(message)

    def work_until(self, seconds: float) -> None:
        """Let time pass and do everything when it is due."""
        end = self.clock() + timedelta(seconds=seconds)
        self.work()
        while (due := self._next_due(end)) is not None:
            self.clock.time = max(due, self.clock())
            self.work()
        self.clock.time = end

    def incident(self) -> Incident:
        """Give the newest incident."""
        return max(self.store.incidents.values(), key=lambda incident: incident.id)

    def said(self) -> list[str]:
        return [entry.what for entry in self.store.timeline]

    def _next_due(self, end: datetime) -> datetime | None:
        name = self.desk.name
        times = (self.store.next_due(name), self.store.next_look(name))
        return min((at for at in times if at is not None and at <= end), default=None)
