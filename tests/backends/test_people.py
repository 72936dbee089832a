"""What a person wrote at the desk is seen, and is not written over."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge.backends.people import written_over
from bridge.domain.spec import IncidentSpec
from tests.backends import serviceops_world, summit_world
from tests.backends.summit_world import TOKEN

SPEC = IncidentSpec(
    subject="Disk full", description="92 %", priority="high", impact="high", category="Hardware"
)


@pytest.fixture
def summit() -> Iterator[summit_world.World]:
    with summit_world.running_world() as world:
        yield world


@pytest.fixture(params=["incident", "request"])
def serviceops(request: pytest.FixtureRequest) -> Iterator[tuple[serviceops_world.World, str]]:
    with serviceops_world.running_world() as world:
        yield world, request.param


def test_summit_shows_what_a_person_wrote_over(summit: summit_world.World) -> None:
    desk = summit.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    assert desk.read(ticket).theirs == frozenset()
    summit.person(ticket.number, priority="P4", category="Network")
    assert desk.read(ticket).theirs == {"priority", "category"}


def test_summit_counts_what_the_bridge_wrote_since_as_its_own(summit: summit_world.World) -> None:
    desk = summit.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    summit.person(ticket.number, priority="P4")
    graver = replace(SPEC, impact="low")
    updated = desk.update(desk.read(ticket), graver, ["impact"], TOKEN, "")
    assert desk.read(updated).theirs == {"priority"}
    assert (summit.ticket()["priority"], summit.ticket()["impact"]) == ("P4", "Low")


def test_serviceops_shows_what_a_person_wrote_over(
    serviceops: tuple[serviceops_world.World, str],
) -> None:
    world, dialect = serviceops
    desk = world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    assert desk.read(ticket).theirs == frozenset()
    world.person(world.ticket()["number"], priority="Low", subject="Disk of db1")
    assert desk.read(ticket).theirs == {"priority", "subject"}


def test_serviceops_counts_what_the_bridge_wrote_since_as_its_own(
    serviceops: tuple[serviceops_world.World, str],
) -> None:
    world, dialect = serviceops
    desk = world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(world.ticket()["number"], subject="Disk of db1")
    graver = replace(SPEC, priority="critical")
    updated = desk.update(desk.read(ticket), graver, ["priority"], TOKEN, "")
    assert desk.read(updated).theirs == {"subject"}
    assert world.ticket()["subject"] == "Disk of db1"


def test_what_a_desk_changes_by_itself_is_no_persons_doing() -> None:
    told = {"description": "Disk  full & slow", "priority": "HIGH", "category": "Network"}
    shown = {"description": "<p>Disk full &amp; slow</p>", "priority": "High"}
    assert written_over(told, shown) == frozenset()
