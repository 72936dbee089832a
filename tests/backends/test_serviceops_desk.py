"""The life of a ticket at ServiceOps, in both of its dialects, over real HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bridge.backends.serviceops.adapter import ServiceOps
from bridge.domain.errors import TicketGone, TicketRefused
from bridge.domain.policy import OnClear
from bridge.domain.spec import CustomField, CustomFieldType
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket, TicketState
from tests.backends.serviceops_world import SINCE, SPEC, TOKEN, World, running_world


@pytest.fixture
def world() -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    with running_world() as made:
        yield made
        assert list(made.sandbox.refusals) == []


@pytest.fixture
def strict_world() -> Iterator[World]:
    """A desk whose refusals are the point."""
    with running_world() as made:
        yield made


@pytest.fixture(params=["incident", "request"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Which API the bridge speaks."""
    return str(request.param)


def test_a_ticket_says_what_the_spec_says(world: World, dialect: str) -> None:
    spec = replace(
        SPEC,
        urgency="medium",
        location="Head Office",
        cc=("ann@example.com",),
        tags=("db",),
        links={"runbook": "https://wiki.example.com"},
        custom_fields={"Event ID": CustomField(value="e1")},
    )
    ticket = world.desk(dialect=dialect).create(spec, TOKEN, "")
    said = world.ticket()
    assert (ticket.id, ticket.status, ticket.state) == (said["id"], "Open", TicketState.OPEN)
    assert said["subject"] == f"Disk full [{TOKEN}]"
    assert said["description"] == "92 %\n\nrunbook: https://wiki.example.com"
    assert (said["priority"], said["impact"], said["urgency"]) == (
        "Urgent",
        "On Business",
        "Medium",
    )
    assert (said["requester"], said["category"]) == ("noc@example.com", "Incident")
    assert said["location"] == "Head Office"
    assert (said["cc"], said["tags"]) == (["ann@example.com"], ["db", TOKEN])
    assert said["custom_fields"] == {"Event ID": "e1"}


def test_the_current_api_names_the_ticket_and_the_older_gives_its_id(world: World) -> None:
    assert world.desk(dialect="request").create(SPEC, TOKEN, "").number == "INC-1"
    assert world.desk(dialect="incident").create(SPEC, TOKEN, "").number == "2"


def test_typed_values_are_taken(world: World, dialect: str) -> None:
    customs = {
        "Score": CustomField(value=7, type=CustomFieldType.INTEGER),
        "Hosts": CustomField(value=["a", "b"], type=CustomFieldType.STRING_LIST),
    }
    members = {"integer": "longValue", "string_list": "listValue"}
    desk = world.desk(dialect=dialect, value_members=members)
    desk.create(replace(SPEC, custom_fields=customs), TOKEN, "")
    assert world.ticket()["custom_fields"] == {"Score": 7, "Hosts": ["a", "b"]}


def test_the_form_is_read_once_for_many_tickets(world: World) -> None:
    desk = world.desk()
    for name in ("Event ID", "event id"):
        desk.create(replace(SPEC, custom_fields={name: CustomField(value="x")}), TOKEN, "")
    assert [ticket["custom_fields"] for ticket in world.tickets()] == [{"Event ID": "x"}] * 2
    assert world.calls()["GET /api/ususer/form/incident"] == 1


def test_a_field_that_the_form_lacks_does_not_hold_the_ticket_up(world: World) -> None:
    spec = replace(SPEC, custom_fields={"Nonsense": CustomField(value="x")})
    world.desk().create(spec, TOKEN, "")
    assert world.ticket()["description"].endswith(
        "Custom field Nonsense is unknown to this desk: x"
    )


def test_a_note_is_filed_with_the_ticket(world: World, dialect: str) -> None:
    world.desk(dialect=dialect).create(SPEC, TOKEN, "Also firing:\n- <b>")
    assert world.ticket()["notes"] == ["<p>Also firing:<br/>- &lt;b&gt;</p>"]


def test_hostile_texts_are_filed(world: World, dialect: str) -> None:
    spec = replace(SPEC, subject="a\0b\r\nc\ud800" + "x" * 900, description="\0 é\u2028 \ud800")
    world.desk(dialect=dialect).create(spec, TOKEN, "n\0\ud800")
    said = world.ticket()
    assert len(said["subject"]) == 250
    assert said["subject"].endswith(f"… [{TOKEN}]")
    assert said["description"] == " é\u2028 "
    assert said["notes"] == ["<p>n</p>"]


def test_a_ticket_is_found_by_its_token_alone(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    for token in (f"{TOKEN}2", "IB-eu-other"):
        desk.create(SPEC, token, "")
    filed = desk.create(SPEC, TOKEN, "")
    desk.create(replace(SPEC, subject=f"mentions {TOKEN}"), "IB-eu-third", "")
    (found,) = desk.find(TOKEN, SINCE)
    assert found.id == filed.id
    assert found.number == f"INC-{filed.id}"
    assert found.state is TicketState.OPEN
    assert found.created_at is not None
    assert desk.find("IB-eu-nobody", SINCE) == []


def test_every_ticket_with_the_token_is_found_oldest_first(world: World) -> None:
    desk = world.desk()
    filed = [desk.create(SPEC, TOKEN, "").id for _ in range(103)]
    assert [ticket.id for ticket in desk.find(TOKEN, SINCE)] == filed
    assert world.calls()["POST /api/v1/request/search/byqual"] == 2


def test_a_found_ticket_can_be_worked_on_in_either_dialect(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    desk.create(SPEC, TOKEN, "")
    (found,) = desk.find(TOKEN, SINCE)
    desk.update(found, replace(SPEC, priority="low"), ("priority",), TOKEN, "")
    assert world.ticket()["priority"] == "Low"


def test_a_ticket_is_read_as_people_left_it(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    assert not desk.read(ticket).taken_over
    number = world.ticket()["number"]
    for status, state, is_taken in (
        ("In Progress", TicketState.OPEN, True),
        ("Pending", TicketState.OPEN, True),
        ("Resolved", TicketState.RESOLVED, False),
        ("Closed", TicketState.CLOSED, False),
    ):
        world.person(number, status=status)
        seen = desk.read(ticket)
        assert (seen.status, seen.state, seen.taken_over) == (status, state, is_taken)
        assert (seen.id, seen.number) == (ticket.id, ticket.number)


def test_the_current_api_shows_who_has_a_ticket(world: World) -> None:
    desk = world.desk(dialect="request")
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(ticket.number, assignee="ann@example.com")
    seen = desk.read(ticket)
    assert seen.assignee == "ann@example.com"
    world.person(ticket.number, assignee="")
    assert desk.read(seen).assignee is None


@pytest.mark.parametrize(
    "call",
    [
        lambda desk, ticket: desk.read(ticket),
        lambda desk, ticket: desk.update(ticket, SPEC, ("priority",), TOKEN, ""),
        lambda desk, ticket: desk.note(ticket, SPEC, "news"),
        lambda desk, ticket: desk.resolve(ticket, SPEC, OnClear.RESOLVE, "over"),
        lambda desk, ticket: desk.reopen(ticket, SPEC, "again"),
        lambda desk, ticket: desk.move(ticket, SPEC, Stage.OPEN, "again"),
        lambda desk, ticket: desk.attach(ticket, "top.txt", "x"),
    ],
    ids=["read", "update", "note", "resolve", "reopen", "move", "attach"],
)
def test_a_deleted_ticket_is_gone(
    strict_world: World, dialect: str, call: Callable[[ServiceOps, Ticket], object]
) -> None:
    desk = strict_world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    strict_world.person(strict_world.ticket()["number"], deleted=True)
    with pytest.raises(TicketGone):
        call(desk, ticket)


def test_an_update_changes_the_named_fields_and_leaves_a_persons_status(
    world: World, dialect: str
) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(world.ticket()["number"], status="In Progress", category="Hardware")
    spec = replace(SPEC, subject="Disk fuller", priority="low", impact="low")
    desk.update(ticket, spec, ("subject", "priority"), TOKEN, "priority: critical -> low")
    said = world.ticket()
    assert said["subject"] == f"Disk fuller [{TOKEN}]"
    assert (said["priority"], said["impact"]) == ("Low", "On Business")
    assert (said["status"], said["category"]) == ("In Progress", "Hardware")
    assert said["notes"] == ["<p>priority: critical -&gt; low</p>"]


def test_an_update_of_what_cannot_be_updated_still_says_so(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    spec = replace(SPEC, requester="a@example.com")
    desk.update(ticket, spec, ("requester",), TOKEN, "requester: noc@example.com -> a@example.com")
    [note] = world.ticket()["notes"]
    assert "requester: noc@example.com -&gt; a@example.com" in note
    assert "<br/>This desk takes requester only when a ticket is filed" in note
    assert world.ticket()["requester"] == "noc@example.com"


def test_the_current_api_changes_who_is_told(world: World) -> None:
    desk = world.desk(dialect="request")
    ticket = desk.create(SPEC, TOKEN, "")
    desk.update(ticket, replace(SPEC, cc=("a@example.com",)), ("cc",), TOKEN, "")
    assert world.ticket()["cc"] == ["a@example.com"]


def test_a_word_that_the_desk_would_refuse_does_not_lose_the_ticket(world: World) -> None:
    desk = world.desk(dialect="incident")
    with capture_logs() as logs:
        ticket = desk.create(replace(SPEC, priority="hugh"), TOKEN, "")
    said = world.ticket()
    assert said["description"] == "92 %\n\npriority: hugh is unknown to this desk"
    assert (said["priority"], said["impact"]) == ("", "On Business")
    assert [(line["event"], line["ticket"], line["reason"]) for line in logs] == [
        ("not written", "1", "priority: hugh is unknown to this desk")
    ]
    with capture_logs() as logs:
        updated = desk.update(ticket, replace(SPEC, impact="galaxy"), ("impact",), TOKEN, "worse")
    said = world.ticket()
    assert said["impact"] == "On Business"
    assert said["notes"] == ["<p>worse<br/>impact: galaxy is unknown to this desk</p>"]
    assert [line["event"] for line in logs] == ["not written"]
    assert desk.read(updated).theirs == set()


def test_a_persons_subject_survives_an_update_of_something_else(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(world.ticket()["number"], subject=f"Disk on db1 [{TOKEN}]")
    desk.update(desk.read(ticket), replace(SPEC, priority="low"), ("priority",), TOKEN, "")
    assert world.ticket()["subject"] == f"Disk on db1 [{TOKEN}]"


def test_a_note_changes_nothing_else(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    assert desk.note(ticket, SPEC, "news") == ticket
    after = world.ticket()
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"notes", "updated_at"}


@pytest.mark.parametrize(
    ("how", "status", "state"),
    [
        (OnClear.RESOLVE, "Resolved", TicketState.RESOLVED),
        (OnClear.CLOSE, "Closed", TicketState.CLOSED),
        (OnClear.CANCEL, "Closed", TicketState.CLOSED),
    ],
)
def test_a_cleared_ticket_comes_to_rest(
    world: World, dialect: str, how: OnClear, status: str, state: TicketState
) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, how, "All alerts cleared.")
    assert (ticket.status, ticket.state) == (status, state)
    said = world.ticket()
    assert (said["status"], said["notes"]) == (status, ["<p>All alerts cleared.</p>"])
    assert said["subject"] == f"Disk full [{TOKEN}]"


@pytest.mark.parametrize(
    ("configured", "how", "status", "state"),
    [
        ({"transitions": {"clear_to": "Closed"}}, OnClear.RESOLVE, "Closed", TicketState.CLOSED),
        ({"transitions": {"clear_to": "Resolved"}}, OnClear.CLOSE, "Closed", TicketState.CLOSED),
        # The sandbox knows no Cancelled; a status of its own stands in for an instance's.
        ({"statuses": {"cancelled": "Pending"}}, OnClear.CANCEL, "Pending", TicketState.CANCELLED),
    ],
    ids=["clear_to", "close all the same", "cancelled"],
)
def test_where_a_ticket_ends_is_configured(
    world: World,
    dialect: str,
    configured: dict[str, object],
    how: OnClear,
    status: str,
    state: TicketState,
) -> None:
    desk = world.desk(dialect=dialect, **configured)
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, how, "")
    assert (ticket.status, ticket.state) == (status, state)
    assert world.ticket()["status"] == status
    assert desk.read(ticket).state is state


def test_a_resolved_ticket_is_closed_later_and_not_resolved_again(
    world: World, dialect: str
) -> None:
    desk = world.desk(dialect=dialect, transitions={"close_after": "3d", "cancel_within": "2m"})
    assert (desk.can.close_after, desk.can.cancel_within) == (
        timedelta(days=3),
        timedelta(minutes=2),
    )
    resolved = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    closed = desk.resolve(resolved, SPEC, OnClear.CLOSE, "")
    assert (closed.state, world.ticket()["status"]) == (TicketState.CLOSED, "Closed")
    once = world.ticket()
    assert desk.resolve(closed, SPEC, OnClear.CLOSE, "").state is TicketState.CLOSED
    assert world.ticket() == once


STAGES = {
    "open": "In Progress",
    "escalated": "Open",
    "acknowledged": "in progress",
    "muted": "Pending",
}


def test_a_new_ticket_has_the_configured_status(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect, transitions={"open": "In Progress"})
    ticket = desk.create(SPEC, TOKEN, "n")
    assert (ticket.status, ticket.taken_over) == ("In Progress", False)
    assert world.ticket()["status"] == "In Progress"
    assert world.ticket()["notes"] == ["<p>n</p>"]
    assert not desk.read(ticket).taken_over
    (found,) = desk.find(TOKEN, SINCE)
    assert not found.taken_over
    again = desk.reopen(desk.resolve(ticket, SPEC, OnClear.RESOLVE, ""), SPEC, "")
    assert (again.status, world.ticket()["status"]) == ("In Progress", "In Progress")


def test_a_new_ticket_that_already_has_its_status_costs_one_call(
    world: World, dialect: str
) -> None:
    world.desk(dialect=dialect, transitions={"open": "open"}).create(SPEC, TOKEN, "")
    assert world.calls() == {f"POST /api/v1/{dialect}": 1}


def test_only_configured_stages_are_offered(world: World) -> None:
    assert world.desk().can.stages == frozenset()
    assert world.desk(transitions={"open": "In Progress"}).can.stages == frozenset()
    assert world.desk(transitions={"muted": "Pending"}).can.stages == {Stage.OPEN, Stage.MUTED}
    assert world.desk(transitions=STAGES).can.stages == set(Stage)


def test_a_stage_moves_the_ticket_and_says_why(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect, transitions={"muted": "Pending"})
    ticket = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    muted = desk.move(ticket, SPEC, Stage.MUTED, "Silenced until noon.")
    said = world.ticket()
    assert (muted.status, muted.state, muted.taken_over) == ("Pending", TicketState.OPEN, False)
    assert (said["status"], said["notes"]) == ("Pending", ["<p>Silenced until noon.</p>"])
    changed = {key for key in before if before[key] != said[key]}
    assert changed == {"status", "notes", "updated_at", "history"}
    assert not desk.read(muted).taken_over
    back = desk.move(desk.read(muted), SPEC, Stage.OPEN, "Not silenced any more.")
    assert (back.status, world.ticket()["status"]) == ("Open", "Open")


def test_a_person_who_sets_a_stages_status_has_the_ticket(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect, transitions={"muted": "Pending"})
    ticket = desk.create(SPEC, TOKEN, "")
    number = world.ticket()["number"]
    world.person(number, status="Pending")
    assert desk.read(ticket).taken_over
    world.person(number, status="Open")
    muted = desk.move(ticket, SPEC, Stage.MUTED, "")
    world.person(number, status="In Progress")
    assert desk.read(muted).taken_over


@pytest.mark.parametrize("status", ["Pending", "Resolved", "Closed"])
def test_a_ticket_that_is_there_already_or_at_rest_is_not_moved(
    world: World, dialect: str, status: str
) -> None:
    desk = world.desk(dialect=dialect, transitions={"muted": "pending"})
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(world.ticket()["number"], status=status)
    before, calls = world.ticket(), world.calls()
    moved = desk.move(ticket, SPEC, Stage.MUTED, "Silenced.")
    assert (moved.status, world.ticket()) == (status, before)
    again = desk.move(desk.read(ticket), SPEC, Stage.MUTED, "Silenced.")
    assert (again.status, world.ticket()) == (status, before)
    reads = sum(world.calls().values()) - sum(calls.values())
    assert reads == 2


def test_a_moved_ticket_is_resolved_and_told_of_changes_as_any_other(
    world: World, dialect: str
) -> None:
    desk = world.desk(dialect=dialect, transitions={"muted": "Pending"})
    moved = desk.move(desk.create(SPEC, TOKEN, ""), SPEC, Stage.MUTED, "")
    updated = desk.update(moved, replace(SPEC, priority="low"), ("priority",), TOKEN, "")
    assert not desk.read(updated).taken_over
    assert desk.resolve(updated, SPEC, OnClear.RESOLVE, "").status == "Resolved"


def test_files_are_attached_one_beside_the_other(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    assert desk.can.attach
    ticket = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    desk.attach(ticket, "top.txt", "load 9\nü \ud800")
    desk.attach(ticket, "dir/ps\n.txt", "")
    said = world.ticket()
    assert said["files"] == {"top.txt": "load 9\nü ?", "dir/ps .txt": ""}
    changed = {key for key in before if before[key] != said[key]}
    assert changed == {"files", "updated_at"}


def test_a_file_leaves_the_subject_that_a_person_wrote(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(world.ticket()["number"], subject="Disk on db1")
    desk.attach(ticket, "top.txt", "x")
    assert world.ticket()["subject"] == "Disk on db1"


def test_a_desk_that_is_to_have_no_files_is_sent_none(world: World) -> None:
    desk = world.desk(attach=False)
    ticket = desk.create(SPEC, TOKEN, "")
    assert not desk.can.attach
    with pytest.raises(TicketRefused, match="attach: true"):
        desk.attach(ticket, "top.txt", "x")
    assert world.calls() == {"POST /api/v1/incident": 1}


def test_a_ticket_is_looked_up_by_its_number_or_its_id(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    desk.create(SPEC, "IB-eu-other", "")
    filed = desk.create(SPEC, TOKEN, "")
    by_number = desk.lookup(" INC-2 ")
    assert (by_number.id, by_number.number, by_number.is_open) == (filed.id, "INC-2", True)
    assert desk.lookup("2").id == filed.id
    assert by_number.handle["subject"] == f"Disk full [{TOKEN}]"
    with pytest.raises(TicketGone, match="there is no INC-3"):
        desk.lookup("INC-3")
    with pytest.raises(TicketRefused, match="write the id in its page's address"):
        world.desk(dialect=dialect, find=False).lookup("INC-2")


@pytest.mark.parametrize("status", ["Resolved", "Closed"])
def test_a_ticket_at_rest_is_left_as_it_is(world: World, dialect: str, status: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(world.ticket()["number"], status=status)
    before = world.ticket()
    assert desk.resolve(ticket, SPEC, OnClear.RESOLVE, "over").status == status
    assert world.ticket() == before


def test_a_resolved_ticket_is_opened_again(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    again = desk.reopen(ticket, SPEC, "Fires again.")
    assert (again.status, again.state) == ("Open", TicketState.OPEN)
    said = world.ticket()
    assert (said["status"], said["notes"]) == ("Open", ["<p>Fires again.</p>"])


def test_a_ticket_that_a_person_reopened_keeps_its_status(world: World, dialect: str) -> None:
    desk = world.desk(dialect=dialect)
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    world.person(world.ticket()["number"], status="In Progress")
    assert desk.reopen(ticket, SPEC, "Fires again.").taken_over
    assert world.ticket()["status"] == "In Progress"


def test_a_refusal_carries_the_desks_words(strict_world: World, dialect: str) -> None:
    desk = strict_world.desk(dialect=dialect)
    with pytest.raises(TicketRefused, match="locationName Atlantis is unknown"):
        desk.create(replace(SPEC, location="Atlantis"), TOKEN, "")
    assert strict_world.tickets() == []


def test_a_desk_with_other_statuses_is_spoken_to_in_its_own(strict_world: World) -> None:
    desk = strict_world.desk(statuses={"resolved": "Fixed"})
    ticket = desk.create(SPEC, TOKEN, "")
    with pytest.raises(TicketRefused, match="Fixed"):
        desk.resolve(ticket, SPEC, OnClear.RESOLVE, "")


def test_the_address_of_a_ticket_is_the_configured_one(world: World) -> None:
    desk = world.desk(dialect="request", ticket_url="https://desk.example.com/t/{id}?n={number}")
    assert desk.create(SPEC, TOKEN, "").url == "https://desk.example.com/t/1?n=INC-1"
    assert world.desk().create(SPEC, TOKEN, "").url is None


def test_a_preview_is_the_body_that_create_sends_and_sends_nothing(
    world: World, dialect: str
) -> None:
    desk = world.desk(dialect=dialect)
    preview = desk.preview(replace(SPEC, custom_fields={"A": CustomField(value="x")}), TOKEN)
    assert preview["path"] == f"/api/v1/{dialect}"
    assert preview["headers"] == {"Authorization": "***"}
    assert f"[{TOKEN}]" in str(preview["json"])
    assert world.calls() == {}


def test_what_the_desk_can_do_follows_the_configuration(world: World) -> None:
    assert world.desk().can.find
    limited = world.desk(find=False, on_unknown="create").can
    assert (limited.find, limited.create_when_unknown) == (False, True)
