"""The rules in force, as the rest of the bridge sees them."""

from collections.abc import Mapping

from bridge.domain.alert import Alert
from bridge.domain.decision import Decision
from bridge.rules.engine import Memory, Run
from bridge.rules.index import RuleIndex
from bridge.rules.model import RuleSet


class Rules:
    """Implements RuleBook over a compiled set of rules; safe to share between threads."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._index = RuleIndex(rules.rules)
        self._memory = Memory()

    @property
    def version(self) -> str:
        """A digest of everything that can change a decision."""
        return self._rules.version

    @property
    def compiled(self) -> RuleSet:
        """What is in force, for those who look at the rules themselves."""
        return self._rules

    @property
    def locations(self) -> Mapping[str, str]:
        """Say FILE:LINE of every rule, by id, in their order."""
        return {rule.name: str(rule.place) for rule in self._rules.rules}

    def decide(self, alert: Alert) -> Decision:
        """Turn an alert into an incident or a reasoned drop; never raise."""
        candidates = self._index.candidates(alert)
        return Run(self._rules, self._memory, alert, explains=False).decide(candidates)

    def explain(self, alert: Alert) -> Decision:
        """Decide the same, and say of every value what it overrode, of every rule why not."""
        return Run(self._rules, self._memory, alert, explains=True).decide(self._rules.rules)
