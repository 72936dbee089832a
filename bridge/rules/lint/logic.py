"""What follows from a matcher: never said unless it is sure."""

from collections.abc import Sequence

from bridge.rules.matchers import Match, Matcher


def implies(one: Matcher, other: Matcher) -> bool:
    """Say whether whatever `one` lets through is let through by `other`."""
    if one.name != other.name:
        return False
    if (one.operator, one.value) == (other.operator, other.value):
        return True
    values = one.possible_values()
    if values is not None:
        return all(other.accepts(value) for value in values)
    refused = other.opposite().possible_values()
    return refused is not None and not any(map(one.accepts, refused))


def void(match: Match) -> Sequence[Matcher]:
    """Give matchers that together let nothing through; none: something may get through."""
    said = [*match.all_of, *match.none_of]
    must = [*match.all_of, *(matcher.opposite() for matcher in match.none_of)]
    if clash := _clash(must):
        return [said[at] for at in clash]
    if match.any_of and all(_clash([*must, one]) for one in match.any_of):
        return [*said, *match.any_of]
    return ()


def _clash(must: Sequence[Matcher]) -> Sequence[int]:
    """Give which of some matchers cannot hold together; none: they may."""
    for number, one in enumerate(must):
        if refusing := _refusing(one, must):
            return sorted({number, *refusing})
    return ()


def _refusing(one: Matcher, must: Sequence[Matcher]) -> Sequence[int]:
    """Give which of the others together refuse all that `one` lets through; none: they may not."""
    values = one.possible_values()
    if values is None:
        return [at for at, other in enumerate(must) if implies(one, other.opposite())][:1]
    others = [(at, other) for at, other in enumerate(must) if other.name == one.name]
    refusing = [next((at for at, m in others if not m.accepts(value)), None) for value in values]
    return [at for at in refusing if at is not None] if None not in refusing else ()


def covers(wide: Match, narrow: Match) -> bool:
    """Say whether whatever `narrow` lets through is let through by `wide`."""
    sure = [*narrow.all_of, *(m.opposite() for m in narrow.none_of)]
    needed = [*wide.all_of, *(m.opposite() for m in wide.none_of)]
    return all(_follows([need], sure, narrow.any_of) for need in needed) and (
        not wide.any_of or _follows(wide.any_of, sure, narrow.any_of)
    )


def _follows(wanted: Sequence[Matcher], sure: Sequence[Matcher], one_of: Sequence[Matcher]) -> bool:
    """Say whether one of the wanted holds, where all of `sure` and one of `one_of` do."""

    def gives(matcher: Matcher) -> bool:
        return any(implies(matcher, want) for want in wanted)

    return any(map(gives, sure)) or (bool(one_of) and all(map(gives, one_of)))
