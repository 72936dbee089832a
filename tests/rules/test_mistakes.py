"""Mistakes in rules files: each is said as FILE:LINE:COL with a remedy, all of them at once."""

import re
import textwrap
from pathlib import Path

import pytest

from bridge.domain.errors import ConfigurationError
from bridge.rules import load_rules
from tests.rules.given import BACKENDS, write

#: Whose mistake it is, where that is not said by a path.
NAMED = r"(?:(?:rule a|defaults), [\w. ]+: )?"


def problems_of(folder: Path, *files: str) -> list[str]:
    """Write files named a.yaml, b.yaml, …; give the problems without the folder."""
    for name, text in zip("abcdef", files, strict=False):
        write(folder, f"{name}.yaml", text)
    with pytest.raises(ConfigurationError) as refused:
        load_rules([folder], backends=BACKENDS, default_backend="desk")
    return [str(problem).replace(f"{folder}/", "") for problem in refused.value.problems]


def in_rule(lines: str) -> str:
    """Put lines into a rule; they begin on line 5."""
    body = textwrap.indent(textwrap.dedent(lines).strip("\n"), "    ")
    return f"version: 1\nrules:\n  - id: a\n    match: any\n{body}\n"


@pytest.mark.parametrize(
    ("lines", "place", "message"),
    [
        ("sett: {}", "5:5", r"unknown key 'sett'; did you mean 'set'\?"),
        ("set: {priorty: x}", "5:11", r"unknown key 'priorty'; did you mean 'priority'\?"),
        ("set:\n  zzz: x", "6:7", "unknown key 'zzz'; known here: CI_ID, .*workgroup"),
        ("set: {backend: dsk}", "5:11", r"unknown backend 'dsk'; did you mean 'desk'\?"),
        ("set: {raw: {dsk: {a: 1}}}", "5:17", r"unknown backend 'dsk'; did you mean 'desk'\?"),
        ("set: {raw: {desk: 1}}", "5:11", ".*raw: is not by backend; write {<backend>: .*"),
        ("set: {subject: [x]}", "5:11", ".*subject: is not text; write text or a template.*"),
        ("set: {cc: {a: b}}", "5:11", ".*cc: is not text; write text.*"),
        ("set: {links: x}", "5:11", ".*links: is not a mapping; write .*"),
        ("set: {priority: '{{ lables.x }}'}", "5:11", r"nothing is named 'lables'; did you .*"),
        ("set:\n  tags:\n    - a\n    - '{{ x'", "8:11", "not a template: .*; correct the .*"),
        ("set:\n  links:\n    run: '{{ x'", "7:9", "not a template: .*; correct the .*"),
        ("set:\n  CustomFields:\n    A: '{% set x = 1 %}'", "7:9", "set cannot be used .*; use .*"),
        (
            "set:\n  CustomFields:\n    A: {value: '{{', type: text}",
            "7:9",
            "not a template: .*; .*",
        ),
        ("set:\n  raw:\n    desk:\n      A: '{{ x }}'", "8:11", "nothing is named 'x'; known.*"),
        ("set:\n  raw:\n    desk:\n      A: [1, '{{ x }}']", "8:11", "nothing is named 'x'; .*"),
        (
            "set:\n  CustomFields:\n    A:\n      value: 1\n      type: int",
            "9:11",
            ".*type: is no type; choose one of string, integer, double, boolean, long, "
            "integer_list, string_list, text",
        ),
        ("set:\n  CustomFields:\n    A: {value: 1}", "7:9", ".*type is missing; add it"),
        ("set:\n  CustomFields:\n    A: {type: text}", "7:9", ".*value is missing; add it"),
        (
            "set:\n  CustomFields:\n    A: {value: 1, typ: text, type: text}",
            "7:23",
            r"unknown key 'typ'; did you mean 'type'\?",
        ),
        ("set:\n  CustomFields: [a]", "6:7", ".*CustomFields: is not a mapping; write .*"),
        ("when: labels.x ==", "5:5", "not a template: .*; correct the template"),
        ("when: labels.a }}", "5:5", "not a template: .*; correct the template"),
        ("when: lables.x", "5:5", r"nothing is named 'lables'; did you mean 'labels'\?"),
        ("when: [a]", "5:5", ".*when is not text; write text, in quotes if need be"),
        ("hold: 2 minutes", "5:5", ".*hold: '2 minutes' is not a span of time; write it like .*"),
        ("resolve_after: 5", "5:5", ".*resolve_after: '5' is not a span of time; write it like .*"),
        ("expire_after: -5m", "5:5", ".*expire_after: '-5m' is not a span of time; write it .*"),
        (
            "on_clear: delete",
            "5:5",
            ".*on_clear: is none of them; choose one of resolve, close, .*",
        ),
        ("budget: {tickets: 0, per: 1h}", "5:14", ".*tickets: is out of range; choose 1 or more"),
        ("budget: {tickets: 1, per: 0}", "5:26", ".*per: is too short; choose at least 1s"),
        ("budget: {tickets: 1}", "5:5", ".*per is missing; add it"),
        ("budget: 5", "5:5", ".*budget is not a mapping; write 'key: value' lines"),
        ("mute: {}", "5:5", ".*mute: mutes for ever; add times:, weekdays: or dates:"),
        ("mute: {zone: UTC}", "5:5", ".*mute: mutes for ever; add times:, weekdays: or dates:"),
        ("mute: {times: 25:00-26:00}", "5:12", ".*times: '25:00-26:00' is no time of day; .*"),
        ("mute: {times: 22:00-22:00}", "5:12", ".*times: '22:00-22:00' is no time of day; .*"),
        ("mute: {times: 22:00-24:30}", "5:12", ".*times: '22:00-24:30' is no time of day; .*"),
        ("mute: {times: 22:00}", "5:12", ".*times: '1320' is no time of day; write it in quo.*"),
        ("mute:\n  - {weekdays: [mon, frday]}", "6:10", ".*'frday' is no weekday; write it as .*"),
        ("mute: {dates: 2026-13-01}", "5:12", ".*'2026-13-01' is no date; write it as 2026-.*"),
        ("mute: {dates: 2026-12-02..2026-12-01}", "5:12", ".* is no date; write it as 2026-12.*"),
        ("mute: {weekdays: sat, zone: Europe/Pari}", "5:27", ".*did you mean 'Europe/Paris'.*"),
        ("mute: {weekdays: sat, zone: ../etc}", "5:27", ".*no time zone '../etc'; write one .*"),
        ("respect_people: maybe", "5:5", ".*respect_people is neither true nor false; write .*"),
        ("final: maybe", "5:5", ".*final is neither true nor false; write true or false"),
        ("drop: ''", "5:5", ".*drop: is empty; say why"),
        (
            "drop: x\nexpect_every: 5m",
            "6:5",
            ".*goes without drop:, which forgets it; remove one.*",
        ),
        ("expect_every: 10ms", "5:5", ".*expect_every: is too short; choose at least 1s.*"),
        ("drop: x\nset: {priority: low}", "5:5", ".*drop: goes without set:; remove one of them"),
        ("key: {by: pod}", "5:11", ".*by: is neither; write labels, or a list of names"),
        ("key: {by: []}", "5:11", ".*by: is neither; write labels, or a list of names"),
        ("key: {by: [a], except: [b]}", "5:20", ".*except: goes with by: labels; write a list .*"),
        ("key: {bye: labels}", "5:5", ".*key: is no key; write {by: labels, except: .*"),
        ("key: '{{ lables.x }}'", "5:5", r"nothing is named 'lables'; did you mean 'labels'\?"),
    ],
)
def test_a_mistake_in_a_rule_is_said_with_its_place_and_a_remedy(
    tmp_path: Path, lines: str, place: str, message: str
) -> None:
    [problem] = problems_of(tmp_path, in_rule(lines))
    assert re.fullmatch(rf"a\.yaml:{place}: {NAMED}{message}", problem), problem


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("set: {priority: '{{ lables.x }}'}", "rule a, priority: nothing is named 'lables'"),
        ("set: {CustomFields: {My Score: '{{ x'}}", "rule a, CustomFields.My Score: not a templ"),
        ("set: {tags: [a, '{{ x }}']}", "rule a, tags.1: nothing is named 'x'"),
        ("set: {raw: {desk: {A: '{{ x }}'}}}", "rule a, raw.desk.A: nothing is named 'x'"),
        ("when: lables.x", "rule a, when: nothing is named 'lables'"),
        ("key: '{{ lables.x }}'", "rule a, key: nothing is named 'lables'"),
        ("set: {backend: dsk}", "rule a, backend: unknown backend 'dsk'"),
    ],
)
def test_a_mistake_in_a_template_names_the_rule_and_the_field(
    tmp_path: Path, lines: str, named: str
) -> None:
    [problem] = problems_of(tmp_path, in_rule(lines))
    assert problem.split(": ", 1)[1].startswith(named)


def test_a_mistake_in_the_defaults_names_them_and_the_field(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, "version: 1\ndefaults: {set: {impact: '{{ x }}'}}")
    assert problem.startswith("a.yaml:2:18: defaults, impact: nothing is named 'x'; ")


@pytest.mark.parametrize(
    ("match", "place", "message"),
    [
        ("match: all", "4:5", "'all' is not a matcher; write it as .*"),
        ("match: [a]", "4:13", "'a' is not a matcher; write it as .*"),
        (
            "match:\n      - a=b\n      - 'c=~\"(\"'",
            "6:9",
            r"the pattern '\(' is not RE2 .*; correct .*",
        ),
        ("match: {any: ['a=b', c]}", "4:26", "'c' is not a matcher; write it as .*"),
        ("match: {none: ['a=~\"(?=x)\"']}", "4:20", ".* is not RE2 .*; correct .*"),
        ("match: {some: [a=b]}", "4:5", ".*match: is no match; write any, a list .*"),
        ("match: 5", "4:5", ".*match: is no match; write any, a list .*"),
        ("match: []", "4:5", ".*match: is empty; write the matchers, or any for every alert"),
        ("match: {}", "4:5", ".*match: is empty; write the matchers, .*"),
        ("match: {all: [], none: [a=b]}", "4:5", ".*match: is empty; write the matchers, .*"),
        ("match:", "4:5", ".*match is empty; give it a value or leave the key out"),
        ("final: true", "3:5", ".*match is missing; add it"),
    ],
)
def test_a_mistake_in_a_match_is_said_with_its_place_and_a_remedy(
    tmp_path: Path, match: str, place: str, message: str
) -> None:
    [problem] = problems_of(tmp_path, f"version: 1\nrules:\n  - id: a\n    {match}\n")
    assert re.fullmatch(rf"a\.yaml:{place}: {NAMED}{message}", problem), problem


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("rules: []", "1:1", "version is missing; add it"),
        ("version: 2", "1:1", "version: is not known; this bridge reads version: 1"),
        ("version: one", "1:1", "version is not a whole number; write digits only"),
        ("version: 1\nruls: []", "2:1", r"unknown key 'ruls'; did you mean 'rules'\?"),
        ("version: 1\nrules: {a: b}", "2:1", "rules is not a list; write one item per line, .*"),
        ("version: 1\nrules:\n  - a", "3:5", "rules.0 is not a mapping; write 'key: value' lines"),
        ("version: 1\nrules:\n  - match: any", "3:5", "rules.0.id is missing; add it"),
        ("version: 1\nrules:\n  - {id: '', match: any}", "3:6", ".*id: is empty or too long; .*"),
        ("version: 1\nunmatched: keep", "2:1", "unmatched: is neither; write file or drop"),
        ("version: 1\ndefaults: {match: any}", "2:12", "unknown key 'match'; .+"),
        ("version: 1\ndefaults: {backend: dsk}", "2:12", "unknown backend 'dsk'; did you mean .*"),
        ("version: 1\ndefaults:\n  set: {impact: '{{ x'}", "3:9", "not a template: .*; correct .*"),
        ("version: 1\nversion: 1", "2:1", "the key 'version' stands here twice; remove one .*"),
        ("version: [1", r"\d+:\d+", "not YAML: .*; check indentation, quotes and colons"),
        ("version: 1\n\trules: []", r"2:\d+", "not YAML: .*; check indentation, quotes and colons"),
        ("- a\n- b", "1:1", r"[^ ].*not a mapping; write 'key: value' lines"),
        ("", "1:1", r"[^ ].*; .+"),
    ],
)
def test_a_mistake_in_a_file_is_said_with_its_place_and_a_remedy(
    tmp_path: Path, text: str, place: str, message: str
) -> None:
    [problem] = problems_of(tmp_path, text)
    assert re.fullmatch(rf"a\.yaml:{place}: {NAMED}{message}", problem), problem


@pytest.mark.parametrize(
    ("table", "place", "message"),
    [
        ("t: {}", "3:3", ".*is no table; give it one of map:, rows: and file:"),
        ("t: {map: {a: b}, file: x.csv, key: [a]}", "3:3", ".*is no table; give it one of .*"),
        ("t: {file: t.csv}", "3:3", "key is missing; name the columns to look up by"),
        ("t: {file: t.csv, key: [c]}", "t.csv:1:1", "there is no column 'c'; it has a, b"),
        (
            "t: {file: u.csv, key: [a]}",
            "3:3",
            "u.csv cannot be read: .*; give a file in UTF-8, relative .*",
        ),
        ("t: {file: bad.csv, key: [a]}", "bad.csv:3:1", "1 cells stand under 2 columns; add .*"),
        ("t: {file: t.csv, key: [a], miss: x}", "3:3", "miss is not a row; write {column: .*"),
        ("t: {map: {}}", "3:7", "the table is empty; write {word: value}"),
        ("t: {map: [{a: b}]}", "3:7", "key is missing; name the columns to look up by"),
        ("t: {map: {a: [b]}}", "3:13", "a table holds plain values; write text or a number"),
        ("t: {map: {a: b}, mis: c}", "3:20", r"unknown key 'mis'; did you mean 'miss'\?"),
        ("labels: {map: {a: b}}", "3:3", "'labels' is taken already; choose another name"),
    ],
)
def test_a_mistake_in_a_table_is_said_with_its_place_and_a_remedy(
    tmp_path: Path, table: str, place: str, message: str
) -> None:
    write(tmp_path, "t.csv", "a,b\n1,2\n")
    write(tmp_path, "bad.csv", "a,b\n1,2\n3\n")
    rest = "rules:\n  - {id: a, match: any, set: {impact: \"{{ t('x') }}\"}}"
    use = rest if table.startswith("t:") else ""
    place = place if "csv" in place else f"a.yaml:{place}"
    [problem] = problems_of(tmp_path, f"version: 1\ntables:\n  {table}\n{use}\n")
    assert re.fullmatch(rf"{place}: {message}", problem), problem


def test_an_id_or_a_table_that_stands_twice_is_said_across_files(tmp_path: Path) -> None:
    rule = "rules:\n  - {id: same, match: any}\n"
    table = "tables:\n  level: {map: {a: b}}\n"
    assert problems_of(tmp_path, f"version: 1\n{rule}{table}", f"version: 1\n\n{rule}{table}") == [
        "b.yaml:4:6: the rule 'same' stands already in a.yaml:3; give each rule an id of its own",
        "b.yaml:6:3: 'level' is taken already; choose another name",
    ]


def test_all_mistakes_of_all_files_are_said_at_once_in_order(tmp_path: Path) -> None:
    said = problems_of(
        tmp_path,
        in_rule("hold: soon\nfinal: perhaps"),
        "version: [",
        in_rule("set: {impact: '{{ x }}', priority: '{{ y }}'}\nwhen: z").replace("id: a", "id: c"),
        "version: 3",
    )
    places = [problem.split(": ")[0] for problem in said]
    assert places == ["a.yaml:5:5", "a.yaml:6:5", places[2], "c.yaml:5:11", "c.yaml:5:30",
                      "c.yaml:6:5", "d.yaml:1:1"]  # fmt: skip
    assert places[2].startswith("b.yaml:")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "holds no *.yaml file"),
        ("nothing", "does not exist"),
        ("nothing.yaml", "does not exist"),
    ],
)
def test_a_path_without_rules_is_said_with_a_remedy(
    tmp_path: Path, path: str, message: str
) -> None:
    write(tmp_path, "README.md", "no rules")
    with pytest.raises(ConfigurationError) as refused:
        load_rules([tmp_path / path], backends=None, default_backend="desk")
    [problem] = refused.value.problems
    said = f"{tmp_path / path}:1:1: {message}; give a rules file or a folder of them"
    assert str(problem) == said


def test_a_file_that_is_not_utf8_is_said_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"version: 1\n# \xff\n")
    assert problems_of(tmp_path) == [
        "a.yaml:1:1: cannot be read: is not UTF-8 text; check the path and its permissions"
    ]


def test_a_template_that_python_cannot_compile_is_a_problem_too(tmp_path: Path) -> None:
    nested = "{% if labels.x %}" * 110 + "x" + "{% endif %}" * 110
    [problem] = problems_of(tmp_path, in_rule(f"set: {{impact: '{nested}'}}"))
    assert problem.startswith("a.yaml:5:11: ")
