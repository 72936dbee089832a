"""Which rules can match an alert at all, so that a thousand rules cost little more than ten."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import re2

from bridge.domain.alert import Alert
from bridge.expressions.pattern import encodable
from bridge.rules.matchers import Match, Matcher, Operator
from bridge.rules.memo import Recent
from bridge.rules.model import Rule
from bridge.rules.reading import Getter, getter

#: Of bytes, for the patterns on one name; RE2 forgets and begins anew rather than take more.
_MEMORY = 16 << 20
_ANYTHING = "(?s).*"
#: What one name said lately is not held against the patterns again: so many values, so long.
_MOST_KEPT = 256
_LONGEST_KEPT = 200

_Need = tuple[str, str, bool]  #: a name, the value or pattern it needs, and which of the two it is


class RuleIndex:
    """Rules by the matchers of which one at least must hold; the rest are candidates always."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._always: list[int] = []
        names: dict[str, _Name] = {}
        shares = Counter(need for rule in rules for m in rule.match.all_of for need in _needs(m))
        for number, rule in enumerate(rules):
            needed = _needed(rule.match, shares)
            if not needed:
                self._always.append(number)
            for matcher in needed:
                names.setdefault(matcher.name, _Name(matcher.name)).add(matcher, number)
        self._names = list(names.values())
        for name in self._names:
            name.compile()

    def candidates(self, alert: Alert) -> Sequence[Rule]:
        """Give, in order, every rule that might match; those left out certainly do not."""
        numbers = set(self._always)
        for name in self._names:
            name.collect(alert, numbers)
        return [self._rules[number] for number in sorted(numbers)]


class _Name:
    """The rules that need something of one name: in a dictionary, or in one automaton."""

    def __init__(self, name: str) -> None:
        self._get: Getter = getter(name)
        self._by_value: dict[str, list[int]] = {}
        self._by_pattern: dict[str, list[int]] = {}
        self._patterns: Sequence[list[int]] = ()
        self._set: Any = None
        self._found: Recent[Sequence[int]] = Recent(_MOST_KEPT)

    def add(self, matcher: Matcher, number: int) -> None:
        values = matcher.possible_values()
        if values is None:
            self._by_pattern.setdefault(matcher.value, []).append(number)
        for value in dict.fromkeys(values or ()):
            self._by_value.setdefault(value, []).append(number)

    def compile(self) -> None:
        """Put all patterns into one automaton; the first matches anything, to show that it ran."""
        if not self._by_pattern:
            return
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MEMORY
        automaton = re2.Set.FullMatchSet(options)
        for pattern in (_ANYTHING, *self._by_pattern):
            automaton.Add(encodable(pattern))
        self._patterns = [[], *self._by_pattern.values()]
        try:
            automaton.Compile()
        except re2.error:
            return  # too large: each of these rules is asked itself
        self._set = automaton

    def collect(self, alert: Alert, numbers: set[int]) -> None:
        """Add the rules whose need the alert may meet."""
        said = self._get(alert)
        numbers.update(self._by_value.get(said, ()))
        if not self._patterns:
            return
        found = self._found.get(said)
        if found is None:
            found = self._by_patterns(said)
            if len(said) <= _LONGEST_KEPT:
                self._found.keep(said, found)
        numbers.update(found)

    def _by_patterns(self, said: str) -> Sequence[int]:
        matched = self._set.Match(encodable(said)) if self._set is not None else ()
        # Out of memory reads as no match at all, and then not even the first is there.
        fitting = matched if 0 in matched else range(len(self._patterns))
        return [number for pattern in fitting for number in self._patterns[pattern]]


def _needed(match: Match, shares: Mapping[_Need, int]) -> Sequence[Matcher]:
    """Give matchers of which one at least must hold; none: nothing that an index could know.

    Of those that must all hold, it is the one whose need the fewest rules share, and one that
    wants a name to be missing only where there is no other.
    """

    def breadth(matcher: Matcher) -> tuple[bool, int, bool]:
        values = matcher.possible_values()
        is_met_by_most = values is not None and "" in values  # by all that lack the name
        return is_met_by_most, max(shares[need] for need in _needs(matcher)), values is None

    alone = min(filter(_is_known, match.all_of), key=breadth, default=None)
    if alone is not None:
        return [alone]
    return match.any_of if all(map(_is_known, match.any_of)) else ()


def _needs(matcher: Matcher) -> Sequence[_Need]:
    if not _is_known(matcher):
        return ()
    values = matcher.possible_values()
    is_pattern = values is None
    return [(matcher.name, value, is_pattern) for value in values or [matcher.value]]


def _is_known(matcher: Matcher) -> bool:
    return matcher.operator in (Operator.EQUALS, Operator.MATCHES)
