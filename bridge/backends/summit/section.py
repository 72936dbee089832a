"""The `summit` entry of `backends:`."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bridge.backends.section import BackendSection
from bridge.backends.summit import status
from bridge.backends.summit.texts import is_address
from bridge.backends.summit.updater import EXECUTIVE, PAGES
from bridge.backends.transitions import TransitionsSection
from bridge.yamlfile import CheckedField, Section

PATH = "/REST/Summit_RESTWCF.svc/RESTService/CommonWS_JsonObjCall"
_STEPS = (status.ASSIGNED, status.IN_PROGRESS, status.PENDING, status.RESOLVED)
#: What a new ticket may be brought to, and what one that still fires may be moved to.
_OPEN = (status.NEW, status.ASSIGNED, status.IN_PROGRESS)
_STAGES = (status.ASSIGNED, status.IN_PROGRESS, status.PENDING)
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


class Status(fields.String):
    """One of some statuses, spelled freely."""

    def __init__(self, known: Sequence[str], *, load_default: str) -> None:
        super().__init__(load_default=load_default)
        self._known = known

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        word = status.spelled(super()._deserialize(value, *args, **kwargs))
        if word not in self._known:
            raise ValidationError(f"{value!r} is not possible here; write {_either(self._known)}")
        return word


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
    secondary_engineer = Address(load_default="")
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
    location = fields.String(load_default="")
    change_reason = fields.String(load_default="")


class SummitTransitions(TransitionsSection):
    """`transitions:`."""

    resolve = Walk(load_default=(status.IN_PROGRESS, status.RESOLVED))
    clear_to = fields.String(
        load_default=status.RESOLVED,
        validate=validate.OneOf(_ENDS, error=f"is no end; write {', '.join(_ENDS)}"),
    )
    open = Status(_OPEN, load_default=status.NEW)
    escalated = Status(_STAGES, load_default="")
    acknowledged = Status(_STAGES, load_default="")
    muted = Status(_STAGES, load_default="")


class Groups(CheckedField[Mapping[str, str]]):
    """`custom_field_groups:`, from the name of a custom field to the name of its group."""

    def read(self, value: object) -> Mapping[str, str]:
        """Read {field: group}."""
        if not isinstance(value, Mapping) or not all(
            isinstance(group, str) and group.strip() for group in value.values()
        ):
            raise ValidationError("names no groups; write {Event ID: Monitor Tool}")
        return {str(name): group.strip() for name, group in value.items()}


class SummitSection(BackendSection):
    """One SymphonyAI Summit."""

    path = RestPath(load_default=PATH)
    auth = fields.Nested(AuthSection, required=True)
    org_id = fields.Integer(load_default=1)
    updater = fields.String(
        load_default=EXECUTIVE,
        validate=validate.OneOf(PAGES, error="is neither; write Executive or Caller"),
    )
    container = fields.String(
        load_default="object",
        validate=validate.OneOf(("object", "string"), error="is neither; write object or string"),
    )
    defaults = fields.Nested(DefaultsSection, required=True)
    transitions = fields.Nested(
        SummitTransitions, load_default=lambda: SummitTransitions().load({})
    )
    custom_field_group = fields.String(load_default="")
    custom_field_groups = Groups(load_default=dict)
    token_field = fields.String(load_default="")
    max_subject = fields.Integer(
        load_default=250,
        validate=validate.Range(40, 5000, error="is out of range; choose 40 to 5000"),
    )
    find = fields.Boolean(load_default=True)
    read = fields.Boolean(load_default=True)
    reopen = fields.Boolean(load_default=True)
    attach = fields.Boolean(load_default=True)

    @validates_schema(skip_on_field_errors=True)
    def refuse_field_without_group(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name the group that the token's custom field lacks."""
        field = data.get("token_field")
        if field and not (data["custom_field_group"] or field in data["custom_field_groups"]):
            message = "needs custom_field_group; add it, or remove token_field"
            raise ValidationError({"token_field": [message]})

    @validates_schema(skip_on_field_errors=True)
    def refuse_pending_without_reason(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name the reason that Summit lets no ticket wait without."""
        moves = data["transitions"]
        named = [*moves["resolve"], moves["escalated"], moves["acknowledged"], moves["muted"]]
        if status.PENDING in named and not data["defaults"]["pending_reason"]:
            message = "is missing, and Summit makes no ticket Pending without it; add it"
            raise ValidationError({"defaults": {"pending_reason": [message]}})


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
