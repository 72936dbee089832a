"""What the rules that apply say together, whatever the alert says; worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from bridge.domain.decision import RuleTrace
from bridge.domain.policy import Policy
from bridge.rules.model import Behaviour, Path, Rule, Setting

_POLICY = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who sets which field, who makes the key, and the policy."""

    chains: Sequence[Sequence[Setting]]  #: for each field all that set it, the last one first asked
    key: Behaviour | None  #: the last that says how the key is made
    policy: Policy
    told: tuple[RuleTrace, ...]

    @classmethod
    def of(cls, defaults: Sequence[Behaviour], applied: Sequence[Rule]) -> Self:
        """Lay the rules over the defaults, in their order."""
        layers: list[Behaviour] = [*defaults, *applied]
        return cls(
            chains=list(_chains(layers).values()),
            key=next((layer for layer in reversed(layers) if layer.key is not None), None),
            policy=_policy(layers),
            told=tuple(rule_trace(rule) for rule in applied),
        )


def rule_trace(rule: Rule, failed: str = "") -> RuleTrace:
    """Say that a rule applied, or what kept it from that."""
    return RuleTrace(rule=rule.name, location=str(rule.place), applied=not failed, failed=failed)


def _chains(layers: Sequence[Behaviour]) -> Mapping[Path, Sequence[Setting]]:
    """Give for each field all that set it, in the order of the cascade."""
    chains: dict[Path, list[Setting]] = {}
    for layer in layers:
        for setting in layer.settings:
            if setting.path[0] == "raw":
                _make_room(chains, setting.path)
            chains.setdefault(setting.path, []).append(setting)
    return chains


def _make_room(chains: dict[Path, list[Setting]], path: Path) -> None:
    """Let a mapping replace an earlier value in its place, and a value an earlier mapping."""
    others = [other for other in chains if other != path and other[0] == "raw"]
    for other in others:
        if other[: len(path)] == path or path[: len(other)] == other:
            del chains[other]


def _policy(layers: Sequence[Behaviour]) -> Policy:
    said: dict[str, Any] = {name: v for layer in layers for name, v in layer.policies.items()}
    return replace(_POLICY, **said) if said else _POLICY
