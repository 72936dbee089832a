"""The worker's side: every fault of the desk, and what the desk has in the end."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    ErrorKind,
    OutcomeUnknown,
    TicketRefused,
)
from bridge.domain.incident import Phase
from bridge.domain.policy import OnClear, Policy
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Capabilities, TicketState
from bridge.reconciler import Contact
from tests.builders import at, make_alert
from tests.world import World


@pytest.fixture
def world() -> World:
    return World()


def filed(world: World) -> World:
    world.fire()
    world.work()
    return world


def test_a_fault_is_filed_once_with_one_call_and_then_resolved(world: World) -> None:
    filed(world)
    assert world.desk.calls == ["create"]
    assert world.incident().phase is Phase.FILED
    world.fire()
    world.work()
    assert world.desk.calls == ["create"]
    world.resolve()
    world.work()
    assert world.incident().phase is Phase.RESOLVED
    assert world.desk.records["INC-1"].ticket.state is TicketState.RESOLVED
    assert world.desk.calls == ["create", "read", "resolve"]
    assert world.incident().due_at is None


def test_the_ticket_carries_the_token_of_its_incident(world: World) -> None:
    filed(world)
    assert world.desk.records["INC-1"].token == world.incident().token


def test_an_escalation_writes_only_what_changed_and_says_it(world: World) -> None:
    world.fire(severity="medium")
    world.work()
    world.fire(severity="critical")
    world.work()
    record = world.desk.records["INC-1"]
    assert record.spec.priority == "critical"
    assert "priority: medium -> critical" in record.notes[-1]
    assert len(world.desk.records) == 1


def test_a_field_that_a_person_wrote_over_is_left_while_others_are_written(world: World) -> None:
    world.fire(severity="medium")
    world.work()
    world.desk.set("INC-1", TicketState.OPEN, theirs=frozenset({"priority"}))
    escalated = make_alert(labels={"severity": "critical"}, annotations={"summary": "worse"})
    world.receive(escalated)
    world.work()
    record = world.desk.records["INC-1"]
    assert (record.spec.priority, record.spec.description) == ("medium", "worse")
    assert world.incident().due_at is None


def test_a_change_that_a_person_stands_against_is_told_in_a_note(world: World) -> None:
    world.fire(severity="medium")
    world.work()
    world.desk.set("INC-1", TicketState.OPEN, theirs=frozenset({"priority"}))
    world.fire(severity="critical")
    world.work()
    record = world.desk.records["INC-1"]
    assert record.spec.priority == "medium"
    said = "Not written, because a person set priority:\npriority: medium -> critical"
    assert record.notes[-1].startswith(said)


def test_members_are_told_once(world: World) -> None:
    world.rules.key_labels = ("alertname",)
    world.fire(instance="db1")
    world.work()
    world.fire(instance="db2")
    world.work()
    world.fire(instance="db2")
    world.work()
    notes = world.desk.records["INC-1"].notes
    assert len(notes) == 1
    assert "db2" in notes[0]


def test_members_of_the_first_body_are_told_with_the_filing(world: World) -> None:
    world.rules.key_labels = ("alertname",)
    world.fire(instance="db1")
    world.fire(instance="db2")
    world.work()
    assert world.desk.calls == ["create"]
    assert "db2" in world.desk.records["INC-1"].notes[0]


def test_an_unanswered_create_is_found_and_not_repeated(world: World) -> None:
    world.desk.leave_unanswered()
    filed(world)
    assert world.incident().phase is Phase.UNKNOWN
    assert world.incident().observed.last_error is not None
    world.work_until(60)
    assert world.desk.calls == ["create", "find"]
    assert world.incident().phase is Phase.FILED
    assert world.incident().observed.last_error is None


def test_a_desk_that_indexes_late_is_searched_again(world: World) -> None:
    world.desk.leave_unanswered()
    filed(world)
    hidden = world.desk.records.copy()
    world.desk.records.clear()
    world.work_until(2)
    world.desk.records.update(hidden)
    world.work_until(60)
    assert world.desk.calls == ["create", "find", "find"]
    assert list(world.desk.records) == ["INC-1"]


def test_a_create_that_never_arrived_is_repeated_after_every_look(world: World) -> None:
    world.desk.faults["create"] = [OutcomeUnknown("no answer")]
    filed(world)
    world.work_until(60)
    assert world.desk.calls == ["create", "find", "find", "find", "create"]
    assert world.incident().phase is Phase.FILED


def test_looks_are_spaced_also_after_an_outage_that_left_them_unanswered(world: World) -> None:
    world.desk.faults["create"] = [OutcomeUnknown("no answer")]
    world.desk.faults["find"] = [DeskUnavailable("down") for _ in range(6)]
    filed(world)
    world.work_until(300)
    searched = [e.at for e in world.store.timeline if e.what == "searched"]
    assert [(b - a).total_seconds() for a, b in pairwise(searched)][:2] == [3, 6]


@pytest.mark.parametrize("after", [30, 300])
def test_a_create_that_arrives_after_every_search_is_resolved_as_a_duplicate(
    world: World, after: float
) -> None:
    world.desk.held_up = 1
    filed(world)
    world.work_until(after)
    world.desk.arrive()
    world.work_until(1200)
    assert world.desk.open_tickets() == ["INC-1"]
    assert world.desk.records["INC-2"].notes[-1].startswith("Duplicate of INC-1")
    assert world.incident().due_at is None


def test_the_kept_ticket_is_known_again_when_a_search_calls_it_otherwise(world: World) -> None:
    world.desk.held_up = 1
    filed(world)
    world.work_until(30)
    [record] = world.desk.records.values()
    # As ServiceOps does: a create answers the id alone, a search the number as well.
    record.ticket = replace(record.ticket, number=f"No. {record.ticket.id}")
    world.work_until(1200)
    assert world.desk.open_tickets() == ["INC-1"]
    assert world.incident().phase is Phase.FILED


def test_a_create_that_arrives_after_its_incident_was_given_up_is_resolved(world: World) -> None:
    world.desk.held_up = 1
    filed(world)
    world.resolve()
    world.work_until(30)
    assert world.incident().phase is Phase.CANCELLED
    world.desk.arrive()
    world.work_until(1200)
    assert world.desk.open_tickets() == []
    assert world.desk.records["INC-1"].notes[-1].startswith("Filed late")
    assert world.incident().due_at is None


def test_what_was_answered_at_once_is_never_searched_for(world: World) -> None:
    filed(world)
    world.work_until(3600)
    assert "find" not in world.desk.calls


def test_a_clear_during_an_unknown_create_resolves_what_is_found(world: World) -> None:
    world.desk.leave_unanswered()
    filed(world)
    world.resolve()
    world.work_until(60)
    assert world.desk.open_tickets() == []
    assert world.incident().phase is Phase.RESOLVED


def test_a_clear_during_an_unknown_create_that_never_arrived_files_nothing(world: World) -> None:
    world.desk.faults["create"] = [OutcomeUnknown("no answer")]
    filed(world)
    world.resolve()
    world.work_until(60)
    assert world.desk.records == {}
    assert world.incident().phase is Phase.CANCELLED


def test_a_clear_during_the_create_is_resolved_after_it(world: World) -> None:
    world.desk.during["create"] = lambda: (world.resolve(), None)[1]
    filed(world)
    assert world.desk.open_tickets() == []
    assert world.incident().phase is Phase.RESOLVED


def test_two_tickets_of_one_token_leave_the_oldest(world: World) -> None:
    world.desk.leave_unanswered()
    filed(world)
    world.desk.create(world.incident().desired.spec, world.incident().token, "")
    world.work_until(60)
    assert world.desk.open_tickets() == ["INC-1"]
    assert "Duplicate of INC-1" in world.desk.records["INC-2"].notes[-1]
    assert world.incident().observed.ticket == world.desk.records["INC-1"].ticket


def test_a_desk_that_is_down_is_tried_again_and_again(world: World) -> None:
    world.desk.faults["create"] = [DeskUnavailable("refused")] * 4
    filed(world)
    world.work_until(30)
    assert world.desk.calls == ["create"] * 5
    assert world.incident().phase is Phase.FILED
    assert world.incident().observed.attempts == 0


def test_a_desk_that_names_a_pause_gets_it(world: World) -> None:
    pause = timedelta(seconds=40)
    world.desk.faults["create"] = [DeskUnavailable("slow down", retry_after=pause)]
    filed(world)
    assert world.incident().due_at == at(40)


def test_a_refused_ticket_is_parked_with_the_desks_words(world: World) -> None:
    world.desk.faults["create"] = [TicketRefused("desk: no such category 'X'")]
    filed(world)
    incident = world.incident()
    assert incident.phase is Phase.PARKED
    assert incident.observed.parked_reason == "desk: no such category 'X'"
    assert incident.observed.create_sent_at is None
    world.work_until(3600)
    assert world.desk.calls == ["create"]


def test_a_desk_that_locks_the_bridge_out_parks_nothing(world: World) -> None:
    world.desk.faults["create"] = [DeskLockedOut("key expired")]
    world.fire()
    assert world.work() == [Contact.LOCKED_OUT]
    assert world.incident().phase is not Phase.PARKED
    world.work_until(60)
    assert world.incident().phase is Phase.FILED


@pytest.mark.parametrize(
    "error", [DeskUnavailable("down"), OutcomeUnknown("no answer"), DeskLockedOut("expired")]
)
@pytest.mark.parametrize("operation", ["read", "resolve"])
def test_a_failed_resolve_is_repeated_until_it_works(
    world: World, operation: str, error: DeskError
) -> None:
    filed(world)
    world.desk.faults[operation] = [error, error]
    world.resolve()
    world.work()
    assert world.incident().phase is Phase.CLEARING
    world.work_until(120)
    assert world.desk.open_tickets() == []
    assert world.incident().phase is Phase.RESOLVED


def test_an_adapter_that_breaks_is_an_unknown_outcome_not_a_crash(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.desk, "create", broken)
    world.fire()
    assert world.work() == [Contact.UNREACHABLE]
    error = world.incident().observed.last_error
    assert error is not None
    assert error.kind is ErrorKind.UNKNOWN
    assert "ZeroDivisionError" in error.message


def test_a_ticket_a_person_closed_stays_closed_while_the_alert_fires(world: World) -> None:
    filed(world)
    world.desk.set("INC-1", TicketState.CLOSED)
    world.fire(severity="critical")
    world.work_until(60)
    assert world.desk.records["INC-1"].ticket.state is TicketState.CLOSED
    assert world.desk.records["INC-1"].spec.priority == "medium"
    world.resolve()
    world.resolve(severity="critical")
    world.work_until(60)
    assert world.desk.records["INC-1"].ticket.state is TicketState.CLOSED
    assert world.incident().phase is Phase.RESOLVED


def test_a_ticket_a_person_took_over_is_told_of_the_clear_and_left(world: World) -> None:
    filed(world)
    world.desk.set("INC-1", TicketState.OPEN, taken_over=True, assignee="ann")
    world.resolve()
    world.work_until(60)
    assert world.desk.open_tickets() == ["INC-1"]
    assert len(world.desk.records["INC-1"].notes) == 1
    assert world.incident().phase is Phase.RESOLVED


def test_a_ticket_left_to_a_person_is_taken_up_again_not_filed_twice(world: World) -> None:
    filed(world)
    world.desk.set("INC-1", TicketState.OPEN, taken_over=True, assignee="ann")
    world.resolve()
    world.work_until(600)
    world.fire()
    world.work_until(60)
    assert list(world.desk.records) == ["INC-1"]
    assert world.incident().phase is Phase.FILED


def test_a_ticket_left_to_a_person_who_closed_it_gives_a_new_one(world: World) -> None:
    filed(world)
    world.desk.set("INC-1", TicketState.OPEN, taken_over=True, assignee="ann")
    world.resolve()
    world.work_until(600)
    world.desk.set("INC-1", TicketState.CLOSED)
    world.fire()
    world.work_until(60)
    assert world.desk.open_tickets() == ["INC-2"]
    assert "Last time: INC-1" in world.desk.records["INC-2"].notes[0]


def test_a_deleted_ticket_is_not_missed_at_the_clear(world: World) -> None:
    filed(world)
    world.desk.records.clear()
    world.resolve()
    world.work_until(60)
    assert world.incident().phase is Phase.RESOLVED


def test_a_refire_within_the_window_reopens_the_same_ticket(world: World) -> None:
    world.rules.policy = Policy(reopen_within=timedelta(hours=1))
    filed(world)
    world.resolve()
    world.work_until(600)
    world.fire()
    world.work_until(1)
    assert world.desk.open_tickets() == ["INC-1"]
    assert world.incident().phase is Phase.FILED


@pytest.mark.parametrize("can", [Capabilities(), Capabilities(reopen=False)])
def test_a_desk_that_will_not_reopen_gets_a_new_ticket(world: World, can: Capabilities) -> None:
    world.rules.policy = Policy(reopen_within=timedelta(hours=1))
    world.desk.can = can
    world.desk.faults["reopen"] = [TicketRefused("closed for good")]
    filed(world)
    world.resolve()
    world.work_until(600)
    world.fire()
    world.work_until(60)
    assert world.desk.open_tickets() == ["INC-2"]
    assert world.incident().episode == 2
    world.resolve()
    world.work_until(60)
    assert world.desk.open_tickets() == []


def test_a_hold_files_only_what_outlives_it(world: World) -> None:
    world.rules.policy = Policy(hold=timedelta(minutes=2))
    world.fire()
    world.fire("Brief")
    world.work_until(60)
    assert world.desk.records == {}
    world.resolve("Brief")
    world.work_until(120)
    assert [record.spec.subject for record in world.desk.records.values()] == ["DiskFull"]


def test_flapping_within_resolve_after_is_silent(world: World) -> None:
    world.rules.policy = Policy(resolve_after=timedelta(minutes=5))
    filed(world)
    for _ in range(10):
        world.resolve()
        world.work_until(60)
        world.fire()
        world.work_until(60)
    assert world.desk.calls == ["create"]
    world.resolve()
    world.work_until(301)
    assert world.desk.open_tickets() == []


def test_silence_expires_an_incident(world: World) -> None:
    world.rules.policy = Policy(expire_after=timedelta(hours=1))
    filed(world)
    world.work_until(1800)
    world.fire()
    world.work_until(3500)
    assert world.desk.open_tickets() == ["INC-1"]
    world.work_until(200)
    assert world.desk.open_tickets() == []
    world.fire()
    world.work()
    assert world.desk.open_tickets() == ["INC-2"]


@pytest.mark.parametrize(
    ("on_clear", "state"),
    [
        (OnClear.RESOLVE, TicketState.RESOLVED),
        (OnClear.CLOSE, TicketState.CLOSED),
        (OnClear.CANCEL, TicketState.CANCELLED),
        (OnClear.NOTE, TicketState.OPEN),
        (OnClear.NONE, TicketState.OPEN),
    ],
)
def test_on_clear_decides_how_the_ticket_ends(
    world: World, on_clear: OnClear, state: TicketState
) -> None:
    world.rules.policy = Policy(on_clear=on_clear)
    filed(world)
    world.resolve()
    world.work_until(60)
    record = world.desk.records["INC-1"]
    assert record.ticket.state is state
    assert len(record.notes) == (0 if on_clear is OnClear.NONE else 1)
    assert world.incident().phase is Phase.RESOLVED


def test_a_stolen_lease_still_records_the_ticket(world: World) -> None:
    world.fire()
    (slow,) = world.claim("slow")
    world.clock.advance(10)

    def stolen() -> None:
        (claim,) = world.claim("thief")
        assert claim.fence == slow.fence + 1

    world.desk.during["create"] = stolen
    world.reconciler.reconcile(slow)
    assert world.incident().observed.ticket is not None
    world.clock.advance(10)
    world.work_until(60)
    assert list(world.desk.records) == ["INC-1"]
    assert world.incident().phase is Phase.FILED


class Crash(BaseException):
    """The process dies here."""


def test_a_crash_after_the_desk_did_its_work_files_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = world.desk.create

    def create_and_die(spec: IncidentSpec, token: str, note: str) -> None:
        create(spec, token, note)
        raise Crash

    monkeypatch.setattr(world.desk, "create", create_and_die)
    world.fire()
    with pytest.raises(Crash):
        world.work()
    monkeypatch.undo()
    world.work_until(120)
    assert list(world.desk.records) == ["INC-1"]
    assert world.incident().phase is Phase.FILED


def test_the_timeline_tells_the_whole_story(world: World) -> None:
    filed(world)
    world.resolve()
    world.work()
    assert world.said() == ["opened", "filing", "filed", "cleared", "resolved"]


def test_a_resolved_ticket_is_closed_later_also_when_another_episode_has_followed(
    world: World,
) -> None:
    world.desk.can = Capabilities(close_after=timedelta(hours=1))
    filed(world)
    world.resolve()
    world.work()
    world.clock.advance(60)
    world.fire()
    world.work_until(7200)
    states = {number: r.ticket.state for number, r in world.desk.records.items()}
    assert states == {"INC-1": TicketState.CLOSED, "INC-2": TicketState.OPEN}


def test_a_ticket_of_an_earlier_create_is_told_what_has_changed_since(world: World) -> None:
    world.desk.held_up = 2
    world.fire(severity="low")
    world.work_until(0.5)
    world.fire(severity="critical")
    world.work_until(12)
    world.desk.arrive()
    world.work_until(60)
    assert world.desk.records["INC-1"].spec.priority == "critical"
    assert world.desk.open_tickets() == ["INC-1"]


def test_what_a_person_wrote_ends_with_the_episode(world: World) -> None:
    world.rules.policy = Policy(respect_people=False)
    world.fire(severity="low")
    world.work()
    first = world.incident()
    world.store.incidents[first.id] = replace(
        first,
        edits={"priority": "critical"},
        desired=replace(first.desired, spec=replace(first.desired.spec, priority="critical")),
    )
    world.desk.set("INC-1", TicketState.CLOSED)
    world.desk.can = Capabilities(reopen=False)
    world.work_until(1000)
    second = world.incident()
    assert second.id != first.id
    assert (second.edits, second.desired.spec.priority) == ({}, "low")
    assert world.desk.records["INC-2"].spec.priority == "low"
