"""Explain: who gave each field its value, over what, and why each rule was not taken."""

from pathlib import Path

import pytest

from bridge.domain.decision import Trace
from tests.rules.given import alert_of, filed, rules_of

RULES = """
tables: {level: {map: {page: critical}, miss: medium}}
defaults:
  set:
    priority: "{{ level(labels.severity) }}"
    impact: low
rules:
  - id: a
    match: any
    set: {priority: high, impact: "{{ labels.nothing }}"}
  - id: b
    match: {all: ['x="1"', 'y="2"'], any: ['z="3"', 'z="4"'], none: ['dev="yes"']}
    when: labels.w == '5'
    set: {priority: low, CustomFields: {Score: 7}, raw: {desk: {A: {B: c}}}, tags: [t]}
"""
ALL = {"severity": "page", "x": "1", "y": "2", "z": "4", "w": "5"}


def trace_of(folder: Path, labels: dict[str, str], text: str = RULES) -> Trace:
    return filed(rules_of(folder, text).explain(alert_of(labels))).trace


def said_of(folder: Path, name: str, labels: dict[str, str], text: str = RULES) -> str:
    return str(trace_of(folder, labels, text).fields[name]).replace(f"{folder}/", "")


def test_a_field_says_all_that_it_overrode(tmp_path: Path) -> None:
    assert said_of(tmp_path, "priority", ALL) == (
        "low <- b 1.yaml:13 over high (a 1.yaml:9) "
        'over critical (defaults 1.yaml:4, table level row "page")'
    )


def test_a_field_that_came_of_a_miss_says_so(tmp_path: Path) -> None:
    text = RULES.replace("priority: high, ", "").replace("priority: low, ", "")
    assert said_of(tmp_path, "priority", {}, text) == (
        "medium <- defaults 1.yaml:4, table level miss"
    )


def test_a_setting_that_failed_is_not_among_what_was_overridden(tmp_path: Path) -> None:
    assert said_of(tmp_path, "impact", {}) == "low <- defaults 1.yaml:5"
    last = "\n  - {id: c, match: any, set: {impact: high}}\n"
    assert said_of(tmp_path, "impact", {}, RULES.rstrip() + last) == (
        "high <- c 1.yaml:14 over low (defaults 1.yaml:5)"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CustomFields.Score", "7 <- b 1.yaml:13"),
        ("raw.desk.A.B", "c <- b 1.yaml:13"),
        ("tags", "t <- b 1.yaml:13"),
        ("subject", "alert <- built-in"),
    ],
)
def test_every_field_says_who_gave_it(tmp_path: Path, name: str, said: str) -> None:
    assert said_of(tmp_path, name, ALL) == said


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"x": "0", "y": "0"}, 'x="1"'),
        ({"y": "0", "z": "0"}, 'y="2"'),
        ({"dev": "yes", "z": "0"}, 'none: dev="yes"'),
        ({"z": "0"}, 'any: z="3", z="4"'),
        ({"w": "0"}, "when: labels.w == '5'"),
        ({}, ""),
    ],
)
def test_a_rule_that_was_not_taken_names_what_failed_first(
    tmp_path: Path, changes: dict[str, str], failed: str
) -> None:
    first, second = trace_of(tmp_path, {**ALL, **changes}).rules
    assert (first.rule, first.applied, first.failed) == ("a", True, "")
    assert (second.rule, second.applied, second.failed) == ("b", not failed, failed)
    assert second.location == f"{tmp_path}/1.yaml:10"


def test_a_when_that_could_not_be_asked_says_why(tmp_path: Path) -> None:
    labels = {name: value for name, value in ALL.items() if name != "w"}
    failed = trace_of(tmp_path, labels).rules[1].failed
    assert failed.startswith("when: labels.w == '5' (failed: there is no 'w' here")


def test_rules_after_a_final_one_are_not_spoken_of(tmp_path: Path) -> None:
    text = RULES.replace("match: any\n", "match: any\n    final: true\n")
    assert [said.rule for said in trace_of(tmp_path, ALL, text).rules] == ["a"]


def test_a_decision_says_of_each_field_who_gave_it_without_what_it_overrode(
    tmp_path: Path,
) -> None:
    trace = filed(rules_of(tmp_path, RULES).decide(alert_of(ALL))).trace
    assert str(trace.fields["priority"]) == f"low <- b {tmp_path}/1.yaml:13"
