"""Rules that match no alert, or drop more than their author thinks."""

from collections.abc import Collection, Iterator, Sequence

from bridge.domain.alert import AlertStatus
from bridge.domain.errors import Problem
from bridge.rules.lint.logic import void
from bridge.rules.matchers import Match, Matcher
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


def careless_drops(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Find drops that only say what an alert must not be: they take all that knows nothing of it.

    A name that is mistyped there, as `envv!="prod"`, drops everything.
    """
    for rule in rules:
        said = (*rule.match.all_of, *rule.match.any_of, *rule.match.none_of)
        if rule.drop is None or rule.when is not None or not said:
            continue
        if _takes_the_unlabelled(rule.match):
            names = " or ".join(dict.fromkeys(matcher.name for matcher in said))
            message = f"rule {rule.name} drops every alert without {names}"
            remedy = f"add '{said[0].name}!=\"\"', or a matcher for what is meant"
            yield (said[0].place or rule.place).problem(message, remedy, is_warning=True)


def _takes_the_unlabelled(match: Match) -> bool:
    """Say whether an alert is let through that has nothing of what the matchers name."""

    def holds(matcher: Matcher) -> bool:
        # Nothing comes without these.
        return matcher.name not in ("source", "status") and matcher.accepts("")

    is_one = not match.any_of or any(map(holds, match.any_of))
    return (
        is_one and all(map(holds, match.all_of)) and not any(m.accepts("") for m in match.none_of)
    )
