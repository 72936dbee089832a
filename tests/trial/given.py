"""Rules with tests, in a line or two."""

import textwrap
from functools import partial
from pathlib import Path

from bridge.rules import load_rules
from bridge.rules.rule_tests import read_tests
from bridge.settings.named import source_named
from bridge.trial.expect import Difference
from bridge.trial.run import Outcome, Report, run_tests

RULES = """
version: 1
defaults:
  key: {by: labels, except: [severity]}
  settle: 0
  set: {priority: "{{ 'high' if labels.severity == 'critical' else 'low' }}"}
rules:
  - id: heartbeat
    match: ['alertname="Watchdog"']
    drop: fires always
  - id: disk
    match: ['alertname="Disk"']
    set:
      subject: "{{ labels.alertname }} on {{ labels.instance | default('a host') | host }}"
      tags: [disk, "{{ labels.env | default('') }}"]
      workgroup: Storage
      links: {runbook: "https://example.com/{{ labels.alertname }}"}
      raw: {desk: {Deep: {Er: yes}}}
      CustomFields: {Score: {value: "{{ labels.score | default(0) }}", type: integer}}
"""


def run(folder: Path, tests: str, rules: str = RULES) -> Report:
    """Run tests that stand beside rules in one file."""
    file = folder / "rules.yaml"
    file.write_text(f"{rules}\ntests:\n{textwrap.indent(textwrap.dedent(tests), '  ')}")
    loaded = load_rules([file], backends=None, default_backend="desk")
    return run_tests(read_tests([file]), loaded, partial(source_named, None))


def outcome_of(folder: Path, test: str, rules: str = RULES) -> Outcome:
    """Run one test."""
    (outcome,) = run(folder, test, rules).outcomes
    return outcome


def differences_of(folder: Path, test: str, rules: str = RULES) -> list[Difference]:
    """Run one test to its end; give what came out otherwise."""
    outcome = outcome_of(folder, test, rules)
    assert not outcome.error
    return list(outcome.differences)


def differing(folder: Path, test: str, rules: str = RULES) -> list[tuple[str, object, object]]:
    """Give the same as (name, expected, found)."""
    return [(d.name, d.expected, d.found) for d in differences_of(folder, test, rules)]
