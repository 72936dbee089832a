"""Whether a column is one of many texts: one statement and one parameter, however many they are.

SQLAlchemy's `in_` writes a statement for each number of them, and every driver reads it anew.
"""

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NULLTYPE, TypeDecorator, TypeEngine

from bridge.store.types import storable


class _Texts(TypeDecorator[Collection[str]]):
    """Texts as one value: PostgreSQL has arrays, SQLite reads JSON."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return ARRAY(Text()) if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> Any:
        # Sorted, so that rows are locked in one order.
        texts = sorted({storable(text) for text in value or ()})
        return texts if dialect.name == "postgresql" else orjson.dumps(texts).decode()


class _Among(FunctionElement[Any]):
    # Not Boolean: SQLite's dialect would compare it with 1, and no index would serve that.
    type = NULLTYPE
    name = "among"
    inherit_cache = True


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Say that the column is one of the texts which the parameter of this name has."""
    return _Among(column, bindparam(name, type_=_Texts))


@compiles(_Among, "sqlite")
def _by_json(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608  # SQLAlchemy wrote both


@compiles(_Among, "postgresql")
def _by_array(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY ({texts})"
