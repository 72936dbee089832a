"""The life of a ticket at Summit over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.backends.summit.adapter import Summit
from bridge.domain.errors import TicketGone
from bridge.domain.spec import CustomField, IncidentSpec
from bridge.domain.ticket import Ticket, TicketState
from tests.backends.summit_world import DEFAULTS, SPEC, TOKEN, World, running_world

ANN = "ann@example.com"
WITH_CI = replace(SPEC, ci_key="Host Name", ci_value="db1")


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


def now() -> datetime:
    return datetime.now(UTC)


def test_a_ticket_says_what_the_spec_says(world: World) -> None:
    spec = replace(
        WITH_CI,
        urgency="medium",
        category="IT / Database",
        cc=("eve@example.com", "dan@example.com"),
        custom_fields={"Score": CustomField(value=7)},
    )
    ticket = world.desk(custom_field_group="Monitor Tool").create(spec, TOKEN, "first note")
    said = world.ticket()
    assert (ticket.number, ticket.id) == (said["number"], said["number"])
    assert (ticket.status, ticket.state) == ("New", TicketState.OPEN)
    assert (said["subject"], said["description"]) == ("Disk full", "92 %")
    assert (said["priority"], said["impact"], said["urgency"]) == ("P1", "High", "Medium")
    assert (said["ci_key"], said["ci_value"]) == ("Host Name", "db1")
    assert (said["workgroup"], said["requester"]) == ("NOC", "monitoring@example.com")
    assert said["category"] == "IT / Database"
    assert said["cc"] == ["eve@example.com", "dan@example.com"]
    assert said["custom_fields"] == {"Score": "7"}
    assert said["notes"] == [f"first note\n\n[{TOKEN}]"]


def test_a_ticket_remembers_what_later_calls_and_links_need(world: World) -> None:
    ticket = filed(world.desk(), WITH_CI)
    assert ticket.handle["internal_id"] == world.ticket()["id"]
    assert ticket.handle["workgroup"] == "NOC"
    assert ticket.handle["CI_Value"] == "db1"
    page = f"{world.sandbox.url}/MDLIncidentMgmt/IM_TicketDetail.aspx?ID="
    assert ticket.url == page + ticket.handle["encrypted_id"]


@pytest.mark.parametrize("auth", [{"username": "bridge", "password": "sandbox-password"}])
def test_a_user_may_stand_for_the_key(world: World, auth: object) -> None:
    filed(world.desk(auth=auth))
    assert world.ticket()["subject"] == "Disk full"


def test_the_path_is_the_desks_choice(world: World) -> None:
    path = "/REST/Summit_RESTWCF.svc/RESTService/CommonWS_JsonObjCall_JSON"
    filed(world.desk(path=path))
    assert world.ticket()["subject"] == "Disk full"


def test_a_ticket_is_found_by_its_token_alone(world: World) -> None:
    desk = world.desk()
    since = now()
    ticket = filed(desk)
    desk.create(SPEC, TOKEN + "C", "")
    desk.create(SPEC, "IB-us-0123456789AB", "")
    desk.create(replace(SPEC, description=f"as in [{TOKEN}]"), "IB-eu-other", "")
    (found,) = desk.find(TOKEN, since)
    assert (found.number, found.id, found.url) == (ticket.number, ticket.id, ticket.url)
    assert found.handle["internal_id"] == ticket.handle["internal_id"]


def test_a_ticket_is_found_by_the_field_of_its_token(world: World) -> None:
    desk = world.desk(custom_field_group="Bridge", token_field="Token")
    since = now()
    ticket = filed(desk)
    assert world.ticket()["custom_fields"] == {"Token": TOKEN}
    world.person(ticket.number, custom_fields={"Token": "IB-eu-other"})
    (found,) = desk.find("IB-eu-other", since)
    assert found.number == ticket.number


def test_tickets_are_found_on_every_page_the_oldest_first(world: World) -> None:
    desk = world.desk(limits={"rate": "1000/s"})
    since = now()
    first = filed(desk)
    for _ in range(104):
        desk.create(SPEC, "IB-eu-other", "")
    last = filed(desk)
    assert [ticket.number for ticket in desk.find(TOKEN, since)] == [first.number, last.number]


def test_a_desk_without_the_ticket_finds_none(world: World) -> None:
    assert list(world.desk().find(TOKEN, now())) == []


def test_a_key_that_reads_nothing_can_still_find(world: World) -> None:
    ticket = filed(world.desk())
    (found,) = world.desk(read=False).find(TOKEN, now())
    assert found.number == ticket.number


def test_reading_tells_what_a_person_did(world: World) -> None:
    desk = world.desk()
    ticket = filed(desk)
    world.person(ticket.number, status="In-Progress", assignee=ANN)
    seen = desk.read(ticket)
    assert (seen.status, seen.state, seen.assignee) == ("In-Progress", TicketState.OPEN, ANN)
    assert seen.taken_over
    assert (seen.url, seen.handle) == (ticket.url, ticket.handle)


@pytest.mark.parametrize(
    ("changes", "taken_over"),
    [
        ({}, False),
        ({"status": "Assigned", "assignee": ANN}, False),
        ({"status": "In-Progress", "assignee": "NOC@example.com"}, False),
        ({"status": "Pending", "assignee": ANN}, True),
        ({"workgroup": "Databases"}, True),
    ],
)
def test_who_works_on_a_ticket_or_moves_it_takes_it_over(
    world: World,
    changes: dict[str, str],
    taken_over: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    desk = world.desk()
    ticket = filed(desk)
    world.person(ticket.number, **changes)
    assert desk.read(ticket).taken_over is taken_over


def test_a_deleted_ticket_is_gone() -> None:
    with running_world() as world:
        desk = world.desk()
        ticket = filed(desk)
        world.person(ticket.number, deleted=True)
        with pytest.raises(TicketGone, match=ticket.number):
            desk.read(ticket)
        with pytest.raises(TicketGone):
            desk.update(ticket, SPEC, ["priority"], TOKEN, "")
        with pytest.raises(TicketGone):
            world.desk(read=False).note(ticket, SPEC, "more")


def test_an_update_changes_the_named_fields_and_adds_the_note(world: World, desk: Summit) -> None:
    ticket = filed(desk, WITH_CI)
    world.person(ticket.number, subject="Disk of db1 full", urgency="Low")
    spec = replace(WITH_CI, subject="Disk overflow", priority="low", urgency="high")
    updated = desk.update(ticket, spec, ["priority"], TOKEN, "less urgent")
    said = world.ticket()
    assert (said["priority"], said["urgency"]) == ("P4", "Low")
    assert (said["subject"], said["status"]) == ("Disk of db1 full", "New")
    assert said["notes"][-1] == "less urgent"
    assert (updated.status, updated.number) == ("New", ticket.number)
    assert not updated.taken_over


@pytest.mark.parametrize("status", ["New", "Assigned", "In-Progress", "Pending", "Resolved"])
def test_an_update_leaves_a_ticket_in_the_status_that_a_person_gave_it(
    world: World, desk: Summit, status: str
) -> None:
    ticket = filed(desk, WITH_CI)
    world.person(ticket.number, status=status, assignee=ANN)
    desk = world.desk(defaults={**DEFAULTS, "pending_reason": "Vendor"})
    updated = desk.update(ticket, WITH_CI, ["priority"], TOKEN, "")
    noted = desk.note(updated, WITH_CI, "more")
    said = world.ticket()
    assert (updated.status, noted.status, said["status"]) == (status, status, status)
    assert said["assignee"] == ANN
    assert said["notes"][1:] == ["more"]


def test_an_update_that_moves_a_ticket_is_no_takeover(world: World) -> None:
    desk = world.desk()
    ticket = filed(desk)
    spec = replace(SPEC, workgroup="Databases")
    updated = desk.update(ticket, spec, ["workgroup"], TOKEN, "")
    assert world.ticket()["workgroup"] == "Databases"
    assert not desk.read(updated).taken_over
    assert desk.read(ticket).taken_over


def test_an_update_can_link_another_ci(world: World, desk: Summit) -> None:
    ticket = filed(desk, WITH_CI)
    spec = replace(WITH_CI, ci_value="db2")
    updated = desk.update(ticket, spec, ["CI_Value"], TOKEN, "")
    desk.note(updated, spec, "more")
    assert world.ticket()["ci_value"] == "db2"


def test_a_ci_that_a_person_linked_stays_linked(world: World) -> None:
    desk = world.desk()
    ticket = filed(desk)
    world.person(ticket.number, ci_key="CI_ID", ci_value="4711")
    desk.note(ticket, SPEC, "more")
    assert world.ticket()["ci_value"] == "4711"


def test_a_note_is_all_that_a_note_adds(world: World, desk: Summit) -> None:
    ticket = filed(desk, WITH_CI)
    before = world.ticket()
    desk.note(ticket, replace(WITH_CI, subject="Other", priority="low"), "more")
    after = world.ticket()
    assert after["notes"] == [*before["notes"], "more"]
    ignored = {"notes", "updated_at"}
    assert {k: v for k, v in after.items() if k not in ignored} == {
        k: v for k, v in before.items() if k not in ignored
    }


@pytest.mark.parametrize("container", ["object", "string"])
def test_a_preview_is_what_create_sends_without_the_key(world: World, container: str) -> None:
    desk = world.desk(container=container)
    shown = desk.preview(replace(SPEC, note="look here"), TOKEN)
    assert shown["path"] == "/REST/Summit_RESTWCF.svc/RESTService/CommonWS_JsonObjCall"
    assert "'APIKey': '***'" in str(shown)
    assert "sandbox-key" not in str(shown)
    assert TOKEN in str(shown)
    assert "look here" in str(shown)
    assert world.tickets() == []


def test_a_well_desk_has_nothing_to_say(world: World) -> None:
    assert list(world.desk().check()) == []
    assert list(world.desk(find=False).check()) == []
    assert world.tickets() == []
