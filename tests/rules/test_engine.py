"""The engine: the cascade, what overrides what, what stands in for what fails, and why."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.decision import Filed
from bridge.domain.policy import Budget, OnClear, Policy
from bridge.rules import Rules
from tests.rules.contract import load_contract
from tests.rules.given import alert_of, dropped, filed, rules_of

X = {"alertname": "X", "instance": "db1:9100"}

CASCADE = """
rules:
  - {id: first, match: any, set: {priority: low, impact: low}}
  - {id: never, match: ['alertname="Y"'], set: {priority: never, impact: never}}
  - {id: second, match: ['alertname="X"'], set: {priority: high}}
"""


def decided(folder: Path, text: str, *more: str, labels: dict[str, str] | None = None) -> Filed:
    return filed(rules_of(folder, text, *more).decide(alert_of(X if labels is None else labels)))


def test_every_rule_that_holds_applies_over_what_came_before(tmp_path: Path) -> None:
    decision = decided(tmp_path, CASCADE)
    assert (decision.spec.priority, decision.spec.impact) == ("high", "low")
    assert decision.rule == "second"


def test_nothing_applies_after_a_final_rule(tmp_path: Path) -> None:
    text = CASCADE.replace("set: {priority: low", "final: true, set: {priority: low")
    decision = decided(tmp_path, text)
    assert (decision.rule, decision.spec.priority) == ("first", "low")
    other = decided(
        tmp_path, CASCADE.replace("set: {priority: never", "final: true, set: {urgency: x")
    )
    assert other.rule == "second"


def test_a_drop_gives_its_reason_and_ends_the_cascade(tmp_path: Path) -> None:
    last = "  - {id: last, match: any, drop: never reached}\n"
    text = CASCADE + "  - {id: noise, match: ['alertname=\"X\"'], drop: only noise}\n" + last
    decision = dropped(rules_of(tmp_path, text).decide(alert_of(X)))
    assert (decision.reason, decision.rule) == ("only noise", "noise")


def test_a_drop_after_a_final_rule_drops_nothing(tmp_path: Path) -> None:
    text = CASCADE.replace("set: {priority: high", "final: true, set: {priority: high")
    assert decided(tmp_path, text + "  - {id: noise, match: any, drop: x}\n").rule == "second"


@pytest.mark.parametrize(
    "text",
    [
        "unmatched: file",
        "rules: []",
        "rules: [{id: a, match: ['a=b'], drop: x}]",
        "defaults: {unmatched: file}",
    ],
)
def test_an_alert_that_no_rule_matches_is_filed_by_the_defaults(tmp_path: Path, text: str) -> None:
    decision = decided(tmp_path, text)
    assert decision.rule is None
    assert decision.backend == "desk"


@pytest.mark.parametrize("text", ["unmatched: drop", "defaults: {unmatched: drop}"])
def test_an_alert_that_no_rule_matches_is_dropped_where_that_is_asked(
    tmp_path: Path, text: str
) -> None:
    rules = rules_of(tmp_path, text, "rules: [{id: a, match: ['a=b']}]")
    decision = dropped(rules.decide(alert_of()))
    assert (decision.reason, decision.rule) == ("no rule matched", None)
    assert filed(rules.decide(alert_of({"a": "b"}))).rule == "a"


def test_the_last_file_says_what_becomes_of_the_unmatched(tmp_path: Path) -> None:
    assert decided(tmp_path, "unmatched: drop", "rules: []", "unmatched: file").rule is None


def test_defaults_of_later_files_go_over_those_of_earlier_ones(tmp_path: Path) -> None:
    decision = decided(
        tmp_path,
        "defaults: {set: {impact: a, urgency: a}, hold: 1m, settle: 1s}",
        "defaults: {set: {urgency: b, tags: [b]}, hold: 2m, backend: other}",
        "rules: [{id: r, match: any, set: {tags: [c]}}]",
    )
    spec = decision.spec
    assert (spec.impact, spec.urgency, spec.tags) == ("a", "b", ("c",))
    assert decision.policy == Policy(hold=timedelta(minutes=2), settle=timedelta(seconds=1))
    assert decision.backend == "other"


def test_defaults_of_a_later_file_do_not_go_over_a_rule_of_an_earlier_one(tmp_path: Path) -> None:
    rule = "rules: [{id: r, match: any, set: {impact: rule}}]"
    assert decided(tmp_path, rule, "defaults: {set: {impact: late}}").spec.impact == "rule"


def test_policies_are_inherited_and_overridden_one_by_one(tmp_path: Path) -> None:
    decision = decided(
        tmp_path,
        "defaults: {hold: 1m, expire_after: 1d, budget: {tickets: 5, per: 1h}, on_clear: note}",
        """
        rules:
          - {id: a, match: any, hold: 2m, resolve_after: 5m, respect_people: false}
          - {id: b, match: ['a=b'], hold: 9m}
          - {id: c, match: any, expire_after: null, reopen_within: 1h30m}
        """,
    )
    assert decision.policy == Policy(
        hold=timedelta(minutes=2),
        resolve_after=timedelta(minutes=5),
        reopen_within=timedelta(minutes=90),
        expire_after=None,
        on_clear=OnClear.NOTE,
        budget=Budget(tickets=5, per=timedelta(hours=1), rule="defaults"),
        respect_people=False,
    )


def test_a_heartbeat_says_how_often_it_is_expected(tmp_path: Path) -> None:
    rule = "rules: [{id: beat, match: any, expect_every: 5m}]"
    assert decided(tmp_path, rule).policy.expect_every == timedelta(minutes=5)


def test_without_a_word_about_it_the_policy_is_the_built_in_one(tmp_path: Path) -> None:
    assert decided(tmp_path, "rules: []").policy == Policy()


@pytest.mark.parametrize(
    ("when", "applies"),
    [
        ("labels.instance", True),
        ("labels.alertname == 'X' and values == {}", True),
        ("labels.region | default('eu') in ['eu', 'us']", True),
        ("level('a') == 'high'", True),
        ("labels.region", False),
        ("labels.alertname == 'Y'", False),
        ("''", False),
    ],
)
def test_when_narrows_a_match(tmp_path: Path, when: str, *, applies: bool) -> None:
    tables = "tables: {level: {map: {a: high}}}"
    decision = decided(tmp_path, f'rules:\n  - {{id: r, match: any, when: "{when}"}}', tables)
    assert decision.rule == ("r" if applies else None)
    assert decision.faults == ()


def test_a_when_that_fails_keeps_its_rule_out_and_is_told(tmp_path: Path) -> None:
    text = CASCADE + "  - {id: odd, match: any, when: labels.x > 3, set: {impact: odd}}\n"
    decision = decided(tmp_path, text)
    [fault] = decision.faults
    assert decision.rule == "second"
    assert decision.spec.impact == "low"
    assert (fault.rule, fault.field, fault.location) == ("odd", "when", f"{tmp_path}/1.yaml:5")
    assert "there is no 'x' here" in fault.message


def test_a_when_that_fails_does_not_drop(tmp_path: Path) -> None:
    text = "rules: [{id: odd, match: any, when: labels.x > 3, drop: noise}]"
    assert decided(tmp_path, text).rule is None


FAILING = "{{ labels.nothing }}"


@pytest.mark.parametrize(
    ("files", "value", "fallbacks"),
    [
        (["defaults: {set: {F: D}}\nrules: [{id: a, match: any, set: {F: A}}]"], "A", []),
        (
            [f"rules: [{{id: a, match: any, set: {{F: A}}}}, "
             f"{{id: b, match: any, set: {{F: '{FAILING}'}}}}]"],
            "A",
            ["a (1.yaml:1)"],
        ),
        (
            ["defaults: {set: {F: D}}", f"rules: [{{id: b, match: any, set: {{F: '{FAILING}'}}}}]"],
            "D",
            ["defaults (1.yaml:1)"],
        ),
        (
            ["defaults:\n  set: {F: D}\nrules:\n"
             f"  - {{id: a, match: any, set: {{F: '{FAILING}'}}}}\n"
             f"  - {{id: b, match: any, set: {{F: '{FAILING}'}}}}"],
            "D",
            ["a (1.yaml:4)", "defaults (1.yaml:2)"],
        ),
        ([f"defaults: {{set: {{F: '{FAILING}'}}}}"], None, ["the built-in default"]),
        (["defaults: {set: {F: ''}}"], None, []),
        (["rules: []"], None, []),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("name", "built_in"),
    [("priority", "medium"), ("subject", "X on db1"), ("impact", ""), ("description", None)],
)
def test_a_field_that_fails_falls_back_by_itself(
    tmp_path: Path,
    files: list[str],
    value: str | None,
    fallbacks: list[str],
    name: str,
    built_in: str | None,
) -> None:
    decision = decided(tmp_path, *(text.replace("F:", f"{name}:") for text in files))
    if built_in is None:
        built_in = "alertname: X\ninstance: db1:9100"
    expected = built_in if value is None else value
    assert getattr(decision.spec, name) == expected
    nothing = "nothing" if name == "impact" else "the built-in default"
    assert [fault.fallback.replace(f"{tmp_path}/", "") for fault in decision.faults] == [
        nothing if fallback == "the built-in default" else fallback for fallback in fallbacks
    ]
    assert {fault.field for fault in decision.faults} <= {name}


def test_one_field_that_fails_leaves_the_others_alone(tmp_path: Path) -> None:
    text = f"rules: [{{id: a, match: any, set: {{impact: '{FAILING}', urgency: high, tags: [a]}}}}]"
    decision = decided(tmp_path, text)
    assert (decision.spec.urgency, decision.spec.tags) == ("high", ("a",))
    assert [fault.field for fault in decision.faults] == ["impact"]


@pytest.mark.parametrize(
    ("desk", "backend", "faults"),
    [("other", "other", 0), ("desk", "desk", 0), ("Other", "desk", 1), ("", "desk", 1)],
)
def test_a_backend_that_nobody_knows_falls_back_to_the_default(
    tmp_path: Path, desk: str, backend: str, faults: int
) -> None:
    text = "rules: [{id: a, match: any, set: {backend: '{{ labels.desk }}'}}]"
    decision = decided(tmp_path, text, labels={"desk": desk})
    assert decision.backend == backend
    assert [fault.fallback for fault in decision.faults] == ["the default backend"] * faults


def test_a_backend_that_nobody_knows_falls_back_to_an_earlier_one(tmp_path: Path) -> None:
    text = "rules: [{id: a, match: any, set: {backend: '{{ labels.desk }}'}}]"
    decision = decided(tmp_path, "defaults: {backend: other}", text, labels={"desk": "gone"})
    assert decision.backend == "other"
    assert "no backend is named 'gone'" in decision.faults[0].message


def test_where_any_backend_will_do_an_empty_one_will_not(tmp_path: Path) -> None:
    text = "rules: [{id: a, match: any, set: {backend: \"{{ labels.desk | default('') }}\"}}]"
    rules = rules_of(tmp_path, text, backends=None)
    assert filed(rules.decide(alert_of({"desk": "any"}))).backend == "any"
    assert filed(rules.decide(alert_of())).backend == "desk"


LABELS = st.fixed_dictionaries(
    {},
    optional={
        "alertname": st.sampled_from(["Watchdog", "Lag", "X"]),
        "service": st.sampled_from(["pg1", "web", ""]),
        "severity": st.sampled_from(["critical", "warning", "page", "?"]),
        "env": st.sampled_from(["prod", "dev", "*", ""]),
        "region": st.sampled_from(["eu", "asia"]),
        "score": st.sampled_from(["7", "x", "1.5", ""]),
        "instance": st.sampled_from(["pg1:9187", ""]),
    },
)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return load_contract(tmp_path_factory.mktemp("contract"))


@given(labels=LABELS)
def test_explain_decides_as_decide_does(contract: Rules, labels: dict[str, str]) -> None:
    alert = alert_of(labels)
    decided_, explained = contract.decide(alert), contract.explain(alert)
    assert decided_.rule == explained.rule
    if not isinstance(explained, Filed):
        assert dropped(decided_).reason == explained.reason
        return
    decided_ = filed(decided_)
    assert (decided_.key, decided_.spec) == (explained.key, explained.spec)
    assert (decided_.backend, decided_.policy) == (explained.backend, explained.policy)
    assert decided_.faults == explained.faults
    assert {name: trace.given_by for name, trace in decided_.trace.fields.items()} == {
        name: trace.given_by for name, trace in explained.trace.fields.items()
    }
