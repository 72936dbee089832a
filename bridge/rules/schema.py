"""The shape of a rules file; what is inside its texts is compiled later."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from bridge.domain.policy import Budget, OnClear
from bridge.domain.spec import CustomFieldType
from bridge.yamlfile import CheckedField, Section, Span

Scalar = str | int | float | bool


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


class Texts(CheckedField[Sequence[str]]):
    """A list of texts; one alone is a list too."""

    def read(self, value: object) -> Sequence[str]:
        """Read a list, or one scalar."""
        items = value if isinstance(value, list) else [value]
        return [Text().read(item) for item in items]


class NamedTexts(CheckedField[Mapping[str, str]]):
    """Texts by name."""

    def read(self, value: object) -> Mapping[str, str]:
        """Read a mapping of scalars."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write 'name: value' lines")
        return {name: Text().read(text) for name, text in value.items()}


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


class SetSection(Section):
    """`set:`, the fields of the ticket."""

    subject = Text()
    description = Text()
    priority = Text()
    impact = Text()
    urgency = Text()
    category = Text()
    classification = Text()
    ci_key = Text(data_key="CI_Key")
    ci_value = Text(data_key="CI_Value")
    ci_id = Text(data_key="CI_ID")
    custom_fields = CustomFields(data_key="CustomFields")
    requester = Text()
    cc = Texts()
    tags = Texts()
    location = Text()
    workgroup = Text()
    engineer = Text()
    sla = Text()
    solution = Text()
    note = Text()
    links = NamedTexts()
    backend = Text()
    raw = Raw()


class BudgetSection(Section):
    """`budget:`."""

    tickets = fields.Integer(
        required=True,
        validate=validate.Range(1, 100_000, error="is out of range; choose 1 or more"),
    )
    per = Span(required=True)

    @post_load
    def _build(self, loaded: Mapping[str, Any], **_kwargs: object) -> Budget:
        if loaded["per"] < timedelta(seconds=1):
            raise ValidationError({"per": ["is too short; choose at least 1s"]})
        return Budget(tickets=loaded["tickets"], per=loaded["per"])


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


class Beat(Span):
    """How often a heartbeat is expected."""

    def read(self, value: object) -> timedelta:
        """Read a span in which a sender can repeat itself."""
        span = super().read(value)
        if span < timedelta(seconds=1):
            raise ValidationError("is too short; choose at least 1s, and twice what senders repeat")
        return span


class BehaviourSection(Section):
    """What `defaults:` and a rule have in common: fields, key and policies."""

    set = fields.Nested(SetSection, load_default=dict)
    key = Key()
    hold = Span()
    resolve_after = Span()
    reopen_within = Span()
    settle = Span()
    expire_after = Span(allow_none=True)
    on_clear = fields.Enum(
        OnClear,
        by_value=True,
        error_messages={"unknown": f"is none of them; choose one of {', '.join(OnClear)}"},
    )
    budget = fields.Nested(BudgetSection, allow_none=True)
    respect_people = fields.Boolean()


def _unmatched() -> fields.String:
    return fields.String(
        validate=validate.OneOf(("file", "drop"), error="is neither; write file or drop")
    )


class DefaultsSection(BehaviourSection):
    """`defaults:`, which every alert starts from."""

    backend = Text()
    unmatched = _unmatched()


class Match(CheckedField[Mapping[str, Sequence[str]]]):
    """`match:`, `any`, a list of matchers, or {all, any, none} of lists."""

    def read(self, value: object) -> Mapping[str, Sequence[str]]:
        """Read each form as {all, any, none}."""
        if value == "any":
            return {}
        if isinstance(value, str | list):
            return {"all": Texts().read(value)}
        if not isinstance(value, Mapping) or not set(value) <= {"all", "any", "none"}:
            raise ValidationError(
                "is no match; write any, a list of matchers, or {all: [], any: [], none: []}"
            )
        return {name: Texts().read(matchers) for name, matchers in value.items()}


class RuleSection(BehaviourSection):
    """One of `rules:`."""

    id = fields.String(
        required=True, validate=validate.Length(1, 100, error="is empty or too long; name it")
    )
    match = Match(required=True)
    when = fields.String()
    drop = fields.String(validate=validate.Length(min=1, error="is empty; say why"))
    final = fields.Boolean(load_default=False)
    expect_every = Beat()

    @validates_schema(skip_on_field_errors=False)
    def refuse_drop_with_fields(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Refuse it: a dropped alert has no ticket that fields could be set on."""
        if data.get("drop") and data.get("set"):
            raise ValidationError({"drop": ["goes without set:; remove one of them"]})
        if data.get("drop") and data.get("expect_every"):
            message = "goes without drop:, which forgets it; remove one of them"
            raise ValidationError({"expect_every": [message]})


class TableSection(Section):
    """One of `tables:`: an inline `map`, or a CSV `file` looked up by `key`."""

    map = fields.Raw()
    file = fields.String()
    key = Texts()
    miss = fields.Raw()

    @validates_schema(skip_on_field_errors=False)
    def require_one_kind(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Refuse a table that is neither or both."""
        if ("map" in data) == ("file" in data):
            raise ValidationError("is no table; give it a map: or a file:")
        if "file" in data and not data.get("key"):
            raise ValidationError({"key": ["is missing; name the columns to look up by"]})


class RuleFileSection(Section):
    """A whole rules file."""

    version = fields.Integer(
        required=True,
        validate=validate.Equal(1, error="is not known; this bridge reads version: 1"),
    )
    tables = fields.Dict(fields.String(), fields.Nested(TableSection), load_default=dict)
    defaults = fields.Nested(DefaultsSection, load_default=dict)
    unmatched = _unmatched()
    rules = fields.List(fields.Nested(RuleSection), load_default=list)
    tests = fields.List(fields.Raw(), load_default=list)


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
