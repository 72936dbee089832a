"""The shape of a rules file; what is inside its texts is compiled later."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from bridge.domain.policy import Budget, OnClear
from bridge.rules.fields import (
    Beat,
    CustomFields,
    FileTexts,
    Key,
    Match,
    NamedTexts,
    Raw,
    Text,
    Texts,
)
from bridge.rules.windows import Mute
from bridge.yamlfile import Section, Span


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
    attachments = FileTexts()
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


def _said(description: str) -> Mapping[str, str]:
    """Give what editors show of a key."""
    return {"description": description}


class BehaviourSection(Section):
    """What `defaults:` and a rule have in common: fields, key and policies."""

    set = fields.Nested(SetSection, load_default=dict)
    key = Key(metadata=_said("What makes two alerts the same fault."))
    hold = Span(metadata=_said("File only what still fires after this."))
    resolve_after = Span(metadata=_said("Resolve only what is still clear after this."))
    reopen_within = Span(metadata=_said("A refire this soon takes up the same ticket."))
    settle = Span(metadata=_said("How long a firing that looks like an echo is not believed."))
    expire_after = Span(
        allow_none=True, metadata=_said("Silence this long counts as cleared; null: never.")
    )
    on_clear = fields.Enum(
        OnClear,
        by_value=True,
        error_messages={"unknown": f"is none of them; choose one of {', '.join(OnClear)}"},
        metadata=_said("What happens to the ticket once every alert has cleared."),
    )
    budget = fields.Nested(BudgetSection, allow_none=True)
    respect_people = fields.Boolean(
        metadata=_said("Only tell a ticket that a person took over; leave it as it is otherwise.")
    )
    mute = Mute(metadata=_said("Maintenance windows, in which nothing new is filed."))


def _unmatched() -> fields.String:
    return fields.String(
        validate=validate.OneOf(("file", "drop"), error="is neither; write file or drop")
    )


class DefaultsSection(BehaviourSection):
    """`defaults:`, which every alert starts from."""

    backend = Text()
    unmatched = _unmatched()


class RuleSection(BehaviourSection):
    """One of `rules:`."""

    id = fields.String(
        required=True, validate=validate.Length(1, 100, error="is empty or too long; name it")
    )
    match = Match(required=True, metadata=_said("Which alerts are meant: any, or matchers."))
    when = fields.String(metadata=_said("An expression that must be true as well."))
    drop = fields.String(
        validate=validate.Length(min=1, error="is empty; say why"),
        metadata=_said("Discard the alert, for this reason."),
    )
    final = fields.Boolean(load_default=False, metadata=_said("Let no later rule apply."))
    expect_every = Beat(metadata=_said("The alert is a heartbeat; its silence is the fault."))

    @validates_schema(skip_on_field_errors=False)
    def refuse_drop_with_fields(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Refuse it: a dropped alert has no ticket that fields could be set on."""
        if data.get("drop") and data.get("set"):
            raise ValidationError({"drop": ["goes without set:; remove one of them"]})
        if data.get("drop") and data.get("expect_every"):
            message = "goes without drop:, which forgets it; remove one of them"
            raise ValidationError({"expect_every": [message]})


class TableSection(Section):
    """One of `tables:`: a `map`, `rows` or a `file`; rows are looked up by `key`."""

    map = fields.Raw(metadata=_said("What each word stands for; * is any other."))
    rows = fields.Raw(metadata=_said("Rows of columns; the first that fits the key wins."))
    file = fields.String(
        validate=validate.Length(min=1, error="is empty; name a CSV or YAML file"),
        metadata=_said("A CSV or YAML file, relative to this one."),
    )
    key = Texts(metadata=_said("The columns to look up by; * in one matches anything."))
    miss = fields.Raw(metadata=_said("What stands in for a row that is not there."))

    @validates_schema(skip_on_field_errors=False)
    def require_one_kind(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Refuse a table that is none of the kinds, or several."""
        if sum(kind in data for kind in ("map", "rows", "file")) != 1:
            raise ValidationError("is no table; give it one of map:, rows: and file:")


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
