"""Texts and values in the form that a ServiceOps body can carry."""

import re
from collections.abc import Mapping
from html import escape

from bridge.domain.json import JsonValue

#: What no desk stores and some choke on: controls but line feed and tab, and lone surrogates.
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_INTEGER = 2**63


def subject_line(text: str, token: str, longest: int) -> str:
    """Put the token at the end of one line; the text before it gives way."""
    mark = f"[{token}]"
    line = " ".join(text.replace(mark, "").split())
    room = longest - len(mark) - 1
    if len(line) > room:
        line = f"{line[: room - 1].rstrip()}…"
    return f"{line} {mark}".lstrip()


def as_html(text: str) -> str:
    """Write plain text as one paragraph, line for line."""
    lines = escape(_UNSENDABLE.sub("", text), quote=False).replace("\n", "<br/>")
    return f"<p>{lines}</p>"


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
            return {str(sendable(key)): sendable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [sendable(inner) for inner in value]
        case _:
            return value
