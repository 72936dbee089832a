"""The rules that ship with the bridge, and the contract's, pass the tests they carry."""

from functools import partial
from pathlib import Path

import pytest

from bridge.rules import Rules, load_rules
from bridge.rules.rule_tests import RuleTest, read_tests
from bridge.settings.named import source_named
from bridge.trial.run import run_test, run_tests
from bridge.trial.wording import difference_lines
from tests.rules.contract import load_contract

SHIPPED = Path(__file__).parents[2] / "rules"
FILES = sorted(SHIPPED.glob("*.yaml"))
SOURCE_NAMED = partial(source_named, None)


@pytest.fixture(scope="module")
def shipped() -> Rules:
    return load_rules([SHIPPED], backends=["desk"], default_backend="desk")


@pytest.mark.parametrize("test", read_tests(FILES), ids=lambda test: f"{test.location} {test.name}")
def test_a_shipped_rule_does_as_its_test_says(shipped: Rules, test: RuleTest) -> None:
    outcome = run_test(test, shipped, SOURCE_NAMED)
    assert outcome.passed, "\n".join(difference_lines(outcome))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_shipped_file_has_tests_of_its_own_name(file: Path) -> None:
    names = [test.name for test in read_tests([file])]
    assert names
    assert len(set(names)) == len(names)


def test_there_are_shipped_files() -> None:
    assert len(FILES) >= 5


def test_every_shipped_rule_applies_in_a_test(shipped: Rules) -> None:
    assert run_tests(read_tests(FILES), shipped, SOURCE_NAMED).unreached == {}


def test_the_contracts_own_test_passes(tmp_path: Path) -> None:
    rules = load_contract(tmp_path)
    (tmp_path / "payloads").mkdir()
    (tmp_path / "payloads" / "disk.json").write_text("{}")
    escalation, _recorded_payload = read_tests([tmp_path])
    outcome = run_test(escalation, rules, SOURCE_NAMED)
    assert outcome.passed, "\n".join(difference_lines(outcome))
