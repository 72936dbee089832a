"""Rule tests: what they say happens, happens; what they expect is held against it."""

from pathlib import Path

import pytest

from bridge.domain.errors import ConfigurationError
from bridge.rules.rule_tests import read_tests
from tests.trial.given import RULES, differences_of, differing, outcome_of, run

ESCALATION = """
- name: escalation keeps one ticket
  steps:
    - fire: {{alertname: Disk, instance: "db1:9100", severity: warning, score: 7}}
    - after: 1m
      fire: {{labels: {{alertname: Disk, instance: "db1:9100", severity: critical, score: 7}}}}
    - after: 1m
      resolve: {{alertname: Disk, instance: "db1:9100", severity: warning, score: 7}}
    - after: 5m
      resolve: {{alertname: Disk, instance: "db1:9100", severity: critical, score: 7}}
  expect: {{{expect}}}
"""


@pytest.mark.parametrize(
    "expect",
    [
        "tickets: 1, dropped: 0, rule: disk, state: resolved, priority: high",
        "subject: Disk on db1, workgroup: Storage, backend: desk",
        "tags: [disk], urgency: ''",
        "CustomFields: {Score: 7}",
        "links: {runbook: 'https://example.com/Disk'}",
        "raw: {desk: {Deep: {Er: true}}}",
        "notes: [Also firing, All alerts cleared]",
        "notes: 3",
    ],
)
def test_what_is_right_passes(tmp_path: Path, expect: str) -> None:
    assert differing(tmp_path, ESCALATION.format(expect=expect)) == []


@pytest.mark.parametrize(
    ("expect", "name", "expected", "found"),
    [
        ("tickets: 2", "tickets", 2, 1),
        ("dropped: 1", "dropped", 1, 0),
        ("rule: heartbeat", "rule", "heartbeat", "disk"),
        ("state: open", "state", "open", "resolved"),
        ("priority: low", "priority", "low", "high"),
        ("urgency: high", "urgency", "high", ""),
        ("tags: [disk, prod]", "tags", ["disk", "prod"], ["disk"]),
        ("tags: []", "tags", [], ["disk"]),
        ("backend: other", "backend", "other", "desk"),
        ("CustomFields: {Score: '7'}", "CustomFields.Score", "7", 7),
        ("CustomFields: {Size: 7}", "CustomFields.Size", 7, None),
        ("links: {runbook: x}", "links.runbook", "x", "https://example.com/Disk"),
        ("raw: {desk: {Deep: {Er: 1}}}", "raw.desk.Deep.Er", 1, True),
        ("raw: {other: {A: 1}}", "raw.other.A", 1, None),
        ("notes: 7", "notes", 7, 3),
    ],
)
def test_what_is_wrong_fails(
    tmp_path: Path, expect: str, name: str, expected: object, found: object
) -> None:
    wrong = differing(tmp_path, ESCALATION.format(expect=expect))
    assert wrong == [(name, expected, found)]
    assert type(wrong[0][1]) is type(expected)


def test_a_note_that_was_not_written_shows_those_that_were(tmp_path: Path) -> None:
    (wrong,) = differences_of(tmp_path, ESCALATION.format(expect="notes: [Reopened]"))
    assert wrong.expected == "Reopened"
    assert any("All alerts cleared" in note for note in wrong.found)  # type: ignore[attr-defined]


def test_a_difference_says_who_gave_the_value(tmp_path: Path) -> None:
    (wrong,) = differences_of(tmp_path, ESCALATION.format(expect="workgroup: Databases"))
    assert wrong.because == f"disk {tmp_path}/rules.yaml:16"


def test_a_dropped_alert_has_no_ticket_to_look_at(tmp_path: Path) -> None:
    test = "- {name: t, steps: [{fire: {alertname: Watchdog}}], expect: {%s}}"
    assert differing(tmp_path, test % "tickets: 0, dropped: 1, rule: heartbeat") == []
    assert differing(tmp_path, test % "priority: low") == [("priority", "low", None)]


@pytest.mark.parametrize(("after", "tickets"), [("30s", 0), ("5m", 1)])
def test_time_passes_as_the_steps_say(tmp_path: Path, after: str, tickets: int) -> None:
    rules = RULES.replace("  settle: 0", "  settle: 0\n  hold: 2m")
    test = f"""
    - name: t
      steps:
        - fire: {{alertname: X}}
        - {{after: {after}, resolve: {{alertname: X}}}}
      expect: {{tickets: {tickets}, state: resolved}}
    """
    assert differing(tmp_path, test, rules) == []


@pytest.mark.parametrize(("wait", "state"), [("", "resolved"), ("wait: 1m", "open")])
def test_an_hour_passes_after_the_last_step_unless_the_test_says_otherwise(
    tmp_path: Path, wait: str, state: str
) -> None:
    rules = RULES.replace("  settle: 0", "  settle: 0\n  resolve_after: 30m")
    test = f"""
    - name: t
      {wait}
      steps: [fire: {{alertname: X}}, resolve: {{alertname: X}}]
      expect: {{tickets: 1, state: {state}}}
    """
    assert differing(tmp_path, test, rules) == []


def test_a_step_may_let_time_pass_and_nothing_else(tmp_path: Path) -> None:
    rules = RULES.replace("  settle: 0", "  settle: 0\n  expire_after: 2h")
    test = """
    - name: t
      wait: 0
      steps: [fire: {alertname: X}, after: %s]
      expect: {state: %s}
    """
    assert differing(tmp_path, test % ("1h", "open"), rules) == []
    assert differing(tmp_path, test % ("3h", "resolved"), rules) == []


def test_several_alerts_come_in_one_body(tmp_path: Path) -> None:
    test = """
    - name: t
      steps:
        - fire: [{alertname: Disk}, {alertname: Watchdog}, {labels: {alertname: Cpu}}]
          resolve: {alertname: Gone}
      expect: {tickets: 2, dropped: 1, rule: null, subject: Cpu}
    """
    assert differing(tmp_path, test) == []


def test_the_clock_begins_when_the_test_says(tmp_path: Path) -> None:
    rules = RULES + '\n  - {id: t, match: any, set: {solution: "{{ alert.starts_at.hour }}"}}'
    test = """
    - name: t
      at: '2026-03-01T23:30:00+01:00'
      steps: [fire: {alertname: X}]
      expect: {solution: 22}
    """
    assert differing(tmp_path, test, rules) == []


def test_a_source_can_be_matched(tmp_path: Path) -> None:
    rules = RULES + "\n  - {id: of-kuma, match: ['source=\"kuma\"'], set: {category: web}}"
    test = "- {name: t, source: kuma, steps: [fire: {alertname: X}], expect: {category: web}}"
    assert differing(tmp_path, test, rules) == []


PAYLOAD = """{"version": "4", "status": "firing", "alerts": [
  {"status": "%s", "labels": {"alertname": "Disk", "instance": "db1:9100"}, "annotations": {}},
  {"status": "firing", "labels": {"alertname": "Watchdog"}}
]}"""


def test_a_recorded_payload_goes_through_its_source(tmp_path: Path) -> None:
    (tmp_path / "fire.json").write_text(PAYLOAD % "firing")
    (tmp_path / "clear.json").write_text(PAYLOAD % "resolved")
    test = """
    - name: t
      source: alertmanager
      payload: fire.json
      %s
      expect: {tickets: 1, dropped: %s, subject: Disk on db1, state: %s}
    """
    assert differing(tmp_path, test % ("", 1, "open")) == []
    steps = "steps: [{after: 5m, payload: clear.json}]"
    assert differing(tmp_path, test % (steps, 2, "resolved")) == []


def test_a_payload_of_another_shape_is_an_error_of_the_test(tmp_path: Path) -> None:
    (tmp_path / "fire.json").write_text("[]")
    outcome = outcome_of(tmp_path, "- {name: t, payload: fire.json, expect: {tickets: 1}}")
    assert not outcome.passed
    assert "not an Alertmanager webhook body" in outcome.error


def test_a_source_that_nobody_knows_is_an_error_of_the_test(tmp_path: Path) -> None:
    (tmp_path / "fire.json").write_text("{}")
    test = "- {name: t, source: kuma, payload: fire.json, expect: {tickets: 1}}"
    error = outcome_of(tmp_path, test).error
    assert error.startswith("no source is named 'kuma'; choose one of ")
    assert "alertmanager" in error


def test_rules_that_no_test_reaches_are_named(tmp_path: Path) -> None:
    report = run(tmp_path, "- {name: t, steps: [fire: {alertname: Disk}], expect: {tickets: 1}}")
    assert report.rules == 2
    assert report.unreached == {"heartbeat": f"{tmp_path}/rules.yaml:8"}


def test_tests_know_nothing_of_each_other(tmp_path: Path) -> None:
    tests = "- {name: t, steps: [fire: {alertname: Disk}], expect: {tickets: 1}}\n" * 2
    assert run(tmp_path, tests).failed == []


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("{name: t, steps: [fires: {a: b}], expect: {}}", "unknown key 'fires'; did you mean"),
        ("{name: t, steps: [fire: {a: b}], expect: {ticket: 1}}", "unknown key 'ticket'"),
        ("{name: t, steps: [fire: {a: b}], expect: {prioritty: low}}", "did you mean 'priority'?"),
        ("{name: t, steps: [fire: {a: b}], expect: {state: closed}}", "write open or resolved"),
        ("{name: t, steps: [fire: {a: b}], expect: {tickets: -1}}", "no number of them"),
        ("{name: t, steps: [fire: disk], expect: {}}", "is no alert; write its labels"),
        ("{name: t, steps: [fire: {}], expect: {}}", "is no alert; write its labels"),
        ("{name: t, steps: [{}], expect: {}}", "the step is empty; give it fire:"),
        ("{name: t, steps: [{after: soon, fire: {a: b}}], expect: {}}", "not a span of time"),
        ("{name: t, steps: [], expect: {}}", "the test has no steps"),
        ("{name: t, steps: [fire: {a: b}]}", "expect is missing"),
        ("{steps: [fire: {a: b}], expect: {}}", "name is missing"),
        ("{name: t, at: noon, steps: [fire: {a: b}], expect: {}}", "'noon' is no time"),
        ("{name: t, payload: gone.json, expect: {}}", "gone.json does not exist"),
        ("{name: t, steps: [fire: {labels: {a: b}, anotations: {}}], expect: {}}", "'annotations'"),
    ],
)
def test_what_a_test_cannot_say_is_refused_with_its_place(
    tmp_path: Path, test: str, said: str
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(f"version: 1\ntests:\n  - {test}\n")
    with pytest.raises(ConfigurationError) as refused:
        read_tests([file])
    (problem,) = refused.value.problems
    assert said in str(problem)
    assert str(problem).startswith(f"{file}:3:")
