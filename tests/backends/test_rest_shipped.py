"""The described desks that come with the bridge, beyond what the contract asks of all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.domain.errors import DeskLockedOut, TicketRefused
from bridge.domain.policy import OnClear
from bridge.domain.spec import CustomField, IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import TicketState
from tests.backends.stands import SPEC, STANDS, TOKEN, World, running_world
from tests.world import World as BridgeWorld

FULL = replace(
    SPEC,
    ci_key="Host",
    ci_value="db1",
    tags=("disk", "prod"),
    location="Paris",
    links={"Graph": "https://graph.example.com/1"},
)


@contextmanager
def world_of(name: str) -> Iterator[World]:
    """Run the sandbox of a described desk; it must have refused nothing in the end."""
    [stand] = [stand for stand in STANDS if stand.name == f"rest-{name}"]
    with running_world(stand) as world:
        yield world
        assert list(world.sandbox.refusals) == []


def changed(world: World, **settings: object) -> dict[str, Any]:
    """Give a stand's settings with some of them changed."""
    return {**world.stand.said.get("settings", {}), **settings}


@pytest.mark.parametrize("name", ["zammad", "glpi", "pagerduty"])
def test_nothing_that_a_rule_says_is_lost(name: str) -> None:
    with world_of(name) as world:
        world.desk().create(FULL, TOKEN, "")
        said = str(world.ticket())
    for text in ("db1", "disk", "Paris", "https://graph.example.com/1"):
        assert text in said


#: The words of each desk for two stages, and what its sandbox calls them.
STAGES = {
    "zammad": ({"acknowledged": "open", "muted": "pending reminder"}, "open", "pending reminder"),
    "glpi": ({"acknowledged": "2", "muted": "4"}, "Processing (assigned)", "Pending"),
}


@pytest.mark.parametrize("name", STAGES)
def test_a_ticket_follows_the_stages_and_nobody_has_taken_it(name: str) -> None:
    words, acknowledged, muted = STAGES[name]
    with world_of(name) as world:
        desk = world.desk(transitions=words)
        assert desk.can.stages == {Stage.OPEN, Stage.ACKNOWLEDGED, Stage.MUTED}
        ticket = desk.create(SPEC, TOKEN, "")
        begun = world.ticket()["status"]
        for stage, word in ((Stage.ACKNOWLEDGED, acknowledged), (Stage.MUTED, muted)):
            ticket = desk.move(ticket, SPEC, stage, f"now {stage.value}")
            assert world.ticket()["status"] == word
            assert world.ticket()["notes"][-1] == f"now {stage.value}"
            assert not desk.read(ticket).taken_over
        calls = world.calls()
        desk.move(ticket, SPEC, Stage.MUTED, "again")
        writes = {c for c in world.calls() if not c.startswith("GET")}
        assert {c: world.calls()[c] for c in writes} == {c: calls[c] for c in writes}
        ticket = desk.move(ticket, SPEC, Stage.OPEN, "")
        assert world.ticket()["status"] == begun
        desk.resolve(ticket, SPEC, OnClear.RESOLVE, "")
        rested = world.ticket()
        assert not desk.move(ticket, SPEC, Stage.MUTED, "").is_open
        assert world.ticket() == rested


@pytest.mark.parametrize("name", ["zammad", "glpi"])
def test_a_file_is_put_on_the_ticket(name: str) -> None:
    text = "träce\n" * 30_000
    with world_of(name) as world:
        desk = world.desk()
        ticket = desk.create(SPEC, TOKEN, "")
        desk.attach(ticket, "alert.json", text)
        assert world.ticket()["files"] == {"alert.json": text}


@pytest.mark.parametrize("name", ["zammad", "glpi"])
def test_a_person_who_takes_a_ticket_has_it(name: str) -> None:
    status = {"zammad": "open", "glpi": "Processing (assigned)"}[name]
    with world_of(name) as world:
        desk = world.desk()
        ticket = desk.create(SPEC, TOKEN, "")
        world.person(world.ticket()["number"], status=status)
        assert desk.read(ticket).taken_over


def test_zammad_keeps_what_the_bridge_writes_from_customers_unless_told_otherwise() -> None:
    for settings, seen in (({}, []), ({"internal": False}, ["news", "over"])):
        with world_of("zammad") as world:
            desk = world.desk(settings=changed(world, **settings))
            ticket = desk.note(desk.create(SPEC, TOKEN, ""), SPEC, "news")
            desk.resolve(ticket, SPEC, OnClear.RESOLVE, "over")
            assert world.ticket()["replies"] == seen


def test_zammad_is_told_groups_owners_and_its_own_attributes() -> None:
    spec = replace(
        SPEC,
        workgroup="NOC",
        engineer="ann@example.com",
        custom_fields={"site": CustomField(value="Paris")},
    )
    with world_of("zammad") as world:
        ticket = world.desk().create(spec, TOKEN, "")
        said = world.ticket()
    assert (said["workgroup"], said["assignee"]) == ("NOC", "ann@example.com")
    assert said["custom_fields"] == {"site": "Paris"}
    assert said["tags"] == [TOKEN]
    assert ticket.assignee == "ann@example.com"
    assert not ticket.taken_over


OTHER = TOKEN[:-1] + "Z"


@pytest.mark.parametrize("name", ["zammad", "glpi"])
def test_a_ticket_that_quotes_a_token_is_not_found_by_it(name: str) -> None:
    quoting = replace(
        SPEC,
        description=f"like {OTHER}\nReference: {OTHER}\n",
        tags=(f"x,{OTHER}", f",{OTHER},", OTHER, "disk"),
    )
    with world_of(name) as world:
        desk = world.desk()
        filed = desk.create(quoting, TOKEN, "")
        since = datetime(2020, 1, 1, tzinfo=UTC)
        assert [ticket.id for ticket in desk.find(TOKEN, since)] == [filed.id]
        assert list(desk.find(OTHER, since)) == []


def test_zammad_says_which_name_it_does_not_know() -> None:
    [stand] = [stand for stand in STANDS if stand.name == "rest-zammad"]
    refusal = "No lookup value found for 'group': 'Nowhere'"
    with running_world(stand) as world, pytest.raises(TicketRefused, match=refusal):
        world.desk().create(replace(SPEC, workgroup="Nowhere"), TOKEN, "")


def test_a_merged_ticket_is_closed() -> None:
    with world_of("zammad") as world:
        desk = world.desk()
        ticket = desk.create(SPEC, TOKEN, "")
        world.person(world.ticket()["number"], status="merged")
        assert desk.read(ticket).state is TicketState.CLOSED


def test_glpi_closes_what_is_solved() -> None:
    with world_of("glpi") as world:
        desk = world.desk()
        ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "over")
        assert (ticket.state, world.ticket()["status"]) == (TicketState.RESOLVED, "Solved")
        ticket = desk.resolve(ticket, SPEC, OnClear.CLOSE, "")
        assert (ticket.state, world.ticket()["status"]) == (TicketState.CLOSED, "Closed")
        assert world.ticket()["solution"] == "over"


def test_glpi_shows_texts_as_they_were_written() -> None:
    spec = replace(SPEC, description="a < b & c\n<b>no</b>")
    with world_of("glpi") as world:
        desk = world.desk()
        ticket = desk.create(spec, TOKEN, "1 < 2\nand so on")
        assert world.ticket()["description"].startswith("a < b & c\n<b>no</b>")
        assert world.ticket()["notes"] == ["1 < 2\nand so on"]
        assert not desk.read(ticket).theirs


def test_glpi_is_told_people_and_groups_by_their_ids() -> None:
    with world_of("glpi") as world:
        desk = world.desk(
            values={"workgroup": {"NOC": "12"}, "engineer": {"ann": "34"}},
            settings=changed(world, requester=5, category=6),
        )
        desk.create(replace(SPEC, workgroup="NOC", engineer="ann"), TOKEN, "")
        said = world.ticket()
    assert (said["workgroup"], said["assignee"]) == ("12", "34")
    assert (said["requester"], said["category"]) == ("5", "6")


def test_a_wrong_application_token_locks_the_bridge_out_of_glpi() -> None:
    [stand] = [stand for stand in STANDS if stand.name == "rest-glpi"]
    with running_world(stand) as world:
        desk = world.desk(settings={"app_token": "wr0ng-token"})
        with pytest.raises(DeskLockedOut, match="ERROR_WRONG_APP_TOKEN_PARAMETER") as caught:
            desk.create(SPEC, TOKEN, "")
        assert "wr0ng-token" not in str(caught.value)


def test_pagerduty_takes_severities_links_and_details() -> None:
    spec = replace(FULL, priority="high", custom_fields={"runbook": CustomField(value="r1")})
    with world_of("pagerduty") as world:
        ticket = world.desk().create(spec, TOKEN, "Also: db2")
        said = world.ticket()
    assert (ticket.id, ticket.number, ticket.status) == (TOKEN, TOKEN, "triggered")
    assert (said["priority"], said["ci_value"]) == ("error", "db1")
    assert "runbook: r1" in said["custom_fields"]["details"]
    assert said["notes"] == ["Also: db2"]


@pytest.mark.parametrize("priority", ["", "P1", "sev-9"])
def test_a_priority_that_is_no_severity_is_an_error_at_pagerduty(priority: str) -> None:
    with world_of("pagerduty") as world:
        world.desk().create(IncidentSpec(priority=priority), TOKEN, "")
        said = world.ticket()
    assert (said["priority"], said["subject"], said["ci_value"]) == ("error", "Alert", "monitoring")


def test_an_acknowledgement_reaches_pagerduty() -> None:
    with world_of("pagerduty") as world:
        desk = world.desk()
        assert desk.can.stages == {Stage.OPEN, Stage.ACKNOWLEDGED}
        ticket = desk.move(desk.create(SPEC, TOKEN, ""), SPEC, Stage.ACKNOWLEDGED, "ann has it")
        assert (ticket.status, world.ticket()["status"]) == ("acknowledged", "acknowledged")
        # No event takes that back.
        assert desk.move(ticket, SPEC, Stage.OPEN, "").status == "acknowledged"
        assert world.ticket()["status"] == "acknowledged"
        assert not desk.resolve(ticket, SPEC, OnClear.RESOLVE, "").is_open
        assert world.ticket()["status"] == "resolved"


def test_an_escalation_is_added_to_the_alert_at_pagerduty_if_asked_for() -> None:
    with world_of("pagerduty") as world:
        desk = world.desk(transitions={"escalated": "escalated"})
        ticket = desk.create(replace(SPEC, priority="low"), TOKEN, "")
        moved = desk.move(ticket, SPEC, Stage.ESCALATED, "")
        assert moved.is_open
        assert world.ticket()["notes"] == ["critical: Disk full"]


def test_the_key_of_pagerduty_is_masked_in_a_preview() -> None:
    with world_of("pagerduty") as world:
        preview = world.desk().preview(SPEC, TOKEN)
        assert preview["json"]["routing_key"] == "***"  # type: ignore[index, call-overload]  # an object


@pytest.mark.parametrize("name", ["zammad", "glpi", "pagerduty"])
def test_a_fault_is_filed_and_resolved_by_the_bridge(name: str) -> None:
    with world_of(name) as at_desk:
        bridge = BridgeWorld(desk=at_desk.desk())  # type: ignore[arg-type]  # a real one
        bridge.clock.time = datetime.now(UTC)
        bridge.restart_worker()
        bridge.fire()
        bridge.work_until(20)
        assert at_desk.ticket()["is_open"]
        bridge.resolve()
        bridge.work_until(120)
        assert not at_desk.ticket()["is_open"]
        assert {"filed", "resolved"} <= set(bridge.said())


@pytest.mark.parametrize("name", ["zammad", "glpi", "pagerduty"])
@pytest.mark.parametrize("fault", ["reset", "reset-after"])
def test_a_lost_answer_costs_neither_the_ticket_nor_a_second_one(name: str, fault: str) -> None:
    with world_of(name) as at_desk:
        bridge = BridgeWorld(desk=at_desk.desk())  # type: ignore[arg-type]  # a real one
        bridge.clock.time = datetime.now(UTC)
        bridge.restart_worker()
        at_desk.fail(fault, times=1)
        bridge.fire()
        bridge.work_until(120)
        assert at_desk.ticket()["is_open"]
        assert bridge.incident().observed.ticket is not None
