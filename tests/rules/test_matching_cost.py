"""What matching costs: hardly more with a thousand rules than with ten."""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.rules import Rules
from tests.rules.given import alert_of, rules_of

ALERT = alert_of({"alertname": "Disk7", "team": "team7", "severity": "critical"})
MATCHES: dict[str, Callable[[int], str]] = {
    "a value": lambda n: f"['team=\"team{n}\"']",
    "values": lambda n: f"['team=~\"team{n}|squad{n}\"', 'severity=\"critical\"']",
    "a pattern": lambda n: f"['alertname=~\"(?i)disk{n}|Net{n}[a-z]*\"']",
    "one of several": lambda n: f"{{any: ['team=\"team{n}\"', 'alertname=~\"Disk{n}.?\"']}}",
}


def rules_that(folder: Path, match: Callable[[int], str], count: int) -> Rules:
    said = "\n".join(
        f"- {{id: r{n}, match: {match(n)}, set: {{impact: high}}}}" for n in range(count)
    )
    return rules_of(folder, f"rules:\n{said}")


def calls(rules: Rules) -> int:
    """Count the calls that a decision makes: the same on any machine, whatever else it does."""
    made: Counter[str] = Counter()
    sys.setprofile(lambda _frame, event, _arg: made.update([event]))
    try:
        rules.decide(ALERT)
    finally:
        sys.setprofile(None)
    return made["call"] + made["c_call"]


@pytest.mark.parametrize("kind", MATCHES)
def test_a_thousand_rules_cost_hardly_more_than_ten(tmp_path: Path, kind: str) -> None:
    few = rules_that(tmp_path / "few", MATCHES[kind], 10)
    many = rules_that(tmp_path / "many", MATCHES[kind], 1000)
    assert [rules.decide(ALERT).rule for rules in (few, many)] == ["r7", "r7"]
    assert 0 < calls(many) < 2 * calls(few)
