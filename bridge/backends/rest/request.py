"""One request of a description: the call that it makes, and what an answer to it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import orjson

from bridge.backends.http import Call, FilePart, Reply
from bridge.backends.rest.body import Left, Members, Part, Scope
from bridge.backends.sendable import merged, one_line, sendable_object
from bridge.backends.verdict import Meaning, Verdict
from bridge.backends.wire import quoted
from bridge.domain.json import JsonObject, JsonValue
from bridge.expressions import Expression, Literal, Query, Template, as_text
from bridge.telemetry.logging import masked

#: Of a refusal's own words.
_LONGEST_WORDS: Final = 300
CREATE: Final = "create"
#: For these, 404 says that the address is wrong, and 403 that the account is.
_ABOUT_NO_TICKET: Final = ("create", "find", "check", "log-in")
_LONGEST_HEADER: Final = 4000
_LONGEST_BODY: Final = 12_000_000  #: bytes; nobody's ticket is larger


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What answers mean, as queries over {status, headers, body}."""

    success: Query | None = None
    refused: Query | None = None
    gone: Query | None = None
    locked_out: Query | None = None
    retry: Query | None = None
    message: Query | None = None

    def over(self, general: "Answers") -> "Answers":
        """Give these, and those of `general` where these say nothing."""
        said = {name: getattr(self, name) for name in ANSWERS if getattr(self, name) is not None}
        return replace(general, **said)

    def verdict(
        self, operation: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> Verdict | None:
        """Say what an answer means where the description knows; else None."""
        said = answer_of(status, headers, body)
        for condition in Meaning:
            query: Query | None = getattr(self, condition.value)
            meaning = _meaning_for(operation, condition)
            if meaning is not None and query is not None and is_true(query.find(said)):
                words = self._words(said) or quoted(body)
                return Verdict(meaning, f"answered {status}: {words}")
        return None

    def is_success(self, reply: Reply) -> bool:
        """Tell an answer that says that the call worked from one that does not say.

        Without a condition of its own that is any JSON, or nothing where the status says nothing.
        """
        said = answer_of(reply.status, reply.headers, reply.body)
        if self.success is not None:
            return is_true(self.success.find(said))
        return said["body"] is not None or reply.status == 204

    def _words(self, said: JsonObject) -> str:
        found = self.message.find(said) if self.message is not None else None
        return masked(one_line(as_text(found), _LONGEST_WORDS)) if found is not None else ""


ANSWERS: Final = ("success", "refused", "gone", "locked_out", "retry", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a multipart body."""

    part: str
    name: Literal | Template
    content: Part
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as described."""

    method: str
    path: Literal | Template
    query: Part = field(default_factory=lambda: Members({}))
    headers: Part = field(default_factory=lambda: Members({}))
    json: Part | None = None
    form: Part | None = None
    multipart: Part | None = None
    files: Sequence[File] = ()
    idempotent: bool | None = None
    when: Expression | None = None
    ticket: Query | None = None  #: where the answer shows the ticket
    answers: Answers = field(default_factory=Answers)

    @property
    def names(self) -> frozenset[str]:
        """Name what its templates use."""
        parts = (self.query, self.headers, self.json, self.form, self.multipart)
        return self.path.names.union(*(part.names for part in parts if part is not None))

    def is_called_for(self, scope: Scope) -> bool:
        """Say whether the request is to be made at all."""
        return self.when is None or bool(self.when.value(scope))

    def is_repeatable(self, operation: str, scope: Scope) -> bool:
        """Say whether twice is as good as once; a note would stand there twice.

        Never of a create: what may be filed has to be known of, or nobody would resolve it.
        """
        if operation == CREATE:
            return False
        if self.idempotent is not None:
            return self.idempotent
        return self.method == "GET" or (self.method != "POST" and not scope.get("note"))

    def call(self, operation: str, scope: Scope, over: JsonObject, answers: Answers) -> Call:
        """Make the call; `over` is laid over its JSON. Raise whatever a template raises."""
        ruling = self.answers.over(answers)
        body = self._json(scope, over)
        if body is not None and len(orjson.dumps(body)) > _LONGEST_BODY:
            message = f"the body has more than {_LONGEST_BODY} bytes"
            raise ValueError(message)
        return Call(
            operation=operation,
            method=self.method,
            path=self.path.render(scope),
            query=texts_of(self.query, scope),
            headers=headers_of(self.headers, scope),
            json=body,
            urlencoded=texts_of(self.form, scope) if self.form is not None else None,
            form=texts_of(self.multipart, scope) if self.multipart is not None else None,
            files=[_file(file, scope) for file in self.files if self.multipart is not None],
            repeatable=self.is_repeatable(operation, scope),
            names_ticket=operation not in _ABOUT_NO_TICKET,
            forbids_ticket=_is_about_none if operation in _ABOUT_NO_TICKET else _is_json,
            verdict=partial(ruling.verdict, operation),
        )

    def _json(self, scope: Scope, over: JsonObject) -> JsonObject | None:
        if self.json is None:
            return sendable_object(over) if over else None
        said = self.json.render(scope)
        if not isinstance(said, Mapping):
            raise TypeError("json: is no object; let it give one")
        return sendable_object(merged(said, over))


def _meaning_for(operation: str, meaning: Meaning) -> Meaning | None:
    """Say what `gone` means where there is no ticket that could be: a create is refused by it.

    Of the other requests that are about none, the status says what is wrong: None.
    """
    if meaning is not Meaning.GONE or operation not in _ABOUT_NO_TICKET:
        return meaning
    return Meaning.REFUSED if operation == CREATE else None


def _is_about_none(_body: bytes) -> bool:
    return False


def _is_json(body: bytes) -> bool:
    """Tell a 403 of the desk, over one ticket, from one of a proxy before it, over everything."""
    return isinstance(answer_of(403, {}, body)["body"], Mapping | list)


def answer_of(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, JsonValue]:
    """Give an answer as conditions see it; a body that is no JSON is null."""
    try:
        said: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    return {
        "status": status,
        "headers": {name.lower(): value for name, value in headers.items()},
        "body": said,
    }


def is_true(value: JsonValue) -> bool:
    """Tell truth as JMESPath does: empty is false, 0 is not."""
    return value is not None and value is not False and value not in ("", [], {})


def object_in(part: Part, scope: Scope) -> JsonObject:
    """Render a part that has to give an object; nothing, if it is left out."""
    said = part.render(scope)
    if isinstance(said, Left):
        return {}
    if not isinstance(said, Mapping):
        message = f"gives {as_text(said)[:80]!r}, which is no object"
        raise TypeError(message)
    return said


def texts_of(part: Part, scope: Scope) -> Mapping[str, str]:
    """Render a part into texts by name."""
    clean = sendable_object(object_in(part, scope))
    return {name: as_text(value) for name, value in clean.items()}


def headers_of(part: Part, scope: Scope) -> Mapping[str, str]:
    """Render headers; no value ends its header and begins another, or cannot be sent (Latin-1)."""
    lines = {name: one_line(said, _LONGEST_HEADER) for name, said in texts_of(part, scope).items()}
    return {name: line.encode("latin-1", "replace").decode("latin-1")
            for name, line in lines.items()}  # fmt: skip


def _file(file: File, scope: Scope) -> FilePart:
    content = file.content.render(scope)
    return FilePart(
        part=file.part,
        name=one_line(file.name.render(scope), 200),
        content=(as_text(content) if content is not Left.OUT else "").encode("utf-8", "replace"),
        type=file.type,
    )
