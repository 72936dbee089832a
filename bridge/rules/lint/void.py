"""Rules that no alert can match."""

from collections.abc import Collection, Iterator, Sequence

from bridge.domain.alert import AlertStatus
from bridge.domain.errors import Problem
from bridge.rules.lint.logic import void
from bridge.rules.matchers import Matcher
from bridge.rules.model import Rule


def void_matches(rules: Sequence[Rule], sources: Collection[str] | None) -> Iterator[Problem]:
    """Find matchers that exclude each other, and such as demand what no alert has.

    `sources` are the configured names; None: not known.
    """
    for rule in rules:
        together = void(rule.match)
        if together:
            said = " with ".join(dict.fromkeys(matcher.text for matcher in together))
            place = together[-1].place or rule.place
            message = f"rule {rule.name} can match nothing: {said}"
            yield place.problem(message, "remove one of them, or make it two rules")
        for matcher in (*rule.match.all_of, *rule.match.any_of):
            yield from _never(rule, matcher, sources)


def _never(rule: Rule, matcher: Matcher, sources: Collection[str] | None) -> Iterator[Problem]:
    place = matcher.place or rule.place
    if matcher.name == "status" and not matcher.accepts(AlertStatus.FIRING):
        message = f"rule {rule.name}: {matcher.text} can match nothing: rules see what fires"
        yield place.problem(message, "remove it; what clears follows its ticket by itself")
    is_known = sources is None or any(map(matcher.accepts, sources))
    if matcher.name == "source" and not is_known:
        known = ", ".join(sorted(sources or ()))
        message = f"rule {rule.name}: {matcher.text} can match nothing: no source is named so"
        yield place.problem(message, f"choose one of {known}")
