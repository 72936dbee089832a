"""Rules files that mean harm: refused with a place and a remedy, or bounded, and in little time."""

import os
import time
from pathlib import Path

import pytest

from bridge.domain.errors import ConfigurationError
from bridge.rules import load_rules
from bridge.rules.limits import MAX_FAULT
from bridge.yamlfile.document import MAX_BYTES
from tests.rules.given import alert_of, dropped, filed, rules_of, write

LAUGHS = "\n".join(
    ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
)
SECONDS = 10.0


def refused(folder: Path, text: str) -> str:
    write(folder, "a.yaml", text)
    began = time.thread_time()
    with pytest.raises(ConfigurationError) as error:
        load_rules([folder], backends=None, default_backend="desk")
    assert time.thread_time() - began < SECONDS
    return str(error.value).replace(f"{folder}/", "")


def test_a_billion_laughs_are_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, f"version: 1\nx:\n{LAUGHS}\n".replace("\na", "\n  a"))
    assert "the file holds too many values; use fewer aliases (&, *)" in said


def test_an_alias_that_contains_itself_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, "version: 1\ndefaults: &d\n  set: {raw: {desk: {a: *d}}}\n")
    assert "a.yaml:3:21: nested too deeply; an alias (*) may contain itself" in said


def test_a_file_nested_without_end_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, "[" * 100_000)
    assert said == (
        "a.yaml:1:81: not YAML: nested too deeply; check indentation, quotes and colons"
    )


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!run x"]
)
def test_a_tag_makes_nothing(tmp_path: Path, tag: str) -> None:
    said = refused(tmp_path, f"version: 1\nrules:\n  - {{id: a, match: any, drop: {tag}}}\n")
    assert said.startswith("a.yaml:3:")


def test_anchors_that_mean_no_harm_are_fine(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        """
        rules:
          - {id: a, match: ['a="1"'], set: &common {impact: high, urgency: high}}
          - {id: b, match: ['a="2"'], set: *common}
        """,
    )
    assert filed(rules.decide(alert_of({"a": "2"}))).spec.urgency == "high"


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "(.*a){20}", "a{1,500}b{1,500}", "(?i)(x+x+)+y"]
)
def test_a_pattern_that_explodes_elsewhere_matches_in_little_time(
    tmp_path: Path, pattern: str
) -> None:
    text = f"rules: [{{id: a, match: ['x=~\"{pattern}\"'], drop: noise}}]"
    rules = rules_of(tmp_path, text)
    began = time.thread_time()
    for value in ("a" * 50_000, "x" * 50_000 + "!"):
        rules.decide(alert_of({"x": value}))
    assert time.thread_time() - began < SECONDS


@pytest.mark.parametrize("pattern", ["(a{1000}){1000}", r"(a)\\1", "(?=a)a", "a(?<!b)"])
def test_a_pattern_that_needs_more_than_a_little_memory_or_time_is_refused(
    tmp_path: Path, pattern: str
) -> None:
    said = refused(
        tmp_path, f"version: 1\nrules: [{{id: a, match: ['x=~\"{pattern}\"'], drop: noise}}]"
    )
    assert "is not RE2" in said


MISCHIEF = (
    "{{ 7 * 7 }}",
    "{% for a in labels %}x{% endfor %}",
    "{{ labels.__class__.__mro__ }}",
    "${SECRET}",
    "${file:/etc/passwd}",
    "<script>alert(1)</script>",
    "*",
)


@pytest.mark.parametrize("text", MISCHIEF)
def test_what_an_alert_says_is_never_evaluated(tmp_path: Path, text: str) -> None:
    rules = rules_of(
        tmp_path,
        """
        tables: {t: {map: {"*": other, known: word}}}
        defaults: {key: {by: [x]}}
        rules:
          - id: a
            match: any
            set:
              subject: "{{ labels.x }}"
              description: "{{ annotations.x | replace('q', 'q') ~ '' }}"
              impact: "{{ t(labels.x) }}"
              workgroup: "{{ labels.x | map({'a': 'b'}) | default('c') }}"
              CustomFields: {A: {value: "{{ labels.x }}", type: text}}
              links: {x: "{{ links.x }}"}
              raw: {desk: {"{{ 7 * 7 }}": ["{{ labels.x }}"]}}
        """,
    )
    alert = alert_of({"x": text}, name=text, annotations={"x": text}, links={"x": text})
    decision = filed(rules.decide(alert))
    spec = decision.spec
    assert decision.faults == ()
    assert (spec.subject, spec.description, spec.workgroup) == (text, text, text)
    assert spec.impact == "other"
    assert spec.custom_fields["A"].value == text
    assert spec.links == {"x": text}
    assert spec.raw == {"desk": {"{{ 7 * 7 }}": [text]}}


def test_a_pattern_in_a_label_is_only_text_in_a_matcher(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "rules: [{id: a, match: ['x=~\"a.c\"'], drop: noise}]")
    assert dropped(rules.decide(alert_of({"x": "abc"}))).rule == "a"
    filed(rules.decide(alert_of({"x": ".*"})))


@pytest.mark.parametrize("name", ["t.csv", "t.yaml"])
def test_the_file_of_a_table_that_never_ends_is_refused(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / name).symlink_to("pipe")
    text = f"version: 1\ntables: {{t: {{file: {name}, key: a}}}}\nrules: []\n"
    assert f"{name} cannot be read: is not a file" in refused(tmp_path, text).replace(":1:1:", "")


def test_a_file_that_is_too_large_to_be_rules_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ConfigurationError, match="cannot be read: has more than 20000000 bytes"):
        load_rules([tmp_path], backends=None, default_backend="desk")


def test_a_failure_that_quotes_a_huge_label_is_told_shortly(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        """
        tables: {t: {map: {a: b}}}
        rules:
          - id: a
            match: any
            when: "labels.x | localtime(labels.x)"
          - id: b
            match: any
            set: {note: "{{ alert.starts_at | localtime(labels.x) }}", tags: ["{{ t(labels.x) }}"]}
        """,
    )
    decision = filed(rules.decide(alert_of({"x": "x" * 90_000})))
    assert [fault.field for fault in decision.faults] == ["when", "tags", "note"]
    assert all(len(fault.message) <= MAX_FAULT for fault in decision.faults)
    assert [len(key) for (key,) in (miss.key for miss in decision.trace.misses)] == [MAX_FAULT]
