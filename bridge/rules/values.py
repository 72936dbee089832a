"""What a rule sets a field to: compiled once, rendered for each alert."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from bridge.domain.json import JsonValue
from bridge.domain.spec import CustomField, CustomFieldType
from bridge.expressions import Literal, Template
from bridge.expressions.cut import cut
from bridge.expressions.limits import MAX_TEXT
from bridge.expressions.text import as_text
from bridge.rules.limits import MAX_SUBJECT

Scope = Mapping[str, object]

#: No desk, and no JSON reader of one, counts further.
_LONGEST = 2**63

#: Control characters that no desk stores and none needs, lone surrogates, and the marks that turn
#: the direction of text around, with which an alert could disguise what a person reads.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


class Value(Protocol):
    """What a field is set to."""

    @property
    def templates(self) -> Sequence[Literal | Template]:
        """Give all that is rendered for it."""

    def render(self, scope: Scope) -> object:
        """Give the value for an alert; raise whatever goes wrong."""


@dataclass(frozen=True, slots=True)
class LineValue:
    """One line of text, as a subject is."""

    template: Literal | Template

    @property
    def templates(self) -> Sequence[Literal | Template]:
        """Give the one template."""
        return (self.template,)

    def render(self, scope: Scope) -> str:
        """Give the line; several become one."""
        return cut(" ".join(clean(self.template.render(scope)).split()), MAX_SUBJECT)


@dataclass(frozen=True, slots=True)
class TextValue:
    """A text."""

    template: Literal | Template

    @property
    def templates(self) -> Sequence[Literal | Template]:
        """Give the one template."""
        return (self.template,)

    def render(self, scope: Scope) -> str:
        """Give the text without space around it."""
        return cut(clean(self.template.render(scope)).strip(), MAX_TEXT)


@dataclass(frozen=True, slots=True)
class TextsValue:
    """A list of texts."""

    templates: Sequence[Literal | Template]

    def render(self, scope: Scope) -> tuple[str, ...]:
        """Give the texts that are not empty, each once."""
        texts = (clean(template.render(scope)).strip() for template in self.templates)
        return tuple(dict.fromkeys(text for text in texts if text))


@dataclass(frozen=True, slots=True)
class CustomValue:
    """A custom field, of the type that its desk wants."""

    type: CustomFieldType
    value: "JsonValueTemplate"

    @property
    def templates(self) -> Sequence[Literal | Template]:
        """Give those of its value."""
        return self.value.templates

    def render(self, scope: Scope) -> CustomField:
        """Give the field; raise ValueError when the value is not of the type."""
        rendered = self.value.render(scope)
        try:
            value = _READ[self.type](rendered)
        except (TypeError, ValueError, OverflowError) as exc:
            message = f"{as_text(rendered)!r} is not of the type {self.type.value}"
            raise ValueError(message) from exc
        return CustomField(value=value, type=self.type)


@dataclass(frozen=True, slots=True)
class JsonValueTemplate:
    """Any JSON value whose texts are templates."""

    value: "Literal | Template | Sequence[JsonValueTemplate] | Mapping[str, JsonValueTemplate] | _Fixed"  # noqa: E501

    @property
    def templates(self) -> Sequence[Literal | Template]:
        """Give those of all its texts."""
        match self.value:
            case Literal() | Template() as template:
                return (template,)
            case _Fixed():
                return ()
            case Mapping() as mapping:
                return [of for inner in mapping.values() for of in inner.templates]
            case items:
                return [of for item in items for of in item.templates]

    def render(self, scope: Scope) -> JsonValue:
        """Give the value with its texts rendered."""
        match self.value:
            case Literal() | Template() as template:
                return cut(clean(template.render(scope)), MAX_TEXT)
            case _Fixed(value):
                return value
            case Mapping() as mapping:
                return {name: inner.render(scope) for name, inner in mapping.items()}
            case items:
                return [item.render(scope) for item in items]


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A number, a truth value or nothing."""

    value: float | bool | None


def json_template(
    value: JsonValue, compile_: Callable[[str], Literal | Template]
) -> JsonValueTemplate:
    """Compile every text inside a JSON value."""
    match value:
        case str():
            return JsonValueTemplate(compile_(value))
        case Mapping():
            return JsonValueTemplate(
                {name: json_template(inner, compile_) for name, inner in value.items()}
            )
        case list() | tuple():
            return JsonValueTemplate([json_template(item, compile_) for item in value])
        case _:
            return JsonValueTemplate(_Fixed(value))  # type: ignore[arg-type]  # only these remain


def clean(text: str) -> str:
    """Remove what no desk stores and no reader should be fooled by."""
    # Nothing unwanted is printable, and most lines are, which is found out much sooner.
    is_clean = text.isprintable() or text.replace("\n", "").isprintable()
    return text if is_clean else _UNWANTED.sub("", text)


def _integer(value: JsonValue) -> int:
    if isinstance(value, int):
        number = int(value)
    else:
        text = _scalar(value).strip()
        number = int(text) if text.lstrip("-").isdecimal() else _whole(float(text))
    if not -_LONGEST <= number < _LONGEST:
        message = "has more than 64 bits"
        raise ValueError(message)
    return number


def _whole(number: float) -> int:
    if not number.is_integer():
        message = "has a fraction"
        raise ValueError(message)
    return int(number)


def _double(value: JsonValue) -> float:
    number = float(_scalar(value))
    if not math.isfinite(number):
        message = "is not finite"
        raise ValueError(message)
    return number


def _boolean(value: JsonValue) -> bool:
    return _TRUTH[_scalar(value).strip().lower()]


def _items(value: JsonValue) -> Sequence[JsonValue]:
    if isinstance(value, list):
        return value
    return [part.strip() for part in _scalar(value).split(",") if part.strip()]


def _scalar(value: JsonValue) -> str:
    if isinstance(value, Mapping | list):
        message = "is not one value"
        raise TypeError(message)
    return as_text(value)


class _Truth(dict[str, bool]):
    def __missing__(self, word: str) -> bool:
        message = f"{word} is neither true nor false"
        raise ValueError(message)


_TRUTH = _Truth(
    {
        **dict.fromkeys(("true", "yes", "on", "1"), True),
        **dict.fromkeys(("false", "no", "off", "0"), False),
    }
)

_READ: Mapping[CustomFieldType, Callable[[JsonValue], JsonValue]] = MappingProxyType(
    {
        CustomFieldType.STRING: _scalar,
        CustomFieldType.TEXT: _scalar,
        CustomFieldType.INTEGER: _integer,
        CustomFieldType.LONG: _integer,
        CustomFieldType.DOUBLE: _double,
        CustomFieldType.BOOLEAN: _boolean,
        CustomFieldType.INTEGER_LIST: lambda value: [_integer(item) for item in _items(value)],
        CustomFieldType.STRING_LIST: lambda value: [_scalar(item) for item in _items(value)],
    }
)
