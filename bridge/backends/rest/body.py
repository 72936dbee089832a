"""What a request says, as structures whose texts are templates; nothing is glued into JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final, Protocol

from bridge.domain.json import JsonValue
from bridge.expressions import Expression, Literal, Template
from bridge.expressions.environment import written

Scope = Mapping[str, object]
Faults = Mapping[str | int, object]  #: what is wrong, as a tree by place
Compile = Callable[[str], Literal | Template | Expression]

#: At the end of a key: it is left out when its value is empty.
IF_ANY: Final = "?"
#: A key that says when the object around it is there at all.
WHEN: Final = "$when"
_DEEPEST: Final = 40


class Left(Enum):
    """What stands for a part that is left out."""

    OUT = auto()


class Part(Protocol):
    """A part of a body."""

    @property
    def names(self) -> frozenset[str]:
        """Name what its templates use."""

    def render(self, scope: Scope) -> JsonValue | Left:
        """Give the part's value; raise whatever goes wrong."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number, a truth value or nothing."""

    value: float | bool | None
    names: frozenset[str] = frozenset()

    def render(self, _scope: Scope) -> JsonValue | Left:
        """Give the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Written:
    """A text, or the value of a single expression with its type."""

    template: Literal | Template | Expression

    @property
    def names(self) -> frozenset[str]:
        """Name what the template uses."""
        return self.template.names

    def render(self, scope: Scope) -> JsonValue | Left:
        """Give the text or the value."""
        if isinstance(self.template, Expression):
            return json_of(self.template.value(scope))
        return self.template.render(scope)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    parts: Sequence[Part]

    @property
    def names(self) -> frozenset[str]:
        """Name what the items use."""
        return frozenset().union(*(part.names for part in self.parts))

    def render(self, scope: Scope) -> JsonValue | Left:
        """Give the items that are not left out."""
        rendered = (part.render(scope) for part in self.parts)
        return [value for value in rendered if not isinstance(value, Left)]


@dataclass(frozen=True, slots=True)
class Members:
    """An object."""

    parts: Mapping[str, Part]
    when: Part | None = None

    @property
    def names(self) -> frozenset[str]:
        """Name what the members use."""
        condition = self.when.names if self.when is not None else frozenset()
        return condition.union(*(part.names for part in self.parts.values()))

    def render(self, scope: Scope) -> JsonValue | Left:
        """Give the members that are not left out, unless the whole object is."""
        if self.when is not None and not self.when.render(scope):
            return Left.OUT
        rendered = ((key, part.render(scope)) for key, part in self.parts.items())
        return {
            key.removesuffix(IF_ANY): value
            for key, value in rendered
            if not isinstance(value, Left) and not (key.endswith(IF_ANY) and is_empty(value))
        }


def part_of(value: JsonValue, compile_: Compile) -> tuple[Part, Faults]:
    """Compile every text inside a value; give also what is wrong with it, by place."""
    match value:
        case str():
            return _written(value, compile_)
        case Mapping():
            return _members(value, compile_)
        case list() | tuple():
            parts = [part_of(item, compile_) for item in value]
            faults: Faults = {at: fault for at, (_, fault) in enumerate(parts) if fault}
            return Items([part for part, _ in parts]), faults
        case _:
            return Fixed(value), {}  # type: ignore[arg-type]  # only these remain


#: The place of a fault that is in a value as a whole, as marshmallow has it.
WHOLE: Final = "_schema"


def _written(text: str, compile_: Compile) -> tuple[Part, Faults]:
    try:
        return Written(compile_(text)), {}
    except ValueError as exc:
        return Fixed(None), {WHOLE: [str(exc)]}


def _condition(text: str, compile_: Compile) -> tuple[Part, Faults]:
    if is_braced(text):
        return Fixed(None), {WHOLE: [BRACED]}
    return _written("{{ " + text + " }}", compile_)


def is_braced(text: str) -> bool:
    """Tell a template from the expression that a condition is."""
    return text.strip().startswith(("{{", "{%"))


BRACED: Final = "has braces; write an expression, without braces, as note or not ticket.is_open"


def _members(said: Mapping[str, JsonValue], compile_: Compile) -> tuple[Part, Faults]:
    condition = said.get(WHEN)
    parts = {key: part_of(inner, compile_) for key, inner in said.items() if key != WHEN}
    faults: dict[str | int, object] = {key: fault for key, (_, fault) in parts.items() if fault}
    when = None
    if WHEN in said:
        when, fault = _condition(str(condition), compile_)
        faults |= {WHEN: fault} if fault else {}
    return Members({key: part for key, (part, _) in parts.items()}, when), faults


def is_empty(value: JsonValue) -> bool:
    """Tell what says nothing from what does; 0 and false say something."""
    return value is None or (isinstance(value, str | Mapping | list | tuple) and not value)


def json_of(value: object, depth: int = 0) -> JsonValue:
    """Give what an expression came to as JSON; raise TypeError for what is none."""
    if depth > _DEEPEST:
        raise ValueError("is nested too deeply")
    match value:
        case bool() | int() | float() | None:
            return value
        case str():
            return str(value)
        case datetime():
            return str(written(value))
        case Mapping():
            return {str(key): json_of(inner, depth + 1) for key, inner in value.items()}
        case list() | tuple():
            return [json_of(inner, depth + 1) for inner in value]
        case _:
            return str(written(value))
