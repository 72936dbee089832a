"""What people may do to an incident, down to the desk."""

from datetime import timedelta

import pytest

from bridge.domain.edits import edited
from bridge.domain.errors import OperationRefused, OutcomeUnknown, TicketRefused, UnknownIncident
from bridge.domain.incident import Phase
from bridge.domain.policy import Budget, Policy
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from bridge.domain.ticket import Capabilities, TicketState
from bridge.operations import Operations
from tests.builders import make_ticket
from tests.world import World

ANN = "ann"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def operations(world: World) -> Operations:
    return Operations(store=world.store, notify=lambda: None, now=world.clock, new_id=world.ids)


def parked(world: World) -> str:
    world.desk.faults["create"] = [TicketRefused("no such category")]
    world.fire(severity="odd")
    world.work()
    assert world.incident().phase is Phase.PARKED
    return world.incident().id


def filed(world: World) -> str:
    world.fire()
    world.work()
    return world.incident().id


def test_a_parked_incident_is_filed_on_retry(world: World, operations: Operations) -> None:
    operations.retry(parked(world), ANN)
    world.work()
    assert world.incident().phase is Phase.FILED
    assert world.incident().observed.last_error is None
    assert "retried" in world.said()


def test_a_persons_values_go_over_those_of_the_rules(world: World, operations: Operations) -> None:
    operations.retry(parked(world), ANN, {"priority": "high"})
    world.work()
    assert world.desk.records["INC-1"].spec.priority == "high"


def test_a_persons_values_stay_when_the_alert_changes(world: World, operations: Operations) -> None:
    operations.retry(parked(world), ANN, {"priority": "high"})
    world.work()
    world.fire(severity="critical")
    world.work_until(60)
    assert world.desk.records["INC-1"].spec.priority == "high"


def test_a_custom_field_keeps_its_type_where_the_value_allows_it() -> None:
    spec = IncidentSpec(custom_fields={"Score": CustomField(value=1, type=CustomFieldType.INTEGER)})
    edits = {"CustomFields": {"Score": "7", "Team": "db"}}
    assert edited(spec, edits).custom_fields == {
        "Score": CustomField(value=7, type=CustomFieldType.INTEGER),
        "Team": CustomField(value="db"),
    }
    odd = edited(spec, {"CustomFields": {"Score": "many"}}).custom_fields["Score"]
    assert odd == CustomField(value="many")


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ({"prority": "high"}, "prority is no field to edit; choose one of .*priority"),
        ({"priority": ["high"]}, "priority is not text; write one value"),
        ({"CustomFields": "x"}, "CustomFields is not fields by name; write {name: value}"),
    ],
)
def test_an_edit_that_fits_nothing_is_refused(
    world: World, operations: Operations, edits: dict[str, object], message: str
) -> None:
    with pytest.raises(OperationRefused, match=message):
        operations.retry(parked(world), ANN, edits)
    assert world.incident().phase is Phase.PARKED


def test_a_create_that_no_search_can_settle_is_sent_again_on_retry(
    world: World, operations: Operations
) -> None:
    world.desk.can = Capabilities(find=False)
    world.desk.faults["create"] = [OutcomeUnknown("no answer")]
    world.fire()
    world.work_until(60)
    assert world.incident().phase is Phase.PARKED
    operations.retry(world.incident().id, ANN)
    world.work_until(60)
    assert world.incident().phase is Phase.FILED
    assert len(world.desk.records) == 1


def test_or_the_ticket_that_a_person_found_is_adopted(world: World, operations: Operations) -> None:
    world.desk.can = Capabilities(find=False)
    world.desk.leave_unanswered()
    world.fire()
    world.work_until(60)
    operations.adopt(world.incident().id, ANN, world.desk.lookup("INC-1"))
    world.work_until(60)
    assert world.incident().phase is Phase.FILED
    assert world.desk.calls == ["create", "lookup"]
    world.resolve()
    world.work()
    assert world.desk.open_tickets() == []


def test_a_ticket_is_not_adopted_beside_another(world: World, operations: Operations) -> None:
    id_ = filed(world)
    with pytest.raises(OperationRefused, match="has the ticket INC-1; cancel it first"):
        operations.adopt(id_, ANN, make_ticket(number="INC-9"))


def test_a_person_can_resolve_what_still_fires_and_a_person_has(
    world: World, operations: Operations
) -> None:
    world.rules.policy = Policy(resolve_after=timedelta(hours=1))
    id_ = filed(world)
    world.desk.set("INC-1", TicketState.OPEN, taken_over=True)
    operations.resolve(id_, ANN)
    world.work()
    assert world.desk.records["INC-1"].ticket.state is TicketState.RESOLVED
    assert world.incident().phase is Phase.RESOLVED


def test_what_a_person_cancels_is_cancelled_at_the_desk(
    world: World, operations: Operations
) -> None:
    operations.cancel(filed(world), ANN)
    world.work()
    assert world.desk.records["INC-1"].ticket.state is TicketState.CANCELLED


def test_a_dead_letter_that_is_cancelled_is_never_filed(
    world: World, operations: Operations
) -> None:
    operations.cancel(parked(world), ANN)
    world.work()
    assert world.desk.records == {}
    assert world.incident().phase is Phase.CANCELLED


def test_a_comment_reaches_the_ticket_once(world: World, operations: Operations) -> None:
    id_ = filed(world)
    operations.comment(id_, ANN, " looking into it ")
    world.work()
    world.fire(instance="db1:9100")
    world.work()
    assert world.desk.records["INC-1"].notes == ["ann: looking into it"]


def test_a_comment_on_what_is_not_filed_yet_goes_with_the_ticket(
    world: World, operations: Operations
) -> None:
    world.fire()
    operations.comment(world.incident().id, ANN, "first")
    operations.comment(world.incident().id, ANN, "second")
    world.work()
    assert world.desk.records["INC-1"].notes == ["ann: first\nann: second"]


@pytest.mark.parametrize("text", ["", "  ", "x" * 5000])
def test_a_comment_that_nobody_reads_is_refused(
    world: World, operations: Operations, text: str
) -> None:
    with pytest.raises(OperationRefused, match="write 1 to 4000 characters"):
        operations.comment(filed(world), ANN, text)


def test_a_comment_on_what_an_overflow_ticket_lists_belongs_there(
    world: World, operations: Operations
) -> None:
    world.rules.policy = Policy(budget=Budget(tickets=1, per=timedelta(hours=1), rule="noisy"))
    for host in ("db1", "db2"):
        world.fire(instance=host)
    world.work_until(30)
    [listed] = [each for each in world.store.incidents.values() if each.overflow_id is not None]
    with pytest.raises(OperationRefused, match=f"the ticket of {listed.overflow_id}; add the note"):
        operations.comment(listed.id, ANN, "looking into it")


def test_what_is_over_is_left_alone(world: World, operations: Operations) -> None:
    id_ = filed(world)
    world.resolve()
    world.work()
    for attempt in (operations.retry, operations.resolve, operations.cancel):
        with pytest.raises(OperationRefused, match=r"the incident is over \(resolved\)"):
            attempt(id_, ANN)


def test_an_unknown_incident_is_said_to_be(operations: Operations) -> None:
    with pytest.raises(UnknownIncident, match="no incident 99"):
        operations.retry("99", ANN)
