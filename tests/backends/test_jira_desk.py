"""The life of an incident at Jira, over real HTTP, in the cloud and at Data Center."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests
from structlog.testing import capture_logs

from bridge.backends import Desk
from bridge.domain.errors import DeskLockedOut, DeskUnavailable, TicketGone, TicketRefused
from bridge.domain.policy import OnClear
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import TicketState
from tests.backends.jira_world import CLOUD, DATACENTER
from tests.backends.stands import SPEC, TOKEN, Stand, World, running_world
from tests.world import World as Bridge

STAGES = {"escalated": "Escalated", "acknowledged": "In Progress", "muted": "On Hold"}


@pytest.fixture(params=[CLOUD, DATACENTER], ids=lambda stand: stand.name)
def strict_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A desk whose refusals are the point."""
    stand: Stand = request.param
    with running_world(stand) as made:
        yield made


@pytest.fixture
def world(strict_world: World) -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    yield strict_world
    assert list(strict_world.sandbox.refusals) == []


def a_minute_ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def order(world: World, path: str, **said: object) -> None:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(f"{world.sandbox.url}/_sandbox/{path}", json=said, timeout=5)
    assert answer.status_code == 200, answer.text


def as_user(world: World, name: str) -> Desk:
    auth = {"username": name, "password": "sandbox-password"}
    if world.stand is CLOUD:
        auth = {"email": f"{name}@example.com", "api_token": "sandbox-api-token"}
    return world.desk(auth=auth)


def calls_of(world: World, operation: str) -> int:
    version = "3" if world.stand is CLOUD else "2"
    method, path = operation.split(" ")
    return world.calls().get(f"{method} /rest/api/{version}{path}", 0)


def test_a_ticket_says_what_the_spec_says(world: World) -> None:
    spec = replace(
        SPEC,
        urgency="critical",
        category="Database",
        requester="ann@example.com",
        engineer="noc@example.com",
        tags=("front end", "eu"),
        ci_value="db1",
        links={"runbook": "https://wiki.example.com/a"},
        custom_fields={
            "Event ID": CustomField(value="e1"),
            "Score": CustomField(value=7, type=CustomFieldType.INTEGER),
            "Automated": CustomField(value=True, type=CustomFieldType.BOOLEAN),
            "Hosts": CustomField(value=["a", "b"], type=CustomFieldType.STRING_LIST),
            "Regions": CustomField(value=["eu", "us"], type=CustomFieldType.STRING_LIST),
            "Runbook": CustomField(value="one\ntwo", type=CustomFieldType.TEXT),
            "On duty": CustomField(value="ann@example.com"),
            "Twin": CustomField(value="which"),
        },
    )
    before = datetime.now(UTC)
    ticket = world.desk().create(spec, TOKEN, "Also firing: db2")
    said = world.ticket()
    assert (ticket.number, ticket.id, ticket.status) == ("OPS-1", said["id"], "To Do")
    assert ticket.url == f"{world.sandbox.url}/browse/OPS-1"
    assert ticket.assignee == "NOC Duty"
    assert ticket.created_at is not None
    assert abs(ticket.created_at - before) < timedelta(seconds=30)
    assert said["description"] == (
        "92 %\n\nCI: db1\nTwin: which\nrunbook: https://wiki.example.com/a"
    )
    assert (said["priority"], said["impact"], said["urgency"]) == (
        "Highest",
        "Significant / Large",
        "Critical",
    )
    assert (said["category"], said["assignee"], said["requester"]) == (
        "Database",
        "NOC Duty",
        "Ann Lee",
    )
    assert (said["tags"], said["notes"]) == (["front-end", "eu", TOKEN], ["Also firing: db2"])
    assert said["custom_fields"] == {
        "customfield_10010": "e1",
        "customfield_10011": 7,
        "customfield_10015": {"value": "Yes"},
        "customfield_10012": ["a", "b"],
        "customfield_10014": [{"value": "eu"}, {"value": "us"}],
        "customfield_10013": "one\ntwo",
        "customfield_10016": "Ann Lee",
    }


def test_customers_do_not_see_what_the_bridge_notes(world: World) -> None:
    desk = world.desk()
    desk.note(desk.create(SPEC, TOKEN, "one"), SPEC, "two")
    assert (world.ticket()["notes"], world.ticket()["replies"]) == (["one", "two"], [])
    world.desk(internal_notes=False).note(desk.lookup("ops-1"), SPEC, "three")
    assert world.ticket()["replies"] == ["three"]


def test_fields_and_people_are_looked_up_once_for_many_tickets(world: World) -> None:
    desk = world.desk()
    spec = replace(
        SPEC, engineer="noc@example.com", custom_fields={"Event ID": CustomField(value="e")}
    )
    for _ in range(3):
        desk.create(spec, TOKEN, "")
    assert (calls_of(world, "GET /field"), calls_of(world, "GET /user/search")) == (1, 1)


def test_a_plain_ticket_takes_no_look_up_before_it_is_filed(world: World) -> None:
    world.desk().create(SPEC, TOKEN, "")
    assert set(world.calls().values()) == {1}
    assert len(world.calls()) == 2  # filed, and read as it was left


def test_an_issue_is_filed_although_what_follows_fails(world: World) -> None:
    desk = world.desk(transitions={"open": "Nonsense"})
    with capture_logs() as logs:
        ticket = desk.create(SPEC, TOKEN, "news")
    assert (ticket.number, ticket.status, ticket.is_open) == ("OPS-1", "To Do", True)
    assert not desk.read(ticket).taken_over
    assert [line["event"] for line in logs] == ["filed in part"]
    assert "to none of Nonsense; it offers Start progress -> In Progress" in logs[0]["error"]


def test_an_issue_that_was_not_seen_when_filed_is_the_bridges_when_it_is(world: World) -> None:
    desk = world.desk()
    filed = replace(desk.create(SPEC, TOKEN, ""), handle={}, status="")
    seen = desk.read(filed)
    assert (seen.status, seen.taken_over) == ("To Do", False)
    world.person("OPS-1", status="In Progress")
    assert desk.read(seen).taken_over


@pytest.mark.parametrize("by_hand", [{"status": "In Progress"}, {"assignee": "Ann Lee"}], ids=str)
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
    world.person(ticket.number, status="Done", assignee="Ann Lee")
    assert not desk.read(ticket).taken_over


def test_whom_the_bridge_assigns_has_not_taken_the_ticket_over(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(replace(SPEC, engineer="noc@example.com"), TOKEN, "")
    spec = replace(SPEC, engineer="ann@example.com")
    assert not desk.read(desk.update(ticket, spec, ("engineer",), TOKEN, "")).taken_over
    assert world.ticket()["assignee"] == "Ann Lee"


def test_what_the_bridge_wrote_without_hearing_of_it_is_not_a_persons(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    spec = replace(SPEC, subject="Disk fuller", impact="low", category="Network")
    spec = replace(spec, engineer="ann@example.com")
    desk.update(ticket, spec, ("subject", "impact", "category", "engineer"), TOKEN, "")
    # As if the answer to that had been lost.
    seen = desk.read(ticket)
    assert not seen.theirs
    assert not seen.taken_over
    by_hand = {"subject": "db1 is being replaced", "impact": "Extensive / Widespread"}
    world.person("OPS-1", assignee="NOC Duty", **by_hand)
    seen = desk.read(seen)
    assert seen.theirs == {"subject", "impact"}
    assert seen.taken_over


def test_a_way_that_broke_off_halfway_is_walked_to_its_end(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    world.desk(transitions={"muted": "In Progress"}).move(ticket, SPEC, Stage.MUTED, "")
    seen = desk.read(ticket)
    assert (seen.status, seen.taken_over) == ("In Progress", False)
    assert desk.resolve(ticket, SPEC, OnClear.RESOLVE, "over").status == "Done"


def test_labels_of_people_survive_those_of_the_bridge(world: World) -> None:
    desk = world.desk(labels=["bridge"])
    ticket = desk.create(replace(SPEC, tags=("db", "eu")), TOKEN, "")
    world.person("OPS-1", tags=["db", "eu", "bridge", TOKEN, "mine"])
    desk.update(ticket, replace(SPEC, tags=("eu", "new")), ("tags",), TOKEN, "")
    assert set(world.ticket()["tags"]) == {"eu", "new", "bridge", TOKEN, "mine"}


def test_a_line_of_the_description_is_not_written_over_a_persons(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(replace(SPEC, sla="Gold"), TOKEN, "")
    world.person("OPS-1", description="mine")
    seen = desk.read(ticket)
    assert seen.theirs == {"description"}
    desk.update(seen, replace(SPEC, sla="Silver"), ("sla",), TOKEN, "sla: Gold -> Silver")
    assert world.ticket()["description"] == "mine"
    assert world.ticket()["notes"] == ["sla: Gold -> Silver"]


@pytest.mark.parametrize(
    ("how", "status", "state", "resolution"),
    [
        (OnClear.RESOLVE, "Done", TicketState.RESOLVED, "Done"),
        (OnClear.CLOSE, "Closed", TicketState.CLOSED, "Done"),
        (OnClear.CANCEL, "Canceled", TicketState.CANCELLED, "Won't Do"),
    ],
)
def test_a_cleared_ticket_comes_to_rest(
    world: World, how: OnClear, status: str, state: TicketState, resolution: str
) -> None:
    desk = world.desk()
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, how, "All alerts cleared.")
    assert (ticket.status, ticket.state, ticket.taken_over) == (status, state, False)
    assert desk.read(ticket).state is state
    said = world.ticket()
    assert (said["status"], said["reason"], said["notes"]) == (
        status,
        resolution,
        ["All alerts cleared."],
    )


def test_a_resolution_that_says_so_reads_as_cancelled(world: World) -> None:
    desk = world.desk(statuses={"cancelled": "Declined"}, transitions={"clear_to": "Resolved"})
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.CANCEL, "")
    assert (ticket.status, ticket.state) == ("Resolved", TicketState.CANCELLED)
    assert desk.read(ticket).state is TicketState.CANCELLED


@pytest.mark.parametrize(
    "transitions",
    [{"resolve": ["Start progress", "Resolve"]}, {"clear_to": "Resolved"}],
    ids=["transitions", "status"],
)
def test_a_way_is_configured_by_transitions_or_by_its_end(
    world: World, transitions: Mapping[str, object]
) -> None:
    desk = world.desk(transitions=transitions)
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    assert (ticket.status, world.ticket()["status"]) == ("Resolved", "Resolved")


def test_a_resolved_ticket_is_closed_later(world: World) -> None:
    desk = world.desk(transitions={"close_after": "3d"})
    assert desk.can.close_after == timedelta(days=3)
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    closed = desk.resolve(ticket, SPEC, OnClear.CLOSE, "")
    assert (closed.state, world.ticket()["status"]) == (TicketState.CLOSED, "Closed")


@pytest.mark.parametrize("status", ["Done", "Resolved", "Closed", "Canceled"])
def test_a_ticket_at_rest_is_left_as_it_is(world: World, status: str) -> None:
    desk = world.desk(transitions=STAGES)
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(ticket.number, status=status)
    before = world.ticket()
    assert desk.resolve(ticket, SPEC, OnClear.RESOLVE, "over").status == status
    assert desk.move(ticket, SPEC, Stage.MUTED, "muted").status == status
    assert world.ticket() == before


def test_a_ticket_that_was_just_read_is_not_read_again(world: World) -> None:
    desk = world.desk()
    ticket = desk.read(desk.create(SPEC, TOKEN, ""))
    before = calls_of(world, "GET /issue/{issue}")
    desk.resolve(ticket, SPEC, OnClear.RESOLVE, "")
    assert calls_of(world, "GET /issue/{issue}") == before


def test_a_way_that_the_workflow_does_not_offer_is_refused_before_anything_is_said(
    world: World,
) -> None:
    desk = world.desk(transitions={"resolve": ["Nonsense"], "clear_to": "Archived"})
    ticket = desk.create(SPEC, TOKEN, "")
    with pytest.raises(TicketRefused, match=r"leads from To Do to none of Archived; it offers "
                       r"Start progress -> In Progress, Cancel -> Canceled, Escalate"):  # fmt: skip
        desk.resolve(ticket, SPEC, OnClear.RESOLVE, "over")
    assert world.ticket()["notes"] == []


def test_a_resolution_that_the_screen_does_not_allow_is_refused_with_those_it_does(
    world: World,
) -> None:
    desk = world.desk(defaults={"resolution": "Fixed"})
    ticket = desk.create(SPEC, TOKEN, "")
    with pytest.raises(TicketRefused, match=r"Resolution \(resolution\), one of Done, Won't Do"):
        desk.resolve(ticket, SPEC, OnClear.RESOLVE, "over")


def test_a_reopened_ticket_is_still_the_bridges(world: World) -> None:
    desk = world.desk()
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    again = desk.reopen(ticket, SPEC, "Fires again.")
    assert (again.status, again.taken_over) == ("Reopened", False)
    assert (world.ticket()["reason"], world.ticket()["notes"]) == ("", ["Fires again."])


def test_a_ticket_that_a_person_reopened_keeps_its_status(world: World) -> None:
    desk = world.desk()
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    world.person(ticket.number, status="On Hold")
    assert desk.reopen(ticket, SPEC, "Fires again.").taken_over
    assert (world.ticket()["status"], world.ticket()["notes"]) == ("On Hold", ["Fires again."])


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        (Stage.ESCALATED, "Escalated"),
        (Stage.ACKNOWLEDGED, "In Progress"),
        (Stage.MUTED, "On Hold"),
    ],
)
def test_a_stage_has_its_status_and_comes_back(world: World, stage: Stage, status: str) -> None:
    desk = world.desk(transitions=STAGES)
    ticket = desk.create(SPEC, TOKEN, "")
    moved = desk.move(ticket, SPEC, stage, "why")
    assert (moved.status, moved.taken_over) == (status, False)
    assert (world.ticket()["status"], world.ticket()["notes"]) == (status, ["why"])
    before = calls_of(world, "GET /issue/{issue}")
    assert not desk.read(moved).taken_over
    # What the bridge remembers of its own doing needs no look into the history.
    assert calls_of(world, "GET /issue/{issue}") == before + 1
    once = world.ticket()
    assert desk.move(moved, SPEC, stage, "again").status == status
    assert world.ticket() == once
    back = desk.move(moved, SPEC, Stage.OPEN, "over")
    assert (back.status, world.ticket()["status"]) == ("To Do", "To Do")


def test_a_status_that_nobody_has_is_refused_before_anything_is_said(world: World) -> None:
    desk = world.desk(transitions={"muted": "Asleep"})
    ticket = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    with pytest.raises(TicketRefused, match="to none of Asleep; it offers"):
        desk.move(ticket, SPEC, Stage.MUTED, "why")
    assert world.ticket() == before


def test_a_new_ticket_has_the_status_that_open_names(world: World) -> None:
    desk = world.desk(transitions={"open": "In Progress", **STAGES})
    ticket = desk.create(SPEC, TOKEN, "new")
    assert (ticket.status, ticket.taken_over) == ("In Progress", False)
    assert not desk.read(ticket).taken_over
    held = desk.move(ticket, SPEC, Stage.MUTED, "")
    assert desk.move(held, SPEC, Stage.OPEN, "").status == "In Progress"


def test_what_the_desk_can_do_is_as_configured(world: World) -> None:
    can = world.desk(transitions={**STAGES, "cancel_within": "5m"}, reopen=False).can
    assert (can.find, can.read, can.attach, can.reopen) == (True, True, True, False)
    assert can.cancel_within == timedelta(minutes=5)
    assert can.stages == set(Stage)
    assert not world.desk(attach=False).can.attach


def test_files_are_attached(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    desk.attach(ticket, "alerts/../a\n.json", '{"é": "\ud800"}')
    desk.attach(ticket, "b.txt", "two")
    assert world.ticket()["files"] == {"alerts-..-a-.json": '{"é": "?"}', "b.txt": "two"}


def test_a_file_for_a_deleted_ticket_says_so(strict_world: World) -> None:
    desk = strict_world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    strict_world.person("OPS-1", deleted=True)
    with pytest.raises(TicketGone, match="you do not have permission to see it"):
        desk.attach(ticket, "a.txt", "x")


def test_a_late_index_hides_a_ticket_for_a_while(world: World) -> None:
    order(world, "index", searches=2)
    desk = world.desk()
    desk.create(SPEC, TOKEN, "")
    found = [len(desk.find(TOKEN, a_minute_ago())) for _ in range(4)]
    assert found == [0, 0, 1, 1]


def test_a_lost_answer_and_a_late_index_still_make_one_ticket(world: World) -> None:
    order(world, "index", searches=2)
    bridge = Bridge(desk=world.desk(limits={"timeout": "300ms"}))  # type: ignore[arg-type]
    bridge.clock.time = datetime.now(UTC)
    bridge.restart_worker()
    world.fail("reset-after", times=1)
    bridge.fire()
    bridge.work_until(60)
    assert [ticket["number"] for ticket in world.tickets()] == ["OPS-1"]
    ticket = bridge.incident().observed.ticket
    assert ticket is not None
    assert ticket.number == "OPS-1"
    bridge.resolve()
    bridge.work_until(60)
    assert world.ticket()["status"] == "Done"


def test_an_index_that_never_catches_up_costs_one_ticket_more_which_is_then_resolved(
    world: World,
) -> None:
    order(world, "index", searches=4)
    bridge = Bridge(desk=world.desk())  # type: ignore[arg-type]
    bridge.clock.time = datetime.now(UTC)
    bridge.restart_worker()
    world.fail("reset-after", times=1)
    bridge.fire()
    bridge.work_until(1200)
    assert [ticket["is_open"] for ticket in world.tickets()].count(True) == 1
    assert len(world.tickets()) == 2


@pytest.mark.parametrize("number", ["OPS", "1", "OPS-1 OR 1", "../myself", ""])
def test_what_is_no_key_is_not_asked_for(world: World, number: str) -> None:
    with pytest.raises(TicketRefused, match="write it like OPS-12"):
        world.desk().lookup(number)
    assert world.calls() == {}


def test_who_does_not_see_the_project_is_locked_out_and_no_ticket_is_gone(
    strict_world: World,
) -> None:
    ticket = strict_world.desk().create(SPEC, TOKEN, "")
    blind = as_user(strict_world, "blind")
    with pytest.raises(DeskLockedOut, match="nor is project OPS shown: give that account"):
        blind.read(ticket)
    with pytest.raises(DeskLockedOut, match="check this backend's section"):
        blind.create(SPEC, TOKEN, "")
    (problem,) = blind.check()
    assert "project OPS is not shown to this account" in problem


def test_who_may_not_write_is_told_what_is_missing(strict_world: World) -> None:
    reader = as_user(strict_world, "reader")
    problems = reader.check()
    assert len(problems) == 5
    assert problems[0] == (
        "desk: in project OPS this account may not file issues; give it the permission "
        "CREATE_ISSUES"
    )
    with pytest.raises(DeskLockedOut, match="You cannot create issues in this project"):
        reader.create(SPEC, TOKEN, "")
    ticket = strict_world.desk().create(SPEC, TOKEN, "")
    with pytest.raises(TicketRefused, match="You do not have permission to comment"):
        reader.note(ticket, SPEC, "news")
    with pytest.raises(TicketRefused, match="it offers this account nothing"):
        reader.resolve(ticket, SPEC, OnClear.RESOLVE, "")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"project": "NOPE"}, "project NOPE is not shown to this account"),
        ({"issue_type": "Bug"}, "has no issue type 'Bug'; write one of Incident, Task"),
    ],
)
def test_a_wrong_project_or_type_is_said_by_the_check_and_locks_out(
    strict_world: World, said: Mapping[str, str], words: str
) -> None:
    desk = strict_world.desk(**said)
    (problem,) = desk.check()
    assert words in problem
    with pytest.raises(DeskLockedOut, match="check this backend's section"):
        desk.create(SPEC, TOKEN, "")


def test_a_status_that_the_workflow_lacks_is_said_by_the_check(world: World) -> None:
    named = {"clear_to": "Archived", "muted": "on hold", "escalated": "Panic"}
    problems = world.desk(transitions=named, statuses={"reopened": "Again"}).check()
    assert [problem.split(";")[0] for problem in problems] == [
        f"desk: Incident has no status '{name}'" for name in ("Archived", "Panic", "Again")
    ]
    assert problems[0].endswith("write one of To Do, Reopened, In Progress, On Hold, Escalated, "
                                "Done, Resolved, Closed, Canceled")  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        (
            IncidentSpec(subject="s", description="d", priority="P1"),
            "priority is not taken by this desk: P1 (Priority name 'P1' is not valid)",
        ),
        (
            IncidentSpec(subject="s", description="d", category="Nope"),
            "components is not taken by this desk: Nope (Component name 'Nope' is not valid)",
        ),
        (
            IncidentSpec(
                subject="s", description="d", custom_fields={"Off screen": CustomField(value="x")}
            ),
            "customfield_10099 is not taken by this desk: x (Field 'customfield_10099' cannot be "
            "set. It is not on the appropriate screen, or unknown.)",
        ),
        (
            IncidentSpec(subject="s", description="d", raw={"desk": {"nonsense": ["a", "b"]}}),
            "nonsense is not taken by this desk: a, b (Field 'nonsense' cannot be set. It is not "
            "on the appropriate screen, or unknown.)",
        ),
    ],
)
def test_a_field_that_the_desk_refuses_is_told_and_the_ticket_filed(
    strict_world: World, spec: IncidentSpec, line: str
) -> None:
    desk = strict_world.desk()
    with capture_logs() as logs:
        ticket = desk.create(spec, TOKEN, "")
    assert strict_world.ticket()["description"] == f"d\n\n{line}"
    assert [entry["event"] for entry in logs] == ["fields not taken"]
    assert not desk.read(ticket).theirs


def test_an_update_that_the_desk_refuses_in_part_is_written_in_part_and_says_so(
    strict_world: World,
) -> None:
    desk = strict_world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    spec = replace(SPEC, subject="Disk fuller", priority="P1")
    updated = desk.update(ticket, spec, ("subject", "priority"), TOKEN, "news")
    said = strict_world.ticket()
    assert (said["subject"], said["priority"]) == ("Disk fuller", "Highest")
    line = "priority is not taken by this desk: P1 (Priority name 'P1' is not valid)"
    assert said["notes"] == [f"news\n{line}"]
    assert not desk.read(updated).theirs
    desk.update(updated, spec, ("priority",), TOKEN, "")
    assert strict_world.ticket()["notes"][1:] == [line]


def test_what_no_ticket_can_do_without_is_refused(strict_world: World) -> None:
    desk = strict_world.desk()
    with pytest.raises(TicketRefused, match="You must specify a summary of the issue"):
        desk.create(IncidentSpec(), TOKEN, "")
    assert strict_world.tickets() == []
    ticket = desk.create(SPEC, TOKEN, "")
    with pytest.raises(TicketRefused, match="You must specify a summary of the issue"):
        desk.update(ticket, IncidentSpec(priority="P1"), ("subject", "priority"), TOKEN, "news")
    assert strict_world.ticket()["notes"] == []


def test_what_may_be_set_is_offered(world: World) -> None:
    offer = world.desk(custom_fields={"event": "customfield_10010", "x": "Nope"}).offered()
    assert {"Highest", "critical", "low"} <= set(offer.words["priority"])
    assert set(offer.words["category"]) == {"Database", "Network", "Storage"}
    assert {"Significant / Large", "high"} <= set(offer.words["impact"])
    assert offer.custom_fields is not None
    assert {"Event ID", "customfield_10010", "event"} <= set(offer.custom_fields)
    assert not {"x", "Off screen"} & set(offer.custom_fields)


def test_a_slow_comment_is_in_doubt_and_a_slow_transition_is_not(world: World) -> None:
    desk = world.desk(limits={"timeout": "300ms"})
    ticket = desk.read(desk.create(SPEC, TOKEN, ""))
    world.fail("hang-after", times=1)
    with pytest.raises(DeskUnavailable):
        desk.resolve(ticket, SPEC, OnClear.RESOLVE, "")
    assert desk.resolve(ticket, SPEC, OnClear.RESOLVE, "").status == "Done"
