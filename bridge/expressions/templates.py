"""Templates that cannot hurt: sandboxed Jinja2, strict, and bounded in output and time.

What makes a template dangerous is refused when the rules are loaded: assignments, macros and
nested loops, with which a small text can ask for unbounded work.
"""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Any

from jinja2 import Template as JinjaTemplate
from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import TemplateExpression
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context

from bridge.expressions.environment import MAPPING_METHODS, Sandbox, refuse
from bridge.expressions.limits import (
    MAX_SECONDS,
    MAX_TEMPLATE,
    MAX_TEXT,
    TooMuch,
    within,
)
from bridge.expressions.reads import Read, reads_of

#: After so many pieces of its text a template's bounds are looked at; each piece is bounded.
_PIECES = 8
_MARKS = ("{{", "{%", "{#")


class Scope(dict[str, object]):
    """What the templates of one compiler may name; rendering several of them costs less."""

    context: Context | None = None


@dataclass(frozen=True, slots=True)
class Literal:
    """A text without anything to evaluate."""

    text: str
    names: frozenset[str] = frozenset()
    reads: frozenset[Read] = frozenset()

    def render(self, _scope: Mapping[str, object]) -> str:
        """Give the text."""
        return self.text


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template."""

    text: str
    _compiled: Any = field(repr=False)
    names: frozenset[str] = frozenset()  #: of what it uses
    longest: int = MAX_TEXT  #: characters of what it may give
    reads: frozenset[Read] = frozenset()  #: what alone makes a difference, beside what it calls

    def render(self, scope: Mapping[str, object]) -> str:
        """Give the text; raise TooMuch past the bounds, and whatever the template raises."""
        texts: list[str] = []
        room = self.longest
        with within(MAX_SECONDS, "the template") as deadline:
            deadline.check()
            # Not .render(), which would hand every exception to Jinja's traceback rewriting.
            pieces = self._compiled.root_render_func(self._context(scope))
            while some := list(islice(pieces, _PIECES)):
                texts.append("".join(some))
                room -= len(texts[-1])
                if room < 0:
                    message = f"the template gives more than {self.longest} characters"
                    raise TooMuch(message)
                deadline.check()
        return "".join(texts)

    def _context(self, scope: Mapping[str, object]) -> Context:
        """Wrap the scope as Jinja wants it; whoever renders with it leaves nothing behind."""
        if not isinstance(scope, Scope):
            return self._compiled.new_context(scope)  # type: ignore[no-any-return]
        if scope.context is None:
            scope.context = self._compiled.new_context(scope)
        return scope.context


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled expression of `when:`."""

    text: str
    _evaluate: Callable[..., object] = field(repr=False)
    reads: frozenset[Read] = frozenset()  #: as a template's

    def holds(self, scope: Mapping[str, object]) -> bool:
        """Say whether it is true; raise whatever goes wrong."""
        with within(MAX_SECONDS, "the expression") as deadline:
            deadline.check()
            return bool(self._evaluate(**scope))


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled template that is one expression and nothing else."""

    text: str
    _evaluate: Callable[..., object] = field(repr=False)
    names: frozenset[str] = frozenset()  #: of what it uses

    def value(self, scope: Mapping[str, object]) -> object:
        """Give the value, of whatever type it is; raise whatever goes wrong."""
        with within(MAX_SECONDS, "the expression") as deadline:
            deadline.check()
            return self._evaluate(**scope)


class Compiler:
    """Compiles templates that can name what is in `known`, and of some names `members` only."""

    def __init__(
        self,
        known: Collection[str],
        sandbox: Sandbox,
        *,
        longest: int = MAX_TEXT,
        members: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        self._environment = sandbox
        self._known = known
        self._members = members
        self._longest = longest
        self._templates: dict[str, Template] = {}

    def template(self, text: str) -> Literal | Template:
        """Compile a template, once; raise ValueError with the remedy."""
        if not any(mark in text for mark in _MARKS):
            return Literal(text)
        if text not in self._templates:
            self._templates[text] = self._compiled(text)
        return self._templates[text]

    def value(self, text: str) -> Literal | Template | Expression:
        """Compile a template; one that is a single `{{ }}` gives its value with its type."""
        if not any(mark in text for mark in _MARKS):
            return Literal(text)
        tree, names = self._checked(text)
        match tree.body:
            case [nodes.Output(nodes=[nodes.Expr() as only])] if not _is_plain(only):
                return Expression(text, self._expression(only), names)
            case _:
                return self.template(text)

    def condition(self, text: str) -> Condition:
        """Compile an expression; raise ValueError with the remedy."""
        checked = self._compiled("{{ " + text + " }}")
        with _said_with_a_remedy():
            evaluate = self._environment.compile_expression(text, undefined_to_none=False)
        return Condition(text, evaluate, checked.reads)

    def _compiled(self, text: str) -> Template:
        tree, names = self._checked(text)
        sandbox = self._environment
        with _said_with_a_remedy():
            code = sandbox.compile(tree)
        compiled = JinjaTemplate.from_code(sandbox, code, sandbox.globals)
        return Template(text, compiled, names, self._longest, reads_of(tree))

    def _checked(self, text: str) -> tuple[nodes.Template, frozenset[str]]:
        if len(text) > MAX_TEMPLATE:
            message = f"the template has more than {MAX_TEMPLATE} characters; use a table"
            raise ValueError(message)
        with _said_with_a_remedy():
            tree = self._parsed(text)
            refuse(tree)
            self._check_names(tree)
        return tree, frozenset(find_undeclared_variables(tree))

    def _expression(self, only: nodes.Expr) -> Callable[..., object]:
        """Do what Jinja's compile_expression does, with what is parsed and bounded already."""
        sandbox = self._environment
        result = nodes.Assign(nodes.Name("result", "store", lineno=1), only, lineno=1)
        tree = nodes.Template([result], lineno=1)
        tree.set_environment(sandbox)
        with _said_with_a_remedy():
            code = sandbox.compile(tree)
        template = JinjaTemplate.from_code(sandbox, code, sandbox.globals)
        return TemplateExpression(template, undefined_to_none=False)

    def _parsed(self, text: str) -> nodes.Template:
        try:
            return self._environment.parse(text)
        except ValueError as exc:
            raise ValueError("a number has too many digits; put it in quotes") from exc

    def _check_names(self, tree: nodes.Template) -> None:
        own = {node.name for node in tree.find_all(nodes.Name) if node.name == "self"}
        for name in sorted(find_undeclared_variables(tree) | own):
            if name not in self._known:
                message = f"nothing is named {name!r}; {_meant(name, self._known)}"
                raise ValueError(message)
        for read in tree.find_all((nodes.Getattr, nodes.Getitem)):
            self._check_member(read)

    def _check_member(self, read: nodes.Node) -> None:
        match read:
            case nodes.Getattr(node=nodes.Name(name=owner), attr=name):
                pass
            case nodes.Getitem(node=nodes.Name(name=owner), arg=nodes.Const(value=str() as name)):
                pass
            case _:
                return
        members = self._members.get(owner)
        if members is not None and name not in members and name not in MAPPING_METHODS:
            message = f"{owner} has no {name!r}; {_meant(name, members)}"
            raise ValueError(message)


@contextmanager
def _said_with_a_remedy() -> Iterator[None]:
    try:
        yield
    except TemplateSyntaxError as exc:
        raise ValueError(f"not a template: {exc.message}; correct the template") from exc
    except (RecursionError, MemoryError, SyntaxError) as exc:
        raise ValueError("the template is nested too deeply; split it") from exc


def _is_plain(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.TemplateData)


def _meant(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {_listed(known)}"


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
