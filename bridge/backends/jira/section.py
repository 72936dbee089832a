"""The `jira` entry of `backends:`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.backends import transitions
from bridge.backends.jira.flavor import FLAVORS, LONGEST_TEXT
from bridge.backends.section import BackendSection
from bridge.yamlfile import CheckedField, Section, unknown_key

_WAYS_IN: Final[Mapping[str, Sequence[set[str]]]] = {
    "cloud": ({"email", "api_token"},),
    "datacenter": ({"token"}, {"username", "password"}),
}
_REMEDY: Final = {
    "cloud": "write email and api_token",
    "datacenter": "write token, or username and password",
}
#: Fields of `set:` that Jira has no field of its own for.
MAPPABLE: Final = (
    "impact", "urgency", "workgroup", "classification", "location", "sla", "cc",
    "CI_Key", "CI_Value", "CI_ID",
)  # fmt: skip
FIELD_ID: Final = re.compile(r"customfield_[0-9]{1,10}")
#: Of an issue's summary, in characters.
LONGEST_SUBJECT: Final = 255


class Labels(CheckedField[Sequence[str]]):
    """`labels:`, which every ticket has beside those of the rules."""

    def read(self, value: object) -> Sequence[str]:
        """Read a list of words."""
        words = [str(word) for word in (value if isinstance(value, list) else [value])]
        for word in words:
            if not word or re.search(r"\s", word):
                raise ValidationError(f"{word!r} is no label; write it without spaces")
        return words


class FieldIds(CheckedField[Mapping[str, str]]):
    """`fields:`, from fields of `set:` to the custom fields that this Jira has for them."""

    def read(self, value: object) -> Mapping[str, str]:
        """Read {impact: customfield_10004} and the like."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write {impact: customfield_10004}")
        for name, field in value.items():
            if name not in MAPPABLE:
                raise ValidationError(unknown_key(str(name), MAPPABLE))
            if not FIELD_ID.fullmatch(str(field)):
                raise ValidationError(
                    f"{field!r} is no custom field's id; write it like customfield_10004"
                )
        return {str(name): str(field) for name, field in value.items()}


class Names(CheckedField[Mapping[str, str]]):
    """From names in rules to names or ids at this Jira."""

    def read(self, value: object) -> Mapping[str, str]:
        """Read {CI: customfield_10050} and the like."""
        if not isinstance(value, Mapping) or not all(value.values()):
            raise ValidationError("is not a mapping of names; write {CI: customfield_10050}")
        return {str(name): str(said) for name, said in value.items()}


class Words(CheckedField[Sequence[str]]):
    """Names of transitions or statuses, in their order."""

    def read(self, value: object) -> Sequence[str]:
        """Read one name or a list of them."""
        words = value if isinstance(value, list) else [value]
        if not all(isinstance(word, str) and word.strip() for word in words):
            raise ValidationError("holds no name; write it like [Start progress, Resolve]")
        return [str(word).strip() for word in words]


class AuthSection(Section):
    """`auth:`; which keys go together depends on the flavor."""

    email = fields.String()
    api_token = fields.String()
    token = fields.String()
    username = fields.String()
    password = fields.String()


class DefaultsSection(Section):
    """`defaults:`; all but the resolutions are for rules that say nothing."""

    priority = fields.String(load_default="")
    category = fields.String(load_default="")
    requester = fields.String(load_default="")
    engineer = fields.String(load_default="")
    workgroup = fields.String(load_default="")
    impact = fields.String(load_default="")
    urgency = fields.String(load_default="")
    resolution = fields.String(load_default="Done", validate=validate.Length(min=1))
    cancel_resolution = fields.String(load_default="Won't Do", validate=validate.Length(min=1))


class StatusesSection(Section):
    """`statuses:`, the names of those that the bridge tells apart or leads to."""

    closed = fields.String(load_default="Closed", validate=validate.Length(min=1))
    cancelled = fields.String(load_default="Canceled", validate=validate.Length(min=1))
    reopened = fields.String(load_default="")


class JiraTransitionsSection(transitions.TransitionsSection):
    """`transitions:`; a name is a transition's, or that of the status it leads to."""

    resolve = Words(load_default=())
    clear_to = fields.String(load_default="")
    fields_ = fields.Dict(
        keys=fields.String(), load_default=dict, data_key="fields", attribute="fields"
    )


class JiraSection(BackendSection):
    """One Jira, and the project in it that tickets are filed in."""

    flavor = fields.String(
        load_default="cloud",
        validate=validate.OneOf(tuple(FLAVORS), error="is neither; write cloud or datacenter"),
    )
    auth = fields.Nested(AuthSection, required=True)
    project = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[A-Z][A-Z0-9_]*\Z", error="is no project's key; write it like OPS"
        ),
    )
    issue_type = fields.String(load_default="Incident", validate=validate.Length(min=1))
    defaults = fields.Nested(DefaultsSection, load_default=lambda: DefaultsSection().load({}))
    labels = Labels(load_default=())
    fields_ = FieldIds(load_default=dict, data_key="fields", attribute="fields")
    custom_fields = Names(load_default=dict)
    statuses = fields.Nested(StatusesSection, load_default=lambda: StatusesSection().load({}))
    transitions = fields.Nested(
        JiraTransitionsSection, load_default=lambda: JiraTransitionsSection().load({})
    )
    internal_notes = fields.Boolean(load_default=True)
    attach = fields.Boolean(load_default=True)
    reopen = fields.Boolean(load_default=True)
    max_subject = fields.Integer(
        load_default=LONGEST_SUBJECT,
        validate=validate.Range(
            40, LONGEST_SUBJECT, error=f"is out of range; choose 40 to {LONGEST_SUBJECT}"
        ),
    )
    max_description = fields.Integer(
        load_default=LONGEST_TEXT,
        validate=validate.Range(
            200, LONGEST_TEXT, error=f"is out of range; choose 200 to {LONGEST_TEXT}"
        ),
    )

    @validates_schema(skip_on_field_errors=True)
    def refuse_half_a_login(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name the way in of this flavor when what is given is none."""
        flavor = data["flavor"]
        given = {key for key, value in data["auth"].items() if value}
        if given not in _WAYS_IN[flavor]:
            message = f"is no way into flavor {flavor}; {_REMEDY[flavor]}"
            raise ValidationError({"auth": [message]})
