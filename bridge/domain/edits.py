"""What a person writes over the rules' words in one incident."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.spec import ATTRIBUTES, CustomFieldType, IncidentSpec

_LISTS = ("cc", "tags")
_NOT_EDITABLE = ("links", "attachments", "raw")
_EDITABLE = tuple(name for name in ATTRIBUTES if name not in _NOT_EDITABLE)


def check_edits(said: Mapping[str, object]) -> JsonObject:
    """Give the edits in the form that is stored; raise ValueError, with the remedy, if unfit."""
    return {name: _checked(name, value) for name, value in said.items()}


def edited(spec: IncidentSpec, edits: JsonObject) -> IncidentSpec:
    """Give the spec with a person's values over those of the rules."""
    if not edits:
        return spec
    said = spec.as_json()
    customs = cast("Mapping[str, JsonObject]", said.get("CustomFields", {}))
    mine = cast("JsonObject", edits.get("CustomFields", {}))
    said["CustomFields"] = {
        **customs,
        **{name: _custom(customs.get(name), value) for name, value in mine.items()},
    }
    plain = {name: value for name, value in edits.items() if name != "CustomFields"}
    return IncidentSpec.from_json({**said, **plain})


def merged_edits(old: JsonObject, new: JsonObject) -> JsonObject:
    """Lay new edits over older ones, custom field by custom field."""
    customs = {
        **cast("JsonObject", old.get("CustomFields", {})),
        **cast("JsonObject", new.get("CustomFields", {})),
    }
    return {**old, **new, **({"CustomFields": customs} if customs else {})}


def _checked(name: str, value: object) -> JsonValue:
    if name not in _EDITABLE:
        message = f"{name} is no field to edit; choose one of {', '.join(_EDITABLE)}"
        raise ValueError(message)
    if name == "CustomFields":
        if not isinstance(value, Mapping) or not all(map(_is_scalar, value.values())):
            message = "CustomFields is not fields by name; write {name: value}"
            raise ValueError(message)
        return {str(field): of for field, of in value.items()}
    if name in _LISTS:
        return [str(item) for item in (value if isinstance(value, list) else [value])]
    if not _is_scalar(value):
        message = f"{name} is not text; write one value"
        raise ValueError(message)
    return "" if value is None else str(value)


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _custom(known: JsonObject | None, value: JsonValue) -> JsonObject:
    """Keep the type of a field that the rules set; what does not read as it is sent as text."""
    type_ = str(known["type"]) if known is not None else ""
    try:
        return {"value": _READ[CustomFieldType(type_)](str(value)), "type": type_}
    except (KeyError, ValueError):
        return {"value": str(value), "type": CustomFieldType.STRING.value}


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        message = f"{text!r} is neither true nor false"
        raise ValueError(message)
    return text.lower() == "true"


_READ: Mapping[CustomFieldType, Callable[[str], JsonValue]] = MappingProxyType(
    {
        CustomFieldType.STRING: str,
        CustomFieldType.TEXT: str,
        CustomFieldType.INTEGER: int,
        CustomFieldType.LONG: int,
        CustomFieldType.DOUBLE: float,
        CustomFieldType.BOOLEAN: _boolean,
    }
)
