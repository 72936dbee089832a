"""A create that goes on record together with its claim, and what becomes of it if it never left."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.errors import DeskUnavailable
from bridge.domain.incident import Phase
from bridge.domain.policy import Budget, Policy
from bridge.domain.ports import Claim
from bridge.reconciler import Seats
from tests.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return World()


def begun(world: World) -> Claim:
    [claim] = world.claim()
    assert claim.begun is not None
    return claim


def without_seats(world: World) -> None:
    """Let every delivery be sent away before it reaches the desk."""
    seats = Seats(0)
    seats.let_wait(is_worth_it=False)
    world.reconciler = replace(world.reconciler, seats=seats)


def test_what_is_to_be_filed_is_on_record_with_its_claim(world: World) -> None:
    world.fire()
    claim = begun(world)
    assert world.incident().observed == claim.begun
    assert world.incident().observed.create_sent_at == world.clock()
    assert world.incident().phase is Phase.UNKNOWN
    assert world.said() == ["opened", "filing"]
    world.reconciler.reconcile(claim)
    assert world.said() == ["opened", "filing", "filed"]
    assert world.incident().phase is Phase.FILED
    assert world.desk.calls == ["create"]


def test_a_worker_that_died_before_its_create_left_costs_searches(
    world: World,
) -> None:
    world.fire()
    begun(world)
    world.clock.advance(10)
    world.restart_worker()
    world.work_until(30)
    assert world.desk.calls == ["find", "find", "find", "create"]
    assert world.desk.open_tickets() == ["INC-1"]


def test_a_create_that_was_sent_away_was_never_sent(world: World) -> None:
    world.fire()
    claim, usual = begun(world), world.reconciler
    without_seats(world)
    world.reconciler.reconcile(claim)
    assert world.incident().observed == claim.incident.observed
    assert world.store.next_due("desk") == claim.incident.due_at
    world.reconciler = usual
    world.work()
    assert world.desk.calls == ["create"]


def test_what_else_is_sent_away_waits_as_it_was(world: World) -> None:
    world.fire()
    world.work()
    world.resolve()
    [claim] = world.claim()
    usual = world.reconciler
    without_seats(world)
    world.reconciler.reconcile(claim)
    assert world.incident().observed == claim.incident.observed
    world.reconciler = usual
    world.work()
    assert world.desk.calls == ["create", "read", "resolve"]


def test_a_create_that_failed_before_it_left_is_sent_again_without_a_search(world: World) -> None:
    world.desk.faults["create"] = [DeskUnavailable("down")]
    world.fire()
    world.work_until(30)
    assert world.desk.calls == ["create", "create"]


@pytest.mark.parametrize(
    "policy",
    [Policy(hold=HOUR), Policy(budget=Budget(tickets=5, per=HOUR, rule="r"))],
    ids=["held", "on a budget"],
)
def test_what_is_not_surely_filed_next_is_not_begun(world: World, policy: Policy) -> None:
    world.rules.policy = policy
    world.fire()
    assert world.reconciler.begin(world.incident()) is None


def test_where_nobody_can_search_nothing_is_on_record_before_its_turn(world: World) -> None:
    world.desk.can = replace(world.desk.can, find=False)
    world.fire()
    assert world.reconciler.begin(world.incident()) is None


def test_a_create_of_unknown_outcome_is_not_begun_anew(world: World) -> None:
    world.desk.leave_unanswered()
    world.fire()
    world.work()
    assert world.incident().phase is Phase.UNKNOWN
    assert world.reconciler.begin(world.incident()) is None
