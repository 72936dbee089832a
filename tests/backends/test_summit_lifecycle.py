"""How a ticket at Summit is moved while its alert still fires, over real HTTP."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from bridge.backends.summit.adapter import Summit
from bridge.domain.errors import DeskUnavailable, OutcomeUnknown, TicketGone
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket
from tests.backends.summit_world import DEFAULTS, SPEC, TOKEN, World, running_world

ANN = "ann@example.com"
BOT = DEFAULTS["engineer"]
WITH_CI = replace(SPEC, ci_key="Host Name", ci_value="db1")
OF_ANN = replace(SPEC, engineer=ANN)
WAITING = {**DEFAULTS, "pending_reason": "Waiting for the alert"}
MOVES = {"escalated": "Assigned", "acknowledged": "In-Progress", "muted": "Pending"}
STATUS_OF = {Stage(stage): status for stage, status in MOVES.items()}
WRITES = "IM_LogOrUpdateIncident"


@pytest.fixture
def strict_world() -> Iterator[World]:
    """A desk whose refusals are the point."""
    with running_world() as made:
        yield made


@pytest.fixture
def world(strict_world: World) -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    yield strict_world
    assert list(strict_world.sandbox.refusals) == []


def desk_of(world: World, moves: Mapping[str, str] = MOVES, **said: object) -> Summit:
    return world.desk(transitions=moves, **{"defaults": WAITING, **said})


@pytest.fixture(params=["object", "string"])
def desk(request: pytest.FixtureRequest, world: World) -> Summit:
    """An adapter with a status for every stage, in each of the two forms of the container."""
    return desk_of(world, container=request.param)


def filed(desk: Summit, spec: IncidentSpec = SPEC) -> Ticket:
    return desk.create(spec, TOKEN, "")


@pytest.mark.parametrize("stage", STATUS_OF)
def test_a_stage_has_its_status_and_its_reason(world: World, desk: Summit, stage: Stage) -> None:
    moved = desk.move(filed(desk, WITH_CI), WITH_CI, stage, "because")
    said = world.ticket()
    assert (moved.status, said["status"]) == (STATUS_OF[stage], STATUS_OF[stage])
    assert said["notes"][1:] == ["because"]
    assert said["assignee"] == ("" if stage is Stage.ESCALATED else BOT)
    assert said["reason"] == ("Waiting for the alert" if stage is Stage.MUTED else "")
    assert said["ci_value"] == "db1"


@pytest.mark.parametrize("stage", [*STATUS_OF, Stage.OPEN])
def test_a_move_is_no_takeover(world: World, desk: Summit, stage: Stage) -> None:
    moved = desk.move(filed(desk), SPEC, stage, "because")
    seen = desk.read(moved)
    assert not moved.taken_over
    assert not seen.taken_over
    assert seen.theirs == set()


def test_a_ticket_moved_through_every_stage_comes_back(world: World, desk: Summit) -> None:
    ticket = filed(desk)
    for stage in (Stage.ACKNOWLEDGED, Stage.MUTED, Stage.ESCALATED, Stage.MUTED, Stage.OPEN):
        ticket = desk.move(desk.read(ticket), SPEC, stage, "")
        assert not desk.read(ticket).taken_over
    walk = ["In-Progress", "Pending", "Assigned", "Pending", "Assigned"]
    assert world.walk() == ["New by api", *(f"{status} by api" for status in walk)]


@pytest.mark.parametrize("status", ["Resolved", "Closed", "Cancelled", "Pending"])
def test_a_ticket_at_rest_or_already_there_is_left(world: World, status: str) -> None:
    desk = desk_of(world)
    ticket = filed(desk)
    world.person(ticket.number, status=status)
    before, written = world.ticket(), world.calls()[WRITES]
    assert desk.move(ticket, SPEC, Stage.MUTED, "because").status == status
    assert (world.ticket(), world.calls()[WRITES]) == (before, written)


@pytest.mark.parametrize(
    ("opened", "back"),
    [("New", "Assigned"), ("Assigned", "Assigned"), ("In-Progress", "In-Progress")],
)
def test_the_stage_of_all_others_is_where_tickets_begin_but_never_new(
    world: World, opened: str, back: str
) -> None:
    desk = desk_of(world, {**MOVES, "open": opened})
    ticket = desk.move(filed(desk), SPEC, Stage.MUTED, "")
    assert desk.move(ticket, SPEC, Stage.OPEN, "heard again").status == back
    assert (world.ticket()["status"], world.ticket()["notes"][-1]) == (back, "heard again")


def test_whom_the_rules_assigned_keeps_the_ticket_and_has_not_taken_it_over(world: World) -> None:
    desk = desk_of(world)
    moved = desk.move(filed(desk, OF_ANN), OF_ANN, Stage.MUTED, "")
    assert (world.ticket()["assignee"], moved.assignee) == (ANN, ANN)
    assert not desk.read(moved).taken_over
    world.person(moved.number, status="In-Progress")
    assert desk.read(moved).taken_over


def test_another_who_takes_a_moved_ticket_takes_it_over(world: World) -> None:
    desk = desk_of(world)
    moved = desk.move(filed(desk), SPEC, Stage.MUTED, "")
    world.person(moved.number, assignee=ANN)
    assert desk.read(moved).taken_over


def test_a_ticket_that_a_person_works_on_stays_theirs_when_moved(world: World) -> None:
    desk = desk_of(world)
    ticket = filed(desk)
    world.person(ticket.number, status="In-Progress", assignee=ANN)
    moved = desk.move(desk.read(ticket), SPEC, Stage.MUTED, "")
    assert (moved.status, moved.assignee, moved.taken_over) == ("Pending", ANN, True)
    assert desk.read(moved).taken_over


def test_a_ticket_just_read_is_moved_without_another_look(world: World) -> None:
    desk = desk_of(world)
    ticket = desk.read(filed(desk))
    before = world.calls()["IM_GetIncidentDetailsAndChangeHistory"]
    desk.move(ticket, SPEC, Stage.MUTED, "because")
    assert world.calls()["IM_GetIncidentDetailsAndChangeHistory"] == before


def test_a_desk_that_is_never_read_moves_what_it_remembers(world: World) -> None:
    desk = desk_of(world, read=False)
    moved = desk.move(filed(desk), SPEC, Stage.MUTED, "")
    assert desk.move(moved, SPEC, Stage.MUTED, "again") == moved
    assert (world.ticket()["status"], world.ticket()["notes"][1:]) == ("Pending", [])


def test_a_deleted_ticket_is_not_moved(strict_world: World) -> None:
    desk = desk_of(strict_world)
    ticket = filed(desk)
    strict_world.person(ticket.number, deleted=True)
    with pytest.raises(TicketGone):
        desk.move(ticket, SPEC, Stage.MUTED, "")


def test_a_move_whose_answer_is_lost_is_in_doubt_only_for_its_note(world: World) -> None:
    desk = desk_of(world, read=False)
    ticket = filed(desk)
    world.fail("reset-after", times=1)
    with pytest.raises(OutcomeUnknown):
        desk.move(ticket, SPEC, Stage.MUTED, "because")
    world.fail("reset-after", times=1)
    with pytest.raises(DeskUnavailable):
        desk.move(ticket, SPEC, Stage.MUTED, "")


@pytest.mark.parametrize("stage", STATUS_OF)
def test_a_moved_ticket_comes_to_rest_from_wherever_it_is(
    world: World, desk: Summit, stage: Stage
) -> None:
    moved = desk.move(filed(desk, WITH_CI), WITH_CI, stage, "")
    resolved = desk.resolve(desk.read(moved), WITH_CI, OnClear.RESOLVE, "all clear")
    assert (resolved.status, world.ticket()["status"]) == ("Resolved", "Resolved")
    assert world.ticket()["solution"] == "all clear"
    assert not resolved.taken_over


def test_a_ticket_that_is_cancelled_says_why(world: World, desk: Summit) -> None:
    ticket = desk.move(filed(desk), SPEC, Stage.MUTED, "")
    assert desk.resolve(ticket, SPEC, OnClear.CANCEL, "gone at once").status == "Cancelled"
    said = world.ticket()
    assert (said["reason"], said["notes"][-1]) == ("Cleared", "gone at once")


@pytest.mark.parametrize("container", ["object", "string"])
@pytest.mark.parametrize(("status", "who"), [("Assigned", ""), ("In-Progress", BOT)])
def test_a_new_ticket_begins_where_the_desk_wants_it(
    world: World, status: str, who: str, container: str
) -> None:
    desk = desk_of(world, {"open": status}, container=container)
    ticket = desk.create(WITH_CI, TOKEN, "first note")
    said = world.ticket()
    assert (ticket.status, said["status"], said["assignee"]) == (status, status, who)
    assert world.walk() == ["New by api", f"{status} by api"]
    assert said["notes"] == [f"first note\n\n[{TOKEN}]"]
    assert (said["ci_value"], said["priority"]) == ("db1", "P1")
    assert not desk.read(ticket).taken_over
    assert desk.read(ticket).theirs == set()


def test_whom_the_rules_assigned_is_who_a_new_ticket_begins_with(world: World) -> None:
    desk = desk_of(world, {"open": "In-Progress"})
    ticket = filed(desk, OF_ANN)
    assert (world.ticket()["status"], world.ticket()["assignee"]) == ("In-Progress", ANN)
    assert not desk.read(ticket).taken_over


def test_a_ticket_that_could_not_be_brought_there_is_filed_all_the_same(
    strict_world: World,
) -> None:
    refused = {**DEFAULTS, "engineer": "noc@intranet"}
    desk = desk_of(strict_world, {"open": "In-Progress"}, defaults=refused)
    with capture_logs() as logs:
        ticket = filed(desk)
    assert (ticket.status, strict_world.ticket()["status"]) == ("New", "New")
    (line,) = [log for log in logs if log["event"] == "ticket stays new"]
    assert (line["ticket"], line["log_level"]) == (ticket.number, "warning")
    assert "Assigned_Engineer_Email" in line["why"]


@pytest.mark.parametrize("how", ["note", "update"])
def test_what_stayed_new_is_brought_there_with_the_next_thing_written(
    world: World, how: str
) -> None:
    filed(world.desk())
    desk = desk_of(world, {"open": "In-Progress"})
    (ticket,) = desk.find(TOKEN, datetime.now(UTC))
    written = (
        desk.note(ticket, SPEC, "more")
        if how == "note"
        else desk.update(ticket, replace(SPEC, priority="low"), ["priority"], TOKEN, "more")
    )
    assert (written.status, world.ticket()["status"]) == ("In-Progress", "In-Progress")
    assert world.ticket()["notes"][1:] == ["more"]
    assert not desk.read(written).taken_over


def test_an_update_that_brings_a_ticket_of_the_rules_engineer_there_is_no_takeover(
    world: World,
) -> None:
    filed(world.desk(), OF_ANN)
    desk = desk_of(world, {"open": "In-Progress"})
    (ticket,) = desk.find(TOKEN, datetime.now(UTC))
    updated = desk.update(ticket, OF_ANN, ["priority"], TOKEN, "")
    assert world.ticket()["assignee"] == ANN
    assert not desk.read(updated).taken_over
