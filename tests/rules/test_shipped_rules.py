"""The rules that ship with the bridge, and the contract's, pass the tests they carry."""

from pathlib import Path
from typing import Any, cast

import pytest

from bridge.rules import Rules, load_rules
from bridge.yamlfile import load
from tests.rules.contract import BACKENDS, load_contract
from tests.rules.given import rules_of
from tests.rules.steps import RuleTest, Runner, WrongTest, read_tests

SHIPPED = Path(__file__).parents[2] / "rules"
FILES = sorted(SHIPPED.glob("*.yaml"))
TESTS = [
    pytest.param(test, id=f"{file.name}: {test.name}")
    for file in FILES
    for test in read_tests(file)
]


@pytest.fixture(scope="module")
def shipped() -> Rules:
    return load_rules([SHIPPED], backends=["desk"], default_backend="desk")


@pytest.mark.parametrize("test", TESTS)
def test_a_shipped_rule_does_as_its_test_says(shipped: Rules, test: RuleTest) -> None:
    assert Runner(shipped, "desk").run(test) == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_shipped_file_has_tests_of_its_own_name(file: Path) -> None:
    names = [test.name for test in read_tests(file)]
    assert names
    assert len(set(names)) == len(names)


def test_there_are_shipped_files() -> None:
    assert len(FILES) >= 5


def test_every_shipped_rule_applies_in_a_test(shipped: Rules) -> None:
    applied: set[str] = set()
    for file in FILES:
        for test in read_tests(file):
            runner = Runner(shipped, "desk")
            runner.run(test)
            applied |= runner.applied
    data = [cast("dict[str, Any]", load(file).data) for file in FILES]
    assert {rule["id"] for said in data for rule in said.get("rules", ())} - applied == set()


def test_the_contracts_own_test_passes(tmp_path: Path) -> None:
    rules = load_contract(tmp_path)
    escalation, _recorded_payload = read_tests(tmp_path / "db.yaml")
    assert Runner(rules, BACKENDS[0]).run(escalation) == {}


ESCALATION: dict[str, Any] = {
    "tickets": 1,
    "dropped": 0,
    "rule": "host-as-ci",
    "state": "resolved",
    "priority": "critical",
    "CI_Value": "pg1",
    "tags": ["critical"],
}


def escalation(expect: dict[str, Any]) -> RuleTest:
    labels = {"alertname": "Lag", "instance": "pg1:9187"}
    low, high = ({**labels, "severity": word} for word in ("warning", "critical"))
    steps: list[dict[str, Any]] = [
        {"fire": low},
        {"after": "1m", "fire": {"labels": high, "annotations": {"summary": "s"}}},
        {"after": "1m", "resolve": low},
        {"after": "1m", "resolve": high},
    ]
    return RuleTest(name="", steps=steps, expect=expect)


def test_the_runner_finds_what_is_right_right(shipped: Rules) -> None:
    assert Runner(shipped, "desk").run(escalation(ESCALATION)) == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tickets", 2),
        ("dropped", 1),
        ("rule", "watchdog"),
        ("state", "open"),
        ("priority", "medium"),
        ("CI_Value", "pg1:9187"),
        ("tags", []),
        ("CustomFields", {"Score": 7}),
        ("backend", "summit"),
    ],
)
def test_the_runner_finds_what_is_wrong_wrong(shipped: Rules, name: str, expected: object) -> None:
    wrong = Runner(shipped, "desk").run(escalation({**ESCALATION, name: expected}))
    assert list(wrong) == [name]
    assert wrong[name][0] == expected


@pytest.mark.parametrize("expect", [{"ticket": 1}, {"prioritty": "low"}])
def test_the_runner_refuses_an_expectation_that_it_does_not_know(
    shipped: Rules, expect: dict[str, Any]
) -> None:
    with pytest.raises(WrongTest):
        Runner(shipped, "desk").run(escalation(expect))


def test_the_runner_refuses_a_step_that_it_does_not_know(shipped: Rules) -> None:
    with pytest.raises(WrongTest, match="a step has no fires"):
        Runner(shipped, "desk").run(RuleTest(name="", steps=[{"fires": {"a": "b"}}], expect={}))


@pytest.mark.parametrize(
    ("after", "state", "tickets"), [("30s", "resolved", 0), ("5m", "resolved", 1)]
)
def test_the_runner_works_whenever_something_is_due(
    tmp_path: Path, after: str, state: str, tickets: int
) -> None:
    rules = rules_of(tmp_path, "defaults: {hold: 2m, settle: 0}")
    steps: list[dict[str, Any]] = [
        {"fire": {"alertname": "X"}},
        {"after": after, "resolve": {"alertname": "X"}},
    ]
    test = RuleTest(name="", steps=steps, expect={"state": state, "tickets": tickets})
    assert Runner(rules, "desk").run(test) == {}
