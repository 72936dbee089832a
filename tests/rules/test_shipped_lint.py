"""Lint has nothing to say about what ships, and the example of two desks does as it says."""

from pathlib import Path

import pytest

from bridge.rules import load_rules
from bridge.rules.lint import lint
from tests.rules.given import alert_of, filed

SHIPPED = Path(__file__).parents[2] / "rules"
EXAMPLES = SHIPPED / "examples"


@pytest.mark.parametrize("paths", [[SHIPPED], [SHIPPED, EXAMPLES]], ids=["alone", "with examples"])
def test_lint_finds_nothing_in_the_shipped_rules(paths: list[Path]) -> None:
    assert lint(paths, desks=None, default_backend="desk").problems == []


@pytest.mark.parametrize(
    ("labels", "backend", "workgroup"),
    [
        ({"team": "shop"}, "serviceops", "Shop support"),
        ({"team": "payroll"}, "summit", "NOC"),
        ({}, "summit", ""),
        ({"team": "shop", "alertname": "HostDown"}, "summit", "Platform on call"),
    ],
)
def test_two_desks_share_the_alerts(labels: dict[str, str], backend: str, workgroup: str) -> None:
    desks = ("summit", "serviceops")
    rules = load_rules([SHIPPED, EXAMPLES], backends=desks, default_backend="summit")
    decision = filed(rules.decide(alert_of({"alertname": "ErrorRate", **labels})))
    assert (decision.backend, decision.spec.workgroup) == (backend, workgroup)
    assert decision.faults == ()
