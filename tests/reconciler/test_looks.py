"""Tickets are looked at while their alerts fire: what people did is seen and respected."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.incident import Phase
from bridge.domain.policy import Policy
from bridge.domain.ticket import Capabilities, TicketState
from bridge.reconciler.findings import findings_of
from tests.builders import make_ticket
from tests.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.desk.can = Capabilities(look_every=timedelta(minutes=15))
    world.fire()
    world.work()
    return world


def test_a_ticket_that_a_person_closed_while_the_alert_fires_is_left_to_people(
    world: World,
) -> None:
    world.desk.set("INC-1", TicketState.CLOSED)
    world.work_until(14 * 60)
    assert world.incident().phase is Phase.FILED
    world.work_until(60)
    assert world.incident().phase is Phase.LEFT
    assert "seen" in world.said()
    world.work_until(7200)
    assert world.desk.calls.count("create") == 1


def test_or_it_is_replaced_where_people_are_not_waited_for(world: World) -> None:
    world.rules.policy = Policy(respect_people=False)
    world.rules.version = "2"
    world.fire()
    world.desk.set("INC-1", TicketState.CLOSED)
    world.work_until(7200)
    assert len(world.desk.open_tickets()) == 1


def test_a_deleted_ticket_is_seen_to_be(world: World) -> None:
    del world.desk.records["INC-1"]
    world.work_until(16 * 60)
    ticket = world.incident().observed.ticket
    assert ticket is not None
    assert (ticket.status, world.incident().phase) == ("deleted", Phase.LEFT)


def test_a_person_who_reopens_what_a_person_closed_is_seen_too(world: World) -> None:
    world.desk.set("INC-1", TicketState.CLOSED)
    world.work_until(16 * 60)
    world.desk.set("INC-1", TicketState.OPEN)
    world.work_until(16 * 60)
    assert world.incident().phase is Phase.FILED
    world.resolve()
    world.work()
    assert world.desk.open_tickets() == []


def test_what_is_resolved_is_not_looked_at_any_more(world: World) -> None:
    world.resolve()
    world.work()
    calls = len(world.desk.calls)
    world.work_until(86_400)
    assert len(world.desk.calls) == calls


def test_a_desk_whose_looks_are_off_is_read_only_before_writing(world: World) -> None:
    world.desk.can = Capabilities(look_every=None)
    world.fire(severity="critical")
    world.work_until(86_400)
    assert world.desk.calls == ["create", "read", "update"]


def test_what_people_did_has_a_name() -> None:
    was = make_ticket()
    now = replace(was, state=TicketState.CLOSED, taken_over=True, theirs=frozenset({"priority"}))
    assert list(findings_of(was, now)) == ["finished", "taken over", "written over"]
    assert list(findings_of(now, was)) == ["reopened"]
    assert list(findings_of(was, was)) == []
