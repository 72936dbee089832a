"""What failed, in words, in JSON and in JUnit XML."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from bridge.cli.rules.report import json_of, text_of
from bridge.trial.junit import as_junit
from bridge.trial.wording import difference_lines
from tests.trial.given import outcome_of, run

TESTS = r"""
- {name: passes, steps: [fire: {alertname: Disk}], expect: {tickets: 1}}
- {name: fails, steps: [fire: {alertname: Disk}], expect: {tickets: 2, workgroup: "DB\x01"}}
- {name: breaks, source: kuma, payload: rules.yaml, expect: {}}
"""


def lines_of(folder: Path, test: str) -> list[str]:
    return list(difference_lines(outcome_of(folder, test)))


def test_a_difference_shows_what_was_expected_and_what_was_found(tmp_path: Path) -> None:
    test = "- {name: t, steps: [fire: {alertname: Disk}], expect: {workgroup: DB, tickets: 2}}"
    assert lines_of(tmp_path, test) == [
        f"workgroup  <- disk {tmp_path}/rules.yaml:16",
        "  - DB",
        "  + Storage",
        "tickets",
        "  - 2",
        "  + 1",
    ]


def test_of_a_long_text_the_lines_that_differ_are_seen(tmp_path: Path) -> None:
    test = r"""
    - name: t
      steps: [fire: {labels: {alertname: Disk}, annotations: {summary: "a\nb"}}]
      expect: {description: "a\nc\n\nalertname: Disk"}
    """
    told = [line.rstrip() for line in lines_of(tmp_path, test)[1:]]
    assert told == ["    a", "  - c", "  + b", "", "    alertname: Disk"]


@pytest.mark.parametrize(
    ("expect", "lines"),
    [
        ("CustomFields: {Score: '0'}", ["  - '0'", "  + 0"]),
        ("urgency: high", ["  - high", '  + ""']),
        ("CustomFields: {Size: 1}", ["  - 1", "  + (nothing)"]),
        ("tags: []", ["  - (none)", "  + disk"]),
    ],
)
def test_values_that_look_alike_or_like_nothing_are_told_apart(
    tmp_path: Path, expect: str, lines: list[str]
) -> None:
    test = f"- {{name: t, steps: [fire: {{alertname: Disk}}], expect: {{{expect}}}}}"
    assert lines_of(tmp_path, test)[1:] == lines


def test_the_text_names_failures_unreached_rules_and_counts(tmp_path: Path) -> None:
    text = text_of(run(tmp_path, TESTS), verbose=False).replace(f"{tmp_path}/", "")
    assert "FAIL  rules.yaml:24  fails\n" in text
    assert "passes" not in text
    assert "no source is named 'kuma'" in text
    assert "no test reaches the rule heartbeat (rules.yaml:8)\n" in text
    assert text.splitlines()[-1].startswith("1 passed, 2 failed in ")
    assert text.splitlines()[-1].endswith("; 1 of 2 rules reached")


def test_the_text_names_what_passes_when_asked(tmp_path: Path) -> None:
    text = text_of(run(tmp_path, TESTS), verbose=True).replace(f"{tmp_path}/", "")
    assert "ok    rules.yaml:23  passes\n" in text


def test_the_json_says_the_same(tmp_path: Path) -> None:
    said = json_of(run(tmp_path, TESTS))
    assert isinstance(said, dict)
    assert (said["passed"], said["failed"]) == (1, 2)
    assert said["rules"]["total"] == 2
    assert [rule["rule"] for rule in said["rules"]["unreached"]] == ["heartbeat"]
    passes, fails, breaks = said["tests"]
    assert (passes["passed"], passes["differences"], passes["error"]) == (True, [], None)
    assert fails["differences"][0] == {
        "field": "tickets",
        "expected": 2,
        "found": 1,
        "because": None,
    }
    assert "kuma" in breaks["error"]


def test_junit_counts_failures_and_errors_and_holds_what_xml_cannot_write(tmp_path: Path) -> None:
    root = fromstring(as_junit(run(tmp_path, TESTS)))
    assert root.tag == "testsuites"
    (suite,) = root
    totals = {name: suite.attrib[name] for name in ("tests", "failures", "errors")}
    assert totals == {"tests": "3", "failures": "1", "errors": "1"}
    passes, fails, breaks = suite
    assert (passes.attrib["name"], passes.attrib["line"], list(passes)) == ("passes", "23", [])
    assert fails[0].tag == "failure"
    assert fails[0].attrib["message"] == "tickets, workgroup: not as expected"
    assert "- DB?" in (fails[0].text or "")
    assert breaks[0].tag == "error"
