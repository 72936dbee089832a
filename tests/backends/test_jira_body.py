"""What the bridge writes into a Jira issue, field by field."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.backends.jira.body import Before, label_of
from bridge.backends.jira.fields import CustomField as Field
from bridge.backends.jira.fields import encoded
from bridge.backends.jira.flavor import CLOUD, DATACENTER
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from tests.backends.jira_world import EVERYTHING, LEVELS, NOTHING, SERVER_AUTH, nobody, writer

TOKEN = "IB-eu-1"
TEAM = {"workgroup": "customfield_10001"}
SERVER = {"flavor": "datacenter", "auth": SERVER_AUTH}


def fields_of(spec: IncidentSpec, **said: object) -> dict[str, Any]:
    """Write the fields of a new issue at Data Center, where texts are texts."""
    body: Any = writer(**SERVER, **said).create(spec, TOKEN, EVERYTHING)
    return dict(body["fields"])


def updated(spec: IncidentSpec, *changed: str, **said: object) -> JsonObject:
    made = writer(**SERVER, **said)
    return made.update(spec, changed, Before(), EVERYTHING)


#: A field of a spec, what is configured, and the fields that it comes to.
FIELDS: list[tuple[Mapping[str, object], Mapping[str, object], Mapping[str, object]]] = [
    ({"subject": "Disk\nfull"}, {}, {"summary": "Disk full"}),
    ({"description": "92 %\nof /"}, {}, {"description": "92 %\nof /"}),
    ({"priority": "critical"}, {}, {"priority": {"name": "Highest"}}),
    ({"priority": "high"}, {}, {"priority": {"name": "High"}}),
    ({"priority": "Medium"}, {}, {"priority": {"name": "Medium"}}),
    ({"priority": "low"}, {}, {"priority": {"name": "Low"}}),
    ({"priority": "Blocker"}, {}, {"priority": {"name": "Blocker"}}),
    ({"category": "Database"}, {}, {"components": [{"name": "Database"}]}),
    ({"tags": ("db", "front end")}, {}, {"labels": ["db", "front-end", TOKEN]}),
    ({"engineer": "ann"}, {}, {"assignee": {"name": "id of ann"}}),
    ({"requester": "a@example.com"}, {}, {"reporter": {"name": "id of a@example.com"}}),
    ({"impact": "high"}, {}, {"description": "Impact: high"}),
    ({"impact": "high"}, {"fields": LEVELS}, {
        "customfield_10004": {"value": "Significant / Large"}
    }),
    ({"urgency": "critical"}, {"fields": LEVELS}, {"customfield_10005": {"value": "Critical"}}),
    ({"urgency": "low"}, {}, {"description": "Urgency: low"}),
    ({"workgroup": "DBA"}, {}, {"description": "Workgroup: DBA"}),
    ({"workgroup": "DBA"}, {"fields": TEAM}, {"customfield_10001": "DBA"}),
    ({"classification": "dns"}, {}, {"description": "Classification: dns"}),
    ({"location": "Head Office"}, {}, {"description": "Location: Head Office"}),
    ({"sla": "Gold"}, {}, {"description": "SLA: Gold"}),
    ({"cc": ("a@example.com", "b@example.com")}, {}, {
        "description": "Cc: a@example.com, b@example.com"
    }),
    ({"ci_key": "Host", "ci_value": "db1", "ci_id": "7"}, {}, {
        "description": "CI key: Host\nCI: db1\nCI id: 7"
    }),
    ({"ci_value": "db1"}, {"fields": {"CI_Value": "customfield_10050"}}, {
        "customfield_10050": "db1"
    }),
    ({"description": "92 %", "links": {"runbook": "https://r"}}, {}, {
        "description": "92 %\n\nrunbook: https://r"
    }),
    ({"custom_fields": {"Event ID": CustomField(value="e1")}}, {}, {"customfield_10010": "e1"}),
    ({"custom_fields": {"customfield_10010": CustomField(value="e1")}}, {}, {
        "customfield_10010": "e1"
    }),
    ({"custom_fields": {"event": CustomField(value="e1")}},
     {"custom_fields": {"event": "customfield_10010"}}, {"customfield_10010": "e1"}),
    ({"custom_fields": {"Score": CustomField(value=7, type=CustomFieldType.INTEGER)}}, {}, {
        "customfield_10011": 7
    }),
    ({"custom_fields": {"Nonsense": CustomField(value=["a", "b"])}}, {}, {
        "description": "Nonsense: a, b"
    }),
    ({"raw": {"jira": {"duedate": "2026-12-24"}}}, {}, {"duedate": "2026-12-24"}),
    ({"raw": {"other": {"duedate": "2026-12-24"}}}, {}, {}),
]  # fmt: skip

ALWAYS: Mapping[str, object] = {
    "project": {"key": "OPS"},
    "issuetype": {"name": "Incident"},
    "summary": "",
    "description": "",
    "labels": [TOKEN],
}


@pytest.mark.parametrize(("said", "configured", "fields"), FIELDS)
def test_a_field_comes_to_its_own_and_to_no_others(
    said: Mapping[str, object], configured: Mapping[str, object], fields: Mapping[str, object]
) -> None:
    spec = replace(IncidentSpec(), **said)  # type: ignore[arg-type]
    assert fields_of(spec, **configured) == {**ALWAYS, **fields}


def test_every_field_of_a_spec_has_its_line_above() -> None:
    said_in_comments_and_files = {"solution", "note", "attachments"}
    tried = {name for said, _, _ in FIELDS for name in said}
    assert tried | said_in_comments_and_files == set(IncidentSpec.__dataclass_fields__)


def test_defaults_are_for_what_no_rule_says() -> None:
    defaults = {"priority": "low", "category": "Storage", "requester": "mon", "engineer": "noc"}
    fields = fields_of(IncidentSpec(category="Database"), defaults=defaults, labels=["bridge"])
    assert fields == {
        **ALWAYS,
        "priority": {"name": "Low"},
        "components": [{"name": "Database"}],
        "reporter": {"name": "id of mon"},
        "assignee": {"name": "id of noc"},
        "labels": ["bridge", TOKEN],
    }


def test_words_are_translated_in_fields_and_left_alone_in_the_description() -> None:
    values = {"priority": {"page": "Blocker"}, "impact": {"site": "Extensive / Widespread"}}
    spec = IncidentSpec(priority="page", impact="site")
    assert fields_of(spec, values=values)["priority"] == {"name": "Blocker"}
    assert fields_of(spec, values=values)["description"] == "Impact: site"
    mapped = fields_of(spec, values=values, fields=LEVELS)
    assert mapped["customfield_10004"] == {"value": "Extensive / Widespread"}


def test_in_the_cloud_texts_are_documents_and_people_have_account_ids() -> None:
    body: Any = writer().create(IncidentSpec(description="92 %", engineer="ann"), TOKEN, EVERYTHING)
    assert body["fields"]["description"]["content"] == [
        {"type": "paragraph", "content": [{"type": "text", "text": "92 %"}]}
    ]
    assert body["fields"]["assignee"] == {"accountId": "id of ann"}


def test_who_and_what_the_desk_does_not_know_stands_in_the_description() -> None:
    spec = IncidentSpec(
        description="92 %",
        engineer="ann",
        workgroup="DBA",
        custom_fields={"Event ID": CustomField(value="e1")},
    )
    made = writer(**SERVER, fields=TEAM)
    body: Any = made.create(spec, TOKEN, NOTHING)
    assert body["fields"] == {
        **ALWAYS,
        "description": (
            "92 %\n\nassignee is unknown to this desk: ann\nWorkgroup: DBA\nEvent ID: e1"
        ),
    }


def test_a_line_about_somebody_unknown_goes_when_they_are_known() -> None:
    made = writer(**SERVER)
    spec = IncidentSpec(description="92 %", engineer="ann")
    assert made.told_in_description(spec, NOTHING) == ["engineer"]
    body: Any = made.update(spec, ["engineer"], Before(told=["engineer"]), EVERYTHING)
    assert body == {"fields": {"assignee": {"name": "id of ann"}, "description": "92 %"}}


def test_the_token_survives_raw() -> None:
    spec = IncidentSpec(tags=("a",), raw={"jira": {"labels": ["mine"], "priority": {"id": "1"}}})
    fields = fields_of(spec)
    assert fields["labels"] == ["a", "mine", TOKEN]
    assert fields["priority"] == {"id": "1"}
    assert updated(spec, "raw") == {"fields": {"priority": {"id": "1"}}}


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        (("subject",), {"fields": {"summary": "s"}}),
        (("priority",), {"fields": {"priority": {"name": "Medium"}}}),
        (("category",), {"fields": {"components": [{"name": "Network"}]}}),
        (("engineer",), {"fields": {"assignee": {"name": "id of ann"}}}),
        (("urgency",), {"fields": {"customfield_10005": {"value": "High"}}}),
        (("links",), {"fields": {"description": "d\n\nImpact: medium"}}),
        (("impact",), {"fields": {"description": "d\n\nImpact: medium"}}),
        (("tags",), {"update": {"labels": [{"add": "t"}]}}),
        (("CustomFields",), {"fields": {"customfield_10010": "x"}}),
        (("raw",), {"fields": {"duedate": "2026-12-24"}}),
        (("sla",), {}),
        ((), {}),
    ],
)
def test_an_update_writes_what_changed_and_nothing_else(
    changed: tuple[str, ...], body: Mapping[str, object]
) -> None:
    spec = IncidentSpec(
        subject="s",
        description="d",
        priority="medium",
        impact="medium",
        urgency="high",
        category="Network",
        engineer="ann",
        tags=("t",),
        custom_fields={"Event ID": CustomField(value="x")},
        raw={"jira": {"duedate": "2026-12-24"}},
    )
    assert updated(spec, *changed, fields={"urgency": "customfield_10005"}) == body


def test_a_line_that_no_rule_gives_any_more_is_taken_out() -> None:
    made = writer(**SERVER)
    body = made.update(IncidentSpec(description="d"), ["sla"], Before(told=["sla"]), EVERYTHING)
    assert body == {"fields": {"description": "d"}}


def test_only_labels_of_the_bridge_are_taken_away() -> None:
    made = writer(**SERVER, labels=["always"])
    had = Before(labels=["always", "old", "kept"])
    body = made.update(IncidentSpec(tags=("kept", "new one")), ["tags"], had, EVERYTHING)
    assert body == {"update": {"labels": [{"remove": "old"}, {"add": "new-one"}]}}


def test_texts_keep_within_their_limits_in_characters() -> None:
    spec = IncidentSpec(
        subject="\U0001f692" * 500, description="é" * 50_000, links={"runbook": "https://r"}
    )
    fields = fields_of(spec)
    assert len(fields["summary"]) == 255
    assert len(fields["description"]) == 32_767
    assert fields["description"].endswith("…\n\nrunbook: https://r")
    short = fields_of(spec, max_subject=40, max_description=200)
    assert (len(short["summary"]), len(short["description"])) == (40, 200)
    macros = fields_of(IncidentSpec(description="{code}" * 10_000))
    assert len(macros["description"]) == 32_767


def test_a_tail_that_alone_is_too_long_is_cut_as_well() -> None:
    spec = IncidentSpec(description="d" * 300, links={"runbook": "r" * 50_000})
    assert len(fields_of(spec)["description"]) == 32_767


@pytest.mark.parametrize(
    ("internal", "properties"),
    [(True, [{"key": "sd.public.comment", "value": {"internal": True}}]), (False, None)],
)
def test_a_note_is_for_the_agents_alone_unless_said_otherwise(
    *, internal: bool, properties: object
) -> None:
    said = writer(**SERVER, internal_notes=internal).comment("n" * 50_000)
    assert len(str(said["body"])) == 32_767
    assert said.get("properties") == properties


@pytest.mark.parametrize(
    ("tag", "label"),
    [("a b", "a-b"), (" a \t b ", "a-b"), ("a\nb", "a-b"), ("x" * 300, "x" * 255), ("é", "é")],
)
def test_a_tag_becomes_one_word(tag: str, label: str) -> None:
    assert label_of(tag) == label


def a_field(type_: str, items: str = "", kind: str = "") -> Field:
    return Field(id="customfield_1", name="F", type=type_, items=items, kind=kind)


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        (a_field("string"), "a", "a"),
        (a_field("string"), 7, "7"),
        (a_field("string"), ["a", "b"], "a, b"),
        (a_field("date"), "2026-12-24", "2026-12-24"),
        (a_field("number"), 7.5, 7.5),
        (a_field("number"), "7", 7.0),
        (a_field("number"), "many", None),
        (a_field("number"), "nan", None),
        (a_field("option"), "eu", {"value": "eu"}),
        (a_field("option"), True, {"value": "Yes"}),
        (a_field("option-with-child"), "eu, west", {"value": "eu", "child": {"value": "west"}}),
        (a_field("option-with-child"), ["eu"], {"value": "eu"}),
        (a_field("option-with-child"), ["a", "b", "c"], None),
        (a_field("array", "option"), ["eu", "us"], [{"value": "eu"}, {"value": "us"}]),
        (a_field("array", "option"), "eu, us", [{"value": "eu"}, {"value": "us"}]),
        (a_field("array", "string"), ["db 1", "db2"], ["db-1", "db2"]),
        (a_field("array", "version"), ["1.2"], [{"name": "1.2"}]),
        (a_field("group"), "noc", {"name": "noc"}),
        (a_field("user"), "ann", {"name": "id of ann"}),
        (a_field("array", "user"), "ann,bob", [{"name": "id of ann"}, {"name": "id of bob"}]),
        (a_field("team"), "team-1", "team-1"),
        (a_field("option"), {"id": "10100"}, {"id": "10100"}),
        (a_field("sd-servicelevelagreement"), "x", "x"),
    ],
)
def test_a_value_is_written_as_its_field_takes_it(
    field: Field, value: JsonValue, written: JsonValue
) -> None:
    assert encoded(field, value, DATACENTER, EVERYTHING.person) == written


def test_somebody_unknown_is_no_value() -> None:
    assert encoded(a_field("user"), "ann", CLOUD, nobody) is None
    assert encoded(a_field("array", "user"), "ann,bob", CLOUD, nobody) is None


def test_a_field_of_many_lines_is_a_document_in_the_cloud_alone() -> None:
    field = a_field("string", kind="textarea")
    assert encoded(field, "a", DATACENTER, nobody) == "a"
    assert encoded(field, "a", CLOUD, nobody) == CLOUD.write("a", 10)
