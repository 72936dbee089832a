"""Alertmanager's matchers: name="v", !=, =~, !~, anchored, on RE2.

https://prometheus.io/docs/alerting/latest/configuration/#matcher
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bridge.domain.alert import Alert
from bridge.expressions.pattern import compile_pattern, encodable
from bridge.rules.reading import Getter, getter
from bridge.yamlfile import Place

_MATCHER = re.compile(
    r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<name>[^\s"'=!~{},]+))
        \s*(?P<operator>=~|!~|!=|=)
        \s*(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"'=!~{},]*))\s*""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LITERALS = re.compile(r"[\w:/@ -]+(?:\|[\w:/@ -]+)*")

_REMEDY = 'write it as name="value", with =, !=, =~ or !~'


class Operator(StrEnum):
    """How a matcher compares."""

    EQUALS = "="
    DIFFERS = "!="
    MATCHES = "=~"
    MISMATCHES = "!~"


_OPPOSITES = {
    Operator.EQUALS: Operator.DIFFERS,
    Operator.DIFFERS: Operator.EQUALS,
    Operator.MATCHES: Operator.MISMATCHES,
    Operator.MISMATCHES: Operator.MATCHES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition on one name of an alert."""

    text: str  #: as written
    name: str
    operator: Operator
    value: str
    place: Place | None = field(default=None, compare=False, repr=False)
    _get: Getter = field(repr=False)
    _pattern: Any = field(default=None, repr=False)
    #: says whether a value is let through
    accepts: Callable[[str], bool] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "accepts", self._acceptance())

    def holds(self, alert: Alert) -> bool:
        """Say whether the alert has it so; a missing name equals the empty string."""
        return self.accepts(self._get(alert))

    def _acceptance(self) -> Callable[[str], bool]:
        match self.operator:
            case Operator.EQUALS:
                return lambda said: said == self.value
            case Operator.DIFFERS:
                return lambda said: said != self.value
            case Operator.MATCHES:
                return lambda said: self._pattern.fullmatch(encodable(said)) is not None
            case Operator.MISMATCHES:
                return lambda said: self._pattern.fullmatch(encodable(said)) is None

    def opposite(self) -> "Matcher":
        """Give the matcher that lets through what this one does not."""
        return replace(self, operator=_OPPOSITES[self.operator])

    def possible_values(self) -> Sequence[str] | None:
        """Give the few values that alone can hold, if the matcher is that plain."""
        if self.operator is Operator.EQUALS:
            return [self.value]
        if self.operator is Operator.MATCHES and _LITERALS.fullmatch(self.value):
            return self.value.split("|")
        return None


def parse_matcher(text: str) -> Matcher:
    """Read a matcher; raise ValueError with the remedy."""
    match = _MATCHER.fullmatch(text)
    if match is None:
        message = f"{text!r} is not a matcher; {_REMEDY}"
        raise ValueError(message)
    quoted = match["quoted"]
    name = match["name"] if quoted is None else _unescaped(quoted)
    value = match["bare"] if match["text"] is None else _unescaped(match["text"])
    operator = Operator(match["operator"])
    is_pattern = operator in (Operator.MATCHES, Operator.MISMATCHES)
    return Matcher(
        text=text.strip(),
        name=name,
        operator=operator,
        value=value,
        _get=getter(name),
        _pattern=compile_pattern(value) if is_pattern else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """When a rule applies: all of some hold, one of others (if there are any), none of the rest."""

    all_of: tuple[Matcher, ...] = ()
    any_of: tuple[Matcher, ...] = ()
    none_of: tuple[Matcher, ...] = ()

    def holds(self, alert: Alert) -> bool:
        """Say whether the alert is meant."""
        return self.failure(alert) is None

    def failure(self, alert: Alert) -> str | None:
        """Say which matcher fails first; None: the alert is meant."""
        for matcher in self.all_of:
            if not matcher.holds(alert):
                return matcher.text
        for matcher in self.none_of:
            if matcher.holds(alert):
                return f"none: {matcher.text}"
        if self.any_of and not any(matcher.holds(alert) for matcher in self.any_of):
            return f"any: {', '.join(matcher.text for matcher in self.any_of)}"
        return None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: {"n": "\n"}.get(match[1], _kept(match[1])), text)


def _kept(character: str) -> str:
    """Keep a backslash that belongs to a pattern: only quotes and backslashes are escaped."""
    return character if character in '"\\' else f"\\{character}"
