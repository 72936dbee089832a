"""Expressions in the sections of our files."""

from collections.abc import Mapping

from marshmallow import ValidationError

from bridge.expressions.query import Query, compile_query
from bridge.yamlfile import CheckedField

Queries = Mapping[str, Query]  #: by the name of what each finds


class QueryField(CheckedField[Query]):
    """A JMESPath expression."""

    def read(self, value: object) -> Query:
        """Compile it."""
        if not isinstance(value, str) or not value:
            raise ValidationError("is no path; write a JMESPath expression, as a.b or a[0].b")
        try:
            return compile_query(value)
        except ValueError as exc:
            raise ValidationError(str(exc)) from exc


class QueriesField(CheckedField[Queries]):
    """Names, and the path of each one's value."""

    def read(self, value: object) -> Queries:
        """Compile them."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write `name: path` lines")
        queries: dict[str, Query] = {}
        wrong: dict[str, list[str]] = {}
        for name, path in value.items():
            try:
                queries[str(name)] = QueryField().read(path)
            except ValidationError as exc:
                wrong[str(name)] = [str(message) for message in exc.messages]
        if wrong:
            raise ValidationError(wrong)
        return queries
