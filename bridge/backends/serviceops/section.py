"""The `serviceops` entry of `backends:`."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.backends.section import BackendSection
from bridge.backends.transitions import TransitionsSection
from bridge.domain.spec import CustomFieldType
from bridge.domain.stage import Stage
from bridge.yamlfile import CheckedField, Section

_GRANT = ("client_id", "client_secret", "username", "password")
_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+")


class Address(CheckedField[str]):
    """An e-mail address."""

    def read(self, value: object) -> str:
        """Read one address."""
        if not _ADDRESS.fullmatch(str(value)):
            raise ValidationError(f"{value!r} is no address; write it like noc@example.com")
        return str(value)


class TicketUrl(CheckedField[str]):
    """Where people open a ticket."""

    def read(self, value: object) -> str:
        """Read an address with {id} or {number} where the ticket's goes."""
        if not str(value).startswith(("http://", "https://")) or not re.search(
            r"\{(id|number)\}", str(value)
        ):
            raise ValidationError(
                "is no ticket's address; write it like https://desk.example.com/ticket/{id}"
            )
        return str(value)


class ValueMembers(CheckedField[Mapping[str, str]]):
    """`value_members:`, from the type of a custom field to the member its value is sent in."""

    def read(self, value: object) -> Mapping[str, str]:
        """Read {integer: longValue} and the like."""
        types = [type_.value for type_ in CustomFieldType]
        if not isinstance(value, Mapping) or not set(value) <= set(types):
            raise ValidationError(f"names no types; choose from {', '.join(types)}")
        return {str(type_): str(member) for type_, member in value.items()}


class AuthSection(Section):
    """`auth:`; a key, or everything that the OAuth password grant wants."""

    api_key = fields.String()
    client_id = fields.String()
    client_secret = fields.String()
    username = fields.String()
    password = fields.String()

    @validates_schema(skip_on_field_errors=False)
    def refuse_half_a_login(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name what is missing."""
        missing = [key for key in _GRANT if not data.get(key)]
        if data.get("api_key") and len(missing) < len(_GRANT):
            raise ValidationError("has a key and a login; keep either api_key or the others")
        if not data.get("api_key") and missing:
            raise ValidationError(f"lacks {', '.join(missing)}; add them, or write api_key alone")


class DefaultsSection(Section):
    """`defaults:`."""

    requester = Address(required=True)
    requester_name = fields.String(load_default="")
    category = fields.String(load_default="Incident")
    location = fields.String(load_default="")


class StatusesSection(Section):
    """`statuses:`, this desk's names of those that the bridge sets in any case."""

    open = fields.String(load_default="Open", validate=validate.Length(min=1))
    resolved = fields.String(load_default="Resolved", validate=validate.Length(min=1))
    closed = fields.String(load_default="Closed", validate=validate.Length(min=1))
    cancelled = fields.String(load_default="")


class ServiceOpsTransitions(TransitionsSection):
    """`transitions:`."""

    clear_to = fields.String(load_default="")


class ServiceOpsSection(BackendSection):
    """One Motadata ServiceOps."""

    dialect = fields.String(
        load_default="incident",
        validate=validate.OneOf(
            ("incident", "request"), error="is unknown; write incident or request"
        ),
    )
    auth = fields.Nested(AuthSection, required=True)
    defaults = fields.Nested(DefaultsSection, required=True)
    statuses = fields.Nested(StatusesSection, load_default=lambda: StatusesSection().load({}))
    transitions = fields.Nested(
        ServiceOpsTransitions, load_default=lambda: ServiceOpsTransitions().load({})
    )
    description = fields.String(
        load_default="",
        validate=validate.OneOf(("", "text", "html"), error="is neither; write text or html"),
    )
    max_subject = fields.Integer(
        load_default=250,
        validate=validate.Range(80, 5000, error="is out of range; choose 80 to 5000"),
    )
    max_description = fields.Integer(
        load_default=32_000,
        validate=validate.Range(200, 1_000_000, error="is out of range; choose 200 to 1000000"),
    )
    find = fields.Boolean(load_default=True)
    attach = fields.Boolean(load_default=True)
    ticket_url = TicketUrl(load_default=None)
    value_members = ValueMembers(load_default=dict)

    @validates_schema(skip_on_field_errors=True)
    def refuse_confused_ends(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name a stage that would end a ticket, and an end that is none."""
        statuses, transitions = data["statuses"], data["transitions"]
        ends = [statuses[end] for end in ("resolved", "closed", "cancelled") if statuses[end]]
        folded = {end.casefold() for end in ends}
        faults = {
            stage.value: [f"{word!r} is where tickets end; choose another status"]
            for stage in Stage
            if (word := transitions[stage.value]).casefold() in folded
        }
        clear_to = transitions["clear_to"]
        if clear_to and clear_to.casefold() not in folded:
            faults["clear_to"] = [f"{clear_to!r} is no end; choose from {', '.join(ends)}"]
        if faults:
            raise ValidationError({"transitions": faults})
