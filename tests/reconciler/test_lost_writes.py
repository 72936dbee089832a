"""What an answer that is lost, or means something else, must not make of a ticket."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.alert import Handling
from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketGone,
    TicketRefused,
)
from bridge.domain.incident import Phase
from bridge.domain.policy import Budget, Policy
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, TicketState
from tests.world import World

HOUR, DAY = 3600, 86_400


@pytest.fixture
def world() -> World:
    world = World()
    world.desk.can = Capabilities(stages=frozenset(Stage), attach=True)
    return world


def filed(world: World, **labels: str) -> World:
    world.fire(**labels)
    world.work()
    return world


@pytest.mark.parametrize("operation", ["move", "update", "resolve", "reopen"])
def test_what_a_write_without_an_answer_did_is_read_as_the_bridges_own(
    world: World, operation: str
) -> None:
    world.rules.policy = Policy(reopen_within=timedelta(hours=1))
    filed(world, severity="low")
    if operation == "reopen":
        world.resolve(severity="low")
        world.work()
        world.clock.advance(200)
    world.desk.leave_unanswered(operation)
    {
        "move": lambda: world.handle(Handling.MUTED, severity="low"),
        "update": lambda: world.fire(severity="critical"),
        "resolve": lambda: world.resolve(severity="low"),
        "reopen": lambda: world.fire(severity="low"),
    }[operation]()
    world.work()
    world.desk.reads_of_ours.clear()
    world.work_until(60)
    assert world.desk.reads_of_ours[0]
    world.work_until(1000)
    assert not any(world.desk.reads_of_ours[2:])


def test_a_create_in_doubt_stays_so_when_the_next_one_surely_failed() -> None:
    """Nobody can search this desk: only filing again tells whether the first arrived."""
    errors: list[list[DeskError]] = [
        [DeskUnavailable("refused")] * 3,
        [TicketRefused("no")],
        [DeskLockedOut("key")] * 3,
    ]
    for error in errors:
        again = World()
        again.desk.can = Capabilities(find=False, create_again=True)
        again.desk.leave_unanswered("create")
        again.fire()
        again.work()
        again.desk.faults["create"] = error
        again.work_until(5)
        again.resolve()
        again.work_until(HOUR)
        assert again.incident().phase is Phase.RESOLVED, error


def test_a_file_for_which_the_desk_says_404_is_given_up_and_the_ticket_is_resolved(
    world: World,
) -> None:
    world.rules.attachments = {"alert.json": "{}"}
    world.desk.faults["attach"] = [TicketGone("404")]
    filed(world)
    assert world.said()[-1] == "not attached"
    world.resolve()
    world.work_until(60)
    assert world.desk.open_tickets() == []


@pytest.mark.parametrize("reads", [True, False], ids=["readable", "unreadable"])
def test_a_404_to_a_write_is_no_proof_that_the_ticket_is_gone(world: World, *, reads: bool) -> None:
    world.desk.can = Capabilities(read=reads)
    filed(world)
    world.desk.faults["resolve"] = [TicketGone("404")]
    world.resolve()
    world.work_until(60)
    assert world.incident().phase is Phase.PARKED
    assert "404" in (world.incident().observed.parked_reason or "")


def test_a_ticket_that_is_really_gone_is_a_finished_one(world: World) -> None:
    filed(world)
    del world.desk.records["INC-1"]
    world.resolve()
    world.work_until(60)
    assert world.incident().phase is Phase.RESOLVED


@pytest.mark.parametrize("operation", ["create", "find"])
def test_a_404_without_a_ticket_waits_for_a_person_instead_of_asking_for_ever(
    world: World, operation: str
) -> None:
    if operation == "find":
        world.desk.leave_unanswered("create")
    world.desk.faults[operation] = [TicketGone("404")] * 50
    world.fire()
    world.work_until(60)
    assert world.incident().phase is Phase.PARKED
    assert world.desk.calls.count(operation) == 1


@pytest.mark.parametrize("error", [DeskLockedOut("403"), OutcomeUnknown("no answer")])
def test_a_duplicate_that_cannot_be_closed_does_not_keep_its_incident_open(
    world: World, error: DeskError
) -> None:
    world.desk.held_up = 1
    world.fire()
    world.work_until(12)
    resolve = world.desk.resolve

    def failing(ticket, *rest):  # type: ignore[no-untyped-def]
        if ticket.number != kept:
            raise error
        return resolve(ticket, *rest)

    kept = "INC-1"
    world.desk.resolve = failing  # type: ignore[method-assign]
    world.desk.arrive()
    world.work_until(200)
    world.resolve()
    world.work_until(DAY)
    assert world.desk.open_tickets() == ["INC-2"]
    assert world.incident().phase is Phase.RESOLVED
    assert "duplicate left" in world.said()
    assert len(world.said()) < 100


def test_a_file_that_is_never_answered_for_is_not_put_on_for_ever(world: World) -> None:
    world.rules.attachments = {"alert.json": "{}"}
    for _ in range(100):
        world.desk.leave_unanswered("attach")
    filed(world)
    world.work_until(DAY)
    assert len(world.desk.records["INC-1"].files) == 3
    assert world.said()[-1] in ("not attached", "seen")


def test_a_move_that_is_refused_keeps_nothing_else_back(world: World) -> None:
    filed(world, severity="low")
    world.desk.faults["move"] = [TicketRefused("no such status")]
    world.handle(Handling.MUTED, severity="low")
    world.work()
    assert world.said()[-1] == "not moved"
    world.fire(severity="critical")
    world.work()
    assert world.desk.records["INC-1"].spec.priority == "critical"
    assert world.incident().phase is Phase.FILED


def test_that_a_silent_heartbeat_is_acknowledged_is_no_beat(world: World) -> None:
    world.rules.policy = Policy(expect_every=timedelta(minutes=5))
    world.fire()
    world.work_until(400)
    assert world.desk.open_tickets() == ["INC-1"]
    world.handle(Handling.ACKNOWLEDGED)
    world.work_until(10)
    assert world.desk.open_tickets() == ["INC-1"]


@pytest.mark.parametrize(
    "can", [Capabilities(), Capabilities(find=False, create_again=True)], ids=["find", "again"]
)
def test_a_create_in_doubt_has_its_ticket_whatever_becomes_of_the_budget(
    world: World, can: Capabilities
) -> None:
    budget = Budget(tickets=2, per=timedelta(hours=1), rule="rule-1")
    world.desk.can = can
    world.rules.policy = Policy(budget=budget)
    world.desk.held_up = 1
    world.fire(instance="a")
    world.work()
    world.fire(instance="b")
    world.work()
    world.rules.policy = Policy(budget=replace(budget, tickets=1))
    world.rules.version = "2"
    for host in ("a", "b"):
        world.fire(instance=host)
    world.work_until(60)
    for host in ("a", "b"):
        world.resolve(instance=host)
    world.work_until(HOUR)
    assert world.desk.open_tickets() == []
    assert {i.phase for i in world.store.incidents.values()} == {Phase.RESOLVED}


def test_a_person_who_finished_a_ticket_is_not_overruled_by_a_move_in_doubt(world: World) -> None:
    filed(world)
    world.desk.leave_unanswered("move")
    world.handle(Handling.MUTED)
    world.work()
    world.desk.set("INC-1", TicketState.CLOSED)
    world.work_until(HOUR)
    assert world.incident().phase is Phase.LEFT
