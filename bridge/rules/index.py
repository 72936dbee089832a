"""Which rules can match an alert at all, so that a thousand rules cost little more than ten."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.domain.alert import Alert
from bridge.rules.model import Rule
from bridge.rules.reading import Getter, getter


@dataclass(slots=True)
class RuleIndex:
    """Rules by the one name whose few values they need; the rest are candidates always."""

    rules: Sequence[Rule]
    _always: list[int] = field(default_factory=list)
    _by_value: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    _getters: list[tuple[Getter, dict[str, list[int]]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, rule in enumerate(self.rules):
            sure = rule.match.sure_values()
            if sure is None:
                self._always.append(number)
                continue
            name, values = sure
            numbers = self._by_value.setdefault(name, {})
            for value in dict.fromkeys(values):
                numbers.setdefault(value, []).append(number)
        self._getters = [(getter(name), numbers) for name, numbers in self._by_value.items()]

    def candidates(self, alert: Alert) -> Sequence[Rule]:
        """Give, in order, every rule that might match; those left out certainly do not."""
        numbers = list(self._always)
        for get, by_value in self._getters:
            numbers += by_value.get(get(alert), ())
        numbers.sort()
        return [self.rules[number] for number in numbers]
