"""The incident a rule asks for, independent of any service desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from typing import Self, cast

from bridge.domain.json import JsonObject, JsonValue


class CustomFieldType(StrEnum):
    """The kinds of value that a desk's custom field can hold."""

    STRING = "string"
    INTEGER = "integer"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    LONG = "long"
    INTEGER_LIST = "integer_list"
    STRING_LIST = "string_list"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A custom field's value, already of the Python type that `type` names."""

    value: JsonValue
    type: CustomFieldType = CustomFieldType.STRING


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSpec:
    """What the ticket should say; empty means that the desk's own default stands."""

    subject: str = ""
    description: str = ""
    priority: str = ""
    impact: str = ""
    urgency: str = ""
    category: str = ""
    classification: str = ""
    ci_key: str = ""
    ci_value: str = ""
    ci_id: str = ""
    custom_fields: Mapping[str, CustomField] = field(default_factory=dict)
    requester: str = ""
    cc: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    location: str = ""
    workgroup: str = ""
    engineer: str = ""
    sla: str = ""
    solution: str = ""  #: said when the ticket is resolved
    note: str = ""  #: said to the resolver group when the ticket is filed
    links: Mapping[str, str] = field(default_factory=dict)
    attachments: Mapping[str, str] = field(default_factory=dict)  #: texts by file name, put on once
    raw: Mapping[str, JsonObject] = field(default_factory=dict)  #: by backend name, passed through

    def changed_fields(self, told: Self) -> tuple[str, ...]:
        """Name the fields that the bridge owns at the desk and that differ from what it `told`."""
        return tuple(
            public_name(name) for name in OWNED if getattr(self, name) != getattr(told, name)
        )

    def as_json(self) -> dict[str, JsonValue]:
        """Write the spec under its public names, leaving out what is empty."""
        said = {name: value for name, value in zip(ATTRIBUTES, _VALUES(self), strict=True) if value}
        if self.custom_fields:
            said["CustomFields"] = {
                name: {"value": custom.value, "type": custom.type.value}
                for name, custom in self.custom_fields.items()
            }
        return said

    @classmethod
    def from_json(cls, said: JsonObject) -> Self:
        """Read what `as_json` wrote."""
        values = {ATTRIBUTES[name]: value for name, value in said.items() if name in ATTRIBUTES}
        for name in ("cc", "tags"):
            values[name] = tuple(cast("list[str]", values.get(name, ())))
        customs = cast("Mapping[str, Mapping[str, JsonValue]]", values.get("custom_fields", {}))
        values["custom_fields"] = cast(
            "JsonValue",
            {
                name: CustomField(value=custom["value"], type=CustomFieldType(str(custom["type"])))
                for name, custom in customs.items()
            },
        )
        return cls(**values)  # type: ignore[arg-type]  # as_json wrote these types


#: Public names that are not simply the attribute's; the contract and the desks spell them so.
_SPELLED = {
    "ci_key": "CI_Key",
    "ci_value": "CI_Value",
    "ci_id": "CI_ID",
    "custom_fields": "CustomFields",
}


def public_name(attribute: str) -> str:
    """Give the name under which rules, API and pages know an attribute of IncidentSpec."""
    return _SPELLED.get(attribute, attribute)


#: public name -> attribute, for every field of a spec
ATTRIBUTES: Mapping[str, str] = {public_name(f.name): f.name for f in fields(IncidentSpec)}
#: Each of them in one call: every new alert writes two specs, and most of it is empty.
_VALUES = attrgetter(*ATTRIBUTES.values())

#: What an update may write: all but what is said once: at filing, in a file, or at the end.
OWNED: tuple[str, ...] = tuple(
    a for a in ATTRIBUTES.values() if a not in ("solution", "note", "attachments")
)
