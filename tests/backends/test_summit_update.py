"""The containers that change a ticket, without any desk."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.backends.summit.ci import linked_ci
from bridge.backends.summit.ticket import Details
from bridge.domain.json import JsonObject
from bridge.domain.spec import IncidentSpec
from tests.backends.summit_world import DEFAULTS, SPEC, writer

NOW = Details(
    number="93491",
    status="Assigned",
    subject="Disk is full",
    description="It says 92 %.",
    workgroup="Storage",
    engineer="ann@example.com",
    caller="bob@example.com",
    medium="Phone",
    source="Person",
)


def updated(
    spec: IncidentSpec, *changed: str, now: Details = NOW, note: str = "noted", **said: object
) -> Mapping[str, Any]:
    return writer(**said).update(spec, changed, now, {}, note)


def test_an_update_repeats_the_ticket_as_people_left_it() -> None:
    body = updated(SPEC, "priority")
    assert body["Ticket"] == {
        "Ticket_No": "93491",
        "IsFromWebService": True,
        "PageName": "TicketDetail",
        "Sup_Function": "IT",
        "Caller_EmailID": "bob@example.com",
        "Status": "Assigned",
        "Medium": "Phone",
        "Source": "Person",
        "Assigned_WorkGroup_Name": "Storage",
        "Assigned_Engineer_Email": "ann@example.com",
        "Description": "Disk is full",
        "Priority_Name": "P1",
    }
    assert body["TicketInformation"] == {
        "Information": "It says 92 %.",
        "InternalLog": "noted",
        "UserLog": "",
    }


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("subject", {"Description": "Disk full"}),
        ("workgroup", {"Assigned_WorkGroup_Name": "NOC"}),
        ("requester", {"Caller_EmailID": "monitoring@example.com"}),
        ("impact", {"Impact_Name": "High"}),
        ("category", {}),
        ("cc", {}),
    ],
)
def test_an_update_changes_what_it_is_told_to_change(name: str, keys: Mapping[str, str]) -> None:
    before = updated(SPEC)["Ticket"]
    assert updated(SPEC, name)["Ticket"] == {**before, **keys}


@pytest.mark.parametrize("name", ["description", "links", "tags", "CustomFields"])
def test_what_stands_in_the_description_rewrites_it(name: str) -> None:
    spec = replace(SPEC, tags=("db",))
    assert updated(spec, name)["TicketInformation"]["Information"] == "92 %\n\ntags: db"


def test_raw_of_an_update_cannot_move_the_ticket() -> None:
    raw: JsonObject = {"Ticket": {"Status": "New", "Ticket_No": "", "ScheduledDate": "2026-01-08"}}
    spec = replace(SPEC, raw={"summit": raw})
    assert "ScheduledDate" not in updated(spec, "priority")["Ticket"]
    ticket = updated(spec, "raw")["Ticket"]
    assert (ticket["Status"], ticket["Ticket_No"]) == ("Assigned", "93491")
    assert ticket["ScheduledDate"] == "2026-01-08"


def test_an_update_of_a_pending_ticket_keeps_its_reason() -> None:
    now = replace(NOW, status="Pending", pending_reason="Vendor")
    assert updated(SPEC, "priority", now=now)["Ticket"]["PendingReason"] == "Vendor"


def test_an_update_of_a_resolved_ticket_keeps_how_people_resolved_it() -> None:
    now = replace(
        NOW,
        status="Resolved",
        closure_code="Workaround",
        resolution_code="Partly",
        solution="Deleted logs",
    )
    body = updated(SPEC, "priority", now=now)
    assert body["Ticket"]["Closure_Code_Name"] == "Workaround"
    assert body["Ticket"]["ResolutionCodeName"] == "Partly"
    assert body["TicketInformation"]["Solution"] == "Deleted logs"


def test_the_bridge_resolves_in_its_own_words_whatever_was_said_before_a_reopening() -> None:
    now = replace(NOW, status="In-Progress", closure_code="Workaround", solution="Deleted logs")
    body: Mapping[str, Any] = writer().step(SPEC, now, {}, "Resolved", "All clear")
    assert body["Ticket"]["Closure_Code_Name"] == "Successful"
    assert body["Ticket"]["ResolutionCodeName"] == "Success"
    assert body["TicketInformation"]["Solution"] == "All clear"


@pytest.mark.parametrize(
    ("status", "engineer"), [("Assigned", "noc@example.com"), ("Pending", "ann@example.com")]
)
def test_work_is_said_to_be_of_those_who_did_it(status: str, engineer: str) -> None:
    now = replace(NOW, status=status)
    body: Mapping[str, Any] = writer().step(SPEC, now, {}, "In-Progress", "")
    assert body["Ticket"]["Assigned_Engineer_Email"] == engineer


def test_a_solution_of_the_rules_comes_before_the_note() -> None:
    spec = replace(SPEC, solution="Restart it")
    body: Mapping[str, Any] = writer().step(spec, NOW, {}, "Resolved", "All clear")
    assert body["TicketInformation"]["Solution"] == "Restart it"
    assert body["TicketInformation"]["InternalLog"] == "All clear"


def test_to_close_later_keeps_how_people_resolved_it() -> None:
    now = replace(NOW, status="Resolved", closure_code="Workaround")
    body: Mapping[str, Any] = writer().step(SPEC, now, {}, "Closed", "")
    assert body["Ticket"]["Closure_Code_Name"] == "Workaround"


@pytest.mark.parametrize("updater", ["Executive", "Caller"])
def test_an_update_keeps_both_texts_where_the_updater_has_them(updater: str) -> None:
    body = updated(SPEC, "priority", updater=updater)
    texts = [body["Ticket"]["Description"], body["TicketInformation"]["Information"]]
    kept = ["Disk is full", "It says 92 %."]
    assert texts == (kept if updater == "Executive" else kept[::-1])


NOT_CHANGED = dict.fromkeys(
    ["WorkgroupChangeReason", "UrgencyChangeReason", "ImpactChangeReason", "PriorityChangeReason"],
    "",
)
DEMANDING = {**DEFAULTS, "change_reason": "Seen by monitoring"}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("workgroup", "WorkgroupChangeReason"),
        ("urgency", "UrgencyChangeReason"),
        ("impact", "ImpactChangeReason"),
        ("priority", "PriorityChangeReason"),
    ],
)
def test_a_desk_that_wants_reasons_is_told_why(name: str, key: str) -> None:
    body = updated(SPEC, name, note="priority:\nhigh", defaults=DEMANDING)
    assert body["OnChangeValidationFields"] == {**NOT_CHANGED, key: "priority: high"}
    body = updated(SPEC, name, note="", defaults=DEMANDING)
    assert body["OnChangeValidationFields"] == {**NOT_CHANGED, key: "Seen by monitoring"}


def test_no_desk_is_told_why_that_did_not_ask_and_none_of_what_needs_no_reason() -> None:
    assert "OnChangeValidationFields" not in updated(SPEC, "priority")
    assert "OnChangeValidationFields" not in updated(SPEC, "subject", "cc", defaults=DEMANDING)


HOST = {"CI_ID": "", "CI_Key": "Host Name", "CI_Value": "db1"}
PAIR = {"CI_Key": "Host Name", "CI_Value": "db1"}
BY_PERSON = {"CI_ID": "4711", "CI_Key": "CI ID", "CI_Value": "4711"}


@pytest.mark.parametrize(
    ("filed", "spec", "linked", "repeated"),
    [
        (HOST, SPEC, "4711", PAIR),
        (HOST, SPEC, "", PAIR),
        ({}, SPEC, "4711", BY_PERSON),
        ({}, replace(SPEC, ci_key="Host Name", ci_value="db1"), "4711", PAIR),
        ({}, replace(SPEC, ci_key="Host Name", ci_value="db1"), "", {}),
    ],
)
def test_a_linked_ci_is_repeated(
    filed: Mapping[str, str], spec: IncidentSpec, linked: str, repeated: Mapping[str, str]
) -> None:
    assert linked_ci(spec, replace(NOW, linked_ci=linked), filed) == repeated


def test_a_ticket_that_cannot_be_read_repeats_the_ci_of_the_spec() -> None:
    now = Details(number="93491", status="New", was_read=False)
    spec = replace(SPEC, ci_key="Host Name", ci_value="db1")
    assert linked_ci(spec, now, {}) == PAIR
