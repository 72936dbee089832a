"""The store without a database keeps the promises of the two databases, step by step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.incident import Incident, Observed
from bridge.domain.known import KnownAlert
from bridge.domain.policy import Policy
from bridge.domain.ports import Claim, DeliveryStore, IntakeStore
from bridge.domain.reading import IncidentQuery
from bridge.intake import Intake
from bridge.reconciler import turns
from bridge.store import Store
from bridge.store.memory import MemoryStore
from tests.builders import (
    FakeRules,
    FakeSource,
    Ids,
    ManualClock,
    at,
    make_alert,
    make_ticket,
)
from tests.store.given import LEASE

POLICY = Policy(hold=timedelta(0), reopen_within=timedelta(seconds=100))


class Kept(IntakeStore, DeliveryStore, Protocol):
    """What all three are to agree on."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a store held after a step, and what the step answered."""

    name: str
    answer: object
    incidents: Sequence[Incident]
    alerts: Mapping[str, KnownAlert]


Look = Callable[[], tuple[Sequence[Incident], Mapping[str, KnownAlert]]]


@dataclass
class Scenario:
    """The same webhooks and deliveries at the same times, whichever store they meet."""

    store: Kept
    look: Look
    steps: list[Step] = field(default_factory=list)
    clock: ManualClock = field(default_factory=ManualClock)
    source: FakeSource = field(default_factory=FakeSource)
    ids: Ids = field(default_factory=Ids)
    intake: Intake = field(init=False)

    def __post_init__(self) -> None:
        rules = FakeRules(policy=POLICY)
        self.intake = Intake(
            store=self.store,
            rules=lambda: rules,
            notify=lambda: None,
            now=self.clock,
            new_id=self.ids,
            instance="test",
        )

    def webhook(self, name: str, *alerts: Alert) -> None:
        body = self.source.add(*alerts)
        receipt = self.intake.receive(self.source, body, "application/json")
        self.note(name, receipt.incidents)

    def claim(self, owner: str = "worker") -> Claim:
        now = self.clock.time
        claims = self.store.claim("desk", limit=5, owner=owner, now=now, lease_until=now + LEASE)
        *over, claim = sorted(claims, key=lambda held: held.incident.id)
        for held in over:  # an episode that is over is looked at once more
            assert held.incident.ended_at is not None
            self.store.record(held, held.incident.observed, now=now, due_at=None)
        self.note(f"{owner} claims", claim.incident)
        return claim

    def record(
        self,
        name: str,
        claim: Claim,
        observed: Observed,
        *,
        due_at: datetime | None = None,
        ended: bool = False,
        release: bool = True,
    ) -> None:
        is_ours = self.store.record(
            claim, observed, now=self.clock.time, due_at=due_at, ended=ended, release=release
        )
        self.note(name, is_ours)

    def next_due(self) -> None:
        self.note("next due", self.store.next_due("desk"))

    def note(self, name: str, answer: object) -> None:
        incidents, alerts = self.look()
        self.steps.append(Step(name, answer, incidents, alerts))


def disk(name: str, status: AlertStatus = AlertStatus.FIRING, severity: str = "low") -> Alert:
    labels = {"disk": name, "severity": severity}
    ends_at = None if status is AlertStatus.FIRING else at(1)
    return make_alert(fingerprint=name, status=status, labels=labels, ends_at=ends_at)


def file_the_ticket(run: Scenario) -> None:
    run.next_due()
    run.webhook("fires", disk("sda"))
    run.webhook("another joins", disk("sdb"))
    run.next_due()
    held = run.claim()
    run.next_due()
    now = run.clock.time
    intent = Observed(create_sent_at=now, generation=held.incident.desired.generation)
    run.record("about to create", held, intent, due_at=held.incident.due_at, release=False)
    news = held.incident.news
    filed = Observed(
        ticket=make_ticket(),
        generation=held.incident.desired.generation,
        spec=held.incident.desired.spec,
        told_through=news[-1].entry,
    )
    run.clock.advance(1)
    run.record("created", held, filed)
    run.next_due()


def escalate_with_a_worker_too_late(run: Scenario) -> None:
    run.webhook("escalates", disk("sda", severity="high"))
    lost = run.claim()
    run.clock.advance(60)
    holder = run.claim("other worker")
    told = replace(
        lost.incident.observed,
        ticket=make_ticket(status="In progress"),
        spec=lost.incident.desired.spec,
    )
    run.record("does nothing, late", lost, replace(lost.incident.observed, attempts=3))
    run.record("filed a second ticket, late", lost, Observed(ticket=make_ticket(number="INC-9")))
    run.record("updated, late", lost, told)
    run.clock.advance(60)
    settled = replace(
        run.claim("third worker").incident.observed,
        generation=holder.incident.desired.generation,
        spec=holder.incident.desired.spec,
        sent_spec=None,
        unsure_since=None,
    )
    run.clock.advance(60)
    run.record("looked", run.claim("fourth worker"), settled)
    run.next_due()


def clear_while_claimed(run: Scenario) -> None:
    run.webhook("escalates further", disk("sda", severity="critical"))
    held = run.claim()
    run.clock.advance(1)
    run.webhook("clears", *(disk(name, AlertStatus.RESOLVED) for name in ("sda", "sdb")))
    run.record("ended, but changed meanwhile", held, held.incident.observed, ended=True)
    run.next_due()
    resolving = run.claim()
    run.clock.advance(1)
    resolved = replace(
        resolving.incident.observed,
        generation=resolving.incident.desired.generation,
        told_through=resolving.incident.news[-1].entry,
        resolved_at=run.clock.time,
    )
    run.record("resolved", resolving, resolved)
    run.next_due()


def begin_another_episode(run: Scenario) -> None:
    run.clock.advance(30)
    run.webhook("fires again", replace(disk("sda"), starts_at=run.clock.time))
    held = run.claim()
    now = run.clock.time
    run.store.change(
        lambda tx: turns.begin_episode(tx, held, new_id=run.ids(), token="IB-test-again", now=now)
    )
    run.note("begins another episode", None)
    run.next_due()


def expire_and_end(run: Scenario) -> None:
    held = run.claim()
    run.store.renew([held.incident.id, "unknown"], owner="worker", lease_until=at(10_000))
    run.store.renew([held.incident.id], owner="stranger", lease_until=at(20_000))
    run.next_due()
    run.clock.advance(60)
    run.store.change(lambda tx: turns.expire(tx, held, run.clock.time))
    run.note("expires", None)
    run.next_due()
    cancelled = run.claim("other worker")
    run.record("cancelled", cancelled, cancelled.incident.observed, ended=True)
    run.next_due()
    run.clock.advance(1000)
    run.webhook("fires after the end", replace(disk("sda"), starts_at=run.clock.time))
    run.claim()
    run.next_due()


def steps_of(store: Kept, look: Look) -> Sequence[Step]:
    run = Scenario(store, look)
    file_the_ticket(run)
    escalate_with_a_worker_too_late(run)
    clear_while_claimed(run)
    begin_another_episode(run)
    expire_and_end(run)
    return run.steps


def in_memory() -> Sequence[Step]:
    store = MemoryStore()

    def look() -> tuple[Sequence[Incident], Mapping[str, KnownAlert]]:
        alerts = {alert.fingerprint: alert for alert in store.alerts.values()}
        return [store.incidents[id_] for id_ in sorted(store.incidents, reverse=True)], alerts

    return steps_of(store, look)


def in_database(store: Store) -> Sequence[Step]:
    def look() -> tuple[Sequence[Incident], Mapping[str, KnownAlert]]:
        page = store.incidents(IncidentQuery(limit=100))
        incidents = [listed.incident for listed in page.incidents]
        members = (member for incident in incidents for member in store.members(incident.id))
        return incidents, {member.fingerprint: member for member in members}

    return steps_of(store, look)


def test_every_step_leaves_the_same_incidents_and_alerts_in_memory_and_in_a_database(
    store: Store,
) -> None:
    for ours, reference in zip(in_database(store), in_memory(), strict=True):
        assert ours == reference, ours.name


def test_the_scenario_reaches_what_it_is_about() -> None:
    steps = in_memory()
    answers = {step.name: step.answer for step in steps}
    assert (answers["created"], answers["updated, late"]) == (True, False)
    last = steps[-1].incidents
    assert [incident.episode for incident in last] == [3, 2, 1]
    assert [incident.ended_at is None for incident in last] == [True, False, False]
