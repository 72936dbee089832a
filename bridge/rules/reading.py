"""How matchers and keys read an alert by name; what is missing reads as empty text."""

import re
from collections.abc import Callable, Mapping, Sequence

from bridge.domain.alert import Alert
from bridge.domain.json import JsonValue
from bridge.expressions.text import as_text

_INDEX = re.compile(r"[0-9]{1,6}")

Getter = Callable[[Alert], str]

#: The parts of an alert that have names inside.
PARTS = ("labels", "annotations", "group", "values", "links", "payload")

_WHOLE: Mapping[str, Getter] = {
    "source": lambda alert: alert.source,
    "status": lambda alert: alert.status.value,
    "alert.name": lambda alert: alert.name,
    "alert.fingerprint": lambda alert: alert.fingerprint,
}


def getter(name: str) -> Getter:
    """Give the reader of a name: a bare one is a label, `source` and `status` are the alert's."""
    if name in _WHOLE:
        return _WHOLE[name]
    part, _, inner = name.partition(".")
    if not inner or part not in PARTS:
        return lambda alert: alert.labels.get(name, "")
    if part == "payload":
        path = inner.split(".")
        return lambda alert: as_text(_walk(alert.payload, path))
    return lambda alert: as_text(getattr(alert, part).get(inner))


def _walk(value: JsonValue, path: Sequence[str]) -> JsonValue:
    for step in path:
        match value:
            case Mapping():
                value = value.get(step)
            case list() if _INDEX.fullmatch(step) and int(step) < len(value):
                value = value[int(step)]
            case _:
                return None
    return value
