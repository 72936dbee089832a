"""The shapes in which senders write labels."""

from collections.abc import Iterator

from bridge.domain.json import JsonValue

_NAMES = ("name", "key", "tag")


def pairs_in(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """Find the pairs in an object, in a list of `{name, value}`, or in `name:value` texts."""
    match value:
        case dict():
            yield from value.items()
        case str():
            for part in value.split(","):
                yield from _pair(part)
        case list():
            for item in value:
                yield from _pair(item)
        case _:
            return


def _pair(item: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    match item:
        case str():
            name, _, value = item.partition(":")
            yield name.strip(), value.strip()
        case dict():
            named = next((item[key] for key in _NAMES if isinstance(item.get(key), str)), None)
            if isinstance(named, str):
                yield named, item.get("value")
        case [str(name), value]:
            yield name, value
        case _:
            return
