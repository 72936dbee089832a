"""ServiceOps' custom fields, and their values in both dialects.

gen-1 has a map of ids to {type, value member}; the only member documented is `stringValue`, with
type 1. Of other types both readings are taken: a text that reads as the type in `stringValue`, or
the bare value in any one member. gen-2 has labels and bare values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.domain.json import JsonValue
from bridge.sandbox.refusal import Refused

_STRING: Final = 1
#: The documented types and their numbers; there is no 6 and no 9.
TYPES: Final = {
    "STRING": _STRING,
    "INTEGER": 2,
    "DOUBLE": 3,
    "BOOLEAN": 4,
    "LONG": 5,
    "INTEGER LIST": 7,
    "STRING LIST": 8,
    "BIG STRING": 10,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """One custom field of the form; `type` is one of TYPES."""

    id: int
    name: str
    type: str


FIELDS: Final = (
    CustomField(id=101, name="Event ID", type="STRING"),
    CustomField(id=102, name="Score", type="INTEGER"),
    CustomField(id=103, name="Load", type="DOUBLE"),
    CustomField(id=104, name="Automated", type="BOOLEAN"),
    CustomField(id=105, name="Began", type="LONG"),
    CustomField(id=106, name="Ports", type="INTEGER LIST"),
    CustomField(id=107, name="Hosts", type="STRING LIST"),
    CustomField(id=108, name="Evidence", type="BIG STRING"),
)
_BY_ID: Final = {str(field.id): field for field in FIELDS}
_BY_LABEL: Final = {field.name: field for field in FIELDS}


def read_by_id(said: object, where: str) -> Mapping[str, JsonValue]:
    """Read gen-1's map into values by label; Refused, naming the key and the field, if wrong."""
    if not isinstance(said, dict):
        raise Refused(f"{where} is not a map of field ids")
    known = {key: _known_id(key, where) for key in said}
    return {field.name: _detail(field, said[key], f"{where} {key}") for key, field in known.items()}


def read_by_label(said: object, where: str) -> Mapping[str, JsonValue]:
    """Read gen-2's map as values by label; Refused, naming the key and the field, if wrong."""
    if not isinstance(said, dict):
        raise Refused(f"{where} is not a map of labels")
    for label, value in said.items():
        if label not in _BY_LABEL:
            raise Refused(f"{where} {label} is unknown; labels are in the form")
        _check(_BY_LABEL[label], value, where)
    return said


def write_by_id(values: Mapping[str, JsonValue]) -> Mapping[str, object]:
    """Write values by label as gen-1 shows them."""
    known = {label: value for label, value in values.items() if label in _BY_LABEL}
    return {str(_BY_LABEL[label].id): _written(_BY_LABEL[label], v) for label, v in known.items()}


def _written(field: CustomField, value: JsonValue) -> Mapping[str, object]:
    member = "stringValue" if TYPES[field.type] == _STRING else "value"
    return {"type": TYPES[field.type], member: value}


def _known_id(key: str, where: str) -> CustomField:
    if key not in _BY_ID:
        raise Refused(f"{where} {key} is not the id of a field; ids are digits")
    return _BY_ID[key]


def _detail(field: CustomField, said: object, where: str) -> JsonValue:
    if not isinstance(said, dict) or len(said) != 2 or "type" not in said:
        raise Refused(f"{where} is not a type and one value")
    if type(said["type"]) is not int or said["type"] not in TYPES.values():
        raise Refused(f"{where} has a type that is unknown; there are 1, 2, 3, 4, 5, 7, 8 and 10")
    if said["type"] != TYPES[field.type]:
        raise Refused(f"{where} is of type {TYPES[field.type]} ({field.type})")
    [member] = set(said) - {"type"}
    value: JsonValue = said[member]
    if said["type"] == _STRING:
        if member != "stringValue":
            raise Refused(f"{where} has no stringValue")
        if value is None:
            return None
    if member == "stringValue" and isinstance(value, str):
        value = _read_text(field, value, where)
    _check(field, value, where)
    return value


def _read_text(field: CustomField, text: str, where: str) -> JsonValue:
    """Read a text as the field's type; Refused if it does not read as one."""
    try:
        match field.type:
            case "INTEGER" | "LONG":
                return int(text)
            case "DOUBLE":
                return float(text)
            case "BOOLEAN":
                return {"true": True, "false": False}[text]
            case "INTEGER LIST":
                return [int(item) for item in text.split(",")]
            case "STRING LIST":
                return text.split(",")
            case _:
                return text
    except (ValueError, KeyError) as exc:
        raise Refused(f"{where}: {field.name} is not {field.type}") from exc


def _check(field: CustomField, value: object, where: str) -> None:
    if not _fits(field.type, value):
        raise Refused(f"{where}: {field.name} is not {field.type}")


def _fits(wanted: str, value: object) -> bool:
    match wanted:
        case "STRING" | "BIG STRING":
            return isinstance(value, str)
        case "INTEGER" | "LONG":
            return type(value) is int
        case "DOUBLE":
            return type(value) in {int, float}
        case "BOOLEAN":
            return isinstance(value, bool)
        case "INTEGER LIST":
            return isinstance(value, list) and all(type(item) is int for item in value)
        case _:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
