"""A storm: so many tickets of its own, and one that lists the rest."""

from datetime import timedelta

import pytest

from bridge.domain.errors import DeskUnavailable
from bridge.domain.incident import Phase
from bridge.domain.policy import Budget, Policy
from bridge.domain.ticket import TicketState
from tests.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    world = World()
    world.rules.policy = Policy(budget=Budget(tickets=2, per=HOUR, rule="noisy"))
    return world


def storm(world: World, size: int, *, severity: str = "low") -> None:
    for number in range(size):
        world.fire(instance=f"db{number}", severity=severity)
    world.work_until(30)


def overflow_notes(world: World) -> str:
    return "\n".join(world.desk.records["INC-3"].notes)


def test_beyond_the_budget_one_ticket_lists_the_rest(world: World) -> None:
    storm(world, 7)
    assert len(world.desk.records) == 3
    overflow = world.desk.records["INC-3"]
    assert overflow.spec.subject == ("Alert storm: rule noisy asked for more than 2 tickets in 1h")
    assert overflow_notes(world).count("- DiskFull") == 5
    phases = sorted(i.phase.value for i in world.store.incidents.values())
    assert phases == ["filed"] * 3 + ["in an overflow ticket"] * 5


@pytest.mark.parametrize(("tickets", "said"), [(1, "1 ticket in 1h"), (20, "20 tickets in 1h")])
def test_a_budget_is_said_in_words(tickets: int, said: str) -> None:
    assert str(Budget(tickets=tickets, per=HOUR)) == said


def test_the_overflow_ticket_is_resolved_when_all_it_lists_has_cleared(world: World) -> None:
    storm(world, 4)
    world.resolve(instance="db2", severity="low")
    world.work_until(30)
    assert world.desk.records["INC-3"].ticket.is_open
    assert "Cleared:\n- DiskFull" in overflow_notes(world)
    world.resolve(instance="db3", severity="low")
    world.work_until(30)
    assert world.desk.records["INC-3"].ticket.state is TicketState.RESOLVED
    assert sorted(world.desk.open_tickets()) == ["INC-1", "INC-2"]
    listed = [i for i in world.store.incidents.values() if i.overflow_id is not None]
    assert [i.phase for i in listed] == [Phase.RESOLVED, Phase.RESOLVED]


def test_what_an_overflow_ticket_lists_does_not_get_another_ticket_when_repeated(
    world: World,
) -> None:
    storm(world, 4)
    world.clock.advance(2 * 3600)
    storm(world, 4)
    assert len(world.desk.records) == 3


def test_a_storm_within_the_period_takes_up_the_same_overflow_ticket(world: World) -> None:
    storm(world, 3)
    world.resolve(instance="db2", severity="low")
    world.work_until(60)
    world.fire(instance="db9")
    world.work_until(60)
    assert len(world.desk.records) == 3
    assert sorted(world.desk.open_tickets()) == ["INC-1", "INC-2", "INC-3"]


def test_after_the_period_tickets_are_filed_again(world: World) -> None:
    storm(world, 3)
    world.clock.advance(3700)
    world.fire(instance="db9")
    world.work_until(60)
    assert world.incident().phase is Phase.FILED
    assert len(world.desk.records) == 4


def test_a_clear_before_its_turn_leaves_the_overflow_ticket_alone(world: World) -> None:
    storm(world, 2)
    world.fire(instance="db5")
    world.resolve(instance="db5")
    world.work_until(60)
    assert len(world.desk.records) == 2


def test_the_overflow_ticket_weighs_as_much_as_the_gravest_of_what_it_lists(world: World) -> None:
    storm(world, 3)
    world.fire(instance="db7", severity="critical")
    world.work_until(30)
    assert world.desk.records["INC-3"].spec.priority == "critical"


def test_a_create_that_was_refused_for_now_gives_its_place_back(world: World) -> None:
    world.desk.faults["create"] = [DeskUnavailable("down")]
    storm(world, 2)
    assert len(world.desk.records) == 2


def test_an_overflow_ticket_that_was_never_answered_is_found(world: World) -> None:
    storm(world, 2)
    world.desk.leave_unanswered()
    world.fire(instance="db5")
    world.work_until(60)
    assert len(world.desk.records) == 3
    assert len(world.desk.open_tickets()) == 3
