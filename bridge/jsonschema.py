"""JSON Schemas of marshmallow schemas: what the API answers, and what our files may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from bridge.domain.json import JsonObject, JsonValue
from bridge.yamlfile import CheckedField


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What differs between describing answers and describing files."""

    root: str  #: where the components stand
    is_closed: bool  #: only what is required has to be there, and what is unknown must not


ANSWERS = Style(root="#/components/schemas/", is_closed=False)
FILES = Style(root="#/$defs/", is_closed=True)

_TYPES: Mapping[type[fields.Field[Any]], str] = {
    fields.Integer: "integer",
    fields.Float: "number",
    fields.Boolean: "boolean",
    fields.String: "string",
    fields.Enum: "string",
    fields.DateTime: "string",
    fields.Dict: "object",
}


def document(schema: type[Schema], title: str) -> JsonObject:
    """Describe files of this shape, for editors that complete and check them."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "$ref": FILES.root + name_of(schema),
        "$defs": components(schema, FILES),
    }


def name_of(schema: type[Schema]) -> str:
    """Give the name of a schema among the document's components."""
    return schema.__name__.removesuffix("Schema").removesuffix("Section")


def components(schema: type[Schema], style: Style = ANSWERS) -> dict[str, JsonValue]:
    """Describe a schema, and each that it nests, by name."""
    nested: list[type[Schema]] = []
    found: dict[str, JsonValue] = {name_of(schema): _object(schema, style, nested)}
    for inner in nested:
        if name_of(inner) not in found:
            found |= components(inner, style)
    return found


def described(
    field: fields.Field[Any], style: Style = ANSWERS, nested: list[type[Schema]] | None = None
) -> dict[str, JsonValue]:
    """Describe one field; the schemas it refers to are added to `nested`."""
    said = _typed(field, style, nested if nested is not None else []) | _limits(field)
    said |= {
        key: field.metadata[key] for key in ("description", "default") if key in field.metadata
    }
    return said


def _object(schema: type[Schema], style: Style, nested: list[type[Schema]]) -> JsonObject:
    said: dict[str, JsonValue] = {"type": "object", "description": schema.__doc__ or ""}
    by_key = {field.data_key or name: field for name, field in schema().fields.items()}
    properties: dict[str, JsonValue] = {
        key: described(field, style, nested) for key, field in by_key.items()
    }
    required = [key for key, field in by_key.items() if field.required or not style.is_closed]
    if properties:
        said["properties"] = properties
    if required:
        said["required"] = required
    return {**said, "additionalProperties": False} if style.is_closed else said


def _typed(
    field: fields.Field[Any], style: Style, nested: list[type[Schema]]
) -> dict[str, JsonValue]:
    match field:
        case CheckedField():
            return _or_null(field, field.json_schema(partial(_refer, style, nested)))
        case fields.Nested():
            return _or_null(field, _refer(style, nested, type(field.schema)))
        case fields.List():
            return {"type": "array", "items": described(field.inner, style, nested)}
        case fields.Dict() if field.value_field is not None:
            values = described(field.value_field, style, nested)
            return {"type": "object", "additionalProperties": values}
        case fields.Raw():
            return {}
        case _:
            kind = next(name for known, name in _TYPES.items() if isinstance(field, known))
            return {"type": [kind, "null"] if field.allow_none else kind}


def _refer(style: Style, nested: list[type[Schema]], schema: type[Schema]) -> JsonObject:
    nested.append(schema)
    return {"$ref": style.root + name_of(schema)}


def _or_null(field: fields.Field[Any], said: JsonObject) -> dict[str, JsonValue]:
    return {"anyOf": [said, {"type": "null"}]} if field.allow_none and said else dict(said)


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
            case validate.Equal():
                said["const"] = check.comparable
            case validate.Range():
                said |= {"minimum": check.min, "maximum": check.max}
            case validate.Length():
                said |= {"minLength": check.min, "maxLength": check.max}
            case _:
                pass
    return {key: value for key, value in said.items() if value is not None}
