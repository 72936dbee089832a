"""JSON Schemas of marshmallow schemas, as far as the API's own use of them goes."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from bridge.domain.json import JsonValue

_TYPES: Mapping[type[fields.Field[Any]], str] = {
    fields.Integer: "integer",
    fields.Boolean: "boolean",
    fields.String: "string",
    fields.Enum: "string",
    fields.DateTime: "string",
    fields.Dict: "object",
}


def name_of(schema: type[Schema]) -> str:
    """Give the name of a schema among the document's components."""
    return schema.__name__.removesuffix("Schema")


def components(schema: type[Schema]) -> dict[str, JsonValue]:
    """Describe a schema, and each that it nests, by name."""
    found: dict[str, JsonValue] = {name_of(schema): _object(schema)}
    for field in schema().fields.values():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            found |= components(type(inner.schema))
    return found


def described(field: fields.Field[Any]) -> dict[str, JsonValue]:
    """Describe one field."""
    said = _typed(field) | _limits(field)
    said |= {
        key: field.metadata[key] for key in ("description", "default") if key in field.metadata
    }
    return said


def _object(schema: type[Schema]) -> dict[str, JsonValue]:
    said: dict[str, JsonValue] = {"type": "object", "description": schema.__doc__ or ""}
    properties = {name: described(field) for name, field in schema().fields.items()}
    if properties:
        said |= {"properties": properties, "required": list(properties)}
    return said


def _typed(field: fields.Field[Any]) -> dict[str, JsonValue]:
    match field:
        case fields.Nested():
            ref: dict[str, JsonValue] = {
                "$ref": f"#/components/schemas/{name_of(type(field.schema))}"
            }
            return {"anyOf": [ref, {"type": "null"}]} if field.allow_none else ref
        case fields.List():
            return {"type": "array", "items": described(field.inner)}
        case _:
            kind = next(name for known, name in _TYPES.items() if isinstance(field, known))
            return {"type": [kind, "null"] if field.allow_none else kind}


def _limits(field: fields.Field[Any]) -> dict[str, JsonValue]:
    said: dict[str, JsonValue] = {}
    if isinstance(field, fields.DateTime):
        said["format"] = "date-time"
    if isinstance(field, fields.Enum):
        said["enum"] = [member.value for member in field.enum]
    for check in field.validators:
        match check:
            case validate.OneOf():
                said["enum"] = list(check.choices)
            case validate.Range():
                said |= {"minimum": check.min, "maximum": check.max}
            case validate.Length():
                said |= {"minLength": check.min, "maxLength": check.max}
            case _:
                pass
    return said
