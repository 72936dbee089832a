"""What our files may compute: Jinja templates and JMESPath queries, both harmless and bounded."""

from bridge.expressions.environment import Sandbox, environment
from bridge.expressions.fields import Queries, QueriesField, QueryField
from bridge.expressions.limits import TooMuch
from bridge.expressions.query import Query, compile_query
from bridge.expressions.reads import Read
from bridge.expressions.templates import (
    Compiler,
    Condition,
    Expression,
    Literal,
    Scope,
    Template,
)
from bridge.expressions.text import as_text

__all__ = [
    "Compiler",
    "Condition",
    "Expression",
    "Literal",
    "Queries",
    "QueriesField",
    "Query",
    "QueryField",
    "Read",
    "Sandbox",
    "Scope",
    "Template",
    "TooMuch",
    "as_text",
    "compile_query",
    "environment",
]
