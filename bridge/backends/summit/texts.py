"""Texts and values in the form that a Summit container can carry."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from bridge.domain.json import JsonValue

_ADDRESS: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(?:\.[^@\s,;<>\".]+)*")

#: What Windows, where Summit runs, allows in no file name, beside controls.
_NO_FILE_NAME: Final = re.compile(r"[<>:\"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_LONGEST_FILE_NAME: Final = 100


def is_address(text: str) -> bool:
    """Tell whether this is one e-mail address, alone."""
    return _ADDRESS.fullmatch(text) is not None


def addresses(texts: Iterable[str]) -> str:
    """Join addresses as Mail_CC_EmailID wants them; one wrong address would refuse the ticket.

    A host without a dot, as of root@localhost, is no address that a desk can write to.
    """
    split = (part.strip() for text in texts for part in re.split("[;,]", text))
    good = (part for part in split if is_address(part) and "." in part.partition("@")[2])
    return ";".join(dict.fromkeys(good))


def spaced(path: str) -> str:
    """Write the full path of a category with the spaces that the vendor wants between nodes."""
    nodes = (node.strip() for node in path.split("/"))
    return " / ".join(node for node in nodes if node)


def file_name(name: str) -> str:
    """Write a file's name without what a path, Windows or a control character makes of it."""
    safe = _NO_FILE_NAME.sub("_", name.strip())[-_LONGEST_FILE_NAME:].strip(" ._")
    return safe or "alert.txt"


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
