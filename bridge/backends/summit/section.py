"""The `summit` entry of `backends:`."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.backends.section import BackendSection
from bridge.backends.summit import status
from bridge.backends.summit.texts import is_address
from bridge.yamlfile import CheckedField, Section, Span

PATH = "/REST/Summit_RESTWCF.svc/RESTService/CommonWS_JsonObjCall"
_STEPS = (status.ASSIGNED, status.IN_PROGRESS, status.PENDING, status.RESOLVED)
_ENDS = (status.RESOLVED, status.CLOSED, status.CANCELLED)
#: What In-Progress, Resolved and Closed demand, and no rule gives.
_FOR_RESOLVING: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "is missing, and Summit resolves no ticket without it; add it",
}


class Address(CheckedField[str]):
    """An e-mail address."""

    def read(self, value: object) -> str:
        """Read one address."""
        if not is_address(str(value)):
            raise ValidationError(f"{value!r} is no address; write it like noc@example.com")
        return str(value)


class RestPath(CheckedField[str]):
    """A path below the desk's address."""

    def read(self, value: object) -> str:
        """Read a path that starts with a slash."""
        if not str(value).startswith("/") or any(sign in str(value) for sign in "?# "):
            raise ValidationError(f"{value!r} is no path; write it like {PATH}")
        return str(value)


class Walk(CheckedField[tuple[str, ...]]):
    """The statuses on the way to Resolved."""

    def read(self, value: object) -> tuple[str, ...]:
        """Read a list of statuses that ends with Resolved."""
        words = value if isinstance(value, list) else []
        steps = tuple(status.spelled(str(word)) for word in words)
        if not set(steps) <= set(_STEPS):
            raise ValidationError(f"names no such status; choose from {', '.join(_STEPS)}")
        if not steps or steps[-1] != status.RESOLVED:
            raise ValidationError("does not end with Resolved; write [In-Progress, Resolved]")
        return steps


class AuthSection(Section):
    """`auth:`; a key, or a user where the desk still allows it."""

    api_key = fields.String(validate=validate.Length(min=1, error="is empty; write the key"))
    username = fields.String()
    password = fields.String()

    @validates_schema(skip_on_field_errors=True)
    def refuse_two_logins(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name what is missing, or one too many."""
        user = [key for key in ("username", "password") if data.get(key)]
        if "api_key" in data and user:
            raise ValidationError("has a key and a user; keep one of them")
        if "api_key" not in data and len(user) < 2:
            raise ValidationError("is not complete; write api_key, or username and password")


class DefaultsSection(Section):
    """`defaults:`; the priority and what follows it are for rules that give none."""

    instance = fields.String(required=True, validate=validate.Length(min=1))
    caller = Address(required=True)
    workgroup = fields.String(required=True, validate=validate.Length(min=1))
    engineer = Address(required=True, error_messages=_FOR_RESOLVING)
    closure_code = fields.String(required=True, error_messages=_FOR_RESOLVING)
    resolution_code = fields.String(required=True, error_messages=_FOR_RESOLVING)
    source = fields.String(load_default="Monitoring", validate=validate.Length(min=1))
    medium = fields.String(load_default="Web", validate=validate.Length(min=1))
    pending_reason = fields.String(load_default="")
    cancel_remarks = fields.String(load_default="Cleared", validate=validate.Length(min=1))
    priority = fields.String(load_default="")
    impact = fields.String(load_default="")
    urgency = fields.String(load_default="")
    category = fields.String(load_default="")
    classification = fields.String(load_default="")
    sla = fields.String(load_default="")


class TransitionsSection(Section):
    """`transitions:`."""

    resolve = Walk(load_default=(status.IN_PROGRESS, status.RESOLVED))
    clear_to = fields.String(
        load_default=status.RESOLVED,
        validate=validate.OneOf(_ENDS, error=f"is no end; write {', '.join(_ENDS)}"),
    )
    close_after = Span(load_default=None)


class SummitSection(BackendSection):
    """One SymphonyAI Summit."""

    path = RestPath(load_default=PATH)
    auth = fields.Nested(AuthSection, required=True)
    org_id = fields.Integer(load_default=1)
    container = fields.String(
        load_default="object",
        validate=validate.OneOf(("object", "string"), error="is neither; write object or string"),
    )
    defaults = fields.Nested(DefaultsSection, required=True)
    transitions = fields.Nested(
        TransitionsSection, load_default=lambda: TransitionsSection().load({})
    )
    custom_field_group = fields.String(load_default="")
    token_field = fields.String(load_default="")
    max_subject = fields.Integer(
        load_default=250,
        validate=validate.Range(40, 5000, error="is out of range; choose 40 to 5000"),
    )
    find = fields.Boolean(load_default=True)
    read = fields.Boolean(load_default=True)
    reopen = fields.Boolean(load_default=True)

    @validates_schema(skip_on_field_errors=True)
    def refuse_field_without_group(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name the group that the token's custom field lacks."""
        if data.get("token_field") and not data.get("custom_field_group"):
            message = "needs custom_field_group; add it, or remove token_field"
            raise ValidationError({"token_field": [message]})
