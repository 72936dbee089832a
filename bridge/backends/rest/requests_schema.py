"""How the requests of a description are written."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from bridge.backends.rest.body import Members
from bridge.backends.rest.fields import (
    FIELDS,
    ConditionField,
    MembersField,
    PairsField,
    PartField,
    PathField,
    Scoped,
    StepsField,
    TextField,
    WordsField,
)
from bridge.backends.rest.records import Listing, LoginCall, Requests, Verification
from bridge.backends.rest.request import ANSWERS, Answers, File, Request
from bridge.expressions import QueryField
from bridge.yamlfile import Section, Span

#: What every template can name.
ALWAYS: Final = ("settings", "key", "instance", "backend", "now")
#: Of what a rule asks for; `unmapped` says what no template of the description names.
SPEC: Final = (*FIELDS, "solution", "unmapped")
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class AnswersSection(Section):
    """What answers mean, as JMESPath over {status, headers, body}."""

    success = QueryField()
    refused = QueryField()
    gone = QueryField()
    locked_out = QueryField()
    retry = QueryField()
    message = QueryField()

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> Answers:
        """Make the record."""
        return Answers(**loaded)


class FileSection(Scoped):
    """A file of a multipart body."""

    names = (*ALWAYS, "ticket", "name", "text")
    part = fields.String(required=True)
    name = TextField(required=True)
    content = PartField(required=True)
    type = fields.String(load_default="text/plain; charset=utf-8")

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> File:
        """Make the record."""
        return File(**loaded)


class RequestSection(Scoped):
    """One request."""

    names: ClassVar[tuple[str, ...]] = ALWAYS
    usual_method: ClassVar[str] = "POST"
    method = fields.String(
        validate=validate.OneOf(METHODS, error=f"is no method; write one of {', '.join(METHODS)}")
    )
    path = PathField(required=True)
    query = PairsField(load_default=lambda: Members({}))
    headers = PairsField(load_default=lambda: Members({}))
    json = MembersField(load_default=None)
    form = PairsField(load_default=None)
    multipart = PairsField(load_default=None)
    files = fields.List(fields.Nested(FileSection), load_default=list)
    idempotent = fields.Boolean(load_default=None)
    when = ConditionField(load_default=None)
    ticket = QueryField(load_default=None)
    success = QueryField()
    refused = QueryField()
    gone = QueryField()
    locked_out = QueryField()
    retry = QueryField()
    message = QueryField()

    @validates_schema(skip_on_field_errors=False)
    def refuse_two_bodies(self, data: Mapping[str, Any], **_kwargs: object) -> None:
        """Name the body that is one too many."""
        bodies = [key for key in ("json", "form", "multipart") if data.get(key) is not None]
        if len(bodies) > 1:
            raise ValidationError({bodies[1]: [f"is a second body beside {bodies[0]}; keep one"]})
        if data.get("files") and "multipart" not in bodies:
            raise ValidationError({"files": ["go with multipart; add it, empty if need be"]})

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> Request:
        """Make the record."""
        return self.request(loaded)

    def request(self, loaded: Mapping[str, Any]) -> Request:
        """Make the request of what was loaded."""
        said = dict(loaded)
        answers = Answers(**{name: said.pop(name) for name in ANSWERS if name in said})
        method = said.pop("method", self.usual_method)
        known = {name: said[name] for name in Request.__dataclass_fields__ if name in said}
        return Request(**known | {"method": method, "answers": answers})


class CreateSection(RequestSection):
    """What files a ticket, and what is done to it right after."""

    names = (*ALWAYS, *SPEC, "token", "note", "ticket", "status")


class UpdateSection(RequestSection):
    """What changes a ticket; the fragments of the changed fields are laid over its JSON."""

    names = (*ALWAYS, *SPEC, "token", "note", "ticket", "changed")
    usual_method = "PUT"


class NoteSection(RequestSection):
    """What adds to a ticket or sets its status."""

    names = (*ALWAYS, *SPEC, "note", "ticket")


class MoveSection(NoteSection):
    """What gives a ticket the status of a stage."""

    names = (*NoteSection.names, "stage", "status")


class AttachSection(RequestSection):
    """What puts a file on a ticket."""

    names = (*ALWAYS, "ticket", "name", "text")


class ReadSection(RequestSection):
    """What shows a ticket."""

    names = (*ALWAYS, "ticket")
    usual_method = "GET"


class CheckSection(RequestSection):
    """What shows that the desk answers and knows the bridge, and changes nothing."""

    usual_method = "GET"


class VerifySection(RequestSection):
    """What shows of one found ticket whether it carries the token."""

    names = (*ALWAYS, "ticket", "token")
    usual_method = "GET"
    token = QueryField(load_default=None)

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> Any:
        """Make the record."""
        return Verification(request=self.request(loaded), token=loaded["token"])


class FindSection(RequestSection):
    """What shows the tickets that may carry a token."""

    names = (*ALWAYS, "token", "since")
    usual_method = "GET"
    items = QueryField(required=True)
    verify = fields.Nested(VerifySection, load_default=None)

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> Any:
        """Make the record."""
        return Listing(request=self.request(loaded), items=loaded["items"], verify=loaded["verify"])


class LookupSection(RequestSection):
    """What shows the ticket that people call by a number."""

    names = (*ALWAYS, "number")
    usual_method = "GET"
    items = QueryField(load_default=None)

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> Any:
        """Make the record."""
        return Listing(request=self.request(loaded), items=loaded["items"])


class RequestsSection(Section):
    """`requests:`."""

    create = StepsField(CreateSection, required=True)
    read = fields.Nested(ReadSection)
    lookup = fields.Nested(LookupSection)
    find = fields.Nested(FindSection)
    update = StepsField(UpdateSection)
    note = StepsField(NoteSection)
    resolve = StepsField(NoteSection, required=True)
    close = StepsField(NoteSection)
    cancel = StepsField(NoteSection)
    reopen = StepsField(NoteSection)
    move = StepsField(MoveSection)
    attach = StepsField(AttachSection)
    check = fields.Nested(CheckSection)

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> Requests:
        """Make the record."""
        return Requests(**loaded)


class LoginSection(RequestSection):
    """A login of the desk's own: a request that gives a token."""

    names = (*ALWAYS, "auth")
    needs = WordsField(required=True)
    token = QueryField(required=True)
    header = fields.String(load_default="Authorization", validate=validate.Length(min=1))
    value = fields.String(load_default="{{ token }}")
    expires_in = QueryField(load_default=None)
    lifetime = Span(load_default=None)

    @post_load
    def make(self, loaded: Mapping[str, Any], **_kwargs: object) -> Any:
        """Make the record."""
        shown = _TokenSection().load({"value": loaded["value"]})
        return LoginCall(
            request=self.request(loaded),
            value=shown["value"],
            needs=loaded["needs"],
            token=loaded["token"],
            header=loaded["header"],
            expires_in=loaded["expires_in"],
            lifetime=loaded["lifetime"],
        )


class _TokenSection(Scoped):
    """How a token is shown."""

    names = ("token",)
    value = TextField(required=True)
