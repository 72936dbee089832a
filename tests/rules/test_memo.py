"""What was rendered before is not rendered again, and nobody can tell by what is decided."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.decision import Decision, FieldTrace
from bridge.rules import Rules
from bridge.rules.memo import LONGEST_KEPT, Memo, Outcome, Reads, Recent, characters, texts_read
from bridge.rules.scope import lookups_for, scope_of
from bridge.rules.templates import compiler_of
from tests.rules.given import alert_of, filed, rules_of, table_of
from tests.rules.test_any_rules import TEMPLATES

#: Templates of every kind: that can be remembered, that cannot, that fail, that miss.
RULES = """
tables:
  level: {map: {page: critical, warn: ""}, miss: medium}
  strict: {map: {a: b}}
  owners: {key: [team, env], rows: [{team: a, env: "*", to: A}, {team: "*", env: b, to: B}], miss: {to: ""}}
defaults:
  key: "{{ labels.a }}{{ alert.name }}"
  set:
    subject: "{{ labels.a or alert.name }} {{ source }}"
    description: "{% for n, v in labels | dictsort %}{{ n }}={{ v }} {% endfor %}"
    priority: "{{ level(labels.a) }}{{ level(labels.b) }}"
    impact: "{{ strict(labels.a) }}"
    tags: ["{{ labels.a | default('none') }}", "{{ labels['b'] | default('') }}"]
    location: "{{ 'empty' if labels.a == '' else 'said' }}"
    engineer: "{{ owners(labels.a, labels.b).to }}"
    note: "{{ labels.items() | length }}{{ labels.keys }}"
    classification: "{{ labels.values | default('') }}"
    requester: "{{ alert.starts_at.hour }}"
    sla: "{{ values.a }}"
    solution: "{{ alert.status }} {{ group.a }} {{ links.a | default('-') }}"
rules:
  - {id: when, match: any, when: "level(labels.b) == 'medium'", set: {category: "{{ annotations.a }}"}}
  - {id: value, match: any, when: values.a > 1, set: {workgroup: "{{ values }}"}}
  - id: named
    match: ['a=~"(?i)page|b"']
    set:
      backend: "{{ labels.b }}"
      impact: "{{ strict(labels.b) }}"
      CI_Value: "{{ labels.nothing }}"
      CustomFields:
        N: {value: "{{ labels.a }}", type: long}
        L: {value: "{{ labels.a }},{{ labels.b }}", type: string_list}
        O: {value: ["{{ labels.a }}"], type: string_list}
      raw: {desk: {A: ["{{ labels.a }}"], B: "{{ labels.b }}", C: 7}}
      links: {a: "{{ labels.a }}"}
"""  # noqa: E501

WORDS = st.sampled_from(["", "a", "b", "bus", "page", "7"])
NAMES = st.sampled_from(["a", "b", "items", "values", "keys"])
TEXTS = st.dictionaries(NAMES, WORDS, max_size=3)
ALERTS = st.builds(
    Alert,
    source=st.sampled_from(["am", "other"]),
    fingerprint=st.just("f"),
    status=st.sampled_from(AlertStatus),
    name=WORDS,
    labels=TEXTS,
    annotations=TEXTS,
    starts_at=st.integers(0, 2).map(lambda hour: datetime(2026, 1, 5, hour, tzinfo=UTC)),
    values=st.dictionaries(NAMES, st.sampled_from([0.5, 1.0, 2.0]), max_size=1),
    group=TEXTS,
    links=TEXTS,
)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return rules_of(tmp_path_factory.mktemp("rules"), RULES)


def afresh(rules: Rules) -> Rules:
    """Give the same rules, by which nothing was decided yet."""
    return Rules(rules.compiled)


def told(decision: Decision) -> tuple[Decision, Sequence[tuple[str, FieldTrace, str]]]:
    """Give all of a decision: as equal dictionaries, fields may come in any order."""
    fields = decision.trace.fields.items()
    return decision, [(name, trace, str(trace)) for name, trace in fields]


@settings(max_examples=100, deadline=None)
@given(alerts=st.lists(ALERTS, min_size=2, max_size=8), seed=st.randoms(use_true_random=False))
def test_what_was_decided_before_makes_no_difference(
    rules: Rules, alerts: list[Alert], seed: random.Random
) -> None:
    again = alerts * 2
    seed.shuffle(again)
    for alert in again:
        assert told(rules.decide(alert)) == told(afresh(rules).decide(alert))
        assert told(rules.explain(alert)) == told(afresh(rules).explain(alert))


def test_threads_that_decide_at_once_decide_the_same(rules: Rules) -> None:
    alerts = [alert_of({"a": a, "b": b}) for a in ("a", "page", "") for b in ("b", "", "x")] * 8
    alone = [afresh(rules).decide(alert) for alert in alerts]
    shared = afresh(rules)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.decide, alerts)) == alone


@pytest.mark.parametrize(
    ("template", "reads"),
    [
        ("as it stands", []),
        ("{{ labels.a or labels['b'] }}", [("labels", "a"), ("labels", "b")]),
        ("{{ t(annotations.a).b | default(links.c) }}", [("annotations", "a"), ("links", "c")]),
        ("{{ t(labels.a, *[group.b]) }}", [("group", "b"), ("labels", "a")]),
        (
            "{{ source }}{{ alert.source }}{{ alert.name }}",
            [("alert", "name"), ("alert", "source")],
        ),
        ("{% for n in ['a'] %}{{ n }}{{ labels.b }}{% endfor %}", None),
        ("{% for labels in [links.a] %}{{ labels.b }}{% endfor %}", None),
        ("{{ labels[annotations.a] }}", None),
        ("{{ labels | json }}", None),
        ("{{ labels.items() | first }}", None),
        ("{{ labels['get']('a') }}", None),
        ("{{ labels.a | map(labels) }}", None),
        ("{{ t(labels) }}", None),
        ("{{ alert.starts_at }}", None),
        ("{{ alert['values'].a }}", None),
        ("{{ values.a }}", None),
        ("{{ t }}", None),
    ],
)
def test_what_a_template_depends_on_is_told_by_its_text(template: str, reads: Reads | None) -> None:
    assert texts_read(compiler_of(["t"]).template(template).reads) == reads


@settings(max_examples=150, deadline=None)
@given(template=TEMPLATES, alert=ALERTS, other=ALERTS)
def test_nothing_else_makes_a_difference(template: str, alert: Alert, other: Alert) -> None:
    with suppress(ValueError):
        compiled = COMPILER.template(template)
        reads = texts_read(compiled.reads)
        event(f"reads texts alone: {bool(reads)}")
        if reads is not None:
            alike = agreeing(other, alert, reads)
            assert rendered(compiled, alert) == rendered(compiled, alike)


TABLES = [
    table_of("t", map={"a": "b", "*": "c"}),
    table_of("u", key=["p", "q"], rows=[{"p": "x", "q": "*", "to": "y"}], miss={"to": "z"}),
]
COMPILER = compiler_of([table.name for table in TABLES])


def rendered(template: Any, alert: Alert) -> object:
    """Give the text, or how it fails."""
    try:
        return template.render(scope_of(alert, lookups_for(TABLES)))
    except Exception as exc:  # noqa: BLE001  # whatever it raises
        return type(exc)


def agreeing(alert: Alert, other: Alert, reads: Reads) -> Alert:
    """Change an alert so that it agrees with another one in what is read, and in nothing else."""
    changed: Any
    for owner, member in reads:
        if owner == "alert":
            changed = {member: getattr(other, member)}
        else:
            texts = {n: text for n, text in getattr(alert, owner).items() if n != member}
            said = {n: text for n, text in getattr(other, owner).items() if n == member}
            changed = {owner: texts | said}
        alert = replace(alert, **changed)
    return alert


def test_what_is_asked_for_stays_and_what_is_not_goes() -> None:
    recent: Recent[int] = Recent(2)
    for number in range(1, 7):
        recent.keep(number, number)
        assert recent.get(1) == 1
    assert [number for number in range(1, 7) if recent.get(number)] == [1, 5, 6]


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        ("text", True),
        (True, True),
        (("a", "b"), True),
        ("x" * LONGEST_KEPT, False),
        (["could be changed"], False),
        ({"could": "be changed"}, False),
    ],
)
def test_what_is_large_or_could_be_changed_is_not_kept(value: object, *, is_kept: bool) -> None:
    memo: Memo[object] = Memo(characters)
    memo.keep((1, "a"), Outcome(value))
    assert (memo.recall((1, "a")) is not None) is is_kept


def test_a_long_label_is_not_kept() -> None:
    memo: Memo[str] = Memo(characters)
    memo.keep((1, "x" * LONGEST_KEPT), Outcome("a"))
    assert memo.recall((1, "x" * LONGEST_KEPT)) is None


def test_a_template_that_fails_while_it_escapes_leaves_the_next_one_alone(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        """
        defaults:
          set:
            subject: "{% autoescape labels.a %}<{{ labels.nothing }}{% endautoescape %}"
            note: "{% autoescape labels.b | default(false) %}<{% endautoescape %}{{ labels.a }}"
        """,
    )
    decision = filed(rules.decide(alert_of({"a": "<b>"})))
    assert [fault.field for fault in decision.faults] == ["subject"]
    assert decision.spec.note == "<<b>"


def test_a_failure_is_told_each_time(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "defaults: {set: {note: '{{ labels.a | int + labels.b }}'}}")
    faults = [filed(rules.decide(alert_of({"a": "1", "b": "x"}))).faults for _ in range(2)]
    assert faults[0]
    assert faults[0] == faults[1]


def test_a_pattern_is_held_against_each_value_that_a_name_has(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "rules: [{id: b, match: ['a=~\"(?i)b+\"'], drop: noise}]")
    said = ("bus", "b", "B", "", "b" * 1000, f"{'b' * 1000}us", "bus", "b", "b" * 1000)
    decided = [rules.decide(alert_of({"a": a})).rule for a in said]
    assert decided == ["b" if set(a.lower()) == {"b"} else None for a in said]
