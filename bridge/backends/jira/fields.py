"""The custom fields of a Jira: found by id or name, and how each takes its values."""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.backends.jira.answers import rows_of
from bridge.backends.jira.api import Api
from bridge.backends.jira.flavor import LONGEST_TEXT, Flavor
from bridge.domain.json import JsonObject, JsonValue

#: A field may be made or renamed; to ask at every ticket would be rude.
_ASK_AGAIN_SECONDS: Final = 300.0
_PLAIN_TEXT: Final = ("string", "date", "datetime", "any", "team")
_NAMED: Final = ("group", "version", "component", "priority", "resolution")

FindPerson = Callable[[str], str | None]  #: from an address or a name to what Jira names them by


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """One custom field."""

    id: str
    name: str
    type: str  #: of its schema
    items: str = ""  #: the type of each, of a list
    kind: str = ""  #: what of the product's it is, such as textarea


def read_field(row: JsonObject) -> CustomField:
    """Read a field as Jira lists it."""
    said = row.get("schema")
    schema = said if isinstance(said, Mapping) else {}
    return CustomField(
        id=str(row.get("id") or row.get("fieldId") or ""),
        name=str(row.get("name") or ""),
        type=str(schema.get("type") or "string"),
        items=str(schema.get("items") or ""),
        kind=str(schema.get("custom") or "").rpartition(":")[2],
    )


class Fields:
    """Looks custom fields up in one list, and keeps that for a while."""

    def __init__(self, api: Api, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._asked_at: float | None = None
        self._all: Sequence[CustomField] = ()

    def find(self, text: str) -> CustomField | None:
        """Give the field of an id or a name; None if there is none, or several of that name."""
        if self._asked_at is None or self._clock() - self._asked_at > _ASK_AGAIN_SECONDS:
            rows = rows_of(self._api.ask("look-up of fields", "/field"))
            self._all = [read_field(row) for row in rows if row.get("custom") is True]
            self._asked_at = self._clock()
        return self._known(text)

    def known(self, text: str) -> CustomField | None:
        """Give the field as far as it is known without asking, else one of that name."""
        if self._asked_at is None:
            return CustomField(id=text, name=text, type="string")
        return self._known(text)

    def _known(self, text: str) -> CustomField | None:
        named = [field for field in self._all if field.name.casefold() == text.strip().casefold()]
        by_id = [field for field in self._all if field.id == text]
        found = by_id or named
        return found[0] if len(found) == 1 else None


def encoded(
    field: CustomField, value: JsonValue, flavor: Flavor, find_person: FindPerson
) -> JsonValue:
    """Write a value as the field takes it; None if it cannot be one of this field's."""
    if field.type == "array":
        one = CustomField(id=field.id, name=field.name, type=field.items)
        parts = [encoded(one, part, flavor, find_person) for part in _several(value)]
        words = [re.sub(r"\s+", "-", p) if isinstance(p, str) else p for p in parts]
        return None if None in parts else words
    if field.type == "option-with-child":
        return _cascade(_several(value))
    if isinstance(value, Mapping):
        return value
    text = ", ".join(_several(value)) if isinstance(value, list | tuple) else _word(value)
    return _single(field, value, text, flavor, find_person)


def _single(
    field: CustomField, value: JsonValue, text: str, flavor: Flavor, find_person: FindPerson
) -> JsonValue:
    match field.type:
        case "number":
            return _number(value)
        case "option":
            return {"value": text}
        case "user":
            person = find_person(text)
            return {flavor.user_key: person} if person is not None else None
        case type_ if type_ in _NAMED:
            return {"name": text}
        case type_ if type_ in _PLAIN_TEXT:
            return flavor.write(text, LONGEST_TEXT) if field.kind == "textarea" else text
        case _:
            return text


def _several(value: JsonValue) -> Sequence[str]:
    if isinstance(value, list | tuple):
        return [_word(part) for part in value]
    return [part.strip() for part in _word(value).split(",") if part.strip()]


def _cascade(words: Sequence[str]) -> JsonValue:
    match words:
        case [parent]:
            return {"value": parent}
        case [parent, child]:
            return {"value": parent, "child": {"value": child}}
        case _:
            return None


def _number(value: JsonValue) -> JsonValue:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _word(value: JsonValue) -> str:
    """Write a value as people read it."""
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case _:
            return str(value)
