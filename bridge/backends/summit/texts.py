"""Texts and values in the form that a Summit container can carry."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from bridge.domain.json import JsonValue

#: What no desk stores and some choke on: controls but line feed and tab, and lone surrogates.
_UNSENDABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ADDRESS: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(?:\.[^@\s,;<>\".]+)*")
_LONGEST_INTEGER: Final = 2**63


def is_address(text: str) -> bool:
    """Tell whether this is one e-mail address, alone."""
    return _ADDRESS.fullmatch(text) is not None


def addresses(texts: Iterable[str]) -> str:
    """Join addresses as Mail_CC_EmailID wants them; one wrong address would refuse the ticket."""
    split = (part.strip() for text in texts for part in re.split("[;,]", text))
    return ";".join(dict.fromkeys(part for part in split if is_address(part)))


def one_line(text: str, longest: int) -> str:
    """Write a text on one line of at most `longest` characters."""
    line = " ".join(_UNSENDABLE.sub(" ", text).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def mark(token: str) -> str:
    """Write a token so that it cannot be the beginning or the end of another."""
    return f"[{token}]"


def paragraphs(*texts: str) -> str:
    """Join what is not empty, with an empty line between."""
    return "\n\n".join(text for text in texts if text)


def as_text(value: JsonValue) -> str:
    """Write a custom field's value; all of Summit's are texts."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return ", ".join(as_text(item) for item in value)
        case Mapping():
            return ", ".join(f"{key}: {as_text(inner)}" for key, inner in value.items())
        case _:
            return str(value)


def sendable(value: JsonValue) -> JsonValue:
    """Give a value without what no JSON body can carry to a desk."""
    match value:
        case str():
            return _UNSENDABLE.sub("", value)
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


def merged(body: Mapping[str, JsonValue], raw: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Lay `raw` over a body, object into object."""
    result = dict(body)
    for key, value in raw.items():
        was = result.get(key)
        is_deep = isinstance(value, Mapping) and isinstance(was, Mapping)
        result[key] = merged(was, value) if is_deep else value  # type: ignore[arg-type]  # both are
    return result
