"""The fields of a rules file that may be written in more than one way."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields

from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.spec import CustomFieldType
from bridge.rules.limits import MAX_FILES
from bridge.yamlfile import CheckedField, Refer, Section, Span

#: Neither a path, nor hidden, nor with what a header or a shell would take for its own.
_FILE_NAME = re.compile(r"\w[\w .-]{0,99}")
_SCALAR: JsonObject = {"type": ["string", "number", "boolean"]}
_FORMS: list[JsonValue] = [_SCALAR, {"type": "array", "items": _SCALAR}]
_SCALARS: JsonObject = {"anyOf": _FORMS}


class Text(CheckedField[str]):
    """A text or template; a number or truth value is the text that it reads as."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_none=True, **options)

    def read(self, value: object) -> str:
        """Read any scalar."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise ValidationError("is not text; write text or a template, in quotes")

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe any scalar."""
        return _SCALAR


class Texts(CheckedField[Sequence[str]]):
    """A list of texts; one alone is a list too."""

    def read(self, value: object) -> Sequence[str]:
        """Read a list, or one scalar."""
        items = value if isinstance(value, list) else [value]
        return [Text().read(item) for item in items]

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe a scalar, or a list of them."""
        return _SCALARS


class NamedTexts(CheckedField[Mapping[str, str]]):
    """Texts by name."""

    def read(self, value: object) -> Mapping[str, str]:
        """Read a mapping of scalars."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write 'name: value' lines")
        return {name: Text().read(text) for name, text in value.items()}

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe scalars by name."""
        return {"type": "object", "additionalProperties": _SCALAR}


class FileTexts(NamedTexts):
    """Texts by the name of the file that they become."""

    def read(self, value: object) -> Mapping[str, str]:
        """Read a mapping of scalars whose names any system takes for a file's."""
        texts = super().read(value)
        if len(texts) > MAX_FILES:
            raise ValidationError(f"has more than {MAX_FILES} files; leave some out")
        for name in texts:
            if not _FILE_NAME.fullmatch(name):
                raise ValidationError(
                    f"{name!r} is no file name; write it like alert.json, of letters, digits, "
                    "spaces, dots, dashes and underscores"
                )
        return texts


class CustomFieldSection(Section):
    """A custom field that says its type."""

    value = fields.Raw(required=True)
    type = fields.Enum(
        CustomFieldType,
        by_value=True,
        required=True,
        error_messages={"unknown": f"is no type; choose one of {', '.join(CustomFieldType)}"},
    )


class CustomFields(CheckedField[Mapping[str, Mapping[str, Any]]]):
    """`CustomFields:`, each as {value, type}; the type of a plain value is its own."""

    def read(self, value: object) -> Mapping[str, Mapping[str, Any]]:
        """Read values and {value, type} by name."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write 'name: value' lines")
        read, faults = {}, {}
        for name, said in value.items():
            try:
                read[name] = CustomFieldSection().load(_with_type(said))
            except ValidationError as error:
                faults[name] = error.messages
        if faults:
            raise ValidationError(faults)
        return read

    def json_schema(self, refer: Refer) -> JsonObject:
        """Describe plain values, and values with their type."""
        typed: list[JsonValue] = [*_FORMS, refer(CustomFieldSection)]
        return {"type": "object", "additionalProperties": {"anyOf": typed}}


class Raw(CheckedField[Mapping[str, Any]]):
    """`raw:`, by backend name; passed through."""

    def read(self, value: object) -> Mapping[str, Any]:
        """Read a mapping of mappings."""
        is_nested = isinstance(value, Mapping) and all(
            isinstance(inner, Mapping) for inner in value.values()
        )
        if not is_nested:
            raise ValidationError("is not by backend; write {<backend>: {<field>: <value>}}")
        return value  # type: ignore[return-value]

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe objects by name."""
        return {"type": "object", "additionalProperties": {"type": "object"}}


class Key(CheckedField[str | Mapping[str, Any]]):
    """`key:`, a template, or {by: labels | [names], except: [names]}."""

    def read(self, value: object) -> str | Mapping[str, Any]:
        """Read either form."""
        if isinstance(value, str) and value.strip():
            return value
        if not isinstance(value, Mapping) or not set(value) <= {"by", "except"}:
            raise ValidationError("is no key; write {by: labels, except: [...]}, or a template")
        by, left_out = value.get("by", "labels"), value.get("except", [])
        is_names = isinstance(by, list) and by and all(isinstance(name, str) for name in by)
        if by != "labels" and not is_names:
            raise ValidationError({"by": ["is neither; write labels, or a list of names"]})
        if not isinstance(left_out, list) or (left_out and is_names):
            raise ValidationError({"except": ["goes with by: labels; write a list of labels"]})
        return {"by": by, "except": [str(name) for name in left_out]}

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe a template, and the two forms of a mapping."""
        names: JsonObject = {"type": "array", "items": {"type": "string"}}
        by_labels: JsonObject = {"by": {"const": "labels"}, "except": names}
        by_names: JsonObject = {"by": {**names, "minItems": 1}}
        objects: list[JsonValue] = [
            {"type": "object", "additionalProperties": False, "properties": properties}
            for properties in (by_labels, by_names)
        ]
        return {"anyOf": [{"type": "string", "minLength": 1}, *objects]}


class Beat(Span):
    """How often a heartbeat is expected."""

    def read(self, value: object) -> timedelta:
        """Read a span in which a sender can repeat itself."""
        span = super().read(value)
        if span < timedelta(seconds=1):
            raise ValidationError("is too short; choose at least 1s, and twice what senders repeat")
        return span


class Match(CheckedField[Mapping[str, Sequence[str]]]):
    """`match:`, `any`, a list of matchers, or {all, any, none} of lists."""

    def read(self, value: object) -> Mapping[str, Sequence[str]]:
        """Read each form as {all, any, none}."""
        if value == "any":
            return {}
        by_kind = value if isinstance(value, Mapping) else {"all": value}
        is_list = isinstance(value, str | list)
        if not set(by_kind) <= {"all", "any", "none"} or not (is_list or by_kind is value):
            raise ValidationError(
                "is no match; write any, a list of matchers, or {all: [], any: [], none: []}"
            )
        if not by_kind or not all(by_kind.values()):
            # Taken for "anything", a list that lost its last line would drop every alert.
            raise ValidationError("is empty; write the matchers, or any for every alert")
        return {name: Texts().read(matchers) for name, matchers in by_kind.items()}

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe the word, the list and the mapping."""
        forms: list[JsonValue] = [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]
        by_kind: JsonObject = {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {kind: {"anyOf": forms} for kind in ("all", "any", "none")},
        }
        return {"anyOf": [{"const": "any"}, *forms, by_kind]}


def _with_type(said: object) -> Mapping[str, object]:
    match said:
        case Mapping():
            return said
        case bool():
            return {"value": said, "type": CustomFieldType.BOOLEAN.value}
        case int():
            return {"value": said, "type": CustomFieldType.INTEGER.value}
        case float():
            return {"value": said, "type": CustomFieldType.DOUBLE.value}
        case list():
            return {"value": said, "type": CustomFieldType.STRING_LIST.value}
        case _:
            return {"value": said, "type": CustomFieldType.STRING.value}
