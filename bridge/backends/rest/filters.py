"""What templates of descriptions can do beside what those of rules can."""

import base64 as b64
import html
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bridge.domain.span import parse_span
from bridge.expressions import TooMuch, as_text

#: Characters of a file; more is no attachment of an alert.
LONGEST_FILE: Final = 5_000_000


def as_html(value: str) -> str:
    """Write plain text so that HTML shows it as it is, line by line."""
    return html.escape(as_text(value)).replace("\n", "<br>")


def base64(value: str) -> str:
    """Write a text's UTF-8 bytes in base64."""
    text = as_text(value)
    if len(text) > LONGEST_FILE:
        message = f"base64 takes no more than {LONGEST_FILE} characters"
        raise TooMuch(message)
    return b64.b64encode(text.encode("utf-8", "replace")).decode()


def after(moment: datetime, span: str) -> datetime:
    """Give the time that is so long after another, as a span says: 1d, 30m."""
    return moment + parse_span(span)


def pairs(value: Mapping[str, object], name: str, content: str) -> list[dict[str, object]]:
    """Give the members of an object as a list of objects, each with its name and its content."""
    return [{name: key, content: inner} for key, inner in value.items()]


FILTERS: Final[Mapping[str, Callable[..., object]]] = MappingProxyType(
    {"html": as_html, "base64": base64, "after": after, "pairs": pairs}
)
