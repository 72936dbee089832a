"""Schemas of YAML sections, and their problems in the words of the file."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, validates_schema

from bridge.domain.errors import Problem
from bridge.yamlfile.document import Document, Where

_REMEDIES = {
    "Missing data for required field.": ("is missing", "add it"),
    "Field may not be null.": ("is empty", "give it a value or leave the key out"),
    "Not a valid string.": ("is not text", "write text, in quotes if need be"),
    "Not a valid integer.": ("is not a whole number", "write digits only"),
    "Not a valid number.": ("is not a number", "write a number"),
    "Not a valid boolean.": ("is neither true nor false", "write true or false"),
    "Not a valid list.": ("is not a list", "write one item per line, each after '- '"),
    "Not a valid mapping type.": ("is not a mapping", "write 'key: value' lines"),
    "Invalid input type.": ("is not a mapping", "write 'key: value' lines"),
}


class Section(Schema):
    """A mapping of a configuration or rules file; an unknown key is an error with a suggestion."""

    class Meta:
        """Unknown keys are reported by the hook below, in our words."""

        unknown = EXCLUDE

    def __init__(self, *, folder: Path = Path(), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = folder  #: where relative paths in this section start

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def refuse_unknown_keys(
        self, _data: Mapping[str, Any], original_data: object, **_kwargs: object
    ) -> None:
        """Name each key that this section does not have."""
        if not isinstance(original_data, Mapping):
            return
        known = [f.data_key or name for name, f in self.fields.items()]
        unknown = {key: [unknown_key(str(key), known)] for key in original_data if key not in known}
        if unknown:
            raise ValidationError(unknown)


def unknown_key(key: str, known: Collection[str]) -> str:
    """Say that a key is unknown and what was probably meant."""
    close = difflib.get_close_matches(key, known, n=1)
    meant = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(sorted(known))}"
    return f"unknown key {key!r}; {meant}"


def schema_problems(document: Document, error: ValidationError, under: Where = ()) -> list[Problem]:
    """Turn what marshmallow found in the part `under` a path into problems with places.

    What is wrong only because it could not be read has been reported already.
    """
    found = [((*under, *where), text) for where, text in _flat(error.messages, ())]
    return [_worded(document, at, text) for at, text in found if not document.is_broken(at)]


def mistaken(error: ValidationError) -> list[Where]:
    """Give the places at which marshmallow found something wrong."""
    return [where for where, _ in _flat(error.messages, ())]


def _worded(document: Document, where: Where, text: str) -> Problem:
    name = ".".join(str(step) for step in where)
    if text in _REMEDIES:
        message, remedy = _REMEDIES[text]
        return document.problem(where, f"{name or 'the file'} {message}", remedy)
    message, _, remedy = text.partition("; ")
    is_whole = message.startswith("unknown key") or not name
    return document.problem(
        where, message if is_whole else f"{name}: {message}", remedy or "correct the value"
    )


def _flat(messages: object, where: Where) -> Iterator[tuple[Where, str]]:
    match messages:
        case Mapping():
            for key, inner in messages.items():
                # Of a Dict's values marshmallow says {key: {"value": {...}}}.
                skip = key == "_schema" or (key == "value" and isinstance(inner, Mapping))
                yield from _flat(inner, where if skip else (*where, key))
        case list():
            for inner in messages:
                yield from _flat(inner, where)
        case _:
            yield where, str(messages)
