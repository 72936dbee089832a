"""How a ticket at Summit comes to rest and back to work, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge.backends.summit.adapter import Summit
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Ticket, TicketState
from tests.backends.summit_world import SPEC, TOKEN, World, running_world

ANN = "ann@example.com"
WITH_CI = replace(SPEC, ci_key="Host Name", ci_value="db1")
AT_REST = [
    (OnClear.RESOLVE, "Resolved", TicketState.RESOLVED),
    (OnClear.CLOSE, "Closed", TicketState.CLOSED),
    (OnClear.CANCEL, "Cancelled", TicketState.CANCELLED),
]


@pytest.fixture
def world() -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    with running_world() as made:
        yield made
        assert list(made.sandbox.refusals) == []


@pytest.fixture(params=["object", "string"])
def desk(request: pytest.FixtureRequest, world: World) -> Summit:
    """An adapter, in each of the two forms of the container."""
    return world.desk(container=request.param)


def filed(desk: Summit, spec: IncidentSpec = SPEC, note: str = "") -> Ticket:
    return desk.create(spec, TOKEN, note)


@pytest.mark.parametrize(("how", "status", "state"), AT_REST)
def test_a_cleared_ticket_comes_to_rest(
    world: World, desk: Summit, how: OnClear, status: str, state: TicketState
) -> None:
    ticket = filed(desk, WITH_CI)
    resolved = desk.resolve(ticket, WITH_CI, how, "all clear")
    said = world.ticket()
    assert (resolved.status, resolved.state, said["status"]) == (status, state, status)
    assert said["notes"][1:] == ["all clear"]


@pytest.mark.parametrize(
    ("status", "walk"),
    [
        ("New", ["In-Progress by api", "Resolved by api"]),
        ("Assigned", ["Assigned by person", "In-Progress by api", "Resolved by api"]),
        ("In-Progress", ["In-Progress by person", "Resolved by api"]),
        ("Pending", ["Pending by person", "Resolved by api"]),
    ],
)
def test_a_ticket_passes_every_status_on_the_way_but_none_twice(
    world: World, status: str, walk: list[str]
) -> None:
    desk = world.desk()
    ticket = filed(desk)
    if status != "New":
        world.person(ticket.number, status=status)
    desk.resolve(ticket, SPEC, OnClear.RESOLVE, "all clear")
    assert world.walk()[-len(walk) :] == walk


def test_a_resolved_ticket_says_who_resolved_it_and_how(world: World) -> None:
    desk = world.desk()
    ticket = filed(desk)
    resolved = desk.resolve(ticket, SPEC, OnClear.RESOLVE, "all clear")
    said = world.ticket()
    assert (said["assignee"], said["solution"]) == ("noc@example.com", "all clear")
    assert (resolved.assignee, resolved.taken_over) == ("noc@example.com", False)


@pytest.mark.parametrize("end", ["Closed", "Cancelled"])
def test_a_desk_may_have_cleared_tickets_end_elsewhere(world: World, end: str) -> None:
    desk = world.desk(transitions={"clear_to": end})
    desk.resolve(filed(desk), SPEC, OnClear.RESOLVE, "all clear")
    assert world.ticket()["status"] == end


@pytest.mark.parametrize(
    ("how", "status"),
    [
        (how, status)
        for how in (OnClear.RESOLVE, OnClear.CLOSE, OnClear.CANCEL)
        for status in ("Resolved", "Closed", "Cancelled")
        if (how, status) != (OnClear.CLOSE, "Resolved")
    ],
)
def test_a_ticket_at_rest_is_left_as_it_is(world: World, how: OnClear, status: str) -> None:
    desk = world.desk()
    ticket = filed(desk)
    world.person(ticket.number, status=status)
    before = world.ticket()
    assert desk.resolve(ticket, SPEC, how, "all clear").status == status
    assert world.ticket() == before


def test_a_resolved_ticket_is_put_to_work_again(world: World, desk: Summit) -> None:
    resolved = desk.resolve(filed(desk, WITH_CI), WITH_CI, OnClear.RESOLVE, "all clear")
    reopened = desk.reopen(resolved, WITH_CI, "fires again")
    said = world.ticket()
    assert (reopened.status, reopened.state) == ("In-Progress", TicketState.OPEN)
    assert not reopened.taken_over
    assert (said["status"], said["notes"][-1]) == ("In-Progress", "fires again")


def test_a_ticket_that_a_person_reopened_keeps_that_persons_status(world: World) -> None:
    desk = world.desk()
    resolved = desk.resolve(filed(desk), SPEC, OnClear.RESOLVE, "all clear")
    world.person(resolved.number, status="Assigned", assignee=ANN)
    assert desk.reopen(resolved, SPEC, "fires again").status == "Assigned"
    assert world.ticket()["notes"][-1] == "fires again"


def test_a_closed_ticket_was_resolved_in_the_words_of_the_rules(world: World) -> None:
    desk = world.desk()
    desk.resolve(filed(desk), replace(SPEC, solution="Restart it"), OnClear.CLOSE, "all clear")
    assert (world.ticket()["status"], world.ticket()["solution"]) == ("Closed", "Restart it")


def test_a_resolved_ticket_can_be_closed_later(world: World) -> None:
    desk = world.desk()
    resolved = desk.resolve(filed(desk), SPEC, OnClear.RESOLVE, "all clear")
    assert desk.resolve(resolved, SPEC, OnClear.CLOSE, "no news since").status == "Closed"
    assert world.ticket()["status"] == "Closed"


def test_a_ticket_just_read_is_not_read_again(world: World) -> None:
    desk = world.desk()
    ticket = desk.read(filed(desk))
    before = world.calls()["IM_GetIncidentDetailsAndChangeHistory"]
    desk.resolve(ticket, SPEC, OnClear.RESOLVE, "all clear")
    assert world.calls()["IM_GetIncidentDetailsAndChangeHistory"] == before
