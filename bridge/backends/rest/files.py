"""Descriptions of service desks: those that come with the bridge, and the user's own."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from marshmallow import ValidationError

from bridge.backends.rest.records import Description
from bridge.backends.rest.schema import DescriptionFile
from bridge.domain.errors import ConfigurationError, Problem
from bridge.domain.json import JsonValue
from bridge.expressions import environment
from bridge.yamlfile import Document, Where, load, schema_problems

SHIPPED: Final = Path(__file__).parent / "descriptions"
_SANDBOX = environment()


def shipped() -> Mapping[str, Path]:
    """Give the files that come with the bridge, by name."""
    return {file.stem: file for file in sorted(SHIPPED.glob("*.yaml"))}


def find_description(name: str, folder: Path) -> Description:
    """Read a description by the name of a shipped one, or by the path of a file from `folder`.

    Raise ValueError if there is none, ConfigurationError with every mistake in the file.
    """
    if name.endswith((".yaml", ".yml")):
        file = folder / name
        if not file.is_file():
            message = f"there is no file {file}; give its path from the folder of bridge.yaml"
            raise ValueError(message)
        return read_description(file)
    known = shipped()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(known)}"
        message = f"no description {name!r} comes with the bridge; {meant}, or name your own file"
        raise ValueError(message)
    return read_description(known[name])


def read_description(file: Path) -> Description:
    """Read a file; raise ConfigurationError with every mistake in it."""
    document = load(file)
    problems = [*document.problems, *_unknown_settings(document)]
    try:
        made: Description = DescriptionFile().load(document.data or {})  # type: ignore[arg-type]  # checked there
    except ValidationError as error:
        raise ConfigurationError([*problems, *schema_problems(document, error)]) from error
    if problems:
        raise ConfigurationError(problems)
    return made


def _unknown_settings(document: Document) -> list[Problem]:
    """Find the settings that templates name and `settings:` does not."""
    declared = document.at(("settings",))
    known = list(declared) if isinstance(declared, Mapping) else []
    return [
        document.problem(
            where,
            f"there is no setting {name!r}",
            f"declare it under `settings:`, or write one of {', '.join(known) or 'those there'}",
        )
        for where, text in _texts(document.data, ())
        for name in _settings_in(text)
        if name not in known
    ]


def _texts(value: JsonValue, where: Where) -> Iterator[tuple[Where, str]]:
    match value:
        case str() if "settings" in value:
            yield where, value if "{" in value else "{{ " + value + " }}"
        case Mapping():
            for key, inner in value.items():
                yield from _texts(inner, (*where, key))
        case list():
            for at, inner in enumerate(value):
                yield from _texts(inner, (*where, at))
        case _:
            return


def _settings_in(text: str) -> set[str]:
    try:
        tree = _SANDBOX.parse(text)
    except (TemplateSyntaxError, ValueError, RecursionError):
        return set()  # said by the field that compiles it
    reads = tree.find_all((nodes.Getattr, nodes.Getitem))
    return {name for read in reads if (name := _setting(read)) is not None}


def _setting(read: nodes.Node) -> str | None:
    match read:
        case nodes.Getattr(node=nodes.Name(name="settings"), attr=name):
            return str(name)
        case nodes.Getitem(node=nodes.Name(name="settings"), arg=nodes.Const(value=name)):
            return str(name)
        case _:
            return None
