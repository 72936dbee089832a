"""The kinds of value that a description is made of."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import quote

from jinja2 import Undefined
from marshmallow import ValidationError

from bridge.backends.rest.body import BRACED, Part, is_braced, part_of
from bridge.backends.rest.filters import FILTERS
from bridge.domain.json import JsonObject
from bridge.domain.spec import ATTRIBUTES, OWNED
from bridge.expressions import Compiler, Expression, Literal, Template, environment
from bridge.expressions.limits import MAX_WORK
from bridge.yamlfile import CheckedField, Refer, Section, unknown_key

T = TypeVar("T")

_BRACED: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
#: What a ticket may keep of an incident; the rest is said once, or goes through as it is.
FIELDS: Final = tuple(n for n, attribute in ATTRIBUTES.items() if attribute in OWNED if n != "raw")
TEMPLATE: Final = {"type": ["string", "number", "boolean", "null"]}


class Scoped(Section):
    """A section whose templates can name what is in `names`."""

    names: ClassVar[tuple[str, ...]] = ()
    of_ticket: ClassVar[tuple[str, ...]] = ("id", "number", "status", "is_open")


@lru_cache(maxsize=64)
def compiler_of(names: tuple[str, ...], ticket: tuple[str, ...] = ()) -> Compiler:
    """Give the compiler of templates that can name these, and these of `ticket`."""
    return Compiler(
        names, environment(filters=FILTERS), longest=MAX_WORK, members={"ticket": ticket}
    )


@lru_cache(maxsize=64)
def path_compiler_of(names: tuple[str, ...], ticket: tuple[str, ...]) -> Compiler:
    """Give the compiler of paths: whatever goes into one is one segment, and stays it."""
    sandbox = environment(filters=FILTERS, write=_segment)
    return Compiler(names, sandbox, longest=MAX_WORK, members={"ticket": ticket})


def _segment(value: object) -> object:
    if isinstance(value, Undefined):
        return value
    text = str(value)
    if text in ("", ".", ".."):
        message = f"{text!r} is no part of a path"
        raise ValueError(message)
    return quote(text, safe="")


class _Templated(CheckedField[T]):
    """A field whose templates name what the section around it says."""

    def names_here(self) -> tuple[str, ...]:
        """Give the names that the templates may use."""
        return self.root.names if isinstance(self.root, Scoped) else ()

    def ticket_here(self) -> tuple[str, ...]:
        """Give what there is of a ticket."""
        return self.root.of_ticket if isinstance(self.root, Scoped) else ()

    def compiler(self) -> Compiler:
        """Give what compiles the templates."""
        return compiler_of(self.names_here(), self.ticket_here())


class TextField(_Templated[Literal | Template]):
    """A template that gives a text."""

    def read(self, value: object) -> Literal | Template:
        """Compile it."""
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise ValidationError("is not text; write a text or a template")
        try:
            return self.compiler().template(str(value))
        except ValueError as exc:
            raise ValidationError(str(exc)) from exc

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe a text."""
        return {"type": ["string", "number"]}


class PathField(_Templated[Literal | Template]):
    """A template of a path below the desk's address."""

    def read(self, value: object) -> Literal | Template:
        """Compile it; values go in percent-encoded."""
        text = str(value)
        if not text.startswith("/") or any(sign in _BRACED.sub("", text) for sign in "?# "):
            raise ValidationError(
                f"{text!r} is no path; write it like /api/tickets/{{{{ ticket.id }}}}, and what "
                "follows a question mark as `query:`"
            )
        try:
            return path_compiler_of(self.names_here(), self.ticket_here()).template(text)
        except ValueError as exc:
            raise ValidationError(str(exc)) from exc

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe a path."""
        return {"type": "string", "pattern": "^/"}


class ConditionField(_Templated[Expression]):
    """A Jinja expression that is true or not."""

    def read(self, value: object) -> Expression:
        """Compile it."""
        if is_braced(str(value)):
            raise ValidationError(BRACED)
        try:
            compiled = self.compiler().value("{{ " + str(value) + " }}")
        except ValueError as exc:
            raise ValidationError(str(exc)) from exc
        if not isinstance(compiled, Expression):
            raise ValidationError("is no expression; write it without braces, as note or changed")
        return compiled

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe an expression."""
        return {"type": "string"}


class PartField(_Templated[Part]):
    """Any value whose texts are templates."""

    def read(self, value: object) -> Part:
        """Compile all of it."""
        part, faults = part_of(value, self.compiler().value)  # type: ignore[arg-type]  # YAML holds no more
        if faults:
            raise ValidationError(dict(faults))
        return part


class MembersField(PartField):
    """A mapping whose texts are templates."""

    def read(self, value: object) -> Part:
        """Compile all of it."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write `key: value` lines")
        return super().read(value)

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe an object."""
        return {"type": "object"}


class PairsField(MembersField):
    """A mapping of texts: a query, headers, a form."""

    def read(self, value: object) -> Part:
        """Compile all of it."""
        if isinstance(value, Mapping):
            deep = {k: ["is not text; write a text or a template"] for k, v in value.items()
                    if isinstance(v, Mapping | list)}  # fmt: skip
            if deep:
                raise ValidationError(deep)
        return super().read(value)

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe an object of texts."""
        return {"type": "object", "additionalProperties": TEMPLATE}


class FragmentsField(_Templated[Mapping[str, Part]]):
    """`fields:`, by the field of a rule what the desk's body says of it."""

    def read(self, value: object) -> Mapping[str, Part]:
        """Compile each fragment."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write {subject: {title: '{{ subject }}'}}")
        faults: dict[str, object] = {}
        parts: dict[str, Part] = {}
        for name, said in value.items():
            if name not in FIELDS:
                faults[name] = [unknown_key(name, FIELDS)]
                continue
            parts[name], wrong = part_of(said, self.compiler().value)
            faults |= {name: dict(wrong)} if wrong else {}
        if faults:
            raise ValidationError(faults)
        return parts

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe the fields that there are."""
        return {"type": "object", "propertyNames": {"enum": list(FIELDS)}}


class StepsField(CheckedField[Sequence[Any]]):
    """One request, or several that are made one after the other."""

    def __init__(self, section: type[Section], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._section = section

    def read(self, value: object) -> Sequence[Any]:
        """Read each."""
        if not isinstance(value, list):
            return (self._section().load(value),)  # type: ignore[arg-type]  # checked there
        if not value:
            raise ValidationError("is empty; describe a request, or leave the key out")
        steps, faults = [], {}
        for at, said in enumerate(value):
            try:
                steps.append(self._section().load(said))
            except ValidationError as exc:
                faults[at] = exc.messages
        if faults:
            raise ValidationError(faults)
        return tuple(steps)

    def json_schema(self, refer: Refer) -> JsonObject:
        """Describe one, or a list."""
        one = refer(self._section)
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


class WordsField(CheckedField[tuple[str, ...]]):
    """A desk's words; one, or a list."""

    def read(self, value: object) -> tuple[str, ...]:
        """Read words; numbers are words too."""
        said = value if isinstance(value, list) else [value]
        if any(isinstance(w, Mapping | list | bool) or w is None for w in said):
            raise ValidationError("is no list of words; write [new, open]")
        return tuple(str(word) for word in said)

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe a word, or a list."""
        word = {"type": ["string", "number"]}
        return {"anyOf": [word, {"type": "array", "items": word}]}
