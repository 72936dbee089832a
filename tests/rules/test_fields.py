"""Fields: what merges and what replaces, the types of custom fields, and what text may hold."""

from pathlib import Path

import pytest

from bridge.domain.decision import Filed
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from bridge.expressions.limits import MAX_TEXT
from bridge.rules.limits import MAX_SUBJECT
from tests.rules.given import alert_of, filed, rules_of


def decided(folder: Path, text: str, *more: str, labels: dict[str, str] | None = None) -> Filed:
    return filed(rules_of(folder, text, *more).decide(alert_of(labels)))


def spec_of(folder: Path, *sets: str, labels: dict[str, str] | None = None) -> IncidentSpec:
    """Decide by defaults that set the first, and rules that set the rest."""
    rules = "".join(
        f"  - {{id: r{n}, match: any, set: {said}}}\n" for n, said in enumerate(sets[1:])
    )
    text = (
        f"defaults: {{set: {sets[0]}}}\nrules:\n{rules}"
        if rules
        else f"defaults: {{set: {sets[0]}}}"
    )
    return decided(folder, text, labels=labels).spec


def test_custom_fields_merge_by_name(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path,
        "{CustomFields: {A: a, B: b}}",
        "{CustomFields: {B: 2}}",
        "{CustomFields: {C: '{{ labels.x }}'}}",
        labels={"x": "c"},
    )
    assert spec.custom_fields == {
        "A": CustomField(value="a"),
        "B": CustomField(value=2, type=CustomFieldType.INTEGER),
        "C": CustomField(value="c"),
    }


def test_a_ticket_carries_the_alerts_links_unless_a_rule_says_otherwise(tmp_path: Path) -> None:
    links = {
        "dashboard": "https://g.example/d",
        "panel": "https://g.example/p",
        "silence": "https://g.example/s",
        "alertmanager": "http://am-1.example",
    }
    rules = rules_of(tmp_path, "defaults: {set: {links: {panel: '', silence: none, b: y}}}")
    decision = rules.decide(alert_of({"alertname": "A"}, links=links))
    assert isinstance(decision, Filed)
    assert decision.spec.links == {
        "dashboard": "https://g.example/d",
        "panel": "",
        "silence": "none",
        "b": "y",
    }
    assert decision.trace.fields["links.dashboard"].rule == "built-in"
    assert decision.trace.fields["links.silence"].rule != "built-in"


def test_links_merge_by_name(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "{links: {a: x, b: x}}", "{links: {b: y, c: y}}")
    assert spec.links == {"a": "x", "b": "y", "c": "y"}


def test_raw_merges_by_name_at_every_depth(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path,
        "{raw: {desk: {A: {x: 1, y: [1]}, B: b}, other: {C: c}}}",
        "{raw: {desk: {A: {x: '{{ labels.x }}', y: ['{{ labels.x }}', 2, null, true]}}}}",
        "{raw: {other: {D: {E: null}}}}",
        labels={"x": "X"},
    )
    assert spec.raw == {
        "desk": {"A": {"x": "X", "y": ["X", 2, None, True]}, "B": "b"},
        "other": {"C": "c", "D": {"E": None}},
    }


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        (["{A: 1}", "{A: {b: 2}}"], {"A": {"b": 2}}),
        (["{A: {b: 2}}", "{A: 1}"], {"A": 1}),
        (["{A: 1}", "{A: {b: 2}}", "{A: 3}"], {"A": 3}),
        (["{A: {b: 2}}", "{A: 1}", "{A: {c: 3}}"], {"A": {"c": 3}}),
        (["{A: {b: 2}}", "{A: 1}", "{A: {b: 3}}"], {"A": {"b": 3}}),
    ],
)
def test_where_raw_is_a_mapping_here_and_a_value_there_the_last_rule_wins(
    tmp_path: Path, sets: list[str], expected: dict[str, object]
) -> None:
    spec = spec_of(tmp_path, *(f"{{raw: {{desk: {said}}}}}" for said in sets))
    assert spec.raw == {"desk": expected}


@pytest.mark.parametrize("name", ["cc", "tags"])
def test_a_list_replaces_what_came_before(tmp_path: Path, name: str) -> None:
    spec = spec_of(
        tmp_path,
        f"{{{name}: [a, b]}}",
        f"{{{name}: ['{{{{ labels.x }}}}', '', ' c ', c]}}",
        labels={"x": "X"},
    )
    assert getattr(spec, name) == ("X", "c")
    assert getattr(spec_of(tmp_path, f"{{{name}: [a]}}", f"{{{name}: []}}"), name) == ()
    assert getattr(spec_of(tmp_path, f"{{{name}: a}}"), name) == ("a",)


def test_every_text_field_is_set_by_its_public_name(tmp_path: Path) -> None:
    names = {
        "subject": "subject", "description": "description", "priority": "priority",
        "impact": "impact", "urgency": "urgency", "category": "category",
        "classification": "classification", "CI_Key": "ci_key", "CI_Value": "ci_value",
        "CI_ID": "ci_id", "requester": "requester", "location": "location",
        "workgroup": "workgroup", "engineer": "engineer", "sla": "sla", "solution": "solution",
        "note": "note",
    }  # fmt: skip
    said = ", ".join(f"{name}: ' the {{{{ labels.x }}}} {name} '" for name in names)
    spec = spec_of(tmp_path, f"{{{said}}}", labels={"x": "X"})
    assert {name: getattr(spec, attribute) for name, attribute in names.items()} == {
        name: f"the X {name}" for name in names
    }


@pytest.mark.parametrize(
    ("said", "value", "type_"),
    [
        ("text", "text", "string"),
        ("7", 7, "integer"),
        ("0.5", 0.5, "double"),
        ("true", True, "boolean"),
        ("[a, b]", ["a", "b"], "string_list"),
        ("'7'", "7", "string"),
        ("{value: 7, type: string}", "7", "string"),
        ("{value: '{{ labels.x }}', type: string}", "12", "string"),
        ("{value: '{{ labels.x }}', type: text}", "12", "text"),
        ("{value: '{{ labels.x }}', type: integer}", 12, "integer"),
        ("{value: ' -3 ', type: integer}", -3, "integer"),
        ("{value: '7.0', type: integer}", 7, "integer"),
        ("{value: '9007199254740993', type: long}", 9007199254740993, "long"),
        ("{value: '{{ labels.x }}.5', type: double}", 12.5, "double"),
        ("{value: 2, type: double}", 2.0, "double"),
        ("{value: 'Yes', type: boolean}", True, "boolean"),
        ("{value: 'off', type: boolean}", False, "boolean"),
        ("{value: 1, type: boolean}", True, "boolean"),
        ("{value: '1, 2,', type: integer_list}", [1, 2], "integer_list"),
        ("{value: [1, '{{ labels.x }}'], type: integer_list}", [1, 12], "integer_list"),
        ("{value: 'a, b', type: string_list}", ["a", "b"], "string_list"),
        ("{value: [a, 1], type: string_list}", ["a", "1"], "string_list"),
        ("{value: '', type: string_list}", [], "string_list"),
    ],
)
def test_a_custom_field_has_the_type_that_was_asked_for(
    tmp_path: Path, said: str, value: object, type_: str
) -> None:
    field = spec_of(tmp_path, f"{{CustomFields: {{F: {said}}}}}", labels={"x": "12"}).custom_fields
    assert field == {"F": CustomField(value=value, type=CustomFieldType(type_))}  # type: ignore[arg-type]  # any JSON value
    assert type(field["F"].value) is type(value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{value: '{{ labels.x }}', type: integer}", "'a' is not of the type integer"),
        ("{value: 1.5, type: integer}", "'1.5' is not of the type integer"),
        ("{value: '', type: integer}", "'' is not of the type integer"),
        ("{value: nan, type: integer}", "'nan' is not of the type integer"),
        ("{value: inf, type: long}", "'inf' is not of the type long"),
        ("{value: '99999999999999999999', type: long}", "is not of the type long"),
        ("{value: '-99999999999999999999', type: integer}", "is not of the type integer"),
        ("{value: 1e300, type: integer}", "is not of the type integer"),
        ("{value: '²', type: integer}", "'²' is not of the type integer"),
        ("{value: [1], type: long}", "'[1]' is not of the type long"),
        ("{value: nan, type: double}", "'nan' is not of the type double"),
        ("{value: '{{ labels.x }}', type: double}", "'a' is not of the type double"),
        ("{value: '1e999', type: double}", "'1e999' is not of the type double"),
        ("{value: perhaps, type: boolean}", "'perhaps' is not of the type boolean"),
        ("{value: {a: b}, type: string}", "is not of the type string"),
        ("{value: [a], type: text}", "is not of the type text"),
        ("{value: '1, a', type: integer_list}", "'1, a' is not of the type integer_list"),
        ("{value: [[a]], type: string_list}", "is not of the type string_list"),
    ],
)
def test_a_custom_field_that_is_not_of_its_type_is_left_out_and_told(
    tmp_path: Path, said: str, told: str
) -> None:
    rules = f"rules:\n  - {{id: a, match: any, set: {{CustomFields: {{F: {said}, G: g}}}}}}"
    decision = decided(tmp_path, rules, labels={"x": "a"})
    assert decision.spec.custom_fields == {"G": CustomField(value="g")}
    [fault] = decision.faults
    assert (fault.rule, fault.field, fault.fallback) == ("a", "CustomFields.F", "nothing")
    assert told in fault.message


def test_a_custom_field_that_fails_falls_back_to_an_earlier_rule(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path,
        "{CustomFields: {F: 1}}",
        "{CustomFields: {F: {value: '{{ labels.x }}', type: integer}}}",
        labels={"x": "a"},
    )
    assert spec.custom_fields["F"].value == 1


@pytest.mark.parametrize(
    ("label", "subject"),
    [
        ("two\nlines", "two lines"),
        ("\r\n a \t\v b\x0b \n", "a b"),
        ("a\x00b\x1b[31mc\x7fd", "ab[31mcd"),
        ("safe\u202eevil\u2066x\u2069\u200f", "safeevilx"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("größe 数 \U0001f525", "größe 数 \U0001f525"),
        ("a" * 300, "a" * (MAX_SUBJECT - 1) + "…"),
        ("a" * 250, "a" * 250),
        ("\u2028a\u2028b\u0085c", "a b c"),
    ],
)
def test_a_subject_is_one_clean_line_of_bounded_length(
    tmp_path: Path, label: str, subject: str
) -> None:
    assert spec_of(tmp_path, "{subject: '{{ labels.x }}'}", labels={"x": label}).subject == subject


@pytest.mark.parametrize("unwanted", ["\x00", "\x1b", "\x7f", "\u202e", "\u2067", "\udcff", "\r"])
def test_no_field_holds_what_fools_a_reader_or_breaks_a_desk(tmp_path: Path, unwanted: str) -> None:
    text = "'a{{ labels.x }}b'"
    fields = (
        f"{{description: {text}, workgroup: {text}, note: {text}, cc: [{text}], tags: [{text}], "
        f"links: {{l: {text}}}, CustomFields: {{F: {text}}}, raw: {{desk: {{A: [{text}]}}}}}}"
    )
    spec = spec_of(tmp_path, fields, labels={"x": unwanted})
    assert {spec.description, spec.workgroup, spec.note, spec.links["l"]} == {"ab"}
    assert (spec.cc, spec.tags, spec.raw) == (("ab",), ("ab",), {"desk": {"A": ["ab"]}})
    assert spec.custom_fields == {"F": CustomField(value="ab")}


def test_the_built_in_texts_are_clean_too(tmp_path: Path) -> None:
    labels = {"alertname": "a\u202eb\nc", "instance": "h\x00:1", "k\x00\ud800": "v\x1b"}
    spec = decided(tmp_path, "rules: []", labels=labels).spec
    assert spec.subject == "ab c on h"
    assert "k: v" in spec.description
    assert not {"\x00", "\x1b", "\u202e", "\ud800"} & set(spec.description)


def test_lines_and_tabs_of_a_description_stay(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "{description: '{{ labels.x }}'}", labels={"x": "a\n\tb\n"})
    assert spec.description == "a\n\tb"


def test_a_description_is_of_bounded_length(tmp_path: Path) -> None:
    labels = {"x": "a" * (MAX_TEXT - 1), "y": "b"}
    fits = spec_of(tmp_path, "{description: '{{ labels.x }}{{ labels.y }}'}", labels=labels)
    assert fits.description.endswith("ab")
    built_in = decided(tmp_path, "rules: []", labels={**labels, "x": "a" * 10 * MAX_TEXT}).spec
    assert len(built_in.description) == MAX_TEXT
