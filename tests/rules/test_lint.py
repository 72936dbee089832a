"""What lint finds in rules that load, each at its place and with a remedy; and what it does not."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.domain.errors import Problem
from bridge.rules.lint import DeskWords, lint
from tests.rules.given import write

DESK = DeskWords(
    words={"priority": ("critical", "P1", "low", "P4"), "impact": ("high", "low")},
    declared=("priority",),
    given=("category",),
)


def findings(
    folder: Path, text: str, desks: Mapping[str, DeskWords] | None = None, **known: object
) -> list[str]:
    """Give what lint says of a file, as `LINE:COL: [warning: ]message; remedy`."""
    write(folder, "a.yaml", f"{text}\nversion: 1\n")
    report = lint([folder], desks=desks, default_backend="desk", **known)  # type: ignore[arg-type]
    return [_said(problem, folder) for problem in report.problems]


def _said(problem: Problem, folder: Path) -> str:
    kind = "warning: " if problem.is_warning else ""
    said = f"{problem.file}:{problem.line}:{problem.column}: {kind}{problem.message}"
    return f"{said}; {problem.remedy}".removeprefix(f"{folder}/a.yaml:").replace(f"{folder}/", "")


def rules(*matches: str) -> str:
    """Write rules named r1, r2, …, one on each line from the second."""
    lines = [f"- {{id: r{n}, {match}}}" for n, match in enumerate(matches, 1)]
    return "\n".join(["rules:", *lines])


def said(found: list[str]) -> list[str]:
    """Give the findings without their remedies."""
    return [finding.rpartition("; ")[0] for finding in found]


@pytest.mark.parametrize(
    ("match", "together"),
    [
        ("['a=\"x\"', 'a=\"y\"']", 'a="x" with a="y"'),
        ("['a=\"\"', 'b=\"1\"', 'a!=\"\"']", 'a="" with a!=""'),
        ("['a=~\"x|y\"', 'a!=\"x\"', 'a!=\"y\"']", 'a=~"x|y" with a!="x" with a!="y"'),
        ("['a=~\"pg.*\"', 'a=\"web\"']", 'a=~"pg.*" with a="web"'),
        ("['a=~\"pg.*\"', 'a!~\"pg.*\"']", 'a=~"pg.*" with a!~"pg.*"'),
        ("['a=~\"pg.+\"', 'a=\"\"']", 'a=~"pg.+" with a=""'),
        ("{all: ['a=\"x\"'], none: ['a=~\"x|y\"']}", 'a="x" with a=~"x|y"'),
        ("{all: ['a!=\"x\"'], none: ['a!=\"x\"']}", 'a!="x" with a!="x"'),
        ("{all: ['a=\"x\"'], any: ['a=\"y\"', 'a=~\"z.*\"']}", 'a="x" with a="y" with a=~"z.*"'),
        ("{any: ['a=\"y\"'], none: ['a=\"y\"']}", 'a="y"'),
    ],
)
def test_matchers_that_exclude_each_other_are_found(
    tmp_path: Path, match: str, together: str
) -> None:
    [finding] = findings(tmp_path, rules(f"match: {match}"))
    assert re.match(r"2:\d+: ", finding)
    if len(set(together.split(" with "))) == 1:
        together = together.split(" with ", maxsplit=1)[0]
    assert said([finding])[0].split(": ", 1)[1] == f"rule r1 can match nothing: {together}"
    assert finding.endswith("; remove one of them, or make it two rules")


@pytest.mark.parametrize(
    "match",
    [
        "any",
        "['a=\"x\"', 'a=\"x\"']",
        "['a=\"x\"', 'b=\"y\"']",
        "['a!=\"x\"', 'a!=\"y\"']",
        "['a=~\"x.*\"', 'a=~\".*y\"']",
        "['a=~\"x.*\"', 'a!~\"x\"']",
        "['a=~\"x|y\"', 'a!=\"x\"']",
        "{any: ['a=\"x\"', 'a=\"y\"'], none: ['a=\"y\"']}",
        "{all: ['a!=\"\"'], none: ['a=\"x\"']}",
        "['status=\"firing\"', 'source=\"am\"']",
    ],
)
def test_matchers_that_some_alert_satisfies_are_fine(tmp_path: Path, match: str) -> None:
    assert findings(tmp_path, rules(f"match: {match}"), sources=("am", "grafana")) == []


def test_what_no_alert_can_say_is_found(tmp_path: Path) -> None:
    text = rules("match: ['status=\"resolved\"']", "match: {any: ['source=~\"graf\"', 'a=b']}")
    assert findings(tmp_path, text, sources=("am", "grafana")) == [
        '2:20: rule r1: status="resolved" can match nothing: rules see what fires; remove it; '
        "what clears follows its ticket by itself",
        '3:26: rule r2: source=~"graf" can match nothing: no source is named so; choose one of '
        "am, grafana",
    ]
    assert len(findings(tmp_path, text)) == 1


@pytest.mark.parametrize(
    ("ender", "rule"),
    [
        ("match: any, final: true", "match: ['a=\"x\"']"),
        ("match: ['a=\"x\"'], final: true", "match: ['a=\"x\"']"),
        ("match: ['a=~\"x.*\"'], drop: noise", "match: ['a=\"xy\"', 'b=\"z\"']"),
        ("match: ['a!=\"\"'], drop: noise", "match: ['a=~\"x.+\"']"),
        ("match: {any: ['a=\"x\"', 'b=\"y\"']}, final: true", "match: ['b=\"y\"']"),
        ("match: {any: ['a=~\".*\"']}, final: true", "match: ['a=\"x\"']"),
        ("match: {none: ['a=\"x\"']}, final: true", "match: ['a=\"y\"']"),
        ("match: {none: ['a=\"x\"']}, final: true", "match: {none: ['a=~\"x|y\"']}"),
        ("match: ['a=~\"x|y\"'], final: true", "match: {any: ['a=\"x\"', 'a=\"y\"']}"),
    ],
)
def test_a_rule_behind_one_that_ends_the_cascade_for_it_is_unreachable(
    tmp_path: Path, ender: str, rule: str
) -> None:
    [finding] = findings(tmp_path, rules(ender, f"{rule}, set: {{impact: x}}"))
    how = "drops" if "drop" in ender else "is final for"
    assert finding == (
        f"3:4: rule r2 is unreachable: r1 (a.yaml:2) {how} all; "
        "move it up, or narrow the other's match"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("match: ['a=\"x\"'], final: true", "match: any"),
        ("match: ['a=\"x\"', 'b=\"y\"'], drop: noise", "match: ['a=\"x\"']"),
        ("match: any, final: true, when: labels.a == 'x'", "match: any"),
        ("match: any", "match: any"),
        ("match: ['a=~\"x.+\"'], final: true", "match: ['a!=\"\"']"),
        ("match: {none: ['a=\"x\"']}, final: true", "match: ['b=\"y\"']"),
        (
            "match: {any: ['a=\"x\"', 'b=\"y\"']}, final: true",
            "match: {any: ['a=\"x\"', 'c=\"y\"']}",
        ),
        ("match: {any: ['a=\"x\"'], none: ['c=\"z\"']}, final: true", "match: ['a=\"x\"']"),
    ],
)
def test_a_rule_that_some_alert_reaches_is_not_unreachable(
    tmp_path: Path, first: str, second: str
) -> None:
    found = findings(
        tmp_path, rules(f"{first}, hold: 1m" if "drop" not in first else first, second)
    )
    assert [finding for finding in found if "unreachable" in finding] == []


def test_a_rule_of_which_a_later_one_leaves_nothing_is_shadowed(tmp_path: Path) -> None:
    text = rules(
        "match: ['a=\"x\"'], set: {impact: x}, hold: 1m",
        "match: ['b=\"x\"'], set: {impact: y}",
        "match: any, set: {impact: z, urgency: z}, hold: 2m",
    )
    assert findings(tmp_path, text) == [
        "2:4: warning: rule r1 is shadowed: r3 (a.yaml:4) sets all again; "
        "remove it, or put it behind the other",
        "3:4: warning: rule r2 is shadowed: r3 (a.yaml:4) sets all again; "
        "remove it, or put it behind the other",
    ]


@pytest.mark.parametrize(
    "second",
    [
        "match: any, set: {urgency: z}",
        "match: ['c=\"x\"'], set: {impact: z}",
        "match: any, set: {impact: z}, when: labels.a == 'x'",
        "match: ['c=\"x\"'], drop: noise",
    ],
)
def test_a_rule_of_which_something_remains_is_not_shadowed(tmp_path: Path, second: str) -> None:
    found = findings(tmp_path, rules("match: ['a=\"x\"'], set: {impact: x}", second))
    assert [finding for finding in found if "shadowed" in finding] == []


def test_rows_of_a_table_that_no_key_finds_are_found_where_they_stand(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "a,b,to\nx,y,1\nx,*,2\nx,z,3\nx,y,4\n")
    text = "tables:\n  t: {file: t.csv, key: [a, b]}\n  r:\n    key: a\n    rows:\n"
    text += "    - {a: x, to: 1}\n    - {a: x, to: 2}\n"
    assert findings(tmp_path, text) == [
        "7:7: table r: the key (x) stands already in a.yaml:6; remove one of them; the first wins",
        "t.csv:4:1: warning: table t: no key finds the row (x, z) behind t.csv:3; move it above "
        "that row, or remove it",
        "t.csv:5:1: table t: the key (x, y) stands already in t.csv:2; remove one of them; "
        "the first wins",
    ]


@pytest.mark.parametrize(
    ("rule", "place", "problem"),
    [
        ("match: any, set: {impact: '{{ labels.a }}'}", "2:30",
         "rule r1, impact: fails for the poorest alert that it is meant for: there is no 'a' "
         "here; write | default('...') where it may be missing"),
        ("match: ['b=\"x\"'], set: {tags: ['{{ labels.a }}']}", "2:36",
         "rule r1, tags: fails for the poorest alert that it is meant for: there is no 'a' here; "
         "write | default('...') where it may be missing"),
        ("match: {any: ['a=\"x\"', 'b=\"y\"']}, set: {impact: '{{ labels.a }}'}", "2:52",
         "rule r1, impact: fails for the poorest alert that it is meant for: there is no 'a' "
         "here; write | default('...') where it may be missing"),
        ("match: any, set: {CustomFields: {S: {value: '{{ labels.a or '''' }}', type: long}}}",
         "2:45", "rule r1, CustomFields.S: fails for the poorest alert that it is meant for: '' "
         "is not of the type long; write | default('...') where something may be missing"),
        ("match: any, when: \"labels.a in ['x']\", hold: 1m", "2:24",
         "rule r1, when: fails for the poorest alert that it is meant for: there is no 'a' here; "
         "write | default('...') where it may be missing"),
        ("match: any, key: '{{ labels.a }}'", "2:24",
         "rule r1, key: fails for the poorest alert that it is meant for: there is no 'a' here; "
         "write | default('...') where it may be missing"),
    ],
)  # fmt: skip
def test_a_template_that_may_fail_is_found(
    tmp_path: Path, rule: str, place: str, problem: str
) -> None:
    assert findings(tmp_path, rules(rule)) == [f"{place}: warning: {problem}"]


@pytest.mark.parametrize(
    "rule",
    [
        "match: ['a=\"x\"'], set: {impact: '{{ labels.a }}'}",
        "match: ['a=~\"x.+\"'], set: {impact: '{{ labels.a }}'}",
        "match: ['annotations.a!=\"\"'], set: {impact: '{{ annotations.a }}'}",
        "match: ['values.a!=\"\"'], set: {impact: '{{ values.a + 1 }}'}",
        "match: {any: ['a=\"x\"', 'a=\"y\"']}, set: {impact: '{{ labels.a }}'}",
        "match: any, set: {impact: '{{ labels.a | default(1) }}'}",
        "match: any, when: labels.a, set: {impact: '{{ labels.a }}'}",
        "match: any, set: {impact: '{{ labels.alertname }} {{ alert.starts_at }} {{ source }}'}",
    ],
)
def test_a_template_that_has_what_it_needs_is_fine(tmp_path: Path, rule: str) -> None:
    assert findings(tmp_path, rules(rule)) == []


def test_a_lookup_that_may_miss_is_found(tmp_path: Path) -> None:
    text = "tables: {t: {map: {x: y}}}\n" + rules("match: any, set: {impact: '{{ t(labels.a) }}'}")
    assert findings(tmp_path, text) == [
        "3:30: warning: rule r1, impact: fails for the poorest alert that it is meant for: table t "
        "has no row for '', and no miss:; give the table a miss:"
    ]


TABLES = "tables: {level: {map: {a: critical, b: urgent}, miss: low}}\n"


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("critcal", ["critcal"]),
        ("CRITICAL", []),
        ("p1", []),
        ("'{{ labels.a | default(1) }}'", []),
        ("\"{{ 'high' if labels.a else 'low' }}\"", ["high"]),
        ("\"{% if labels.a %}high{% elif labels.b %}medium{% else %}low{% endif %}\"",
         ["high", "medium"]),
        ("\"{{ level(labels.a) }}\"", ["urgent"]),
        ("\"{{ 'P' }}{{ '1' if labels.a else '9' }}\"", ["P9"]),
        ("''", []),
    ],
)  # fmt: skip
def test_values_that_the_desk_has_no_word_for_are_found(
    tmp_path: Path, value: str, wrong: list[str]
) -> None:
    text = TABLES + rules(f"match: any, set: {{priority: {value}}}")
    found = findings(tmp_path, text, {"desk": DESK})
    assert said(found) == [f"3:30: rule r1, priority: desk has no word {w!r}" for w in wrong]
    assert all("or add it to the backend's values:" in finding for finding in found)


def test_a_word_that_is_only_unusual_is_a_warning(tmp_path: Path) -> None:
    [finding] = findings(tmp_path, rules("match: any, set: {impact: hgh}"), {"desk": DESK})
    assert finding == (
        "2:30: warning: rule r1, impact: desk has no word 'hgh'; did you mean 'high'? "
        "or add it to the backend's values:"
    )


def test_a_column_of_a_table_is_held_against_the_desks_words(tmp_path: Path) -> None:
    text = "tables: {t: {key: a, rows: [{a: x, to: critical}, {a: y, to: worst}]}}\n"
    text += rules("match: any, set: {priority: '{{ t(labels.a).to }}'}")
    found = said(findings(tmp_path, text, {"desk": DESK}))
    assert "3:30: rule r1, priority: desk has no word 'worst'" in found


def test_a_word_is_held_against_the_desk_that_the_rule_goes_to(tmp_path: Path) -> None:
    other = DeskWords(words={"priority": ("urgent",)}, declared=("priority",))
    text = rules(
        "match: ['a=\"1\"'], set: {backend: other, priority: critical}",
        "match: ['a=\"2\"'], set: {backend: other, priority: urgent}",
        "match: ['a=\"3\"'], set: {priority: urgent}",
        "match: ['a=\"4\"'], set: {priority: worst}",
    )
    assert said(findings(tmp_path, text, {"desk": DESK, "other": other})) == [
        "2:52: rule r1, priority: other has no word 'critical'",
        "5:36: rule r4, priority: desk and other has no word 'worst'",
    ]


def requiring(*names: str) -> dict[str, DeskWords]:
    return {"desk": DeskWords(given=DESK.given, required=names)}


def test_a_field_that_the_desk_requires_and_no_rule_gives_is_found(tmp_path: Path) -> None:
    text = "defaults: {set: {impact: low, sla: ''}}\n" + rules("match: ['a=\"x\"'], hold: 1m")
    desks = requiring("sla", "CustomFields.Site", "category", "subject", "impact")
    assert findings(tmp_path, text, desks) == [
        "1:1: desk requires CustomFields.Site, and no rule gives it; set it under defaults:",
        "1:1: desk requires sla, and no rule gives it; set it under defaults:",
    ]


def test_a_field_that_only_some_rules_give_is_a_warning(tmp_path: Path) -> None:
    text = rules("match: ['a=\"x\"'], set: {sla: Gold, CustomFields: {Site: x}}")
    assert said(findings(tmp_path, text, requiring("sla", "CustomFields.Site"))) == [
        "1:1: warning: desk requires CustomFields.Site, and only some rules give it: r1",
        "1:1: warning: desk requires sla, and only some rules give it: r1",
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "match: any, set: {sla: Gold}",
        "match: ['a=\"x\"'], set: {backend: other, sla: Gold}",
    ],
)
def test_a_field_that_every_alert_of_the_desk_has_is_fine(tmp_path: Path, rule: str) -> None:
    desks = {"desk" if "other" not in rule else "other": DeskWords(required=("sla",))}
    assert findings(tmp_path, rules(rule), {"desk": DeskWords(), **desks}) == []


def test_a_desk_that_no_alert_reaches_requires_nothing(tmp_path: Path) -> None:
    desks = {"desk": DeskWords(), "other": DeskWords(required=("sla",))}
    assert findings(tmp_path, rules("match: any, hold: 1m"), desks) == []


@pytest.mark.parametrize(("one", "other"), [("CI_Key", "CI_Value"), ("CI_Value", "CI_Key")])
def test_half_a_configuration_item_is_found(tmp_path: Path, one: str, other: str) -> None:
    text = rules(f"match: any, set: {{{one}: x}}")
    assert findings(tmp_path, text) == [
        f"2:4: rule r1 gives {one}, and no rule gives {other}; set {other} as well"
    ]
    text = rules(f"match: any, set: {{{one}: x}}", f"match: any, set: {{{other}: y}}")
    assert findings(tmp_path, text) == []


def test_findings_of_all_kinds_come_together_and_sorted(tmp_path: Path) -> None:
    text = """\
tables: {t: {key: a, rows: [{a: x, to: 1}, {a: x, to: 2}]}}
rules:
- {id: r1, match: any, final: true, set: {priorty: low}}
- {id: r2, match: ['a="x"', 'a="y"'], set: {priority: '{{ lables.x }}'}}
- {id: r3, match: ['b="x"'], set: {priority: worst}}
- {id: r4, match: ['b="x"', 'b="y"'], drop: noise}
"""
    assert [finding.split("; ")[0] for finding in findings(tmp_path, text, {"desk": DESK})] == [
        "1:44: table t: the key (x) stands already in a.yaml:1",
        "3:43: unknown key 'priorty'",
        "4:45: rule r2, priority: nothing is named 'lables'",
        "5:36: rule r3, priority: desk has no word 'worst'",
        '6:29: rule r4 can match nothing: b="x" with b="y"',
    ]


def test_mistakes_in_tests_are_found_too(tmp_path: Path) -> None:
    text = "tests:\n- {name: a, steps: [{fire: {a: b}}], expect: {ticket: 1}}"
    [finding] = findings(tmp_path, text)
    assert finding.startswith("2:47: unknown key 'ticket'; did you mean 'tickets'?")


@pytest.mark.parametrize("path", ["nothing", "bad.yaml", "latin.yaml"])
def test_what_cannot_be_read_at_all_is_told_apart(tmp_path: Path, path: str) -> None:
    write(tmp_path, "bad.yaml", "version: [")
    (tmp_path / "latin.yaml").write_bytes(b"# \xff")
    assert lint([tmp_path / path], desks=None, default_backend="d").is_unreadable
    good = write(tmp_path, "good.yaml", "version: 2")
    assert not lint([good], desks=None, default_backend="d").is_unreadable


@pytest.mark.parametrize(
    ("match", "names"),
    [
        ("['envv!=\"prod\"']", "envv"),
        ("{none: ['env=\"prod\"', 'team=\"a\"']}", "env or team"),
        ("{any: ['a=\"1\"', 'b!~\"x\"']}", "a or b"),
    ],
)
def test_a_drop_that_takes_whatever_lacks_a_label_is_warned_of(
    tmp_path: Path, match: str, names: str
) -> None:
    [finding] = findings(tmp_path, rules(f"match: {match}, drop: noise"))
    assert f"warning: rule r1 drops every alert without {names}; add " in finding


@pytest.mark.parametrize(
    "rule",
    [
        "match: ['env!=\"prod\"', 'env!=\"\"'], drop: noise",
        "match: ['env!=\"prod\"', 'alertname=\"A\"'], drop: noise",
        "match: ['source!=\"a\"'], drop: noise",
        "match: {none: ['env=~\"|prod\"']}, drop: noise",
        "match: any, drop: noise",
        "match: ['env!=\"prod\"'], set: {impact: low}",
    ],
)
def test_a_drop_that_asks_for_something_and_what_drops_nothing_is_fine(
    tmp_path: Path, rule: str
) -> None:
    assert findings(tmp_path, rules(rule)) == []


def test_a_desk_that_nothing_goes_to_does_not_hide_words_that_the_others_lack(
    tmp_path: Path,
) -> None:
    text = "defaults: {backend: other}\n" + rules("match: ['a=\"1\"'], set: {priority: worst}")
    other = DeskWords(words={"priority": ("urgent",)}, declared=("priority",))
    found = said(findings(tmp_path, text, {"desk": DeskWords(), "other": other}))
    assert found == ["3:36: rule r1, priority: other has no word 'worst'"]


def test_a_desk_that_a_template_may_name_counts(tmp_path: Path) -> None:
    text = "defaults: {backend: \"{{ labels.desk | default('other') }}\"}\n"
    text += rules("match: ['a=\"1\"'], set: {priority: worst}")
    other = DeskWords(words={"priority": ("urgent",)}, declared=("priority",))
    assert findings(tmp_path, text, {"desk": DeskWords(), "other": other}) == []
