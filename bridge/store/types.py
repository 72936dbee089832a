"""How instants, texts and JSON are stored: the same bytes on SQLite and PostgreSQL.

* An instant is a count of microseconds since 1970 in UTC: it compares as it should, everywhere.
* Text never holds what PostgreSQL refuses: NUL and lone surrogates become U+FFFD.
* JSON is text with sorted keys; queries never look into it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from bridge.domain.json import JsonValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_LONGEST_INTEGER = 2**63


def storable(text: str) -> str:
    """Give the text with U+FFFD for every character that a database would refuse."""
    if "\x00" in text:
        text = text.replace("\x00", REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def json_text(value: JsonValue) -> str:
    """Write JSON with sorted keys; what neither database nor JSON can hold is made to fit."""
    try:
        written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        written = orjson.dumps(_storable_json(value), option=orjson.OPT_SORT_KEYS)
    if b"\\u0000" in written:
        written = orjson.dumps(_storable_json(value), option=orjson.OPT_SORT_KEYS)
    return written.decode()


def _storable_json(value: JsonValue) -> JsonValue:
    match value:
        case str():
            return storable(value)
        case Mapping():
            return {storable(str(key)): _storable_json(inner) for key, inner in value.items()}
        case Sequence():
            return [_storable_json(inner) for inner in value]
        case int() if abs(value) >= _LONGEST_INTEGER:
            return str(value)
        case _:
            return value


class Instant(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Write microseconds; a naive datetime is a mistake and raises."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read an aware datetime in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text for people."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Replace what the database would refuse."""
        return None if value is None else storable(value)


class Name(Words):
    """Text that identifies: compared and sorted byte by byte, whatever the database's locale."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Ask PostgreSQL for the C collation, which is SQLite's own."""
        return Text(collation="C") if dialect.name == "postgresql" else Text()


class Json(TypeDecorator[JsonValue]):
    """A JSON value as text; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: JsonValue, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the value."""
        return None if value is None else json_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> JsonValue:  # noqa: ARG002
        """Read the value."""
        if value is None:
            return None
        read: JsonValue = orjson.loads(value)
        return read
