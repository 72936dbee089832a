"""Reading what senders write: JSON of any shape, as far as it makes sense."""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from datetime import datetime

import orjson
from marshmallow import ValidationError

from bridge.domain.errors import MalformedBody
from bridge.domain.json import JsonObject, JsonValue
from bridge.sources.times import parse_rfc3339

Container = dict[str, object] | list[object]
_CONTAINERS = (dict, list)

#: No sender nests more than a few levels; what does is made to hurt whoever walks it.
MAX_DEPTH = 64

#: Whatever a backslash begins in JSON; the group is half a character without its other half.
_LONE_HALF = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def read_json(body: bytes) -> JsonValue:
    """Read a body; raise MalformedBody when it is not JSON, or nested beyond reason."""
    whole = _made_whole(body.removeprefix(BOM_UTF8))
    try:
        said: JsonValue = orjson.loads(whole)
    except orjson.JSONDecodeError as exc:
        raise MalformedBody(f"not JSON: {exc.msg} at character {exc.pos}") from exc
    if _may_be_deep(whole) and is_deeper(said, MAX_DEPTH):
        raise MalformedBody(f"nested more than {MAX_DEPTH} levels deep; send it flatter")
    return said


def _made_whole(body: bytes) -> bytes:
    """Put a mark where JavaScript cut a text inside an emoji; the alert is worth more than that."""
    if b"\\ud" not in body and b"\\uD" not in body:  # no half, so none without its other half
        return body
    return _LONE_HALF.sub(lambda escape: b"\\ufffd" if escape[1] else escape[0], body)


def _may_be_deep(body: bytes) -> bool:
    """Say whether there are brackets enough to nest that deep; counting is quick."""
    return body.count(b"{") + body.count(b"[") > MAX_DEPTH


def is_deeper(value: object, levels: int) -> bool:
    """Say whether objects and lists are nested more than so many levels deep."""
    level = _containers([[value]])
    for _ in range(levels):
        if not level:
            return False
        level = _containers(level)
    return bool(level)


def as_object(value: object) -> JsonObject:
    """Give a JSON object; raise ValidationError when it is anything else."""
    if not isinstance(value, dict):
        raise ValidationError("not a JSON object")
    return value


def texts(value: object) -> dict[str, str]:
    """Read labels or annotations: any value becomes text, none is no label."""
    if not isinstance(value, dict):
        return {}
    return {
        name: inner if isinstance(inner, str) else as_text(inner)
        for name, inner in value.items()
        if inner is not None
    }


def as_text(value: object) -> str:
    """Write a JSON value as people would; what is no text stays JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def text(said: JsonObject, key: str) -> str:
    """Give the text under a key; anything else is no text."""
    value = said.get(key)
    return value if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    """Read a point in time; None if it is not one."""
    return parse_rfc3339(value) if isinstance(value, str) else None


def web_links(named: Mapping[str, str]) -> dict[str, str]:
    """Keep what leads to the web; nothing else belongs behind a link."""
    return {name: url for name, url in named.items() if url.startswith(("http://", "https://"))}


def fault(error: ValidationError) -> str:
    """Say in one line what a schema found."""
    if isinstance(error.messages, list):
        return ", ".join(error.messages)
    return ", ".join(f"{key} {said}" for key, told in error.messages.items() for said in told)


def _containers(level: Iterable[Container]) -> list[Container]:
    """Give the objects and lists of the next level."""
    return [
        inner
        for outer in level
        for inner in (outer.values() if isinstance(outer, dict) else outer)
        if isinstance(inner, _CONTAINERS)
    ]
