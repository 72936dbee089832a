"""Texts and values in the form that a Summit container can carry."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from bridge.domain.json import JsonValue

_ADDRESS: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(?:\.[^@\s,;<>\".]+)*")


def is_address(text: str) -> bool:
    """Tell whether this is one e-mail address, alone."""
    return _ADDRESS.fullmatch(text) is not None


def addresses(texts: Iterable[str]) -> str:
    """Join addresses as Mail_CC_EmailID wants them; one wrong address would refuse the ticket."""
    split = (part.strip() for text in texts for part in re.split("[;,]", text))
    return ";".join(dict.fromkeys(part for part in split if is_address(part)))


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
