"""What one webhook body does to the store, over the in-memory store."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.alert import Alert, AlertStatus, ParsedBody
from bridge.domain.errors import MalformedBody, StoreConflict, StoreUnavailable
from bridge.domain.inbox import InboxOutcome
from bridge.domain.incident import DesiredState, Incident
from bridge.domain.policy import Policy
from bridge.domain.ports import IntakeTransaction
from bridge.domain.receipt import Action, Receipt
from bridge.domain.ticket import TicketState
from bridge.intake import Intake
from bridge.store.memory import MemoryStore
from tests.builders import FakeRules, FakeSource, Ids, ManualClock, at, make_alert, make_ticket


class World:
    """An intake over an in-memory store, with everything around it in the test's hands."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.rules = FakeRules()
        self.source = FakeSource()
        self.wakes = 0
        self.intake = Intake(
            store=self.store,
            rules=lambda: self.rules,
            notify=self.wake,
            now=self.clock,
            new_id=Ids(),
            instance="test",
        )

    def wake(self) -> None:
        self.wakes += 1

    def receive(self, *alerts: Alert) -> Receipt:
        return self.intake.receive(self.source, self.source.add(*alerts), "application/json")

    def fire(self, name: str = "DiskFull", **labels: str) -> Receipt:
        return self.receive(make_alert(name, labels=labels))

    def resolve(self, name: str = "DiskFull", **labels: str) -> Receipt:
        return self.receive(
            make_alert(name, status=AlertStatus.RESOLVED, ends_at=self.clock(), labels=labels)
        )

    def incident(self) -> Incident:
        (incident,) = self.store.incidents.values()
        return incident

    def observe(self, **changes: object) -> None:
        """Pretend that a worker has been there."""
        incident = self.incident()
        observed = replace(incident.observed, **changes)  # type: ignore[arg-type]
        self.store.incidents[incident.id] = replace(incident, observed=observed)

    def said(self, what: str) -> Sequence[str]:
        return [entry.because for entry in self.store.timeline if entry.what == what]


@pytest.fixture
def world() -> World:
    return World()


def actions(receipt: Receipt) -> list[Action]:
    return [touched.action for touched in receipt.incidents]


def test_a_firing_alert_opens_an_incident_that_is_due_at_once(world: World) -> None:
    receipt = world.fire()
    incident = world.incident()
    assert actions(receipt) == [Action.OPENED]
    assert (receipt.accepted, receipt.dropped) == (1, 0)
    assert receipt.incidents[0].id == incident.id
    assert incident.due_at == world.clock()
    assert incident.desired.state is DesiredState.OPEN
    assert incident.token == f"IB-test-{incident.id[-12:]}"
    assert world.wakes == 1


def test_a_repeat_wakes_nobody(world: World) -> None:
    world.fire()
    world.observe(ticket=make_ticket(), generation=1)
    [incident] = world.store.incidents.values()
    world.store.incidents[incident.id] = replace(incident, due_at=None)
    world.fire()
    assert world.wakes == 1
    world.resolve()
    assert world.wakes == 2


def test_the_raw_body_is_kept_in_the_same_transaction(world: World) -> None:
    receipt = world.fire()
    entry = world.store.inbox[receipt.inbox_id]
    assert (entry.body, entry.outcome) == (b"0", InboxOutcome.ACCEPTED)


def test_a_repeat_is_unchanged_and_asks_no_rule(world: World) -> None:
    world.fire()
    before = world.incident()
    receipt = world.fire()
    assert actions(receipt) == [Action.UNCHANGED]
    assert world.incident() == before
    assert world.rules.asked == 1


def test_a_repeat_under_new_rules_is_decided_again(world: World) -> None:
    world.fire()
    world.rules.version = "2"
    assert actions(world.fire()) == [Action.UNCHANGED]
    assert world.rules.asked == 2


def test_a_repeat_keeps_a_silent_fault_from_expiring(world: World) -> None:
    world.rules.policy = Policy(expire_after=timedelta(hours=1))
    world.fire()
    world.clock.advance(60)
    world.fire()
    assert world.incident().desired.fired_at == at(60)


def test_a_hold_is_said_and_waited_for(world: World) -> None:
    world.rules.policy = Policy(hold=timedelta(minutes=2))
    assert actions(world.fire()) == [Action.HELD]
    assert world.incident().due_at == at(120)


def test_a_clear_before_anything_was_filed_cancels(world: World) -> None:
    world.fire()
    assert actions(world.resolve()) == [Action.CANCELLED]
    assert world.incident().desired.state is DesiredState.CLEAR


def test_a_clear_of_a_filed_incident_is_clearing(world: World) -> None:
    world.fire()
    world.observe(ticket=make_ticket(), generation=1)
    assert actions(world.resolve()) == [Action.CLEARING]
    assert world.incident().desired.generation == 2
    assert actions(world.resolve()) == [Action.UNCHANGED]


def test_a_clear_while_the_create_is_unanswered_is_clearing(world: World) -> None:
    world.fire()
    world.observe(create_sent_at=world.clock())
    assert actions(world.resolve()) == [Action.CLEARING]


def test_a_clear_of_an_alert_nobody_saw_is_ignored(world: World) -> None:
    receipt = world.resolve()
    assert actions(receipt) == [Action.IGNORED]
    assert receipt.accepted == 1
    assert not world.store.incidents


def test_an_escalation_updates_the_same_incident(world: World) -> None:
    world.fire(severity="medium")
    world.observe(ticket=make_ticket(), generation=1)
    assert actions(world.fire(severity="critical")) == [Action.UPDATED]
    assert world.incident().desired.spec.priority == "critical"
    world.resolve(severity="medium")
    assert world.incident().desired.state is DesiredState.OPEN
    assert world.incident().desired.spec.priority == "critical"
    assert actions(world.resolve(severity="critical")) == [Action.CLEARING]
    assert world.incident().desired.spec.priority == "critical"


def test_the_highest_member_speaks_whatever_the_order_of_repeats(world: World) -> None:
    world.fire(severity="critical")
    world.fire(severity="low")
    world.fire(severity="critical")
    world.fire(severity="low")
    assert world.incident().desired.spec.priority == "critical"
    assert world.incident().desired.generation == 2


def test_when_the_highest_member_clears_the_next_one_speaks(world: World) -> None:
    world.fire(severity="critical")
    world.fire(severity="low")
    world.resolve(severity="critical")
    assert world.incident().desired.spec.priority == "low"


def test_members_of_one_body_share_one_incident(world: World) -> None:
    world.rules.key_labels = ("alertname",)
    receipt = world.receive(*(make_alert(labels={"instance": f"db{n}"}) for n in range(3)))
    assert actions(receipt) == [Action.OPENED]
    assert receipt.accepted == 3
    assert len(world.said("joined")) == 2


def test_a_member_repeated_beside_one_that_cleared_keeps_the_incident_open(world: World) -> None:
    first, second = (make_alert(labels={"instance": "db1", "pod": pod}) for pod in ("a", "b"))
    world.rules.key_labels = ("instance",)
    world.receive(first, second)
    world.receive(replace(first, status=AlertStatus.RESOLVED, ends_at=world.clock()), second)
    assert world.incident().desired.state is DesiredState.OPEN
    assert len(world.said("cleared")) == 1


def test_a_dropped_alert_is_counted_and_its_repeat_too(world: World) -> None:
    assert world.fire("Watchdog").dropped == 1
    receipt = world.fire("Watchdog")
    assert (receipt.accepted, receipt.dropped) == (0, 1)
    assert world.rules.asked == 1
    assert not world.store.incidents


def test_an_alert_that_rules_now_drop_leaves_its_incident(world: World) -> None:
    world.fire()
    world.rules.version, world.rules.drop = "2", "DiskFull"
    world.fire()
    assert world.incident().desired.state is DesiredState.CLEAR


def test_an_alert_that_moves_to_another_desk_leaves_the_first(world: World) -> None:
    world.fire()
    world.rules.version, world.rules.backend = "2", "other"
    receipt = world.fire()
    by_backend = {i.backend: i.desired.state for i in world.store.incidents.values()}
    assert by_backend == {"desk": DesiredState.CLEAR, "other": DesiredState.OPEN}
    assert set(actions(receipt)) == {Action.OPENED, Action.CANCELLED}


def resolved(world: World, *, policy: Policy = Policy()) -> None:  # noqa: B008  # frozen
    """Bring the world to a resolved ticket, ten seconds after T0."""
    world.rules.policy = policy
    world.fire()
    world.clock.advance(10)
    world.resolve()
    ticket = make_ticket(status="Resolved", state=TicketState.RESOLVED)
    world.observe(ticket=ticket, generation=2, resolved_at=world.clock())


def test_a_refire_after_the_reopen_window_is_a_new_episode(world: World) -> None:
    resolved(world)
    world.clock.advance(600)
    receipt = world.receive(make_alert(starts_at=world.clock()))
    first, second = world.store.incidents.values()
    assert actions(receipt) == [Action.OPENED]
    assert first.ended_at == world.clock()
    assert (second.episode, second.ended_at) == (2, None)
    assert second.previous is not None
    assert second.previous.number == "INC-1"
    assert receipt.incidents[0].id == second.id


def test_a_refire_within_the_reopen_window_is_the_same_incident(world: World) -> None:
    resolved(world, policy=Policy(reopen_within=timedelta(hours=1)))
    world.clock.advance(600)
    receipt = world.receive(make_alert(starts_at=world.clock()))
    assert actions(receipt) == [Action.OPENED]
    assert world.incident().desired.since == world.clock()


def test_a_late_firing_after_the_resolve_is_parked(world: World) -> None:
    resolved(world, policy=Policy(reopen_within=timedelta(hours=1)))
    world.clock.advance(10)
    assert actions(world.fire()) == [Action.HELD]
    assert world.incident().due_at == at(100)
    assert actions(world.fire()) == [Action.UNCHANGED]
    assert world.incident().due_at == at(100)
    world.clock.advance(15)
    world.resolve()
    assert world.incident().due_at is None


def test_a_late_firing_without_reopen_waits_as_a_new_episode_and_is_cancelled(
    world: World,
) -> None:
    resolved(world)
    world.clock.advance(10)
    assert actions(world.fire()) == [Action.HELD]
    world.clock.advance(15)
    assert actions(world.resolve()) == [Action.CANCELLED]


def test_a_genuine_refire_acts_at_once(world: World) -> None:
    resolved(world, policy=Policy(reopen_within=timedelta(hours=1)))
    world.clock.advance(10)
    world.receive(make_alert(starts_at=at(15)))
    assert world.incident().due_at == world.clock()


def test_a_firing_with_its_old_start_counts_once_settled(world: World) -> None:
    resolved(world, policy=Policy(reopen_within=timedelta(hours=1)))
    world.clock.advance(91)
    world.fire()
    assert world.incident().due_at == world.clock()


def test_a_change_keeps_to_the_pause_after_a_failure(world: World) -> None:
    world.fire(severity="low")
    world.observe(attempts=3)
    incident = world.incident()
    world.store.incidents[incident.id] = replace(incident, due_at=at(30))
    world.fire(severity="high")
    assert world.incident().due_at == at(30)


def test_a_body_that_is_not_understood_is_kept_once_and_refused(world: World) -> None:
    for _ in range(2):
        with pytest.raises(MalformedBody, match="not a number"):
            world.intake.receive(world.source, b"garbage", "text/plain")
    (entry,) = world.store.inbox.values()
    assert (entry.outcome, entry.body) == (InboxOutcome.REJECTED, b"garbage")
    assert "not a number" in entry.reason


class ConflictingStore(MemoryStore):
    """A store in which another writer is faster, so many times."""

    conflicts = 0

    def intake(self) -> AbstractContextManager[IntakeTransaction]:
        if self.conflicts:
            self.conflicts -= 1
            message = "another writer was faster"
            raise StoreConflict(message)
        return super().intake()


def test_a_conflict_is_tried_again_and_endless_ones_end(world: World) -> None:
    store = ConflictingStore()
    world.intake = replace(world.intake, store=store)
    store.conflicts = 2
    assert actions(world.fire()) == [Action.OPENED]
    store.conflicts = 100
    with pytest.raises(StoreUnavailable):
        world.fire(instance="other")


def test_the_timeline_says_which_rule_opened_the_incident(world: World) -> None:
    world.fire()
    (entry,) = world.store.timeline
    assert entry.what == "opened"
    assert entry.detail["rule"] == "rule-1"
    assert "DiskFull" in entry.because


def test_the_late_end_of_an_earlier_firing_does_not_clear_the_present_one(world: World) -> None:
    first, second = at(0), at(90)
    world.receive(make_alert(starts_at=first))
    world.receive(make_alert(status=AlertStatus.RESOLVED, starts_at=first, ends_at=at(60)))
    world.clock.advance(200)
    world.receive(make_alert(starts_at=second))
    late = make_alert(status=AlertStatus.RESOLVED, starts_at=first, ends_at=at(60))
    assert world.receive(late).incidents[0].action is Action.IGNORED
    assert world.incident().desired.is_open


def test_an_end_dated_by_another_prometheus_clears_all_the_same(world: World) -> None:
    world.receive(make_alert(starts_at=at(3)))
    world.receive(make_alert(status=AlertStatus.RESOLVED, starts_at=at(0), ends_at=at(60)))
    assert not world.incident().desired.is_open


def test_items_that_change_nothing_are_counted_as_dropped(world: World) -> None:
    world.source.bodies.append(ParsedBody(alerts=(make_alert(),), ignored=2))
    receipt = world.intake.receive(world.source, b"0", "application/json")
    assert (receipt.accepted, receipt.dropped, receipt.rejected) == (1, 2, ())


def test_a_sender_that_wants_a_visit_gets_it_once_its_body_is_stored(world: World) -> None:
    stored_before_the_visit: list[int] = []
    intake = replace(
        world.intake, confirm=lambda _: stored_before_the_visit.append(len(world.store.inbox))
    )
    world.source.bodies.append(ParsedBody(alerts=(), confirm="https://sns.example/?Token=1"))
    receipt = intake.receive(world.source, b"0", "application/json")
    assert receipt.accepted == 0
    assert stored_before_the_visit == [1]


def test_a_replay_makes_the_visit_as_well(world: World) -> None:
    visited: list[str] = []
    intake = replace(world.intake, confirm=visited.append)
    confirming = ParsedBody(alerts=(), confirm="https://sns.example/?Token=1")
    world.source.bodies.append(confirming)
    intake.receive(world.source, b"0", "application/json")
    (entry,) = world.store.inbox.values()
    intake.replay(world.source, entry)
    assert len(visited) == 2


def test_no_other_body_causes_a_visit(world: World) -> None:
    visited: list[str] = []
    intake = replace(world.intake, confirm=visited.append)
    world.source.bodies.append(ParsedBody(alerts=(make_alert(),)))
    intake.receive(world.source, b"0", "application/json")
    assert visited == []


def test_a_firing_dated_ahead_of_our_clock_is_ended_by_an_end_dated_now() -> None:
    """Alertmanager dates an alert that was posted with nothing but its end at that end."""
    world = World()
    world.receive(make_alert(starts_at=at(600)))
    world.clock.advance(20)
    ended = make_alert(status=AlertStatus.RESOLVED, starts_at=at(19), ends_at=at(19))
    world.receive(ended)
    assert world.incident().desired.state is DesiredState.CLEAR
