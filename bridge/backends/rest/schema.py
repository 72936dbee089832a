"""How a service desk is described in YAML."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from bridge.backends.rest.body import Members, Part
from bridge.backends.rest.fields import FragmentsField, PairsField, Scoped, TextField, WordsField
from bridge.backends.rest.reading import Reader, States
from bridge.backends.rest.records import Description, KeyHeader, Listing, Requests, Setting
from bridge.backends.rest.request import Answers, Request
from bridge.backends.rest.requests_schema import (
    ALWAYS,
    SPEC,
    AnswersSection,
    LoginSection,
    RequestsSection,
)
from bridge.backends.section import Values
from bridge.domain.json import JsonValue
from bridge.domain.spec import ATTRIBUTES
from bridge.expressions import QueriesField, Query, QueryField
from bridge.expressions.limits import MAX_WORK
from bridge.yamlfile import CheckedField, Refer, Section, Url, unknown_key

#: The ways in that `auth:` of a backend can name; the last three need the description's help.
WAYS: Final = ("basic", "bearer", "oauth", "header", "key", "login", "none")
_USUAL_WAYS: Final = ("basic", "bearer", "oauth", "header")


class ShownField(QueriesField):
    """`shown:`, by the field of a rule where the desk shows it."""

    def read(self, value: object) -> Mapping[str, Query]:
        """Compile each."""
        queries = super().read(value)
        faults = {n: [unknown_key(n, list(ATTRIBUTES))] for n in queries if n not in ATTRIBUTES}
        if faults:
            raise ValidationError(faults)
        return queries


class TicketSection(Scoped):
    """How the desk shows a ticket."""

    names = ("url", "ticket")
    of_ticket = ("id", "number")
    id = QueryField(required=True)
    number = QueryField()
    status = QueryField()
    url = TextField()
    assignee = QueryField()
    created_at = QueryField()
    token = QueryField()
    token_after = fields.String(load_default="")
    taken_over = fields.List(QueryField(), load_default=list)
    shown = ShownField(load_default=dict)


class StatesSection(Section):
    """The desk's status words by what they amount to."""

    open = WordsField(load_default=())
    resolved = WordsField(load_default=())
    closed = WordsField(load_default=())
    cancelled = WordsField(load_default=())

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> States:
        """Make the record."""
        return States(**loaded)


class StagesSection(Section):
    """The status of each stage, where bridge.yaml names no other."""

    open = fields.String()
    escalated = fields.String()
    acknowledged = fields.String()
    muted = fields.String()


def _characters(default: int) -> fields.Integer:
    most = MAX_WORK // 4
    wrong = f"is out of range; choose 20 to {most} characters"
    return fields.Integer(load_default=default, validate=validate.Range(20, most, error=wrong))


class TextsSection(Section):
    """How many characters of each text the desk takes."""

    subject = _characters(250)
    description = _characters(30_000)
    note = _characters(30_000)


class KeySection(Scoped):
    """The header that shows an API key."""

    names = ("key",)
    header = fields.String(load_default="Authorization", validate=validate.Length(min=1))
    value = TextField(required=True)

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> KeyHeader:
        """Make the record."""
        return KeyHeader(**loaded)


class SettingSection(Section):
    """One entry of `settings:`."""

    default = fields.Raw(load_default="")
    required = fields.String(load_default="")
    secret = fields.Boolean(load_default=False)


class SettingsField(CheckedField[Mapping[str, Setting]]):
    """`settings:`, what a backend of this kind says beside what all say."""

    def read(self, value: object) -> Mapping[str, Setting]:
        """Read {name: default} and {name: {default:, required:, secret:}}."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write `name: default` lines")
        settings: dict[str, Setting] = {}
        faults: dict[str, object] = {}
        for name, said in value.items():
            try:
                loaded = SettingSection().load(said if isinstance(said, Mapping) else {})
            except ValidationError as exc:
                faults[str(name)] = exc.messages
                continue
            plain = {} if isinstance(said, Mapping) else {"default": said}
            settings[str(name)] = Setting(**loaded | plain)
        if faults:
            raise ValidationError(faults)
        return settings

    def json_schema(self, refer: Refer) -> Mapping[str, JsonValue]:
        """Describe a default, or a mapping that says more."""
        plain = {"type": ["string", "number", "boolean"]}
        return {
            "type": "object",
            "additionalProperties": {"anyOf": [plain, refer(SettingSection)]},
        }


class StandingPairsField(PairsField):
    """Headers of every call, which are the same whatever it is about."""

    def names_here(self) -> tuple[str, ...]:
        """Give what is known before there is any ticket."""
        return ALWAYS


class DescriptionFile(Scoped):
    """A file that describes a kind of service desk."""

    names = (*ALWAYS, *SPEC, "token")
    version = fields.Integer(required=True, validate=validate.Equal(1, error="is unknown; write 1"))
    title = fields.String(required=True, validate=validate.Length(min=1, error="is empty; name it"))
    url = Url(load_default=None)
    settings = SettingsField(load_default=dict)
    auth = fields.List(
        fields.String(
            validate=validate.OneOf(WAYS, error=f"is no way in; write {', '.join(WAYS)}")
        ),
        load_default=None,
    )
    key = fields.Nested(KeySection, load_default=None)
    login = fields.Nested(LoginSection, load_default=None)
    headers = StandingPairsField(load_default=lambda: Members({}))
    answers = fields.Nested(AnswersSection, load_default=Answers)
    texts = fields.Nested(TextsSection, load_default=lambda: TextsSection().load({}))
    words = Values(load_default=dict)
    ticket = fields.Nested(TicketSection, required=True)
    states = fields.Nested(StatesSection, load_default=States)
    states_are_all = fields.Boolean(load_default=False)
    stages = fields.Nested(StagesSection, load_default=dict)
    fragments = FragmentsField(data_key="fields", load_default=dict)
    requests = fields.Nested(RequestsSection, required=True)

    @validates_schema(skip_on_field_errors=True)
    def refuse_what_does_not_fit(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name what one part needs of another and does not find there."""
        requests: Requests = data["requests"]
        ticket: Mapping[str, Any] = data["ticket"]
        states: States = data["states"]
        faults: dict[str, Any] = {}
        if requests.find is not None and not _can_verify(requests.find, ticket):
            faults["requests"] = {"find": ["cannot tell a ticket by its token; say where it "
            "stands as `token:` of `ticket:`, or of `verify:`"]}  # fmt: skip
        elif requests.find is not None and not _says_token(requests.create, data["fragments"]):
            faults["requests"] = {"create": ["says no `token`, so `find` cannot find it and an "
            "answer that is lost files a second ticket; put {{ token }} into the request"
            ]}  # fmt: skip
        if requests.read is not None and not (states.resolved or states.closed):
            faults["states"] = ["name neither `resolved:` nor `closed:`, and a word that they do "
            "not name is open for ever; write the desk's words, as resolved: [solved]"]  # fmt: skip
        strange = [n for n, word in data["stages"].items() if not states.has(word)]
        if data["states_are_all"] and strange:
            faults["stages"] = {n: [states.unknown(data["stages"][n])] for n in strange}
        if requests.read is not None and "status" not in ticket:
            faults["ticket"] = {
                "status": ["is missing, and a ticket that is read shows it; add it"]
            }
        if data["auth"] is not None and "login" in data["auth"] and data["login"] is None:
            faults["auth"] = ["names login, and there is no `login:`; describe it"]
        if faults:
            raise ValidationError(faults)

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> Description:
        """Make the record."""
        requests: Requests = loaded["requests"]
        parts = (*requests.create, *loaded["fragments"].values())
        return Description(
            title=loaded["title"],
            url=loaded["url"],
            settings=loaded["settings"],
            ways=_ways(loaded),
            key=loaded["key"],
            login=loaded["login"],
            headers=loaded["headers"],
            answers=loaded["answers"],
            texts=loaded["texts"],
            words=loaded["words"],
            reader=Reader(**loaded["ticket"], states=loaded["states"]),
            states_are_all=loaded["states_are_all"],
            stages=loaded["stages"],
            fragments=loaded["fragments"],
            requests=requests,
            names=frozenset().union(*(part.names for part in parts)),
        )


def _ways(loaded: Mapping[str, Any]) -> Sequence[str]:
    """Give the ways in that are named, or the usual ones and those that are described."""
    if loaded["auth"] is not None:
        return tuple(loaded["auth"])
    described = [way for way in ("key", "login") if loaded[way] is not None]
    return (*_USUAL_WAYS, *described)


def _says_token(create: Sequence[Request], fragments: Mapping[str, Part]) -> bool:
    said = [*(request.names for request in create), *(part.names for part in fragments.values())]
    return any("token" in names for names in said)


def _can_verify(find: Listing, ticket: Mapping[str, Any]) -> bool:
    asked = find.verify is not None and find.verify.token is not None
    return asked or "token" in ticket
