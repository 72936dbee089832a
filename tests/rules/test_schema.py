"""The JSON Schema that editors use takes what loads, and refuses what does not."""

import json
import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from bridge.cli import bridge
from bridge.yamlfile import load, parse
from tests.rules.contract import write_contract
from tests.rules.given import write

SHIPPED = sorted((Path(__file__).parents[2] / "rules").glob("*.yaml"))


@pytest.fixture(scope="module")
def schema() -> Any:
    """Print the schema as users do."""
    printed = CliRunner().invoke(bridge, ["rules", "schema"])
    assert printed.exit_code == 0
    return json.loads(printed.output)


def faults(schema: Any, data: object) -> list[str]:
    """Give what an editor would underline, as dotted paths."""
    validator = jsonschema.Draft202012Validator(schema)
    errors = validator.iter_errors(data)
    return sorted(".".join(map(str, error.absolute_path)) for error in errors)


def test_the_schema_is_one(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_a_shipped_file_is_valid(schema: Any, file: Path) -> None:
    assert faults(schema, load(file).data) == []


def test_the_contracts_example_is_valid(schema: Any, tmp_path: Path) -> None:
    assert faults(schema, load(write_contract(tmp_path)).data) == []


EVERYTHING = """
version: 1
unmatched: drop
tables:
  a: {map: {x: y, 1: 2, z: {c: d}}, miss: z}
  b: {file: b.csv, key: [c, d], miss: {e: f}}
  c: {key: a, rows: [{a: b, c: 1}]}
defaults:
  backend: desk
  unmatched: file
  key: {by: [a, source]}
  expire_after: null
  budget: null
  mute: {times: ["22:00-06:00", 1:00-2:00], weekdays: mon-fri, dates: [2026-01-01], zone: UTC}
  set: {subject: 1, cc: [a, b], tags: x, links: {a: b}, raw: {desk: {a: [1, {b: null}]}}}
rules:
  - {id: a, match: any, hold: 0, final: true}
  - {id: b, match: ['a="b"'], drop: noise}
  - {id: c, match: 'a="b"', when: labels.a, key: "{{ labels.a }}", expect_every: 5m}
  - id: d
    match: {all: ['a="b"'], any: ['a="b"'], none: ['a="b"']}
    key: {by: labels, except: [a]}
    mute: [{dates: 2026-01-01..2026-02-01}]
    on_clear: note
    settle: 1h30m
    budget: {tickets: 2, per: 1h}
    set:
      CustomFields: {A: 1, B: [a, 1], C: {value: x, type: integer_list}, D: true}
tests:
  - {name: a, source: am, payload: a.json, at: 2026-03-01T22:30:00Z, wait: 2h, expect: {tickets: 1}}
  - name: b
    steps:
      - fire: {alertname: x, a: 1}
      - {after: 1m, resolve: [{labels: {a: b}, values: {A: 1.5}}, {a: c}]}
    expect: {dropped: 0, rule: a, state: open, notes: [a], CustomFields: {A: 7}, priority: low}
"""


def test_every_form_of_every_key_is_valid(schema: Any) -> None:
    assert faults(schema, parse(EVERYTHING, "a.yaml").data) == []


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("sett: {}", ""),
        ("set: {priorty: x}", "set"),
        ("set: {subject: [x]}", "set.subject"),
        ("set: {links: x}", "set.links"),
        ("set: {CustomFields: {A: {value: 1}}}", "set.CustomFields.A"),
        ("hold: soon", "hold"),
        ("hold: 5", "hold"),
        ("on_clear: delete", "on_clear"),
        ("final: maybe", "final"),
        ("budget: {tickets: 0, per: 1h}", "budget"),
        ("key: {bye: labels}", "key"),
        ("key: {by: []}", "key"),
        ("mute: {weekdays: frday}", "mute"),
        ("mute: {times: 22:00}", "mute"),
        ("match: {some: [a=b]}", "match"),
        ("drop: ''", "drop"),
    ],
)
def test_a_mistake_is_underlined_where_it_is(
    schema: Any, tmp_path: Path, rule: str, at: str
) -> None:
    lines = f"match: any\n{rule}" if not rule.startswith("match") else rule
    text = f"version: 1\nrules:\n  - id: a\n{textwrap.indent(lines, '    ')}\n"
    data = load(write(tmp_path, "a.yaml", text)).data
    assert faults(schema, data) == [f"rules.0.{at}".rstrip(".")]


def test_what_is_missing_is_underlined(schema: Any) -> None:
    assert faults(schema, {"rules": [{"id": "a"}]}) == ["", "rules.0"]


def test_a_mistake_in_a_test_is_underlined(schema: Any) -> None:
    test = {"name": "a", "steps": [{"fired": {"a": "b"}}], "expect": {"ticket": 1}}
    assert faults(schema, {"version": 1, "tests": [test]}) == ["tests.0.expect", "tests.0.steps.0"]


def test_keys_say_what_they_are_for(schema: Any) -> None:
    for name in ("hold", "mute", "expect_every", "key"):
        assert schema["$defs"]["Rule"]["properties"][name]["description"].endswith(".")
