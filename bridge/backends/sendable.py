"""Values in the form that any desk's JSON body can carry."""

import re
from collections.abc import Mapping
from typing import Final

from bridge.domain.json import JsonValue

#: What no desk stores and some choke on: controls but line feed and tab, and lone surrogates.
UNSENDABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_INTEGER: Final = 2**63


def sendable(value: JsonValue) -> JsonValue:
    """Give a value without what no JSON body can carry to a desk."""
    match value:
        case str():
            return UNSENDABLE.sub("", value)
        case bool():
            return value
        case int() if not -_LONGEST_INTEGER <= value < _LONGEST_INTEGER:
            return str(value)
        case Mapping():
            return sendable_object(value)
        case list() | tuple():
            return [sendable(inner) for inner in value]
        case _:
            return value


def sendable_object(value: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Give an object without what no JSON body can carry to a desk."""
    return {str(sendable(str(key))): sendable(inner) for key, inner in value.items()}


def one_line(text: str, longest: int) -> str:
    """Write a text on one line of at most `longest` characters."""
    line = " ".join(UNSENDABLE.sub(" ", text).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def merged(body: Mapping[str, JsonValue], raw: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Lay `raw` over a body, object into object."""
    result = dict(body)
    for key, value in raw.items():
        was = result.get(key)
        is_deep = isinstance(value, Mapping) and isinstance(was, Mapping)
        result[key] = merged(was, value) if is_deep else value  # type: ignore[arg-type]  # both are
    return result
