"""Templates that cannot hurt: sandboxed Jinja2, strict, and bounded in output and time.

What makes a template dangerous is refused when the rules are loaded: assignments, macros and
nested loops, with which a small text can ask for unbounded work.
"""

import difflib
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2 import Template as JinjaTemplate
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from bridge.rules.filters import FILTERS, allow_size, bounded
from bridge.rules.limits import MAX_SECONDS, MAX_TEMPLATE, MAX_TEXT, TooMuch
from bridge.rules.reading import as_text
from bridge.rules.tables import Lookup

#: What every template can name, beside the tables.
NAMES = ("alert", "labels", "annotations", "values", "group", "links", "source")

_MARKS = ("{{", "{%", "{#")
_TEXT_METHODS = frozenset(
    ("count", "endswith", "find", "isdigit", "lower", "lstrip", "partition", "removeprefix",
     "removesuffix", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith",
     "strip", "title", "upper")
)  # fmt: skip
_MAPPING_METHODS = frozenset(("get", "items", "keys", "values"))
_NUMBER_FIELDS = frozenset(("year", "month", "day", "hour", "minute", "second"))
_LOOP_FIELDS = frozenset(("index", "index0", "first", "last", "length", "revindex"))
_TESTS = (
    "boolean", "defined", "divisibleby", "eq", "equalto", "even", "false", "float", "ge", "gt",
    "in", "integer", "iterable", "le", "lower", "lt", "mapping", "ne", "none", "number", "odd",
    "sequence", "string", "true", "undefined", "upper",
)  # fmt: skip
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.With: "with",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter blocks",
    nodes.Block: "block",
    nodes.Extends: "extends",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Pow: "**",
}


@dataclass(frozen=True, slots=True)
class Literal:
    """A text without anything to evaluate."""

    text: str

    def render(self, _scope: Mapping[str, object]) -> str:
        """Give the text."""
        return self.text


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template."""

    text: str
    _compiled: Any = field(repr=False)

    def render(self, scope: Mapping[str, object]) -> str:
        """Give the text; raise TooMuch past the bounds, and whatever the template raises."""
        deadline = time.monotonic() + MAX_SECONDS
        pieces, characters = [], 0
        # Not .render(), which would hand every exception to Jinja's traceback rewriting.
        for piece in self._compiled.root_render_func(self._compiled.new_context(scope)):
            pieces.append(piece)
            characters += len(piece)
            _check(characters, deadline)
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled expression of `when:`."""

    text: str
    _evaluate: Callable[..., object] = field(repr=False)

    def holds(self, scope: Mapping[str, object]) -> bool:
        """Say whether it is true; raise whatever goes wrong."""
        return bool(self._evaluate(**scope))


class Compiler:
    """Compiles the templates of one set of rules, which name its tables."""

    def __init__(self, tables: Collection[str]) -> None:
        self._environment = _environment()
        self._known = [*NAMES, *tables]

    def template(self, text: str) -> Literal | Template:
        """Compile a template; raise ValueError with the remedy."""
        if not any(mark in text for mark in _MARKS):
            return Literal(text)
        return Template(text, self._compiled(text))

    def condition(self, text: str) -> Condition:
        """Compile an expression; raise ValueError with the remedy."""
        self._compiled("{{ " + text + " }}")
        with _said_with_a_remedy():
            evaluate = self._environment.compile_expression(text, undefined_to_none=False)
        return Condition(text, evaluate)

    def _compiled(self, text: str) -> JinjaTemplate:
        if len(text) > MAX_TEMPLATE:
            message = f"the template has more than {MAX_TEMPLATE} characters; use a table"
            raise ValueError(message)
        environment = self._environment
        with _said_with_a_remedy():
            tree = self._parsed(text)
            _refuse(tree)
            self._check_names(tree)
            code = environment.compile(tree)
        return JinjaTemplate.from_code(environment, code, environment.globals)

    def _parsed(self, text: str) -> nodes.Template:
        try:
            return self._environment.parse(text)
        except ValueError as exc:
            raise ValueError("a number has too many digits; put it in quotes") from exc

    def _check_names(self, tree: nodes.Template) -> None:
        own = {node.name for node in tree.find_all(nodes.Name) if node.name == "self"}
        for name in sorted(find_undeclared_variables(tree) | own):
            if name not in self._known:
                close = difflib.get_close_matches(name, self._known, n=1)
                meant = f"did you mean {close[0]!r}?" if close else f"known: {_listed(self._known)}"
                message = f"nothing is named {name!r}; {meant}"
                raise ValueError(message)


class _Missing(StrictUndefined):
    """Something that is not there: false where asked whether it is, a failure where used."""

    def __bool__(self) -> bool:  # type: ignore[override]  # strict, but for this one question
        return False

    @property
    def _undefined_message(self) -> str:
        return (
            f"there is no {self._undefined_name!r} here; "
            "write | default('...') where it may be missing"
        )


class _Environment(ImmutableSandboxedEnvironment):
    """What templates may touch is named here; anything else is undefined."""

    intercepted_binops = frozenset(("*", "%", "+"))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read `labels.items` as the label, should there be one of that name."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002  # Jinja's
        """Allow what is named above, and nothing else."""
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        if isinstance(obj, Mapping):
            return attr in _MAPPING_METHODS
        return attr in _NUMBER_FIELDS or attr in _LOOP_FIELDS

    def is_safe_callable(self, obj: Any) -> bool:
        """Allow tables, and the methods that is_safe_attribute lets through."""
        if isinstance(obj, Lookup):
            return True
        owner = getattr(obj, "__self__", None)
        return isinstance(owner, str | Mapping) and not isinstance(owner, type)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Add what stays small; multiply numbers only: text times a number fills the memory."""
        if operator == "+":
            allow_size([left, right])
        elif not all(isinstance(side, int | float) for side in (left, right)):
            message = f"{operator} is for numbers only"
            raise TypeError(message)
        return super().call_binop(context, operator, left, right)

    def parse(
        self, source: str, name: str | None = None, filename: str | None = None
    ) -> nodes.Template:
        """Parse, and put a bound on every loop and every concatenation."""
        tree = super().parse(source, name, filename)
        bounded_tree = _Bounds().visit(tree)
        bounded_tree.set_environment(self)
        return cast("nodes.Template", bounded_tree)


class _Bounds(NodeTransformer):
    """Wraps what can repeat and what can grow into filters that keep within the limits."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802  # Jinja's name
        self.generic_visit(node)
        node.iter = _filtered(cast("nodes.Expr", node.iter), "_bounded")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802  # Jinja's name
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        return _filtered(parts, "join")


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


@contextmanager
def _said_with_a_remedy() -> Iterator[None]:
    try:
        yield
    except TemplateSyntaxError as exc:
        raise ValueError(f"not a template: {exc.message}; correct the template") from exc
    except (RecursionError, MemoryError, SyntaxError) as exc:
        raise ValueError("the template is nested too deeply; split it") from exc


def _environment() -> _Environment:
    environment = _Environment(
        undefined=_Missing, autoescape=False, cache_size=0, finalize=_written
    )
    environment.filters = {**FILTERS, "_bounded": bounded}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    environment.globals = {}
    return environment


def _written(value: object) -> object:
    """Say how a value is written into a text: as a matcher would, times as RFC 3339."""
    if isinstance(value, str | Undefined):
        return value
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if value is None or isinstance(value, bool | int | float | list | tuple | dict):
        return as_text(value)
    message = f"{type(value).__name__} is nothing to write; call it or choose a part of it"
    raise TypeError(message)


def _refuse(tree: nodes.Template) -> None:
    for kind, name in _REFUSED.items():
        if tree.find(kind) is not None:
            message = f"{name} cannot be used in a template; use a table, a filter or an if"
            raise ValueError(message)
    for loop in tree.find_all(nodes.For):
        if loop.recursive or loop.find(nodes.For):
            raise ValueError("a loop inside a loop cannot be used in a template; use one loop")


def _check(characters: int, deadline: float) -> None:
    if characters > MAX_TEXT:
        message = f"the template gives more than {MAX_TEXT} characters"
        raise TooMuch(message)
    if time.monotonic() > deadline:
        message = f"the template takes more than {MAX_SECONDS} s"
        raise TooMuch(message)


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
