"""The few texts that a template can give, where they can be told without an alert."""

from collections.abc import Mapping, Sequence
from itertools import product

from jinja2 import nodes

from bridge.expressions import Literal, Template
from bridge.expressions.environment import environment
from bridge.expressions.text import as_text
from bridge.rules.tables import Table, Value

Texts = frozenset[str]
_MOST = 500
_SANDBOX = environment()


def possible_texts(template: Literal | Template, tables: Mapping[str, Table]) -> Texts | None:
    """Give all that a template can give; None: that depends on the alert."""
    if isinstance(template, Literal):
        return frozenset([template.text.strip()])
    texts = _of_all(_SANDBOX.parse(template.text).body, tables)
    return frozenset(text.strip() for text in texts) if texts is not None else None


def _of_all(parts: Sequence[nodes.Node], tables: Mapping[str, Table]) -> Texts | None:
    each = [_of(part, tables) for part in parts]
    known = [texts for texts in each if texts is not None]
    count = 1
    for texts in known:
        count *= len(texts)
    if len(known) < len(each) or count > _MOST:
        return None
    return frozenset("".join(pieces) for pieces in product(*known))


def _of(node: nodes.Node, tables: Mapping[str, Table]) -> Texts | None:
    match node:
        case nodes.Output():
            return _of_all(node.nodes, tables)
        case nodes.TemplateData():
            return frozenset([node.data])
        case nodes.Const():
            return frozenset([as_text(node.value)])
        case nodes.If() | nodes.CondExpr() | nodes.Or():
            return _either([_of_all(branch, tables) for branch in _branches(node)])
        case nodes.Call(node=nodes.Name(name=name)) if name in tables:
            return frozenset(v for v in _values(tables[name]) if isinstance(v, str))
        case nodes.Getattr(node=nodes.Call(node=nodes.Name(name=name)), attr=column):
            return _column(tables.get(name), column)
        case _:
            return None


def _branches(node: nodes.If | nodes.CondExpr | nodes.Or) -> Sequence[Sequence[nodes.Node]]:
    match node:
        case nodes.If():
            return [node.body, *(inner.body for inner in node.elif_), node.else_]
        case nodes.CondExpr():
            return [[node.expr1], [node.expr2] if node.expr2 is not None else []]
        case nodes.Or():
            return [[node.left], [node.right]]


def _either(several: Sequence[Texts | None]) -> Texts | None:
    known = [texts for texts in several if texts is not None]
    return frozenset[str]().union(*known) if len(known) == len(several) else None


def _column(table: Table | None, column: str) -> Texts | None:
    if table is None:
        return None
    rows = [value for value in _values(table) if isinstance(value, Mapping)]
    return frozenset(row.get(column, "") for row in rows)


def _values(table: Table) -> Sequence[Value]:
    return [*(row.value for row in table.rows), *([table.miss] if table.miss is not None else [])]
