"""A dead man's switch: its silence is the fault."""

from datetime import timedelta

import pytest

from bridge.domain.incident import Phase
from bridge.domain.policy import Policy
from bridge.domain.receipt import Action
from bridge.domain.ticket import TicketState
from tests.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.rules.policy = Policy(expect_every=timedelta(minutes=5), reopen_within=timedelta(hours=1))
    return world


def beat(world: World, *, for_minutes: int = 1) -> None:
    for _ in range(for_minutes):
        world.fire("Beat")
        world.work_until(60)


def test_a_heartbeat_files_nothing_while_it_comes(world: World) -> None:
    beat(world, for_minutes=20)
    assert world.desk.records == {}
    assert world.incident().phase is Phase.WATCHING
    assert len(world.store.incidents) == 1


def test_silence_files_one_ticket_that_says_since_when(world: World) -> None:
    beat(world)
    world.work_until(3600)
    assert list(world.desk.records) == ["INC-1"]
    assert world.desk.records["INC-1"].notes == [
        "No heartbeat since 2026-01-05 12:00:00 UTC; one is expected every 5m."
    ]
    assert world.incident().phase is Phase.FILED
    assert "silent" in world.said()


def test_the_next_beat_resolves_it_and_is_waited_for_again(world: World) -> None:
    beat(world)
    world.work_until(600)
    assert world.fire("Beat").incidents[0].action is Action.CLEARING
    world.work()
    assert world.desk.records["INC-1"].ticket.state is TicketState.RESOLVED
    world.work_until(600)
    assert world.desk.open_tickets() == ["INC-1"]


def test_that_a_heartbeat_is_said_to_end_is_no_beat_and_no_fault(world: World) -> None:
    beat(world)
    world.resolve("Beat")
    world.work_until(200)
    assert world.desk.records == {}
    world.work_until(60)
    assert len(world.desk.records) == 1


def test_silence_that_ends_before_it_was_filed_files_nothing(world: World) -> None:
    world.rules.policy = Policy(expect_every=timedelta(minutes=5), hold=timedelta(minutes=2))
    beat(world)
    world.work_until(300)
    assert world.incident().phase is Phase.HELD
    beat(world, for_minutes=5)
    assert world.desk.records == {}
    assert world.incident().phase is Phase.WATCHING


def test_a_bridge_that_was_away_waits_for_a_beat_before_it_complains(world: World) -> None:
    beat(world)
    world.clock.advance(3600)
    world.restart_worker()
    world.work_until(240)
    assert world.desk.records == {}
    world.work_until(120)
    assert len(world.desk.records) == 1


def test_an_unanswered_silence_ticket_is_found_also_when_the_beat_is_back(world: World) -> None:
    beat(world)
    world.desk.leave_unanswered()
    world.work_until(241)
    beat(world, for_minutes=3)
    assert world.desk.open_tickets() == []
    assert len(world.desk.records) == 1
