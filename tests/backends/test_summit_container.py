"""The container that files a ticket, without any desk."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.backends.summit.effect import filed_as, told_in
from bridge.domain.json import JsonObject
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from tests.backends.summit_world import DEFAULTS, SPEC, TOKEN, writer


def created(spec: IncidentSpec, note: str = "", **said: object) -> Mapping[str, Any]:
    return writer(**said).create(spec, TOKEN, note)


def test_a_new_ticket_has_all_that_the_table_of_new_makes_mandatory() -> None:
    assert created(SPEC, "first note") == {
        "Updater": "Executive",
        "CI_ID": "",
        "CI_Key": "",
        "CI_Value": "",
        "Ticket": {
            "IsFromWebService": True,
            "PageName": "TicketDetail",
            "Sup_Function": "IT",
            "Caller_EmailID": "monitoring@example.com",
            "Status": "New",
            "Medium": "Web",
            "Source": "Monitoring",
            "Assigned_WorkGroup_Name": "NOC",
            "Description": "Disk full",
            "Priority_Name": "P1",
            "Impact_Name": "High",
        },
        "TicketInformation": {
            "Information": "92 %",
            "InternalLog": f"first note\n\n[{TOKEN}]",
            "UserLog": "",
        },
        "CustomFields": [],
    }


def test_every_field_of_a_spec_has_its_place() -> None:
    spec = replace(
        SPEC,
        urgency="low",
        category="IT / Database",
        classification="Fault",
        sla="24/7",
        location="Oslo",
        workgroup="Databases",
        engineer="ann@example.com",
        requester="bob@example.com",
        cc=("eve@example.com", "dan@example.com"),
        ci_id="17",
    )
    body = created(spec)
    assert body["CI_ID"] == "17"
    assert (
        body["Ticket"]
        | {
            "Urgency_Name": "Low",
            "Category_Name": "IT / Database",
            "OpenCategory_Name": "IT / Database",
            "Classification_Name": "Fault",
            "SLA_Name": "24/7",
            "CallerLocationName": "Oslo",
            "Assigned_WorkGroup_Name": "Databases",
            "Assigned_Engineer_Email": "ann@example.com",
            "Caller_EmailID": "bob@example.com",
            "Mail_CC_EmailID": "eve@example.com;dan@example.com",
        }
        == body["Ticket"]
    )


def test_words_of_the_configuration_come_before_the_usual_ones() -> None:
    values = {"priority": {"critical": "Priority 1"}, "category": {"db": "IT / Database"}}
    ticket = created(replace(SPEC, category="DB"), values=values)["Ticket"]
    assert ticket["Priority_Name"] == "Priority 1"
    assert ticket["OpenCategory_Name"] == "IT / Database"
    assert ticket["Impact_Name"] == "High"


def test_a_field_that_no_rule_gives_has_the_default_of_the_desk() -> None:
    defaults = {**DEFAULTS, "category": "IT", "sla": "8/5"}
    ticket = created(SPEC, defaults=defaults)["Ticket"]
    assert (ticket["OpenCategory_Name"], ticket["SLA_Name"]) == ("IT", "8/5")


def test_addresses_that_are_none_are_dropped() -> None:
    spec = replace(
        SPEC,
        cc=("eve@example.com, dan@example.com", "Ops Team", "root@localhost"),
        requester="Ann",
        engineer="Ann",
    )
    ticket = created(spec)["Ticket"]
    assert ticket["Mail_CC_EmailID"] == "eve@example.com;dan@example.com"
    assert ticket["Caller_EmailID"] == "monitoring@example.com"
    assert "Assigned_Engineer_Email" not in ticket


@pytest.mark.parametrize(
    ("spec", "keys"),
    [
        (IncidentSpec(ci_key="Host Name", ci_value="db1"), ("", "Host Name", "db1")),
        (IncidentSpec(ci_key="Host Name"), ("", "", "")),
        (IncidentSpec(ci_value="db1"), ("", "", "")),
        (IncidentSpec(ci_id="17", ci_key="Host Name"), ("17", "", "")),
    ],
)
def test_a_ci_key_comes_only_with_its_value(spec: IncidentSpec, keys: tuple[str, ...]) -> None:
    body = created(spec)
    assert (body["CI_ID"], body["CI_Key"], body["CI_Value"]) == keys


def test_what_summit_has_no_key_for_stands_below_the_description() -> None:
    spec = replace(
        SPEC,
        tags=("db", "prod"),
        ci_value="db1",
        links={"runbook": "https://wiki.example.com"},
        custom_fields={"Score": CustomField(value=7, type=CustomFieldType.INTEGER)},
    )
    assert created(spec)["TicketInformation"]["Information"] == (
        "92 %\n\ntags: db, prod\nCI: db1\nScore: 7\nrunbook: https://wiki.example.com"
    )


def test_custom_fields_are_texts_in_the_group_of_the_desk() -> None:
    fields = {
        "Score": CustomField(value=7, type=CustomFieldType.INTEGER),
        "Paged": CustomField(value=True, type=CustomFieldType.BOOLEAN),
        "Hosts": CustomField(value=["a", "b"], type=CustomFieldType.STRING_LIST),
    }
    body = created(replace(SPEC, custom_fields=fields), custom_field_group="Monitor Tool")
    assert body["CustomFields"] == [
        {"GroupName": "Monitor Tool", "Name": "Score", "Value": "7"},
        {"GroupName": "Monitor Tool", "Name": "Paged", "Value": "true"},
        {"GroupName": "Monitor Tool", "Name": "Hosts", "Value": "a, b"},
    ]
    assert body["TicketInformation"]["Information"] == "92 %"


def test_a_custom_field_may_have_a_group_of_its_own() -> None:
    fields = {"Event ID": CustomField(value="17"), "Site": CustomField(value="Oslo")}
    spec = replace(SPEC, custom_fields=fields)
    groups = {"Site": "Location"}
    assert created(spec, custom_field_group="Monitor Tool", custom_field_groups=groups)[
        "CustomFields"
    ] == [
        {"GroupName": "Monitor Tool", "Name": "Event ID", "Value": "17"},
        {"GroupName": "Location", "Name": "Site", "Value": "Oslo"},
    ]
    body = created(spec, custom_field_groups=groups)
    assert [field["Name"] for field in body["CustomFields"]] == ["Site"]
    assert body["TicketInformation"]["Information"] == "92 %\n\nEvent ID: 17"


def test_the_tokens_field_may_have_a_group_of_its_own() -> None:
    body = created(SPEC, custom_field_groups={"Token": "Bridge"}, token_field="Token")
    assert body["CustomFields"] == [{"GroupName": "Bridge", "Name": "Token", "Value": TOKEN}]


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("IT/Adobe/Acrobat Pro DC", "IT / Adobe / Acrobat Pro DC"),
        ("IT / Adobe", "IT / Adobe"),
        (" IT /Adobe/ ", "IT / Adobe"),
        ("Network", "Network"),
        ("tcp", "Network / TCP/IP"),
        ("I/O", "I/O"),
        ("i/o", "I/O"),
    ],
)
def test_a_full_path_has_spaces_between_its_nodes_unless_the_desk_words_it(
    said: str, sent: str
) -> None:
    words = {"tcp": "Network / TCP/IP", "I/O": "I/O"}
    values = {"category": words, "classification": words}
    body = created(replace(SPEC, category=said, classification=said), values=values)
    defaults = {**DEFAULTS, "category": said, "classification": said}
    for ticket in (body["Ticket"], created(SPEC, values=values, defaults=defaults)["Ticket"]):
        assert ticket["Category_Name"] == ticket["OpenCategory_Name"] == sent
        assert ticket["Classification_Name"] == sent


def test_other_words_keep_their_slashes() -> None:
    ticket = created(replace(SPEC, sla="24/7", location="A/B"))["Ticket"]
    assert (ticket["SLA_Name"], ticket["CallerLocationName"]) == ("24/7", "A/B")


def test_a_new_ticket_may_have_a_second_analyst_and_a_location_by_default() -> None:
    defaults = {**DEFAULTS, "secondary_engineer": "ann@example.com", "location": "Oslo"}
    ticket = created(SPEC, defaults=defaults)["Ticket"]
    assert ticket["Assigned_Engineer_Email_Secondary"] == "ann@example.com"
    assert ticket["CallerLocationName"] == "Oslo"


def test_an_end_users_description_is_the_description() -> None:
    body = created(SPEC, updater="Caller")
    assert (body["Updater"], body["Ticket"]["PageName"]) == ("Caller", "LogTicket")
    assert body["Ticket"]["Description"] == "92 %"
    assert body["TicketInformation"]["Information"] == "Disk full"


@pytest.mark.parametrize("updater", ["Executive", "Caller"])
def test_what_was_told_is_read_as_the_updater_wrote_it(updater: str) -> None:
    body = created(SPEC, updater=updater)
    filed, _ = filed_as(body)
    assert (filed.subject, filed.description) == ("Disk full", "92 %")
    assert (told_in(body)["subject"], told_in(body)["description"]) == ("Disk full", "92 %")


def test_the_token_also_stands_in_its_own_field_when_the_desk_has_one() -> None:
    body = created(SPEC, custom_field_group="Bridge", token_field="Token")
    assert body["CustomFields"] == [{"GroupName": "Bridge", "Name": "Token", "Value": TOKEN}]
    assert f"[{TOKEN}]" in body["TicketInformation"]["InternalLog"]


def test_raw_is_laid_over_the_container_object_into_object() -> None:
    raw: JsonObject = {
        "Ticket": {"ScheduledDate": "2026-01-08", "Priority_Name": "P4"},
        "PartnerIncidentDetail": {"Partner_Name": "HP"},
    }
    body = created(replace(SPEC, raw={"summit": raw, "other": {"Updater": "Caller"}}))
    assert body["PartnerIncidentDetail"] == {"Partner_Name": "HP"}
    assert body["Ticket"]["ScheduledDate"] == "2026-01-08"
    assert body["Ticket"]["Priority_Name"] == "P4"
    assert body["Ticket"]["Description"] == "Disk full"
    assert body["Updater"] == "Executive"


@pytest.mark.parametrize(
    "raw",
    [
        {"TicketInformation": {"InternalLog": "mine"}, "CustomFields": []},
        {"TicketInformation": "mine", "CustomFields": "none"},
        {"TicketInformation": None, "CustomFields": None},
    ],
)
def test_raw_cannot_take_the_token_off(raw: JsonObject) -> None:
    body = created(
        replace(SPEC, raw={"summit": raw}), custom_field_group="Bridge", token_field="Token"
    )
    assert body["TicketInformation"]["InternalLog"].endswith(f"[{TOKEN}]")
    assert body["CustomFields"][-1]["Value"] == TOKEN


def test_raw_cannot_make_another_ticket_of_a_new_one() -> None:
    raw: JsonObject = {"Ticket": {"Ticket_No": "93491", "ScheduledDate": "2026-01-08"}}
    ticket = created(replace(SPEC, raw={"summit": raw}))["Ticket"]
    assert "Ticket_No" not in ticket
    assert ticket["ScheduledDate"] == "2026-01-08"


def test_the_subject_is_one_line_no_longer_than_the_desk_takes() -> None:
    spec = IncidentSpec(subject="Disk\x00 full\r\non\tdb1 " + "x" * 300)
    subject = created(spec, max_subject=60)["Ticket"]["Description"]
    assert subject == "Disk full on db1 " + "x" * 42 + "…"


def test_a_spec_without_words_still_makes_a_ticket() -> None:
    body = created(IncidentSpec())
    assert body["Ticket"]["Description"] == "(no subject)"
    assert body["TicketInformation"]["Information"] == "(no subject)"


def test_what_no_desk_stores_is_not_sent() -> None:
    spec = IncidentSpec(
        subject="a\ud800b",
        description="one\r\n\ttwo\x00\x1b[0m",
        custom_fields={"Big": CustomField(value=2**70)},
        raw={"summit": {"N\x00ote": ["\udfff!", 2**70]}},
    )
    body = created(spec, "no\x00te", custom_field_group="Bridge")
    assert body["Ticket"]["Description"] == "a b"
    assert body["TicketInformation"]["Information"] == "one\n\ttwo[0m"
    assert body["TicketInformation"]["InternalLog"] == f"note\n\n[{TOKEN}]"
    assert body["CustomFields"][0]["Value"] == str(2**70)
    assert body["Note"] == ["!", str(2**70)]
