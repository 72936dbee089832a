"""Matchers: Alertmanager's, on RE2, over every part of an alert."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.alert import Alert, AlertStatus
from bridge.rules.index import RuleIndex
from bridge.rules.matchers import Match, Operator, parse_matcher
from bridge.rules.model import Rule
from bridge.yamlfile import Place
from tests.rules.given import alert_of

A_PATTERN_BOMB = "(a+)+$"


def holds(matcher: str, labels: dict[str, str] | None = None, **changes: Any) -> bool:
    return parse_matcher(matcher).holds(alert_of(labels, **changes))


def match_of(**said: list[str]) -> Match:
    read = {f"{kind}_of": tuple(map(parse_matcher, texts)) for kind, texts in said.items()}
    return Match(**read)


@pytest.mark.parametrize(
    ("matcher", "fits", "fails"),
    [
        ('env="prod"', ["prod"], ["", "Prod", "prod1", " prod"]),
        ('env!="prod"', ["", "Prod", "prod1"], ["prod"]),
        ('env=~"prod|live"', ["prod", "live"], ["", "prod1", "nonprod", "prod|live"]),
        ('env=~"pr.*"', ["prod", "pr"], ["apr", "", "pr\nod"]),
        ('env!~"pr.*"', ["", "apr"], ["prod"]),
        ('env=~"a|b.+"', ["a", "bc"], ["ab", "xbc", "b", "ax"]),
        ('env=~"(?i)PROD"', ["prod", "Prod"], ["prods"]),
        ('env=~"^prod$"', ["prod"], ["prods"]),
        ('env=~"é+"', ["éé"], ["e"]),
    ],
)
def test_an_operator_compares_the_whole_value(
    matcher: str, fits: list[str], fails: list[str]
) -> None:
    assert [value for value in fits if not holds(matcher, {"env": value})] == []
    assert [value for value in fails if holds(matcher, {"env": value})] == []


@pytest.mark.parametrize(
    ("matcher", "expected"),
    [
        ('env=""', True),
        ('env!=""', False),
        ('env!="prod"', True),
        ('env=~".*"', True),
        ('env=~""', True),
        ('env=~".+"', False),
        ('env!~".+"', True),
        ('annotations.x=""', True),
        ('group.x=""', True),
        ('values.x=""', True),
        ('links.x=""', True),
        ('payload.a.b=""', True),
    ],
)
def test_a_missing_name_equals_the_empty_string(matcher: str, *, expected: bool) -> None:
    assert holds(matcher) is expected


@pytest.mark.parametrize(
    ("matcher", "name", "operator", "value"),
    [
        ('env="prod"', "env", "=", "prod"),
        ("env=prod", "env", "=", "prod"),
        ("  env  =~  pro.  ", "env", "=~", "pro."),
        ("env=", "env", "=", ""),
        (r'path="C:\\temp"', "path", "=", "C:\\temp"),
        (r'said="a \"b\" c"', "said", "=", 'a "b" c'),
        (r'said="two\nlines"', "said", "=", "two\nlines"),
        (r'path=~"\d+\.x"', "path", "=~", r"\d+\.x"),
        ('"a label"="x"', "a label", "=", "x"),
        (r'"a \"label\""!="x"', 'a "label"', "!=", "x"),
        ('"größe"!~"x"', "größe", "!~", "x"),
        ('größe="x"', "größe", "=", "x"),
        ('text="a,{b}=~c"', "text", "=", "a,{b}=~c"),
    ],
)
def test_a_matcher_is_read_as_alertmanager_reads_it(
    matcher: str, name: str, operator: str, value: str
) -> None:
    read = parse_matcher(matcher)
    assert (read.name, read.operator, read.value) == (name, Operator(operator), value)
    assert read.text == matcher.strip()


@pytest.mark.parametrize(
    "text",
    ["", "env", '="x"', 'env=="x"', 'env="x', 'env="x" and b="y"', 'env>"5"', "a b=c", 'env="a"b"'],
)
def test_what_is_no_matcher_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ValueError, match=r'is not a matcher; write it as name="value"'):
        parse_matcher(text)


@pytest.mark.parametrize("pattern", ["(", "[a", "a**", r"(a)\1", "(?=a)", "(?<!a)b", "a{5000}"])
def test_what_re2_cannot_do_is_refused_with_a_remedy(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is not RE2 \(.+\); correct it"):
        parse_matcher(f'env=~"{pattern}"')


def test_a_pattern_that_explodes_elsewhere_is_linear_here() -> None:
    assert not holds(f'env=~"{A_PATTERN_BOMB}"', {"env": "a" * 50_000 + "!"})


def test_a_lone_surrogate_in_a_label_is_a_character_like_any_other() -> None:
    assert holds('env=~"a.b"', {"env": "a\ud800b"})
    assert holds('env!~"x"', {"env": "\udfff"})


@pytest.mark.parametrize(
    "matcher",
    [
        'severity="page"',
        'labels.severity="page"',
        'labels.source="a label"',
        'source="alertmanager"',
        'status="resolved"',
        'alert.name="Disk"',
        'alert.fingerprint="f1"',
        'annotations.summary="full"',
        '"annotations.a note"="x"',
        'group.cluster="eu"',
        'values.A="95"',
        'values.B="0.5"',
        'values.C="-3"',
        'links.generator="http://x"',
        'payload.a="1"',
        'payload.deep.list.1.name="two"',
        'payload.deep.list.7.name=""',
        'payload.deep.list.name=""',
        'payload.flag="true"',
        'payload.nothing=""',
        'payload.a.b=""',
        'payload.pair="[1,2]"',
        'dotted.label="as it is"',
    ],
)
def test_a_name_reads_its_part_of_the_alert(matcher: str) -> None:
    alert = alert_of(
        {"severity": "page", "source": "a label", "dotted.label": "as it is"},
        name="Disk",
        status=AlertStatus.RESOLVED,
        annotations={"summary": "full", "a note": "x"},
        group={"cluster": "eu"},
        values={"A": 95.0, "B": 0.5, "C": -3.0},
        links={"generator": "http://x"},
        payload={
            "a": 1,
            "deep": {"list": [{"name": "one"}, {"name": "two"}]},
            "flag": True,
            "nothing": None,
            "pair": [1, 2],
        },
    )
    assert parse_matcher(matcher).holds(alert)


@pytest.mark.parametrize("step", ["²", "9" * 5000])
def test_a_step_that_is_no_index_of_a_list_reads_as_missing(step: str) -> None:
    assert holds(f'payload.items.{step}=""', payload={"items": ["a"]})


def test_a_part_of_the_payload_that_is_not_unicode_can_be_matched() -> None:
    assert holds('payload.part!=""', payload={"part": ["\ud800"]})


def test_a_payload_nested_deeper_than_json_is_written_can_be_matched() -> None:
    part: Any = "x"
    for _ in range(500):
        part = [part]
    assert holds('payload.part!=""', payload={"part": part})


@pytest.mark.parametrize(
    ("match", "labels", "failed"),
    [
        (match_of(), {}, None),
        (match_of(all=['a="1"', 'b="2"']), {"a": "1", "b": "2"}, None),
        (match_of(all=['a="1"', 'b="2"', 'c="3"']), {"a": "1"}, 'b="2"'),
        (match_of(any=['a="1"', 'b="2"']), {"b": "2"}, None),
        (match_of(any=['a="1"', 'b="2"']), {}, 'any: a="1", b="2"'),
        (match_of(none=['a="1"', 'b="2"']), {"a": "2"}, None),
        (match_of(none=['a="1"', 'b="2"']), {"b": "2"}, 'none: b="2"'),
        (match_of(all=['a="1"'], any=['b="1"'], none=['c="1"']), {"a": "1", "b": "1"}, None),
        (match_of(all=['a="1"'], any=['b="1"'], none=['c="1"']), {"c": "1"}, 'a="1"'),
        (match_of(any=['b="1"'], none=['c="1"']), {"c": "1"}, 'none: c="1"'),
    ],
)
def test_a_match_names_what_fails_first(
    match: Match, labels: dict[str, str], failed: str | None
) -> None:
    alert = alert_of(labels)
    assert match.failure(alert) == failed
    assert match.holds(alert) is (failed is None)


@pytest.mark.parametrize(
    ("matcher", "values"),
    [
        ('a="x"', ["x"]),
        ('a=""', [""]),
        ('a=~"x|y z"', ["x", "y z"]),
        ('a=~"x"', ["x"]),
        ('a=~"x.*"', None),
        ('a=~"x|"', None),
        ('a=~"(x|y)"', None),
        ('a=~"(?i)x"', None),
        ('a!="x"', None),
        ('a!~"x"', None),
    ],
)
def test_only_a_plain_matcher_names_the_values_it_can_hold_with(
    matcher: str, values: list[str] | None
) -> None:
    assert parse_matcher(matcher).possible_values() == values


WORDS = st.sampled_from(["", "a", "b", "ab", "a b", "é", "a|b", "1"])
NAMES = st.sampled_from(["x", "y", "source", "status", "values.n", "annotations.x"])
PATTERNS = st.sampled_from(["a|b", "a", "", "a|", ".*", "é|1", "a b|ab", "[ab]", "(?i)A"])
MATCHERS = st.one_of(
    st.builds('{}{}"{}"'.format, NAMES, st.sampled_from(["=", "!="]), WORDS),
    st.builds('{}{}"{}"'.format, NAMES, st.sampled_from(["=~", "!~"]), PATTERNS),
).map(parse_matcher)
SOME = st.lists(MATCHERS, max_size=3).map(tuple)
MATCHES = st.builds(Match, all_of=SOME, any_of=SOME, none_of=SOME)
ALERTS = st.builds(
    lambda labels, summary, number, source: alert_of(
        labels, annotations=summary, values=number, source=source
    ),
    st.dictionaries(st.sampled_from(["x", "y"]), WORDS),
    st.dictionaries(st.just("x"), WORDS),
    st.dictionaries(st.just("n"), st.sampled_from([0.0, 1.0, 0.5])),
    WORDS,
)


def rule_of(name: str, match: Match) -> Rule:
    return Rule(name=name, place=Place("rules.yaml"), match=match)


@given(matches=st.lists(MATCHES, max_size=12), alert=ALERTS)
def test_the_index_never_leaves_out_a_rule_that_holds(matches: list[Match], alert: Alert) -> None:
    rules = [rule_of(str(n), match) for n, match in enumerate(matches)]
    candidates = RuleIndex(rules).candidates(alert)
    assert [rule for rule in candidates if rule.match.holds(alert)] == [
        rule for rule in rules if rule.match.holds(alert)
    ]


@pytest.mark.parametrize(
    "one",
    [
        lambda n: match_of(all=[f'x="{n}"', 'y=~".*"']),
        lambda n: match_of(all=[f'x=~"{n}.*"', 'y=~".*"', 'z!="1"']),
        lambda n: match_of(any=[f'x="{n}"', f'x=~"(?i){n}"', f'y="{n}"']),
        lambda n: match_of(all=['z!="1"'], any=[f'x=~"{n}.*"']),
    ],
    ids=["a value", "a pattern", "one of several", "one of several, and something else"],
)
def test_the_index_does_leave_out_rules(one: Callable[[str], Match]) -> None:
    index = RuleIndex([rule_of(n, one(n)) for n in "abc"])
    assert [rule.name for rule in index.candidates(alert_of({"x": "b"}))] == ["b"]


def test_the_index_leaves_out_a_rule_that_wants_more_than_a_missing_name() -> None:
    rules = [
        rule_of("a", match_of(all=['host=""', 'x=~"a.*"'])),
        rule_of("b", match_of(all=['x=~"a.*"'])),
    ]
    index = RuleIndex(rules)
    assert not index.candidates(alert_of({"x": "b"}))
    assert [rule.name for rule in index.candidates(alert_of({"x": "ab"}))] == ["a", "b"]


@pytest.mark.parametrize("match", [match_of(all=['x!="a"']), match_of(any=['x="a"', 'y!="b"'])])
def test_what_the_index_cannot_know_is_a_candidate_always(match: Match) -> None:
    assert RuleIndex([rule_of("a", match)]).candidates(alert_of({"x": "b", "y": "b"}))


def test_patterns_too_large_for_one_automaton_are_asked_one_by_one() -> None:
    rules = [rule_of(str(n), match_of(all=[f'x=~"({n}[^a]{{500}}){{2}}"'])) for n in range(100)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bridge.rules.index._MEMORY", 1 << 16)
        assert len(RuleIndex(rules).candidates(alert_of({"x": "b"}))) == len(rules)


def test_an_automaton_that_runs_out_of_memory_leaves_nothing_out() -> None:
    index = RuleIndex([rule_of("a", match_of(all=['x=~"a.*"']))])
    index._names[0]._set = _Exhausted()
    assert [rule.name for rule in index.candidates(alert_of({"x": "b"}))] == ["a"]


class _Exhausted:
    def Match(self, text: str) -> list[int]:  # noqa: N802  # RE2's name
        """Answer as RE2 does when its memory is spent."""
        return []
