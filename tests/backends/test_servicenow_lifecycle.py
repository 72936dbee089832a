"""How an incident at ServiceNow follows the stages of its fault, and takes files."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from bridge.backends import Desk
from bridge.backends.servicenow.files import file_name
from bridge.domain.errors import DeskLockedOut, OutcomeUnknown, TicketGone, TicketRefused
from bridge.domain.policy import OnClear
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket, TicketState
from bridge.sandbox.servicenow.attachments import MOST_BYTES
from tests.backends.raw_server import answer, raw_server
from tests.backends.servicenow_world import SYS_ID, desk_at, running_world
from tests.backends.stands import PATIENCE, SPEC, TOKEN, World

STAGES = {"escalated": 2, "acknowledged": "2", "muted": 3}
ON_HOLD = {"defaults": {"hold_reason": 5}, "transitions": STAGES}
UPDATES = "PATCH /api/now/table/incident/{sys_id}"
TICKET = Ticket(number="INC1", id=SYS_ID, status="New", state=TicketState.OPEN)


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


def filed(desk: Desk) -> Ticket:
    return desk.create(SPEC, TOKEN, "")


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        (Stage.ESCALATED, "In Progress"),
        (Stage.ACKNOWLEDGED, "In Progress"),
        (Stage.MUTED, "On Hold"),
    ],
)
def test_a_ticket_is_given_the_state_of_its_stage_and_the_reason_in_one_call(
    world: World, stage: Stage, status: str
) -> None:
    desk = world.desk(**ON_HOLD)
    before = filed(desk)
    moved = desk.move(desk.read(before), SPEC, stage, "Said so.")
    said = world.ticket()
    assert (moved.status, moved.state, moved.taken_over) == (status, TicketState.OPEN, False)
    assert (said["status"], said["notes"], said["replies"]) == (status, ["Said so."], [])
    assert said["custom_fields"]["hold_reason"] == ("5" if status == "On Hold" else "")
    assert world.calls()[UPDATES] == 1


def test_a_ticket_that_the_bridge_moved_is_still_the_bridges(world: World) -> None:
    desk = world.desk(**ON_HOLD)
    ticket = filed(desk)
    for stage in (Stage.MUTED, Stage.OPEN, Stage.ESCALATED):
        ticket = desk.move(ticket, SPEC, stage, "")
        assert not desk.read(ticket).taken_over
    assert not desk.read(ticket).theirs


def test_a_ticket_that_comes_back_is_in_progress(world: World) -> None:
    desk = world.desk(**ON_HOLD)
    muted = desk.move(filed(desk), SPEC, Stage.MUTED, "")
    assert desk.move(muted, SPEC, Stage.OPEN, "Not muted any more.").status == "In Progress"
    said = world.ticket()
    assert (said["notes"], said["custom_fields"]["hold_reason"]) == (["Not muted any more."], "")


def test_an_open_state_is_that_of_new_tickets_and_of_those_that_come_back(world: World) -> None:
    desk = world.desk(defaults={"hold_reason": "4"}, transitions={"open": 1, "muted": 3})
    ticket = desk.move(filed(desk), SPEC, Stage.MUTED, "")
    assert desk.move(ticket, SPEC, Stage.OPEN, "").status == "New"
    other = world.desk(transitions={"open": "2", "acknowledged": "2"})
    assert filed(other).status == "In Progress"


@pytest.mark.parametrize("is_fresh", [True, False], ids=["just read", "from the store"])
def test_a_ticket_already_in_that_state_is_written_nothing(world: World, *, is_fresh: bool) -> None:
    desk = world.desk(**ON_HOLD)
    moved = desk.move(filed(desk), SPEC, Stage.ACKNOWLEDGED, "")
    before = world.ticket()
    again = desk.read(moved) if is_fresh else moved
    assert desk.move(again, SPEC, Stage.ESCALATED, "again").status == "In Progress"
    assert world.ticket() == before
    assert world.calls()["GET /api/now/table/incident/{sys_id}"] == 2


@pytest.mark.parametrize("status", ["Resolved", "Closed", "Canceled"])
def test_a_ticket_at_rest_is_not_moved(world: World, status: str) -> None:
    desk = world.desk(**ON_HOLD)
    ticket = filed(desk)
    world.person(ticket.number, status=status)
    before = world.ticket()
    assert desk.move(ticket, SPEC, Stage.MUTED, "muted").status == status
    assert world.ticket() == before


def test_a_ticket_on_hold_is_resolved(world: World) -> None:
    desk = world.desk(**ON_HOLD)
    muted = desk.move(filed(desk), SPEC, Stage.MUTED, "")
    assert desk.resolve(muted, SPEC, OnClear.RESOLVE, "over").status == "Resolved"


def test_a_deleted_ticket_is_neither_moved_nor_given_files(strict_world: World) -> None:
    desk = strict_world.desk(**ON_HOLD)
    ticket = filed(desk)
    strict_world.person(ticket.number, deleted=True)
    with pytest.raises(TicketGone):
        desk.move(ticket, SPEC, Stage.MUTED, "")
    with pytest.raises(TicketGone):
        desk.attach(ticket, "alert.json", "{}")


def test_a_reason_that_the_desk_does_not_know_is_about_the_ticket(strict_world: World) -> None:
    desk = strict_world.desk(**{**ON_HOLD, "defaults": {"hold_reason": "99"}})
    ticket = filed(desk)
    with pytest.raises(TicketRefused, match="hold_reason 99 is no choice"):
        desk.move(ticket, SPEC, Stage.MUTED, "")


def test_a_note_of_a_move_that_may_be_there_already_is_in_doubt(world: World) -> None:
    desk = world.desk(**ON_HOLD, limits=PATIENCE)
    ticket = desk.read(filed(desk))
    world.fail("500-after", times=1)
    with pytest.raises(OutcomeUnknown):
        desk.move(ticket, SPEC, Stage.MUTED, "Muted.")
    assert desk.move(ticket, SPEC, Stage.MUTED, "Muted.").status == "On Hold"


@pytest.mark.parametrize(
    ("transitions", "stages"),
    [
        ({}, set()),
        ({"open": 1}, set()),
        ({"acknowledged": 2}, {Stage.OPEN, Stage.ACKNOWLEDGED}),
        (STAGES, set(Stage)),
    ],
)
def test_the_stages_are_those_that_have_a_state(
    world: World, transitions: Mapping[str, object], stages: set[Stage]
) -> None:
    can = world.desk(defaults={"hold_reason": 5}, transitions=transitions).can
    assert can.stages == stages


def test_a_desk_is_told_when_to_cancel_and_whether_to_take_files(world: World) -> None:
    can = world.desk(transitions={"cancel_within": "5m"}).can
    assert (can.cancel_within, can.attach) == (timedelta(minutes=5), True)
    assert not world.desk(attach=False).can.attach


def test_what_is_cancelled_needs_no_reason_to_hold(world: World) -> None:
    desk = world.desk(**ON_HOLD)
    muted = desk.move(filed(desk), SPEC, Stage.MUTED, "")
    assert desk.resolve(muted, SPEC, OnClear.CANCEL, "Cleared at once.").status == "Canceled"


def test_a_file_is_on_the_ticket_as_it_is(world: World) -> None:
    desk = world.desk()
    text = "Plattenplatz für 漢字\r\n\0\U0001f692"
    desk.attach(filed(desk), "alert & more.json", text)
    assert world.ticket()["files"] == {"alert & more.json": text}
    assert world.ticket()["notes"] == []


def test_a_file_is_there_once_more_each_time(world: World) -> None:
    desk = world.desk()
    ticket = filed(desk)
    for text in ("one", "two"):
        desk.attach(ticket, "alert.json", text)
    assert sorted(world.ticket()["files"].values()) == ["one", "two"]


def test_a_text_that_is_no_unicode_is_attached_all_the_same(world: World) -> None:
    desk = world.desk()
    desk.attach(filed(desk), "a\ud800\n.txt", "x\ud800y")
    assert world.ticket()["files"] == {"a.txt": "x?y"}


@pytest.mark.parametrize(
    ("called", "kept"),
    [
        ("alert.json", "alert.json"),
        ("a" * 200 + ".json", "a" * 94 + "….json"),
        ("a" * 200, "a" * 99 + "…"),
        ("." + "a" * 200, "." + "a" * 98 + "…"),
        ("x." + "a" * 200, "x." + "a" * 97 + "…"),
        ("\0", "file.txt"),
        ("漢" * 200 + ".txt", "漢" * 95 + "….txt"),
    ],
)
def test_a_name_is_cut_to_its_column_and_keeps_its_ending(called: str, kept: str) -> None:
    assert file_name(called) == kept
    assert len(kept) <= 100


@pytest.mark.parametrize("text", ["", "x" * (MOST_BYTES + 1)], ids=["empty", "too large"])
def test_a_file_that_the_desk_will_not_have_is_refused(strict_world: World, text: str) -> None:
    desk = strict_world.desk()
    ticket = filed(desk)
    with pytest.raises(TicketRefused):
        desk.attach(ticket, "alert.json", text)
    assert strict_world.ticket()["files"] == {}


def test_an_account_without_the_right_to_files_is_not_locked_out(strict_world: World) -> None:
    ticket = filed(strict_world.desk())
    reader = strict_world.desk(auth={"username": "reader", "password": "sandbox-password"})
    with pytest.raises(TicketRefused, match="ACL Exception Insert"):
        reader.attach(ticket, "alert.json", "{}")


def test_a_ticket_that_is_there_but_takes_no_files_from_this_account_is_not_gone() -> None:
    gone = answer(404, {"error": {"message": "No Record found", "detail": ""}})
    there = answer(200, {"result": {"sys_id": SYS_ID, "state": "1"}})
    with (
        raw_server(gone, there) as server,
        desk_at(server.url) as desk,
        pytest.raises(TicketRefused, match="attach answered 404"),
    ):
        desk.attach(TICKET, "alert.json", "{}")


@pytest.mark.parametrize(
    "said",
    [
        answer(200, b"<html>Your instance is hibernating</html>"),
        answer(201, {"result": {}}),
        answer(201, {"result": {"table_sys_id": SYS_ID[::-1]}}),
    ],
    ids=["hibernating", "nothing", "another ticket"],
)
def test_a_file_without_its_answer_is_in_doubt(said: bytes) -> None:
    with (
        raw_server(said) as server,
        desk_at(server.url) as desk,
        pytest.raises(OutcomeUnknown),
    ):
        desk.attach(TICKET, "alert.json", "{}")


def test_a_login_that_is_refused_is_not_taken_for_a_missing_right_to_files() -> None:
    with (
        raw_server(answer(401, b"{}")) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut),
    ):
        desk.attach(TICKET, "alert.json", "{}")


def test_a_file_goes_as_the_body_and_its_place_as_the_query() -> None:
    done = answer(201, {"result": {"table_sys_id": SYS_ID}})
    with raw_server(done) as server, desk_at(server.url, table="incident") as desk:
        desk.attach(TICKET, "a b.json", '{"a": 1}')
    (sent,) = server.received
    path, _, query = sent.target.partition("?")
    assert (sent.method, path) == ("POST", "/api/now/attachment/file")
    assert set(query.split("&")) == {
        "table_name=incident",
        f"table_sys_id={SYS_ID}",
        "file_name=a+b.json",
    }
    assert (sent.headers["content-type"], sent.body) == ("text/plain", b'{"a": 1}')
