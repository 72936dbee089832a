"""Values as text."""

import orjson

from bridge.domain.json import JsonValue


def as_text(value: JsonValue) -> str:
    """Write a value as people would in a matcher: true, 95, 0.5, and nothing for null."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case _:
            return _as_json(value)


def _as_json(value: JsonValue) -> str:
    try:
        return orjson.dumps(value, default=dict).decode()
    except orjson.JSONEncodeError:
        return "(cannot be written as JSON)"
