"""The `servicenow` entry of `backends:`."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.backends import transitions
from bridge.backends.section import BackendSection
from bridge.domain.stage import Stage
from bridge.yamlfile import CheckedField, Section

_WAYS_IN = (
    {"api_key"},
    {"username", "password"},
    {"client_id", "client_secret"},
    {"client_id", "client_secret", "username", "password"},
)


class ChoiceValue(CheckedField[str]):
    """The stored value of one of a column's choices; most are numbers."""

    def read(self, value: object) -> str:
        """Read digits or a word."""
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            raise ValidationError(f"{value!r} is no value of a choice; write it like 6")
        return str(value).strip()


class AuthSection(Section):
    """`auth:`; a user, a key, or an OAuth client with or without a user."""

    api_key = fields.String()
    username = fields.String()
    password = fields.String()
    client_id = fields.String()
    client_secret = fields.String()

    @validates_schema(skip_on_field_errors=True)
    def refuse_half_a_login(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name the ways in when what is given is none of them."""
        if {key for key, value in data.items() if value} not in _WAYS_IN:
            raise ValidationError(
                "is not one way in; write username and password, api_key, or client_id and "
                "client_secret with or without username and password"
            )


class DefaultsSection(Section):
    """`defaults:`."""

    caller = fields.String(load_default="")
    workgroup = fields.String(load_default="")
    category = fields.String(load_default="")
    contact_type = fields.String(load_default="")
    close_code = fields.String(load_default="Solution provided", validate=validate.Length(min=1))
    close_notes = fields.String(load_default="The alerts cleared.", validate=validate.Length(min=1))
    hold_reason = ChoiceValue(load_default="")


class StatesSection(Section):
    """`states:`, the values of the states that the bridge sets."""

    open = ChoiceValue(load_default="1")
    reopened = ChoiceValue(load_default="2")
    on_hold = ChoiceValue(load_default="3")
    resolved = ChoiceValue(load_default="6")
    closed = ChoiceValue(load_default="7")
    cancelled = ChoiceValue(load_default="8")


class TransitionsSection(transitions.TransitionsSection):
    """`transitions:`, in the values of states."""

    open = ChoiceValue(load_default="")
    escalated = ChoiceValue(load_default="")
    acknowledged = ChoiceValue(load_default="")
    muted = ChoiceValue(load_default="")


class ServiceNowSection(BackendSection):
    """One ServiceNow instance."""

    auth = fields.Nested(AuthSection, required=True)
    table = fields.String(
        load_default="incident",
        validate=validate.Regexp(r"[a-z][a-z0-9_]*\Z", error="is no table; write it like incident"),
    )
    defaults = fields.Nested(DefaultsSection, load_default=lambda: DefaultsSection().load({}))
    states = fields.Nested(StatesSection, load_default=lambda: StatesSection().load({}))
    transitions = fields.Nested(
        TransitionsSection, load_default=lambda: TransitionsSection().load({})
    )
    max_subject = fields.Integer(
        load_default=160,
        validate=validate.Range(40, 5000, error="is out of range; choose 40 to 5000"),
    )
    max_description = fields.Integer(
        load_default=4000,
        validate=validate.Range(200, 1_000_000, error="is out of range; choose 200 to 1000000"),
    )
    reopen = fields.Boolean(load_default=True)
    attach = fields.Boolean(load_default=True)

    @validates_schema(skip_on_field_errors=True)
    def refuse_a_stage_that_ends_or_that_no_instance_takes(
        self, data: Mapping[str, Any], **_kwargs: object
    ) -> None:
        """Name the stages whose state is one of rest, or is refused without a reason to hold."""
        faults = {
            stage.value: [fault] for stage in Stage if (fault := _fault_of(stage.value, data))
        }
        if faults:
            raise ValidationError({"transitions": faults})


def _fault_of(stage: str, data: Mapping[str, Any]) -> str:
    state, states = data["transitions"][stage], data["states"]
    if not state:
        return ""
    if state in (states["resolved"], states["closed"], states["cancelled"]):
        return f"{state} is a state of rest; give one in which the incident is work to do"
    if state == states["on_hold"] and not data["defaults"]["hold_reason"]:
        return (
            f"{state} is On Hold, which wants a reason; give `defaults.hold_reason`, or name "
            "another state as `states.on_hold` if yours is that one"
        )
    return ""
