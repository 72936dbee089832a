"""Reading JSON of any shape, as far as it makes sense."""

from codecs import BOM_UTF8
from collections.abc import Mapping

import orjson

from bridge.domain.errors import MalformedBody
from bridge.domain.json import JsonValue

#: No sender nests more than a few levels; what does is made to hurt whoever walks it.
MAX_DEPTH = 64


def read_json(body: bytes) -> JsonValue:
    """Read a body; raise MalformedBody when it is not JSON, or nested beyond reason."""
    try:
        said: JsonValue = orjson.loads(body.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as exc:
        raise MalformedBody(f"not JSON: {exc.msg} at character {exc.pos}") from exc
    if _is_deeper(said, MAX_DEPTH):
        raise MalformedBody(f"nested more than {MAX_DEPTH} levels deep; send it flatter")
    return said


def as_text(value: JsonValue) -> str:
    """Write a JSON value as people would; what is no text stays JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def web_links(named: Mapping[str, str]) -> dict[str, str]:
    """Keep what leads to the web; nothing else belongs behind a link."""
    return {name: url for name, url in named.items() if url.startswith(("http://", "https://"))}


def _is_deeper(value: JsonValue, levels: int) -> bool:
    level = [value]
    for _ in range(levels + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: JsonValue) -> list[JsonValue]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []
