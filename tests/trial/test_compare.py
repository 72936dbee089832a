"""What counts as a difference between two decisions."""

from pathlib import Path

from bridge.domain.decision import Filed
from bridge.trial.compare import compare
from tests.rules.given import alert_of, filed, rules_of


def decided(folder: Path, rules: str) -> Filed:
    return filed(rules_of(folder, rules).decide(alert_of({"a": "b"})))


def test_a_failing_rule_that_only_stands_elsewhere_makes_no_difference(tmp_path: Path) -> None:
    rule = "rules: [{id: a, match: any, set: {impact: '{{ labels.gone }}'}}]"
    old, moved = decided(tmp_path / "old", rule), decided(tmp_path / "new", f"\n# moved\n{rule}")
    assert old.faults != moved.faults
    assert compare(old, moved) is None


def test_a_rule_that_fails_otherwise_makes_one(tmp_path: Path) -> None:
    old = decided(tmp_path / "old", "rules: [{id: a, match: any, set: {impact: x}}]")
    new = decided(
        tmp_path / "new", "rules: [{id: a, match: any, set: {impact: '{{ labels.gone }}'}}]"
    )
    comparison = compare(old, new)
    assert comparison is not None
    assert set(comparison.fields) == {"impact", "note"}
