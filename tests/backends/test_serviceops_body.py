"""What ServiceOps is sent: bodies as pure functions of a spec."""

from collections.abc import Mapping
from dataclasses import replace

import orjson
import pytest

from bridge.backends.serviceops.body import FieldId, FileName, Writer, carries
from bridge.backends.serviceops.dialect import DIALECTS
from bridge.backends.serviceops.texts import as_html, fitted, subject_line
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.json import JsonObject
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec

TOKEN = "IB-eu-0123456789AB"
SPEC = IncidentSpec(subject="Disk full", description="92 %", priority="critical", impact="high")
DEFAULTS = {
    "requester": "noc@example.com",
    "requester_name": "",
    "category": "Incident",
    "location": "",
}


def writer(
    dialect: str = "incident",
    *,
    values: Mapping[str, Mapping[str, str]] | None = None,
    defaults: Mapping[str, str] | None = None,
    members: Mapping[str, str] | None = None,
    longest: int = 32_000,
) -> Writer:
    known = DIALECTS[dialect]
    return Writer(
        name="desk",
        dialect=known,
        vocabulary=Vocabulary(said=values or {}, usual=known.usual),
        defaults={**DEFAULTS, **(defaults or {})},
        max_subject=250,
        max_description=longest,
        describes_in_html=known.describes_in_html,
        value_members=members or {},
    )


def ids(**known: str) -> FieldId:
    """Know fields by name; digits are ids already."""
    return lambda name: name if name.isdigit() else known.get(name)


def created(spec: IncidentSpec, dialect: str = "incident") -> JsonObject:
    return writer(dialect).create(spec, TOKEN, ids())


def updated(spec: IncidentSpec, *changed: str, dialect: str = "incident") -> JsonObject:
    return writer(dialect).update(spec, changed, TOKEN, ids(), "Disk full [x]")


def test_a_create_of_the_older_api_has_the_keys_of_the_vendors_table() -> None:
    assert created(SPEC) == {
        "subject": f"Disk full [{TOKEN}]",
        "description": "92 %",
        "tags": [TOKEN],
        "requesterEmail": "noc@example.com",
        "categoryName": "Incident",
        "priority": "URGENT",
        "impact": "ONBUSINESS",
    }


def test_a_create_of_the_current_api_says_names() -> None:
    spec = replace(SPEC, urgency="medium", engineer="ann@example.com")
    assert created(spec, "request") == {
        "subject": f"Disk full [{TOKEN}]",
        "description": "<p>92 %</p>",
        "tags": [TOKEN],
        "requesterEmail": "noc@example.com",
        "categoryName": "Incident",
        "priorityName": "Urgent",
        "impactName": "On Business",
        "urgencyName": "Medium",
        "assigneeEmail": "ann@example.com",
    }


@pytest.mark.parametrize(
    ("dialect", "word", "priority", "impact"),
    [
        ("incident", "critical", "URGENT", "ONBUSINESS"),
        ("incident", "High", "HIGH", "ONBUSINESS"),
        ("incident", "medium", "MEDIUM", "ONDEPARTMENT"),
        ("incident", "LOW", "LOW", "LOW"),
        ("request", "critical", "Urgent", "On Business"),
        ("request", "HIGH", "High", "On Business"),
        ("request", "medium", "Medium", "On Department"),
        ("request", "low", "Low", "Low"),
    ],
)
def test_the_words_of_the_rules_become_the_desks(
    dialect: str, word: str, priority: str, impact: str
) -> None:
    said = created(IncidentSpec(priority=word, urgency=word, impact=word), dialect)
    names = DIALECTS[dialect].names
    assert said[names["priority"]] == said[names["urgency"]] == priority
    assert said[names["impact"]] == impact


def test_values_go_before_the_usual_words_and_reach_any_text_field() -> None:
    values = {
        "priority": {"critical": "HIGH"},
        "category": {"db": "Databases"},
        "location": {"eu": "Head Office"},
        "requester": {"ops": "ops@example.com"},
    }
    spec = replace(SPEC, category="db", location="EU", requester="ops", impact="ONUSER")
    said = writer(values=values).create(spec, TOKEN, ids())
    assert said["priority"] == "HIGH"
    assert said["categoryName"] == "Databases"
    assert said["locationName"] == "Head Office"
    assert said["requesterEmail"] == "ops@example.com"
    assert said["impact"] == "ONUSER"


def test_defaults_stand_where_the_rules_say_nothing() -> None:
    defaults = {"category": "Alerts", "location": "Head Office", "requester_name": "Monitoring"}
    said = writer(defaults=defaults).create(IncidentSpec(subject="x"), TOKEN, ids())
    assert said["categoryName"] == "Alerts"
    assert said["locationName"] == "Head Office"
    assert said["requesterName"] == "Monitoring"


def test_the_default_requesters_name_is_not_given_to_another() -> None:
    spec = IncidentSpec(subject="x", requester="ann@example.com")
    said = writer(defaults={"requester_name": "Monitoring"}).create(spec, TOKEN, ids())
    assert said["requesterEmail"] == "ann@example.com"
    assert "requesterName" not in said


def test_lists_go_as_lists() -> None:
    said = created(replace(SPEC, cc=("a@example.com", "b@example.com"), tags=("db",)))
    assert said["ccEmailSet"] == ["a@example.com", "b@example.com"]
    assert said["tags"] == ["db", TOKEN]


def test_links_and_fields_without_a_place_are_said_in_the_description() -> None:
    spec = replace(
        SPEC,
        links={"runbook": "https://wiki.example.com/disk"},
        ci_key="Host Name",
        ci_value="db1",
        workgroup="NOC",
    )
    assert created(spec)["description"] == (
        "92 %\n\nCI: Host Name db1\nworkgroup: NOC\nrunbook: https://wiki.example.com/disk"
    )


@pytest.mark.parametrize(
    ("type_", "value", "number", "text"),
    [
        (CustomFieldType.STRING, "x", 1, "x"),
        (CustomFieldType.STRING, None, 1, None),
        (CustomFieldType.INTEGER, 7, 2, "7"),
        (CustomFieldType.DOUBLE, 0.5, 3, "0.5"),
        (CustomFieldType.BOOLEAN, True, 4, "true"),
        (CustomFieldType.LONG, 2**40, 5, "1099511627776"),
        (CustomFieldType.INTEGER_LIST, [1, 2], 7, "1,2"),
        (CustomFieldType.STRING_LIST, ["a", "b"], 8, "a,b"),
        (CustomFieldType.TEXT, "long", 10, "long"),
    ],
)
def test_custom_fields_of_the_older_api_have_an_id_a_type_and_text(
    type_: CustomFieldType, value: object, number: int, text: str | None
) -> None:
    spec = replace(SPEC, custom_fields={"35": CustomField(value=value, type=type_)})  # type: ignore[arg-type]
    assert created(spec)["customFieldValueDetails"] == {"35": {"type": number, "stringValue": text}}


def test_a_configured_value_member_takes_the_bare_value() -> None:
    spec = replace(SPEC, custom_fields={"35": CustomField(value=7, type=CustomFieldType.INTEGER)})
    said = writer(members={"integer": "longValue"}).create(spec, TOKEN, ids())
    assert said["customFieldValueDetails"] == {"35": {"type": 2, "longValue": 7}}


def test_a_custom_field_by_name_goes_by_its_id() -> None:
    spec = replace(SPEC, custom_fields={"Event ID": CustomField(value="e1")})
    said = writer().create(spec, TOKEN, ids(**{"Event ID": "101"}))
    assert said["customFieldValueDetails"] == {"101": {"type": 1, "stringValue": "e1"}}


def test_a_custom_field_that_the_desk_lacks_is_said_in_the_description() -> None:
    spec = replace(SPEC, custom_fields={"Nonsense": CustomField(value=3)})
    said = created(spec)
    assert "customFieldValueDetails" not in said
    assert said["description"] == "92 %\n\nCustom field Nonsense is unknown to this desk: 3"
    assert updated(spec, "CustomFields")["description"] == said["description"]


def test_custom_fields_of_the_current_api_are_labels_with_bare_values() -> None:
    spec = replace(
        SPEC,
        custom_fields={
            "Score": CustomField(value=7, type=CustomFieldType.INTEGER),
            "35": CustomField(value=["a"], type=CustomFieldType.STRING_LIST),
        },
    )
    assert created(spec, "request")["customField"] == {"Score": 7, "35": ["a"]}


def test_raw_goes_over_the_body_and_into_its_objects() -> None:
    spec = replace(
        SPEC,
        custom_fields={"35": CustomField(value="x")},
        raw={
            "desk": {"spam": False, "customFieldValueDetails": {"36": {"type": 1}}},
            "other": {"departmentName": "IT"},
        },
    )
    said = created(spec)
    assert said["spam"] is False
    assert said["customFieldValueDetails"] == {
        "35": {"type": 1, "stringValue": "x"},
        "36": {"type": 1},
    }
    assert "departmentName" not in said


def test_raw_cannot_take_the_token_away() -> None:
    spec = replace(SPEC, raw={"desk": {"subject": "Mine"}})
    assert created(spec)["subject"] == f"Mine [{TOKEN}]"


@pytest.mark.parametrize("dialect", ["incident", "request"])
def test_what_no_json_can_carry_is_left_out(dialect: str) -> None:
    spec = replace(
        SPEC,
        subject="Disk\0 full\r\non \ud800db1\t!",
        description="a\0b\r\nc\td\x1b[0m\udfff",
        custom_fields={"35": CustomField(value=2**70, type=CustomFieldType.LONG)},
        raw={"desk": {"deep\ud800": [{"x": "\0y"}]}},
    )
    said = created(spec, dialect)
    orjson.dumps(said)
    assert said["subject"] == f"Disk full on db1 ! [{TOKEN}]"
    by_dialect = {"incident": "ab\nc\td[0m", "request": "<p>ab<br/>c\td[0m</p>"}
    assert said["description"] == by_dialect[dialect]
    assert said["deep"] == [{"x": "y"}]


def test_a_long_subject_gives_way_to_the_token() -> None:
    line = subject_line("x" * 400, TOKEN, 100)
    assert len(line) == 100
    assert line.endswith(f"x… [{TOKEN}]")


def test_a_subject_that_just_fits_is_left_whole() -> None:
    text = "x" * (100 - len(TOKEN) - 3)
    assert subject_line(text, TOKEN, 100) == f"{text} [{TOKEN}]"


def test_a_ticket_without_a_subject_still_has_the_token() -> None:
    assert subject_line("", TOKEN, 100) == f"[{TOKEN}]"


def test_an_update_sends_what_changed_and_nothing_else() -> None:
    assert updated(replace(SPEC, priority="low"), "priority") == {"priority": "LOW"}


def test_a_new_subject_keeps_the_token() -> None:
    said = updated(replace(SPEC, subject="Disk fuller"), "subject", "tags")
    assert said == {"subject": f"Disk fuller [{TOKEN}]", "tags": [TOKEN]}


def test_an_update_of_the_current_api_repeats_the_subject_it_does_not_change() -> None:
    said = updated(replace(SPEC, priority="low"), "priority", dialect="request")
    assert said == {"subject": "Disk full [x]", "priorityName": "Low"}


def test_an_update_never_writes_who_asked_and_whom_to_tell_where_the_api_takes_it() -> None:
    spec = replace(SPEC, requester="ann@example.com", cc=("b@example.com",))
    for dialect in DIALECTS:
        assert updated(spec, "requester", dialect=dialect) == {}
    assert updated(spec, "cc") == {}
    assert updated(spec, "cc", dialect="request")["ccEmailSet"] == ["b@example.com"]


def test_what_only_a_new_ticket_takes_is_said_to_be_left() -> None:
    spec = replace(SPEC, requester="ann@example.com", cc=("b@example.com",))
    changed = ("requester", "cc", "priority")
    assert writer().unwritten(spec, changed) == (
        "This desk takes requester, cc only when a ticket is filed"
    )
    assert writer("request").unwritten(spec, changed) == (
        "This desk takes requester only when a ticket is filed"
    )
    assert writer().unwritten(spec, ("priority", "subject")) == ""


@pytest.mark.parametrize("field", ["priority", "urgency", "impact"])
def test_a_word_that_the_older_api_does_not_take_is_said_rather_than_sent(field: str) -> None:
    spec = replace(SPEC, **{field: "hugh"})  # type: ignore[arg-type]  # texts all
    said = created(spec)
    assert field not in said
    assert said["description"] == f"92 %\n\n{field}: hugh is unknown to this desk"
    assert updated(spec, field) == {}
    assert writer().unwritten(spec, (field,)) == f"{field}: hugh is unknown to this desk"
    assert writer().unwritten(spec, ("subject",)) == ""
    assert updated(spec, "description")["description"] == said["description"]


def test_a_word_that_the_configuration_gets_wrong_is_said_rather_than_sent() -> None:
    values = {"priority": {"critical": "HUGH", "low": "low"}}
    said = writer(values=values).create(SPEC, TOKEN, ids())
    assert "priority" not in said
    assert "priority: HUGH is unknown to this desk" in str(said["description"])
    said = writer(values=values).create(replace(SPEC, priority="low"), TOKEN, ids())
    assert said["priority"] == "LOW"


def test_the_levels_of_the_current_api_are_the_instances_own() -> None:
    spec = replace(SPEC, priority="hugh", urgency="P1", impact="Galaxy")
    said = created(spec, "request")
    assert (said["priorityName"], said["urgencyName"], said["impactName"]) == (
        "hugh",
        "P1",
        "Galaxy",
    )
    assert said["description"] == "<p>92 %</p>"
    assert writer("request").unwritten(spec, ("priority",)) == ""


def test_a_description_in_html_says_the_text() -> None:
    spec = replace(SPEC, description="load < 5 & <b>\nup", links={"graph": "https://g/?a=1&b=2"})
    assert created(spec, "request")["description"] == (
        "<p>load &lt; 5 &amp; &lt;b&gt;<br/>up<br/><br/>graph: https://g/?a=1&amp;b=2</p>"
    )
    assert created(spec)["description"] == "load < 5 & <b>\nup\n\ngraph: https://g/?a=1&b=2"
    assert created(replace(spec, description="", links={}), "request")["description"] == ""


def test_a_long_description_gives_way_to_what_stands_below_it() -> None:
    spec = replace(SPEC, description="d" * 500, ci_value="db1")
    said = str(writer(longest=200).create(spec, TOKEN, ids())["description"])
    assert len(said) == 200
    assert said.endswith("d…\n\nCI: db1")
    assert fitted("d" * 200, "", 200) == "d" * 200
    assert fitted("text", "t" * 300, 200) == "…\n\n" + "t" * 197
    note = str(writer(longest=200).note("n" * 500, "s")["details"])
    assert note == f"<p>{'n' * 199}…</p>"


def test_files_are_named_as_each_dialect_names_them() -> None:
    files = [FileName(reference="k9", name="top.txt"), FileName(reference="x2", name="ps.txt")]
    assert writer().files(files, "s") == {"attachmentsRefNames": ["k9", "x2"]}
    assert writer("request").files(files, "s") == {
        "subject": "s",
        "fileAttachments": [
            {"refFileName": "k9", "realName": "top.txt"},
            {"refFileName": "x2", "realName": "ps.txt"},
        ],
    }


def test_a_change_of_a_link_writes_the_description() -> None:
    spec = replace(SPEC, links={"graph": "https://g.example.com"})
    assert updated(spec, "links") == {"description": "92 %\n\ngraph: https://g.example.com"}


def test_raw_is_written_again_only_when_it_changed() -> None:
    spec = replace(SPEC, raw={"desk": {"spam": True}})
    assert updated(spec, "priority") == {"priority": "URGENT"}
    assert updated(spec, "raw") == {"spam": True}


def test_a_status_is_set_alone_where_the_api_allows() -> None:
    assert writer().status("Resolved", "s") == {"status": "Resolved"}
    assert writer("request").status("Resolved", "s") == {"subject": "s", "statusName": "Resolved"}
    assert writer("request").status("Resolved", "") == {"statusName": "Resolved"}


def test_a_note_is_html_that_says_the_text() -> None:
    assert writer().note("a < b & c\nnext\0", "s") == {
        "conversationType": "note",
        "details": "<p>a &lt; b &amp; c<br/>next</p>",
        "subject": "s",
        "conversationState": "published",
    }
    assert as_html("<script>") == "<p>&lt;script&gt;</p>"


@pytest.mark.parametrize(
    ("record", "is_ours"),
    [
        ({"subject": f"Disk full [{TOKEN}]"}, True),
        ({"subject": f"[{TOKEN}] edited by a person"}, True),
        ({"subject": "renamed", "tags": ["db", TOKEN]}, True),
        ({"subject": f"Disk full [{TOKEN}C]"}, False),
        ({"subject": f"Disk full {TOKEN}"}, False),
        ({"subject": f"Disk full [{TOKEN[:-1]}]"}, False),
        ({"subject": None, "tags": None}, False),
        ({"tags": [f"{TOKEN}C"]}, False),
        ({"tags": TOKEN}, False),
    ],
)
def test_a_ticket_is_ours_by_its_whole_token(record: JsonObject, is_ours: bool) -> None:  # noqa: FBT001  # a case's expectation
    assert carries(record, TOKEN) is is_ours
