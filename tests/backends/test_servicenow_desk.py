"""The life of an incident at ServiceNow, over real HTTP."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bridge.backends import Desk, Offer
from bridge.domain.errors import DeskLockedOut, TicketGone, TicketRefused
from bridge.domain.policy import OnClear
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from bridge.domain.ticket import TicketState
from tests.backends.servicenow_world import running_world
from tests.backends.stands import SPEC, TOKEN, World

#: No defaults, so that a ticket has what its spec says and nothing else.
NONE: Mapping[str, str] = {}
LIST_USERS = "GET /api/now/table/sys_user"
LIST_GROUPS = "GET /api/now/table/sys_user_group"


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


def as_user(world: World, username: str) -> Desk:
    return world.desk(auth={"username": username, "password": "sandbox-password"})


def test_a_ticket_says_what_the_spec_says(world: World) -> None:
    spec = replace(
        SPEC,
        impact="medium",
        category="network",
        classification="dns",
        ci_value="web^1",
        requester="ann@example.com",
        cc=("bob@example.com",),
        location="Head Office",
        workgroup="database",
        engineer="noc",
        links={"runbook": "https://wiki.example.com"},
        custom_fields={
            "Event ID": CustomField(value="e1"),
            "Score": CustomField(value=7, type=CustomFieldType.INTEGER),
            "Automated": CustomField(value=True, type=CustomFieldType.BOOLEAN),
            "Hosts": CustomField(value=["a", "b"], type=CustomFieldType.STRING_LIST),
        },
    )
    before = datetime.now(UTC).replace(microsecond=0)
    ticket = world.desk(defaults=NONE).create(spec, TOKEN, "Also firing: db2")
    said = world.ticket()
    assert (ticket.number, ticket.id, ticket.status) == ("INC0010001", said["id"], "New")
    assert ticket.assignee == "NOC Duty"
    assert ticket.created_at is not None
    assert before <= ticket.created_at <= before + timedelta(seconds=30)
    assert said["subject"] == "Disk full"
    assert said["description"] == "92 %\n\nrunbook: https://wiki.example.com"
    assert (said["impact"], said["urgency"], said["priority"]) == (
        "2 - Medium",
        "1 - High",
        "2 - High",
    )
    assert (said["category"], said["ci_value"], said["location"]) == (
        "network",
        "web^1",
        "Head Office",
    )
    assert (said["workgroup"], said["assignee"], said["requester"]) == (
        "Database",
        "NOC Duty",
        "Ann Lee",
    )
    assert (said["cc"], said["tags"], said["notes"]) == (
        ["bob@example.com"],
        [TOKEN],
        ["Also firing: db2"],
    )
    assert said["custom_fields"] == {
        "subcategory": "dns",
        "correlation_display": "incident-bridge eu",
        "u_event_id": "e1",
        "u_score": 7,
        "u_automated": True,
        "u_hosts": "a,b",
    }


def test_callers_do_not_see_what_the_bridge_notes(world: World) -> None:
    desk = world.desk()
    desk.note(desk.create(SPEC, TOKEN, "one"), SPEC, "two")
    assert (world.ticket()["notes"], world.ticket()["replies"]) == (["one", "two"], [])


def test_the_address_of_a_ticket_opens_its_form(world: World) -> None:
    ticket = world.desk().create(SPEC, TOKEN, "")
    assert ticket.url == (f"{world.sandbox.url}/nav_to.do?uri=incident.do%3Fsys_id%3D{ticket.id}")


@pytest.mark.parametrize(
    "auth",
    [
        {"username": "bridge", "password": "sandbox-password"},
        {"api_key": "sandbox-key"},
        {"client_id": "api", "client_secret": "sandbox-secret"},
        {
            "client_id": "api",
            "client_secret": "sandbox-secret",
            "username": "bridge",
            "password": "sandbox-password",
        },
    ],
    ids=["basic", "key", "client", "password grant"],
)
def test_each_way_in_files_tickets(world: World, auth: Mapping[str, str]) -> None:
    desk = world.desk(auth=auth)
    assert list(desk.check()) == []
    desk.create(SPEC, TOKEN, "")
    desk.create(SPEC, TOKEN, "")
    assert len(world.tickets()) == 2
    assert world.calls().get("POST /oauth_token.do", 0) == ("client_id" in auth)


def test_names_are_looked_up_once_for_many_tickets(world: World) -> None:
    desk = world.desk(defaults={"caller": "monitoring@example.com", "workgroup": "NOC"})
    for _ in range(3):
        desk.create(SPEC, TOKEN, "")
    assert {(t["requester"], t["workgroup"]) for t in world.tickets()} == {("Monitoring", "NOC")}
    assert (world.calls()[LIST_USERS], world.calls()[LIST_GROUPS]) == (1, 1)


def test_a_name_that_the_desk_does_not_know_is_told_in_the_ticket(world: World) -> None:
    desk = world.desk(defaults=NONE)
    spec = replace(SPEC, workgroup="Nobody", ci_value="db1", ci_key="Asset Tag")
    tickets = [desk.create(spec, TOKEN, "") for _ in range(2)]
    assert not any(ticket.taken_over for ticket in tickets)
    for said in world.tickets():
        assert (said["workgroup"], said["ci_value"]) == ("", "")
        assert said["description"].endswith(
            "assignment_group is unknown to this desk: Nobody\ncmdb_ci is unknown to this desk: db1"
        )
    assert world.calls()[LIST_GROUPS] == 1


def test_a_column_that_the_table_lacks_is_dropped_by_it_and_logged_by_us(world: World) -> None:
    spec = replace(SPEC, custom_fields={"Nonsense": CustomField(value="x")})
    with capture_logs() as logs:
        world.desk().create(spec, TOKEN, "")
    assert [(line["event"], line["columns"]) for line in logs] == [
        ("columns dropped", ["u_nonsense"])
    ]


def test_a_text_that_the_desk_cuts_is_not_taken_for_a_persons(world: World) -> None:
    desk = world.desk(max_subject=5000)
    ticket = desk.create(replace(SPEC, subject="s" * 500), TOKEN, "")
    assert len(world.ticket()["subject"]) == 160
    assert desk.read(ticket).theirs == set()


@pytest.mark.parametrize(
    "by_hand",
    [{"status": "In Progress"}, {"status": "On Hold"}, {"assignee": "Ann Lee"},
     {"workgroup": "Database"}],
    ids=["state", "hold", "assignee", "group"],
)  # fmt: skip
def test_a_person_at_work_has_taken_the_ticket_over(
    world: World, by_hand: Mapping[str, str]
) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    assert not desk.read(ticket).taken_over
    world.person(ticket.number, **by_hand)
    assert desk.read(ticket).taken_over


def test_a_ticket_that_a_person_finished_is_not_taken_over(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(ticket.number, status="Resolved", assignee="Ann Lee")
    assert not desk.read(ticket).taken_over


def test_whom_the_bridge_assigns_has_not_taken_the_ticket_over(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(replace(SPEC, engineer="noc"), TOKEN, "")
    spec = replace(SPEC, engineer="ann", workgroup="Database")
    moved = desk.update(ticket, spec, ("engineer", "workgroup"), TOKEN, "")
    assert (moved.assignee, moved.taken_over) == ("Ann Lee", False)
    assert not desk.read(moved).taken_over


def test_a_person_who_changes_urgency_owns_the_priority_that_follows(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(IncidentSpec(subject="s", priority="low"), TOKEN, "")
    assert desk.read(ticket).theirs == set()
    world.person(ticket.number, urgency="1 - High")
    seen = desk.read(ticket)
    assert seen.theirs == {"urgency", "priority"}
    updated = desk.update(seen, replace(SPEC, impact="high"), ("impact",), TOKEN, "")
    said = world.ticket()
    assert (said["impact"], said["urgency"]) == ("1 - High", "1 - High")
    assert updated.theirs == {"urgency", "priority"}


def test_what_follows_from_a_change_is_not_written_over_a_persons(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(IncidentSpec(subject="s", priority="medium", description="d"), TOKEN, "")
    world.person(ticket.number, urgency="3 - Low", description="mine")
    spec = IncidentSpec(subject="s", priority="medium", impact="high", tags=("db",))
    desk.update(desk.read(ticket), spec, ("impact", "tags"), TOKEN, "")
    said = world.ticket()
    assert (said["impact"], said["urgency"], said["description"]) == (
        "1 - High",
        "3 - Low",
        "mine",
    )


def test_a_priority_moves_impact_and_urgency_only(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(IncidentSpec(subject="s", priority="low"), TOKEN, "")
    assert world.ticket()["priority"] == "4 - Low"
    spec = IncidentSpec(subject="s", priority="critical")
    updated = desk.update(ticket, spec, ("priority",), TOKEN, "priority: low -> critical")
    assert world.ticket()["priority"] == "1 - Critical"
    assert desk.read(updated).theirs == set()


@pytest.mark.parametrize(
    ("how", "status", "state"),
    [
        (OnClear.RESOLVE, "Resolved", TicketState.RESOLVED),
        (OnClear.CLOSE, "Closed", TicketState.CLOSED),
        (OnClear.CANCEL, "Canceled", TicketState.CANCELLED),
    ],
)
def test_a_cleared_ticket_comes_to_rest(
    world: World, how: OnClear, status: str, state: TicketState
) -> None:
    desk = world.desk()
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, how, "All alerts cleared.")
    assert (ticket.status, ticket.state, ticket.taken_over) == (status, state, False)
    said = world.ticket()
    assert (said["status"], said["reason"]) == (status, "Solution provided")
    assert (said["solution"], said["notes"]) == ("All alerts cleared.", ["All alerts cleared."])


def test_a_resolved_ticket_is_closed_later(world: World) -> None:
    desk = world.desk(transitions={"close_after": "3d"})
    assert desk.can.close_after == timedelta(days=3)
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    closed = desk.resolve(ticket, SPEC, OnClear.CLOSE, "")
    assert (closed.status, world.ticket()["status"]) == ("Closed", "Closed")


@pytest.mark.parametrize("status", ["Resolved", "Closed", "Canceled"])
def test_a_ticket_at_rest_is_left_as_it_is(world: World, status: str) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(ticket.number, status=status)
    before = world.ticket()
    assert desk.resolve(ticket, SPEC, OnClear.RESOLVE, "over").status == status
    assert world.ticket() == before


def test_a_ticket_that_was_just_read_is_not_read_again(world: World) -> None:
    desk = world.desk()
    ticket = desk.read(desk.create(SPEC, TOKEN, ""))
    desk.resolve(ticket, SPEC, OnClear.RESOLVE, "")
    assert world.calls()["GET /api/now/table/incident/{sys_id}"] == 1


def test_a_reopened_ticket_is_in_progress_and_still_the_bridges(world: World) -> None:
    desk = world.desk()
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    again = desk.reopen(ticket, SPEC, "Fires again.")
    assert (again.status, again.taken_over) == ("In Progress", False)
    assert world.ticket()["notes"] == ["Fires again."]


def test_a_ticket_that_a_person_reopened_keeps_its_state(world: World) -> None:
    desk = world.desk()
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    world.person(ticket.number, status="On Hold")
    assert desk.reopen(ticket, SPEC, "Fires again.").taken_over
    assert world.ticket()["status"] == "On Hold"
    assert world.ticket()["notes"] == ["Fires again."]


def test_a_refused_close_code_is_about_the_ticket_and_not_about_the_desk(
    strict_world: World,
) -> None:
    desk = strict_world.desk(defaults={"close_code": "Magic"})
    ticket = desk.create(SPEC, TOKEN, "")
    with pytest.raises(TicketRefused, match="close_code Magic is no choice"):
        desk.resolve(ticket, SPEC, OnClear.RESOLVE, "")
    assert strict_world.ticket()["status"] == "New"


def test_an_account_that_may_file_nothing_locks_the_bridge_out(strict_world: World) -> None:
    with pytest.raises(DeskLockedOut, match="ACL Exception Insert"):
        as_user(strict_world, "reader").create(SPEC, TOKEN, "")


def test_an_account_that_may_not_write_one_ticket_is_not_locked_out(strict_world: World) -> None:
    ticket = strict_world.desk().create(SPEC, TOKEN, "")
    with pytest.raises(TicketRefused, match="ACL Exception Update"):
        as_user(strict_world, "reader").note(ticket, SPEC, "news")


def test_an_account_that_is_shown_nothing_does_not_take_it_for_nothing_found(
    world: World,
) -> None:
    world.desk().create(SPEC, TOKEN, "")
    blind = as_user(world, "blind")
    with pytest.raises(DeskLockedOut, match="found 1 records of incident and was shown none"):
        blind.find(TOKEN, datetime.now(UTC))
    (problem,) = blind.check()
    assert "give that account the right to read them" in problem


def test_a_check_names_the_defaults_that_the_desk_does_not_know(world: World) -> None:
    desk = world.desk(defaults={"caller": "noc", "workgroup": "Nobody"})
    (problem,) = desk.check()
    assert "assignment_group 'Nobody' of `defaults:` is unknown to this desk" in problem


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"states": {"closed": "9"}}, "state '9' of `states.closed` is no choice of this desk"),
        ({"transitions": {"muted": 9}}, "state '9' of `transitions.muted` is no choice"),
        ({"defaults": {"close_code": "Magic"}}, "close_code 'Magic' of `defaults.close_code` is"),
        ({"defaults": {"hold_reason": 2}}, "hold_reason '2' of `defaults.hold_reason` is no"),
    ],
)
def test_a_check_names_the_choices_that_the_desk_does_not_have(
    world: World, said: Mapping[str, object], problem: str
) -> None:
    (found,) = world.desk(**{"defaults": NONE, **said}).check()
    assert problem in found
    assert "give the stored value of one that it has" in found


def test_a_check_does_not_judge_choices_that_it_may_not_read(world: World) -> None:
    auth = {"username": "blind", "password": "sandbox-password"}
    assert list(world.desk(auth=auth, defaults={"close_code": "Magic"}).check()) == []


def test_a_desk_offers_its_choices_and_its_own_columns(world: World) -> None:
    offer = world.desk(values={"category": {"net": "network"}}).offered()
    assert offer.words.keys() == {"impact", "urgency", "category"}
    assert set(offer.words["category"]) == {"network", "hardware", "net"}
    assert {"1", "2", "3", "critical", "low"} <= set(offer.words["impact"])
    assert set(offer.custom_fields or ()) == {
        "u_event_id", "u_score", "u_automated", "u_hosts",
        "event id", "score", "automated", "hosts",
        "Event ID", "Score", "Filed by a machine", "Hosts",
    }  # fmt: skip


def test_a_desk_that_may_not_say_what_it_has_offers_nothing(world: World) -> None:
    assert as_user(world, "blind").offered() == Offer()


@pytest.mark.parametrize("called", ["INC0010001", " inc0010001 "])
def test_a_ticket_is_looked_up_by_its_number(world: World, called: str) -> None:
    desk = world.desk()
    filed = desk.create(SPEC, TOKEN, "")
    seen = desk.lookup(called)
    assert (seen.id, seen.number, seen.is_open) == (filed.id, filed.number, True)


@pytest.mark.parametrize("called", ["", "INC^active=true", "javascript:x", "INC 1"])
def test_what_is_no_number_is_not_searched_for(world: World, called: str) -> None:
    with pytest.raises(TicketRefused, match="write it like INC0010001"):
        world.desk().lookup(called)
    assert world.calls() == {}


def test_a_number_that_nobody_has_is_gone(world: World) -> None:
    with pytest.raises(TicketGone, match="there is no INC0010009"):
        world.desk().lookup("INC0010009")


def test_a_preview_names_what_is_not_looked_up_yet(world: World) -> None:
    desk = world.desk(defaults={"workgroup": "NOC"})
    preview = desk.preview(replace(SPEC, note="Call me."), TOKEN)
    assert preview["path"] == "/api/now/table/incident"
    body = preview["json"]
    assert isinstance(body, dict)
    assert (body["assignment_group"], body["correlation_id"]) == ("NOC", TOKEN)
    assert body["work_notes"] == "Call me."
    assert world.calls() == {}


def test_what_the_desk_can_do_follows_the_configuration(world: World) -> None:
    assert (world.desk().can.find, world.desk().can.read, world.desk().can.reopen) == (True,) * 3
    limited = world.desk(reopen=False, look_every="0s").can
    assert (limited.reopen, limited.look_every) == (False, None)
