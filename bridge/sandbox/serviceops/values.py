"""Reading one value of a ServiceOps body; each reader raises Refused, naming the key."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from bridge.sandbox.refusal import Refused, is_address

Body = Mapping[str, object]

_BREAK: Final = re.compile(r"<br\s*/?>")
_TAG: Final = re.compile(r"<[^>]*>")


def read_body(body: bytes, mimetype: str) -> Body:
    """Read a JSON object that says it is one."""
    if mimetype != "application/json":
        raise Refused("Content-Type is not application/json")
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise Refused("the body is not JSON") from exc
    if not isinstance(said, dict):
        raise Refused("the body is not a JSON object")
    return said


def require(said: Body, *keys: str) -> None:
    """Ask for texts that are not empty."""
    for key in keys:
        if said.get(key) in (None, ""):
            raise Refused(f"{key} is mandatory")


def text(value: object, key: str) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise Refused(f"{key} is not a STRING")
    return value


def rich_text(value: object, key: str) -> str:
    """Read HTML as the text that people see."""
    lines = _BREAK.sub("\n", text(value, key))
    return html.unescape(_TAG.sub("", lines))


def full_text(value: object, key: str) -> str:
    """Read a text that is not empty."""
    if not text(value, key):
        raise Refused(f"{key} is mandatory")
    return text(value, key)


def texts(value: object, key: str) -> tuple[str, ...]:
    """Read a list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refused(f"{key} is not a STRING array")
    return tuple(value)


def address(value: object, key: str) -> str:
    """Read one e-mail address."""
    if not is_address(value):
        raise Refused(f"{key} is not an e-mail address")
    return str(value)


def addresses(value: object, key: str) -> tuple[str, ...]:
    """Read a list of e-mail addresses."""
    return tuple(address(item, key) for item in texts(value, key))


def flag(value: object, key: str) -> bool:
    """Read a truth value."""
    if not isinstance(value, bool):
        raise Refused(f"{key} is not a BOOLEAN")
    return value


def choice(value: object, key: str, known: Sequence[str]) -> str:
    """Read one of the known words."""
    if value not in known:
        raise Refused(f"{key} {value} is unknown; there are {', '.join(known)}")
    return str(value)
