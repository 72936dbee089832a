"""The contract's example, with one line broken at a time: the line is named, and what to do."""

import re
from pathlib import Path

import pytest

from bridge.rules.lint import DeskWords, lint
from tests.rules.contract import RULES, line_of, write_contract

DESKS = {
    name: DeskWords(
        words=dict.fromkeys(("priority", "impact"), ("critical", "high", "medium", "low")),
        declared=("priority", "impact"),
    )
    for name in ("summit", "serviceops")
}

#: what stands in a line, what is put in its place, and what is said of it
MUTATIONS = [
    ("version: 1", "version: 2", "version: is not known; this bridge reads version: 1"),
    ("owners.csv", "owner.csv", "owner.csv cannot be read: .*; give a file in UTF-8, relative .*"),
    ("key: [service, env]", "key: [servce, env]",
     "there is no column 'servce'; it has service, env, .*"),
    ("map: {critical:", "maps: {critical:", r"unknown key 'maps'; did you mean 'map'\?"),
    ("defaults:\n", "default:\n", r"unknown key 'default'; did you mean 'defaults'\?"),
    ("backend: summit", "backend: sumit",
     r"defaults, backend: unknown backend 'sumit'; did you mean 'summit'\?"),
    ("key: {by: labels,", "key: {by: label,",
     "defaults.key.by: is neither; write labels, or a list of names"),
    ("{{ alert.name }}", "{{ alrt.name }}",
     r"defaults, subject: nothing is named 'alrt'; did you mean 'alert'\?"),
    ("default(annotations.summary) }}", "default(annotations.summary) }",
     "defaults, description: not a template: .+; correct the template"),
    ("{{ level(labels.severity) }}", "{{ levl(labels.severity) }}",
     r"defaults, priority: nothing is named 'levl'; did you mean 'level'\?"),
    ("{{ 'high' if", "{{ 'hgh' if",
     "defaults, impact: summit has no word 'hgh'; did you mean 'high'.*"),
    ("  - id: heartbeat", "  - name: heartbeat", ".*id is missing; add it"),
    ("  - id: db-critical", "  - id: heartbeat",
     "the rule 'heartbeat' stands already in .+; give each rule an id of its own"),
    ("alertname=\"Watchdog\"", "alertname Watchdog",
     "rule heartbeat, match.0: 'alertname Watchdog' is not a matcher; write it as .+"),
    ("drop: dead man's switch", "dropp: dead man's switch",
     r"unknown key 'dropp'; did you mean 'drop'\?"),
    ("match: any", "match: all",
     "rule owner-and-ci, match.all.0: 'all' is not a matcher; write it as .+"),
    ("CI_Key: Host", "CI_Kee: Host", r"unknown key 'CI_Kee'; did you mean 'CI_Key'\?"),
    (".ci or (labels.instance | host)", ".ci or (labels.instance | hst)",
     "rule owner-and-ci, CI_Value: not a template: No filter named 'hst'.*; correct the .+"),
    ("type: integer", "type: int",
     r"rules\.1\.set\.CustomFields\.Score\.type: is no type; choose one of .+"),
    ("match: {all:", "match: {al:", r"rules\.2\.match: is no match; write any, .+"),
    ("service=~\"pg.*\"", "service=~\"pg(.*\"",
     r"rule db-critical, match\.all\.0: the pattern 'pg\(\.\*' is not RE2 .+; correct it, .+"),
    ("none: ['env=\"dev\"']", "none: ['severity=\"critical\"']",
     'rule db-critical can match nothing: severity="critical"; .+'),
    ("in ['eu', 'us']\"", "in ['eu', 'us'\"",
     "rule db-critical, when: not a template: .+; correct the template"),
    ("set: {priority: critical, impact", "set: {prioritty: critical, impact",
     r"unknown key 'prioritty'; did you mean 'priority'\?"),
    ("set: {priority: critical, impact", "set: {priority: urgent, impact",
     "rule db-critical, priority: summit has no word 'urgent'; .+"),
    ("hold: 2m", "hold: 2 minutes", ".+hold: '2 minutes' is not a span of time; write it like .+"),
    ("resolve_after: 5m", "resolve_after: five", ".+'five' is not a span of time; write it .+"),
    ("reopen_within: 1h", "reopen_witin: 1h", ".*'reopen_witin'; did you mean 'reopen_within'.*"),
    ("on_clear: resolve ", "on_clear: resolved ", ".+on_clear: is none of them; choose one of .+"),
    ("expire_after: 24h", "expire_after: 24", ".+'24' is not a span of time; write it like .+"),
    ("budget: {tickets: 20,", "budget: {tickets: none,",
     ".+tickets is not a whole number; write digits only"),
    ("respect_people: true", "respect_people: please",
     ".+respect_people is neither true nor false; write true or false"),
    ("final: true", "final: maybe", ".+final is neither true nor false; write true or false"),
    ("tests:\n", "test:\n", r"unknown key 'test'; did you mean 'tests'\?"),
    ("- fire: {alertname: Lag", "- fired: {alertname: Lag",
     r"unknown key 'fired'; did you mean 'fire'\?"),
    ("{after: 1m, fire:", "{after: soon, fire:", ".+after: 'soon' is not a span of time; .+"),
    ("expect: {tickets: 1, rule", "expect: {ticket: 1, rule",
     r"unknown key 'ticket'; did you mean 'tickets'\?"),
    ("tables:\n", "table:\n", r"unknown key 'table'; did you mean 'tables'\?"),
    ("rules:\n", "rule:\n", r"unknown key 'rule'; did you mean 'rules'\?"),
    ("  set:\n    subject", "  sets:\n    subject", r"unknown key 'sets'; did you mean 'set'\?"),
    ("    steps:\n", "    step:\n", r"unknown key 'step'; did you mean 'steps'\?"),
    ("- name: a recorded", "- nam: a recorded", r"unknown key 'nam'; did you mean 'name'\?"),
    ("source: grafana", "sourc: grafana", r"unknown key 'sourc'; did you mean 'source'\?"),
    ("Event ID: \"{{", "Event ID: \"{%",
     "rule owner-and-ci, CustomFields.Event ID: not a template: .+; correct the template"),
    ("payload: payloads/disk.json", "payload: payloads/dsk.json",
     "the payload .+dsk.json does not exist; give the path of a recorded body, .+"),
]  # fmt: skip


def found(folder: Path, text: str) -> list[str]:
    """Give what lint says is wrong, warnings left out."""
    file = write_contract(folder)
    (folder / "payloads").mkdir()
    (folder / "payloads/disk.json").write_text("{}")
    file.write_text(text)
    report = lint([folder], desks=DESKS, default_backend="serviceops")
    return [str(problem) for problem in report.problems if not problem.is_warning]


def test_the_example_itself_is_fine(tmp_path: Path) -> None:
    assert found(tmp_path, RULES) == []


@pytest.mark.parametrize(
    ("text", "broken", "said"), MUTATIONS, ids=[broken.strip() for _, broken, _ in MUTATIONS]
)
def test_a_broken_line_is_named_with_a_remedy(
    tmp_path: Path, text: str, broken: str, said: str
) -> None:
    assert RULES.count(text) >= 1
    problems = found(tmp_path, RULES.replace(text, broken, 1))
    line = line_of(text) + (1 if text.startswith("\n") else 0)
    places = [
        rf"{tmp_path}/db\.yaml:{line}:\d+: ",
        rf"{tmp_path}/owners\.csv:1:1: ",
    ]
    assert any(
        re.fullmatch(f"(?:{'|'.join(places)})(?:{tmp_path}/)?{said}", problem)
        for problem in problems
    ), problems


def test_nearly_every_line_is_broken_once() -> None:
    broken = {line_of(text) for text, _, _ in MUTATIONS}
    lines = {number for number, line in enumerate(RULES.splitlines(), 1) if line.strip()}
    assert len(lines - broken) <= 8
