"""One YAML file as plain data that remembers where each value stands."""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bridge.domain.errors import ConfigurationError, Problem
from bridge.domain.json import JsonValue

Step = str | int
Where = tuple[Step, ...]  #: the keys and indexes that lead to a value

#: Aliases can make a small file huge; no configuration needs more values than this.
MAX_VALUES = 200_000
MAX_DEPTH = 40
MAX_BYTES = 20_000_000  #: of a file


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; reads as FILE:LINE, as traces and messages do."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def problem(self, message: str, remedy: str, *, is_warning: bool = False) -> Problem:
        """Say what is wrong here, and what to do."""
        return Problem(
            file=self.file,
            line=self.line,
            column=self.column,
            message=message,
            remedy=remedy,
            is_warning=is_warning,
        )


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as plain data, and the line and column of everything in it."""

    file: str
    data: JsonValue
    marks: Mapping[Where, tuple[int, int]] = field(repr=False)
    #: Keys that stand twice and values that cannot be read; what is in their place means nothing.
    problems: tuple[Problem, ...] = ()
    broken: frozenset[Where] = frozenset()

    def is_broken(self, where: Where) -> bool:
        """Say whether a value, or something in it, could not be read and was reported already."""
        return any(where[: len(b)] == b or where == b[:-1] for b in self.broken)

    def mark(self, where: Where) -> tuple[int, int]:
        """Give line and column, from 1, of a value or of the nearest thing around it."""
        while where and where not in self.marks:
            where = where[:-1]
        return self.marks.get(where, (1, 1))

    def at(self, where: Where) -> JsonValue:
        """Give what stands at a place; None where nothing does."""
        value = self.data
        for step in where:
            value = _inner(value, step)
        return value

    def without(self, places: Iterable[Where]) -> JsonValue:
        """Give the data without the keys at these places; what is no key stays."""
        data: JsonValue = deepcopy(self.data)
        for *outer, last in (where for where in places if where):
            around = data
            for step in outer:
                around = _inner(around, step)
            if isinstance(around, dict):
                around.pop(last, None)
        return data

    def place(self, where: Where) -> Place:
        """Say where a value stands, or the nearest thing around it."""
        return Place(self.file, *self.mark(where))

    def problem(
        self, where: Where, message: str, remedy: str, *, is_warning: bool = False
    ) -> Problem:
        """Say what is wrong at a place of this file, and what to do."""
        return self.place(where).problem(message, remedy, is_warning=is_warning)


def _inner(value: JsonValue, step: Step) -> JsonValue:
    inner: JsonValue = None
    if isinstance(value, Mapping):
        inner = value.get(str(step))
    elif isinstance(value, list) and isinstance(step, int) and step < len(value):
        inner = value[step]
    return inner


def load(file: Path, substitute: Callable[[str], str] | None = None) -> Document:
    """Read a YAML file; `substitute` maps every plain text value and may raise ValueError.

    Raise ConfigurationError when it cannot be read or is not YAML; smaller mistakes are among the
    document's problems, for the caller to report with its own.
    """
    try:
        text = read_text(file)
    except ValueError as exc:
        raise ConfigurationError(
            [_at(file, 1, 1, f"cannot be read: {exc}", "check the path and its permissions")]
        ) from exc
    return parse(text, str(file), substitute)


def read_text(file: Path) -> str:
    """Read a file of UTF-8 text; raise ValueError for what has no end, or cannot be read."""
    try:
        # A pipe or device would be waited for, or read until the memory is full.
        if file.exists() and not file.is_file():
            raise ValueError("is not a file")
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as exc:
        raise ValueError(exc.strerror or "no reason is given") from exc
    if len(content) > MAX_BYTES:
        message = f"has more than {MAX_BYTES} bytes"
        raise ValueError(message)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ValueError("is not UTF-8 text") from exc


def parse(text: str, file: str, substitute: Callable[[str], str] | None = None) -> Document:
    """Read YAML text that stands in for `file`."""
    try:
        _refuse_depth(text)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        raise ConfigurationError([_syntax_problem(file, exc)]) from exc
    reader = _Reader(file, substitute)
    data = reader.value(root, ()) if root is not None else None
    problems, broken = tuple(reader.problems), frozenset(reader.broken)
    return Document(file, data, reader.marks, problems, broken)


def _refuse_depth(text: str) -> None:
    """Refuse what is nested without end: composing it would overflow the C library's stack."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > 2 * MAX_DEPTH:
            raise yaml.composer.ComposerError(
                problem="nested too deeply",
                problem_mark=event.start_mark,  # type: ignore[arg-type]  # the C library's reads the same
            )


def _at(file: object, line: int, column: int, message: str, remedy: str) -> Problem:
    return Problem(file=str(file), line=line, column=column, message=message, remedy=remedy)


def _syntax_problem(file: str, exc: yaml.YAMLError) -> Problem:
    mark = getattr(exc, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = getattr(exc, "problem", None) or str(exc).splitlines()[0]
    return _at(file, line, column, f"not YAML: {said}", "check indentation, quotes and colons")


class _Reader:
    def __init__(self, file: str, substitute: Callable[[str], str] | None) -> None:
        self.file = file
        self.substitute = substitute
        self.marks: dict[Where, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self.broken: set[Where] = set()
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, where: Where) -> JsonValue:
        if len(self.marks) > MAX_VALUES or len(where) > MAX_DEPTH:
            return None
        self.marks[where] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if len(self.marks) > MAX_VALUES:
            self._report(node, "the file holds too many values", "use fewer aliases (&, *)")
        if len(where) == MAX_DEPTH:
            self._report(node, "nested too deeply", "an alias (*) may contain itself")
        match node:
            case yaml.MappingNode():
                return self._mapping(node, where)
            case yaml.SequenceNode():
                return [self.value(item, (*where, i)) for i, item in enumerate(node.value)]
            case _:
                return self._scalar(node, where)

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, JsonValue]:
        result: dict[str, JsonValue] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in result:
                self._report(key_node, f"the key {key!r} stands here twice", "remove one of them")
            result[key] = self.value(value_node, (*where, key))
            mark = key_node.start_mark
            self.marks[(*where, key)] = (mark.line + 1, mark.column + 1)
        return result

    def _scalar(self, node: yaml.Node, where: Where) -> JsonValue:
        if self.substitute is not None and "${" in node.value:
            try:
                return self.substitute(node.value)
            except ValueError as exc:
                message, _, remedy = str(exc).partition("; ")
                self._report(node, message, remedy)
                self.broken.add(where)
                return ""
        if node.tag == "tag:yaml.org,2002:timestamp":
            return str(node.value)
        try:
            value: JsonValue = self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._report(node, f"cannot read {node.value!r} as {node.tag}", "put it in quotes")
            self.broken.add(where)
            return None
        return value

    def _report(self, node: yaml.Node, message: str, remedy: str) -> None:
        mark = node.start_mark
        self.problems.append(_at(self.file, mark.line + 1, mark.column + 1, message, remedy))
