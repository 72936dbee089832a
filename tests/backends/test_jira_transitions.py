"""Ways through a workflow: which transition is taken, and what its screen is given; pure."""

from typing import Any

import pytest

from bridge.backends.jira.plan import Plan, plan_of
from bridge.backends.jira.route import Filling, Route, Status, Transition, transition_of
from bridge.domain.policy import OnClear
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket, TicketState
from tests.backends.jira_world import section

TICKET = Ticket(number="OPS-1", id="1", status="Done", state=TicketState.RESOLVED)
RESOLUTION = {"required": True, "allowedValues": [{"name": "Done"}, {"name": "Won't do"}]}


def way(name: str, to: str, *, rest: bool = False, **screen: object) -> Transition:
    fields: Any = screen
    return Transition(id=name, name=name, to=Status(name=to, is_rest=rest), screen=fields)


START = way("Start progress", "In Progress")
FINISH = way("Finish", "Done", rest=True)
CANCEL = way("Cancel", "Canceled", rest=True)
HOLD = way("Pause", "On Hold")


def plan(**transitions: object) -> Plan:
    return plan_of(section("https://jira.example.com", transitions=transitions))


@pytest.mark.parametrize(
    ("offered", "passed", "taken"),
    [
        ([START, FINISH], [], FINISH),
        ([START, HOLD], [], START),
        ([HOLD, CANCEL], [], None),
        ([START], ["In Progress"], None),
        ([], [], None),
    ],
)
def test_the_goal_is_taken_where_it_is_offered_and_else_what_leads_there(
    offered: list[Transition], passed: list[str], taken: Transition | None
) -> None:
    route = Route(goals=("done",), via=("in progress",), to_rest=True)
    assert route.step(offered, passed) == taken


def test_a_name_is_a_transitions_or_that_of_its_status() -> None:
    for name in ("Finish", "FINISH", "Done", "done"):
        assert Route(goals=(name,), to_rest=True).step([START, FINISH], []) == FINISH


def test_on_the_way_to_work_no_ticket_comes_to_rest() -> None:
    route = Route(goals=("On Hold",), via=("Start progress", "Finish"))
    assert route.step([FINISH], []) is None
    assert route.step([FINISH, START], []) == START


def test_the_first_goal_that_is_offered_is_taken_whatever_comes_first_in_the_list() -> None:
    route = Route(goals=("Canceled", "Done"), to_rest=True)
    assert route.step([FINISH, CANCEL], []) == CANCEL
    assert route.step([FINISH], []) == FINISH


@pytest.mark.parametrize(
    ("said", "goals", "via"),
    [
        ({}, ("Done", "Resolved", "Completed", "Closed"), "In Progress"),
        ({"clear_to": "Fixed"}, ("Fixed",), "In Progress"),
        ({"resolve": ["Start", "Resolve"]}, ("Resolve",), "Start"),
        ({"resolve": ["Start", "Review"], "clear_to": "Fixed"}, ("Fixed",), "Start"),
        ({"resolve": "Resolve"}, ("Resolve",), "In Progress"),
    ],
)
def test_the_way_to_rest_is_as_configured_or_as_usual(
    said: dict[str, object], goals: tuple[str, ...], via: str
) -> None:
    route = plan(**said).to_rest(OnClear.RESOLVE)
    assert tuple(route.goals) == goals
    assert route.via[0] == via
    assert route.to_rest


def test_a_ticket_is_closed_over_where_it_would_be_resolved() -> None:
    route = plan(resolve=["Start", "Fixed"]).to_rest(OnClear.CLOSE)
    assert (route.goals, tuple(route.via)) == (("Closed",), ("Start", "Fixed"))


def test_a_ticket_is_cancelled_or_at_least_resolved() -> None:
    route = plan(resolve=["Start", "Fixed"]).to_rest(OnClear.CANCEL)
    assert tuple(route.goals) == ("Canceled", "Fixed")


def test_a_ticket_comes_back_to_where_it_began_unless_said_otherwise() -> None:
    begun = Ticket(**{**_plain(TICKET), "handle": {"begun": "Triage"}})
    assert plan(muted="On Hold").to_stage(Stage.OPEN, begun).goals[0] == "Triage"
    assert plan(open="Queue").to_stage(Stage.OPEN, begun).goals == ("Queue",)
    assert plan().to_reopened(begun).goals[0] == "Triage"
    assert list(plan(open="Queue").to_reopened(begun).goals) == ["Queue"]
    assert "Reopened" in plan().to_reopened(TICKET).goals


def _plain(ticket: Ticket) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in ("number", "id", "status", "state")}


@pytest.mark.parametrize(
    ("filling", "sent"),
    [
        (Filling(resolutions=("Done",)), {"resolution": {"name": "Done"}}),
        (Filling(resolutions=("Won't Do", "Done")), {"resolution": {"name": "Won't do"}}),
        (Filling(resolutions=("Canceled", "Done")), {"resolution": {"name": "Done"}}),
        (Filling(fields={"resolution": {"id": "1"}}), {"resolution": {"id": "1"}}),
    ],
)
def test_a_screen_is_given_the_first_resolution_that_it_allows(
    filling: Filling, sent: dict[str, object]
) -> None:
    assert filling.of(way("Finish", "Done", rest=True, resolution=RESOLUTION)) == (sent, [])


def test_what_is_not_on_the_screen_is_not_sent() -> None:
    filling = Filling(resolutions=("Done",), fields={"customfield_1": "x"})
    assert filling.of(FINISH) == ({}, [])


def test_what_a_screen_demands_and_nobody_gives_is_named_with_what_it_allows() -> None:
    cause: dict[str, object] = {"required": True, "name": "Cause"}
    optional: dict[str, object] = {"required": False, "name": "Hint"}
    default: dict[str, object] = {"required": True, "hasDefaultValue": True}
    asked = way(
        "Finish",
        "Done",
        rest=True,
        resolution=RESOLUTION,
        customfield_7=cause,
        customfield_8=optional,
        customfield_9=default,
    )
    assert Filling(resolutions=("Fixed",)).of(asked) == (
        {},
        ["resolution (resolution), one of Done, Won't do", "Cause (customfield_7)"],
    )
    filled = Filling(resolutions=("Done",), fields={"customfield_7": {"value": "Disk"}})
    assert filled.of(asked)[1] == []


@pytest.mark.parametrize("row", [{}, {"to": None}, {"to": {"statusCategory": "done"}}])
def test_a_transition_that_says_too_little_leads_nowhere_at_rest(row: dict[str, Any]) -> None:
    assert transition_of(row).to == Status(name="", is_rest=False)
