"""What the bridge writes into a ServiceNow incident, column by column."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bridge.backends.servicenow.body import column_of, cut, journal
from bridge.backends.servicenow.priority import impact_and_urgency
from bridge.backends.servicenow.query import equals
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from tests.backends.servicenow_world import (
    SYS_ID,
    everything_is_known,
    nothing_is_known,
    writer,
)

TOKEN = "IB-eu-1"


def created(spec: IncidentSpec, note: str = "", **said: object) -> JsonObject:
    return writer(**said).create(spec, TOKEN, note, everything_is_known)


def updated(spec: IncidentSpec, *changed: str, note: str = "", **said: object) -> JsonObject:
    return writer(**said).update(spec, changed, note, everything_is_known)


#: A field of a spec, and the columns that it comes to.
FIELDS: list[tuple[Mapping[str, object], Mapping[str, object]]] = [
    ({"subject": "Disk\nfull"}, {"short_description": "Disk full"}),
    ({"description": "92 %\nof /"}, {"description": "92 %\nof /"}),
    ({"impact": "critical"}, {"impact": "1"}),
    ({"impact": "High"}, {"impact": "1"}),
    ({"impact": "medium"}, {"impact": "2"}),
    ({"impact": "3"}, {"impact": "3"}),
    ({"urgency": "low"}, {"urgency": "3"}),
    ({"priority": "critical"}, {"impact": "1", "urgency": "1"}),
    ({"priority": "high"}, {"impact": "1", "urgency": "2"}),
    ({"priority": "medium"}, {"impact": "2", "urgency": "2"}),
    ({"priority": "low"}, {"impact": "2", "urgency": "3"}),
    ({"category": "network"}, {"category": "network"}),
    ({"classification": "dns"}, {"subcategory": "dns"}),
    ({"ci_value": "db1"}, {"cmdb_ci": "cmdb_ci.name:db1"}),
    ({"ci_value": "db1", "ci_key": "Host Name"}, {"cmdb_ci": "cmdb_ci.name:db1"}),
    (
        {"ci_value": "192.0.2.1", "ci_key": "IP Address"},
        {"cmdb_ci": "cmdb_ci.ip_address:192.0.2.1"},
    ),
    ({"ci_value": "x1", "ci_key": "asset_tag"}, {"cmdb_ci": "cmdb_ci.asset_tag:x1"}),
    ({"ci_id": SYS_ID, "ci_value": "db1"}, {"cmdb_ci": f"cmdb_ci.sys_id:{SYS_ID}"}),
    ({"requester": "ann@example.com"}, {"caller_id": "sys_user.email:ann@example.com"}),
    ({"requester": "ann"}, {"caller_id": "sys_user.user_name:ann"}),
    ({"cc": ("a@example.com", "b@example.com")}, {"watch_list": "a@example.com,b@example.com"}),
    ({"tags": ("db", "eu")}, {"description": "Tags: db, eu"}),
    ({"location": "Head Office"}, {"location": "cmn_location.name:Head Office"}),
    ({"workgroup": "NOC"}, {"assignment_group": "sys_user_group.name:NOC"}),
    ({"engineer": "ann"}, {"assigned_to": "sys_user.user_name:ann"}),
    ({"sla": "Gold"}, {"description": "SLA: Gold"}),
    (
        {"description": "92 %", "links": {"runbook": "https://r"}},
        {"description": "92 %\n\nrunbook: https://r"},
    ),
    ({"custom_fields": {"Event ID": CustomField(value="e1")}}, {"u_event_id": "e1"}),
    ({"custom_fields": {"u_evt": CustomField(value="e1")}}, {"u_evt": "e1"}),
    (
        {"custom_fields": {"Score": CustomField(value=7, type=CustomFieldType.INTEGER)}},
        {"u_score": 7},
    ),
    (
        {"custom_fields": {"Hosts": CustomField(value=["a", "b"])}},
        {"u_hosts": "a,b"},
    ),
    ({"raw": {"snow": {"business_service": "Mail"}}}, {"business_service": "Mail"}),
    ({"raw": {"other": {"business_service": "Mail"}}}, {}),
]

ALWAYS = {"correlation_id": TOKEN, "correlation_display": "incident-bridge eu", "state": "1"}


@pytest.mark.parametrize(("said", "columns"), FIELDS)
def test_a_field_comes_to_its_columns_and_to_no_others(
    said: Mapping[str, object], columns: Mapping[str, object]
) -> None:
    assert created(replace(IncidentSpec(), **said)) == {**ALWAYS, **columns}  # type: ignore[arg-type]


def test_every_field_of_a_spec_has_its_line_above() -> None:
    said_otherwise = {"solution", "note", "attachments"}
    tried = {name for said, _ in FIELDS for name in said}
    assert set(IncidentSpec.__dataclass_fields__) - said_otherwise == tried


def test_defaults_are_for_what_no_rule_says() -> None:
    defaults = {
        "caller": "monitoring",
        "workgroup": "NOC",
        "category": "inquiry",
        "contact_type": "event",
    }
    body = created(IncidentSpec(workgroup="Database"), defaults=defaults)
    assert body == {
        **ALWAYS,
        "caller_id": "sys_user.user_name:monitoring",
        "assignment_group": "sys_user_group.name:Database",
        "category": "inquiry",
        "contact_type": "event",
    }


def test_words_are_translated_before_anything_is_made_of_them() -> None:
    values = {"impact": {"page": "1"}, "workgroup": {"dba": "Database"}, "priority": {"p1": "1"}}
    body = created(IncidentSpec(impact="page", workgroup="dba", priority="P1"), values=values)
    assert (body["impact"], body["urgency"]) == ("1", "1")
    assert body["assignment_group"] == "sys_user_group.name:Database"


@pytest.mark.parametrize(
    ("priority", "impact", "urgency", "both"),
    [
        ("1", "", "", ("1", "1")),
        ("2", "", "", ("1", "2")),
        ("3", "", "", ("2", "2")),
        ("4", "", "", ("2", "3")),
        ("5", "", "", ("3", "3")),
        ("2", "2", "", ("2", "1")),
        ("1", "3", "", ("3", "1")),
        ("3", "", "1", ("3", "1")),
        ("1", "2", "3", ("2", "3")),
        ("", "2", "", ("2", "")),
        ("P1", "", "", ("", "")),
        ("1", "site", "", ("site", "")),
    ],
)
def test_a_priority_is_reached_through_what_no_rule_says(
    priority: str, impact: str, urgency: str, both: tuple[str, str]
) -> None:
    spec = IncidentSpec(priority=priority, impact=impact, urgency=urgency)
    assert impact_and_urgency(spec) == both


def test_a_priority_is_never_set_whoever_asks_for_it() -> None:
    spec = IncidentSpec(priority="critical", raw={"snow": {"priority": "1", "u_x": "y"}})
    for body in (created(spec), updated(spec, "priority", "raw")):
        assert "priority" not in body
        assert body["u_x"] == "y"


def test_the_token_survives_raw() -> None:
    spec = IncidentSpec(raw={"snow": {"correlation_id": "mine", "state": "2"}})
    assert created(spec)["correlation_id"] == TOKEN
    assert created(spec)["state"] == "2"


def test_a_filing_note_is_a_work_note() -> None:
    assert created(IncidentSpec(), "Also firing")["work_notes"] == "Also firing"


@pytest.mark.parametrize(
    ("changed", "columns"),
    [
        (("subject",), {"short_description": "s"}),
        (("priority",), {"urgency": "2"}),
        (("impact",), {"impact": "2", "urgency": "2"}),
        (("CI_Key",), {"cmdb_ci": "cmdb_ci.name:db1"}),
        (("tags",), {"description": "d\n\nTags: t"}),
        (("workgroup",), {"assignment_group": "sys_user_group.name:NOC"}),
        (("cc",), {"watch_list": ""}),
        (("classification",), {}),
        (("CustomFields",), {"u_a": "x"}),
        (("raw",), {"u_raw": "r"}),
    ],
)
def test_an_update_writes_what_changed_and_nothing_else(
    changed: tuple[str, ...], columns: Mapping[str, object]
) -> None:
    spec = IncidentSpec(
        subject="s",
        description="d",
        priority="medium",
        impact="medium",
        ci_value="db1",
        tags=("t",),
        workgroup="NOC",
        custom_fields={"A": CustomField(value="x")},
        raw={"snow": {"u_raw": "r"}},
    )
    assert updated(spec, *changed) == columns
    assert updated(spec, *changed, note="n") == {**columns, "work_notes": "n"}


def test_what_the_desk_does_not_know_stands_in_the_description() -> None:
    spec = IncidentSpec(description="92 %", workgroup="Nobody", ci_value="db9")
    body = writer().create(spec, TOKEN, "", nothing_is_known)
    assert "assignment_group" not in body
    assert "cmdb_ci" not in body
    assert body["description"] == (
        "92 %\n\nassignment_group is unknown to this desk: Nobody\n"
        "cmdb_ci is unknown to this desk: db9"
    )
    assert writer().update(spec, ("subject",), "", nothing_is_known).keys() == {"short_description"}
    changed = writer().update(spec, ("workgroup",), "", nothing_is_known)
    assert changed.keys() == {"description"}
    assert "Nobody" in str(changed["description"])


def test_texts_keep_within_their_limits_in_characters() -> None:
    spec = IncidentSpec(
        subject="\U0001f692" * 500, description="é" * 5000, links={"runbook": "https://r"}
    )
    body = created(spec)
    subject, description = str(body["short_description"]), str(body["description"])
    assert len(subject) == 160
    assert subject.endswith("…")
    assert len(description) == 4000
    assert description.endswith("…\n\nrunbook: https://r")
    short = created(spec, max_subject=40, max_description=200)
    assert (len(str(short["short_description"])), len(str(short["description"]))) == (40, 200)


def test_a_tail_that_alone_is_too_long_is_cut_as_well() -> None:
    spec = IncidentSpec(description="d" * 300, links={"runbook": "r" * 5000})
    assert len(str(created(spec)["description"])) == 4000


@pytest.mark.parametrize(
    ("how", "state"), [(OnClear.RESOLVE, "6"), (OnClear.CLOSE, "7"), (OnClear.CANCEL, "8")]
)
def test_a_ticket_comes_to_rest_with_code_notes_and_the_reason(how: OnClear, state: str) -> None:
    assert writer().rest(IncidentSpec(), how, "All cleared.") == {
        "state": state,
        "close_code": "Solution provided",
        "close_notes": "All cleared.",
        "work_notes": "All cleared.",
    }


def test_a_rules_solution_and_the_configured_words_are_used() -> None:
    states = {"resolved": 106, "reopened": 102}
    made = writer(
        states=states, defaults={"close_code": "Solved (Permanently)", "close_notes": "Over."}
    )
    assert made.rest(IncidentSpec(solution="It healed."), OnClear.RESOLVE, "") == {
        "state": "106",
        "close_code": "Solved (Permanently)",
        "close_notes": "It healed.",
    }
    assert made.rest(IncidentSpec(), OnClear.RESOLVE, "")["close_notes"] == "Over."
    assert made.reopening("again") == {"state": "102", "work_notes": "again"}


def test_close_notes_keep_within_their_column() -> None:
    notes = writer().rest(IncidentSpec(), OnClear.RESOLVE, "n" * 5000)["close_notes"]
    assert len(str(notes)) == 4000


def test_a_note_cannot_become_html_or_hold_what_cannot_be_sent() -> None:
    assert journal("[code]<script>[/CODE]\0\ud800") == "(code)<script>(/CODE)"


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Event ID", "u_event_id"),
        ("u_event", "u_event"),
        ("x_acme_score", "x_acme_score"),
        ("U_Event", "u_u_event"),
        ("Größe (GB)", "u_gr_e_gb"),
    ],
)
def test_a_label_leads_to_a_column(name: str, column: str) -> None:
    assert column_of(name) == column


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("IB-1", "number=IB-1^ORDERBYsys_created_on"),
        ("web^1", "number=web^^1^ORDERBYsys_created_on"),
        (" x ", "number=x^ORDERBYsys_created_on"),
        ("javascript:gs.getUserID()", None),
        ("JavaScript:x", None),
        ("a\nb", None),
        ("", None),
    ],
)
def test_a_value_stays_a_value_in_a_query(text: str, query: str | None) -> None:
    assert equals("number", text) == query


def test_a_text_that_fits_is_not_cut() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"
