"""Rules that never apply, or of which nothing remains."""

from collections.abc import Iterator, Sequence

from bridge.domain.errors import Problem
from bridge.rules.lint.logic import covers
from bridge.rules.model import Path, Rule


def unreachable(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Find rules behind one that ends the cascade for all of theirs, and shadowed ones."""
    enders: list[Rule] = []
    for number, rule in enumerate(rules):
        ender = next((e for e in enders if covers(e.match, rule.match)), None)
        if ender is not None:
            ends = "drops" if ender.drop is not None else "is final for"
            message = f"rule {rule.name} is unreachable: {ender.name} ({ender.place}) {ends} all"
            yield rule.place.problem(message, "move it up, or narrow the other's match")
            continue
        if rule.when is None and (rule.is_final or rule.drop is not None):
            enders.append(rule)
        if shadow := _shadow(rule, rules[number + 1 :]):
            message = f"rule {rule.name} is shadowed: {shadow.name} ({shadow.place}) sets all again"
            remedy = "remove it, or put it behind the other"
            yield rule.place.problem(message, remedy, is_warning=True)


def _shadow(rule: Rule, later: Sequence[Rule]) -> Rule | None:
    """Find a later rule that always applies as well and leaves nothing of this one."""
    if rule.is_final or rule.drop is not None or not _said(rule):
        return None
    for other in later:
        replaces = other.when is None and other.drop is None and _said(rule) <= _said(other)
        if replaces and covers(other.match, rule.match):
            return other
        if other.is_final or other.drop is not None:
            return None  # it may end the cascade before any shadow falls
    return None


def _said(rule: Rule) -> frozenset[Path]:
    """Name all that a rule decides."""
    key: list[Path] = [("key",)] if rule.key is not None else []
    policies: list[Path] = [("policy", name) for name in rule.policies]
    return frozenset([*(setting.path for setting in rule.settings), *key, *policies])
