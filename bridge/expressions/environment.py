"""The sandbox of templates: what they may touch is named here, and all that grows is bounded."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, cast

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from bridge.expressions.filters import FILTERS, allow_size, bounded
from bridge.expressions.limits import MAX_NESTED
from bridge.expressions.text import as_text

_TEXT_METHODS = frozenset(
    ("count", "endswith", "find", "isdigit", "lower", "lstrip", "partition", "removeprefix",
     "removesuffix", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith",
     "strip", "title", "upper")
)  # fmt: skip
MAPPING_METHODS = frozenset(("get", "items", "keys", "values"))
_DICT_NAMES = frozenset(dir(dict))
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


def environment(
    *,
    callables: tuple[type, ...] = (),
    filters: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    write: Callable[[object], object] | None = None,
) -> "Sandbox":
    """Make a sandbox whose templates may also call objects of these types and use these filters.

    `write` has the last word on each value that goes into a text.
    """
    sandbox = Sandbox(
        undefined=_Missing,
        autoescape=False,
        cache_size=0,
        finalize=written if write is None else lambda value: write(written(value)),
        optimized=False,
    )
    sandbox.callables = callables
    sandbox.filters = {**FILTERS, **filters, "_bounded": bounded}
    sandbox.tests = {name: sandbox.tests[name] for name in _TESTS}
    sandbox.globals = {}
    return sandbox


def written(value: object) -> object:
    """Say how a value is written into a text: as a matcher would, times as RFC 3339."""
    if isinstance(value, (str, Undefined)):  # a union would be made each time
        return value
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if value is None or isinstance(value, bool | int | float | list | tuple | dict):
        return as_text(value)
    message = f"{type(value).__name__} is nothing to write; call it or choose a part of it"
    raise TypeError(message)


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


class Sandbox(ImmutableSandboxedEnvironment):
    """What templates may touch is named here; anything else is undefined."""

    intercepted_binops = frozenset(("*", "%", "+"))
    callables: tuple[type, ...] = ()  #: whose objects a template may call

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read `labels.items` as the label, should there be one of that name."""
        if type(obj) is dict:  # what is read most has these outcomes only, found without trying
            if attribute in obj:
                return obj[attribute]
            if attribute not in _DICT_NAMES:
                return self.undefined(obj=obj, name=attribute)
        elif isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002  # Jinja's
        """Allow what is named above, and nothing else."""
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        if isinstance(obj, Mapping):
            return attr in MAPPING_METHODS
        return attr in _NUMBER_FIELDS or attr in _LOOP_FIELDS

    def is_safe_callable(self, obj: Any) -> bool:
        """Allow `callables`, and the methods that is_safe_attribute lets through."""
        if isinstance(obj, self.callables):
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


def refuse(tree: nodes.Template) -> None:
    """Raise ValueError, with the remedy, for what could ask for unbounded work."""
    depth, level = 0, [cast("nodes.Node", tree)]
    while level:
        depth += 1
        for node in level:
            _refuse_node(node)
        level = [child for node in level for child in node.iter_child_nodes()]
    if depth > MAX_NESTED:
        raise ValueError("the template is nested too deeply; split it")


def _refuse_node(node: nodes.Node) -> None:
    name = _REFUSED.get(type(node))
    if name is not None:
        message = f"{name} cannot be used in a template; use a table, a filter or an if"
        raise ValueError(message)
    if isinstance(node, nodes.For) and (node.recursive or node.find(nodes.For)):
        raise ValueError("a loop inside a loop cannot be used in a template; use one loop")
