"""The `rest` entry of `backends:`."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from bridge.backends.rest.access import failing_at_start, register_secrets
from bridge.backends.rest.files import find_description
from bridge.backends.rest.records import Description
from bridge.backends.section import BackendSection
from bridge.backends.transitions import TransitionsSection
from bridge.domain.json import JsonValue
from bridge.yamlfile import CheckedField, Section, Url, unknown_key

_FILLED: Final = validate.Length(min=1, error="is empty; give it a value")
_ONE_WAY: Final = "is not one way in; write one of {}"


class BasicSection(Section):
    """A user and a password."""

    username = fields.String(required=True, validate=_FILLED)
    password = fields.String(required=True, validate=_FILLED)


class HeaderSection(Section):
    """A header that is the same for ever."""

    name = fields.String(
        required=True,
        validate=validate.Regexp(r"[A-Za-z0-9-]{1,80}\Z", error="is no header's name"),
    )
    value = fields.String(required=True, validate=_FILLED)


class OAuthSection(Section):
    """OAuth 2.0 client credentials."""

    token_url = Url()
    token_path = fields.String(
        validate=validate.Regexp(r"/\S*\Z", error="is no path; write it like /oauth/token")
    )
    client_id = fields.String(required=True, validate=_FILLED)
    client_secret = fields.String(required=True, validate=_FILLED)
    scope = fields.String()
    send_as = fields.String(
        validate=validate.OneOf(("form", "header"), error="is neither; write form or header")
    )

    @validates_schema(skip_on_field_errors=True)
    def refuse_two_places(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Ask for one place where tokens are given."""
        if ("token_url" in data) == ("token_path" in data):
            raise ValidationError(
                {"token_url": ["or token_path is needed, and one of them only; write where tokens "
                "are given, as a whole address or as a path below url"]}
            )  # fmt: skip


class LoginField(CheckedField[Mapping[str, str]]):
    """What a desk's own login wants."""

    def read(self, value: object) -> Mapping[str, str]:
        """Read texts by name."""
        if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
            raise ValidationError("is not a mapping of texts; write {user_token: ...}")
        return {str(name): str(text) for name, text in value.items()}


class AuthSection(Section):
    """`auth:`; one way in."""

    basic = fields.Nested(BasicSection)
    bearer = fields.String(validate=_FILLED)
    oauth = fields.Nested(OAuthSection)
    header = fields.Nested(HeaderSection)
    key = fields.String(validate=_FILLED)
    login = LoginField()
    none = fields.Boolean(validate=validate.OneOf((True,), error="says nothing; write true"))


class SettingsField(CheckedField[Mapping[str, JsonValue]]):
    """`settings:`, which the description declares."""

    def read(self, value: object) -> Mapping[str, JsonValue]:
        """Read values by name."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write `name: value` lines")
        return {str(name): said for name, said in value.items()}


class RestSection(BackendSection):
    """One desk that a description describes."""

    url = Url(load_default=None)
    description = fields.String(required=True, validate=_FILLED)
    auth = fields.Nested(AuthSection, load_default=dict)
    settings = SettingsField(load_default=dict)
    transitions = fields.Nested(
        TransitionsSection, load_default=lambda: TransitionsSection().load({})
    )

    @post_load
    def describe(self, loaded: Mapping[str, Any], **_kwargs: object) -> Mapping[str, Any]:
        """Read the description and hold the section against it."""
        try:
            description = find_description(loaded["description"], self.folder)
        except ValueError as exc:
            raise ValidationError({"description": [str(exc)]}) from exc
        faults = {
            "url": _missing_url(loaded, description),
            "auth": _wrong_auth(loaded["auth"], description),
            "settings": _wrong_settings(loaded["settings"], description),
            "transitions": _wrong_transitions(loaded["transitions"], description),
        }
        if any(faults.values()):
            raise ValidationError({key: fault for key, fault in faults.items() if fault})
        auth, settings = loaded["auth"], _completed(loaded["settings"], description)
        register_secrets(description, auth, settings)
        if fault := failing_at_start(description, auth, settings):
            raise ValidationError({"description": [fault]})
        return {
            **loaded,
            "url": loaded["url"] or description.url,
            "auth": auth or {"none": True},
            "settings": settings,
            "transitions": _with_stages(loaded["transitions"], description),
            "described": description,
        }


def _missing_url(loaded: Mapping[str, Any], description: Description) -> list[str]:
    if loaded["url"] or description.url:
        return []
    return [f"is missing; add the address of {description.title}"]


def _wrong_auth(auth: Mapping[str, Any], description: Description) -> object:
    """Say why this is no way into the desk, if it is none."""
    ways = [way for way in description.ways if way != "none"]
    if not auth and "none" in description.ways:
        return None
    if len(auth) != 1:
        return [_ONE_WAY.format(", ".join(ways))]
    [way] = auth
    if way not in description.ways:
        return {way: [f"is no way into {description.title}; write {' or '.join(ways)}"]}
    if way != "login" or description.login is None:
        return None
    needs = description.login.needs
    lacking = [name for name in needs if not auth["login"].get(name)]
    faults = {name: [unknown_key(name, needs)] for name in auth["login"] if name not in needs}
    return (
        {"login": faults | {name: ["is missing; add it"] for name in lacking}}
        if (faults or lacking)
        else None
    )


def _wrong_settings(said: Mapping[str, JsonValue], description: Description) -> object:
    known = description.settings
    faults = {name: [unknown_key(name, list(known))] for name in said if name not in known}
    missing = {
        name: [f"is missing; {setting.required}"]
        for name, setting in known.items()
        if setting.required and said.get(name) in (None, "")
    }
    return {**faults, **missing}


def _wrong_transitions(said: Mapping[str, Any], description: Description) -> object:
    stages = [name for name in _STAGES if said[name]]
    if stages and not description.requests.move:
        return {stages[0]: [f"moves nothing: {description.title} has no `move`; remove it"]}
    states = description.reader.states
    words = {name: said[name] for name in ("open", *_STAGES) if said[name]}
    if not description.states_are_all:
        return None
    return {name: [states.unknown(word)] for name, word in words.items() if not states.has(word)}


_STAGES: Final = ("escalated", "acknowledged", "muted")


def _completed(said: Mapping[str, JsonValue], description: Description) -> Mapping[str, JsonValue]:
    defaults = {name: setting.default for name, setting in description.settings.items()}
    return {**defaults, **said}


def _with_stages(said: Mapping[str, Any], description: Description) -> Mapping[str, Any]:
    return {**said, **{n: word for n, word in description.stages.items() if not said[n]}}
