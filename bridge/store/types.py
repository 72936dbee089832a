"""How instants, texts and JSON are stored: the same bytes on SQLite and PostgreSQL.

* An instant is a count of microseconds since 1970 in UTC: it compares as it should, everywhere.
* Text never holds what PostgreSQL refuses: NUL and lone surrogates become U+FFFD.
* JSON is text with sorted keys; queries never look into it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from bridge.domain.json import JsonValue
from bridge.domain.policy import Policy

T = TypeVar("T")

Write = Callable[[T | None], Any]  #: a value as the driver takes it
Read = Callable[[Any], T | None]  #: a value as the driver gives it

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_LONGEST_INTEGER = 2**63
#: Rules name a few; what a rule computes cannot be a policy.
_POLICIES = 256
#: The rows of one body have few instants among them, each many times.
_INSTANTS = 256


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
    """An aware datetime as microseconds since 1970; a naive one is a mistake and raises."""

    impl = BigInteger
    cache_ok = True

    # These give SQLAlchemy the functions themselves, here and below: every value of every row goes
    # through them, and process_bind_param would be called from within two others.
    def bind_processor(self, dialect: Dialect) -> Write[datetime]:  # noqa: ARG002
        """Give what writes microseconds."""
        return _microseconds

    def result_processor(self, dialect: Dialect, coltype: object) -> Read[datetime]:  # noqa: ARG002
        """Give what reads an aware datetime in UTC."""
        return _instant


class Words(TypeDecorator[str]):
    """Text for people."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Write[str]:  # noqa: ARG002
        """Give what replaces what the database would refuse."""
        return _words


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

    def bind_processor(self, dialect: Dialect) -> Write[JsonValue]:  # noqa: ARG002
        """Give what writes the value."""
        return _json

    def result_processor(self, dialect: Dialect, coltype: object) -> Read[JsonValue]:  # noqa: ARG002
        """Give what reads the value."""
        return _json_from


class PolicyJson(TypeDecorator[Policy]):
    """A policy as JSON; thousands of rows share the few that the rules name."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Write[Policy]:  # noqa: ARG002
        """Give what writes the policy."""
        return _policy

    def result_processor(self, dialect: Dialect, coltype: object) -> Read[Policy]:  # noqa: ARG002
        """Give what reads the policy."""
        return _policy_from


@lru_cache(_INSTANTS)
def _microseconds(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // MICROSECOND


def _instant(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def _words(value: str | None) -> str | None:
    if value is None or (value.isascii() and "\x00" not in value):  # as nearly all are
        return value
    return storable(value)


def _json(value: JsonValue) -> str | None:
    return None if value is None else json_text(value)


def _json_from(text: str | None) -> JsonValue:
    if text is None:
        return None
    read: JsonValue = orjson.loads(text)
    return read


@lru_cache(_POLICIES)
def _policy(policy: Policy | None) -> str | None:
    return None if policy is None else json_text(policy.as_json())


@lru_cache(_POLICIES)
def _policy_from(text: str | None) -> Policy | None:
    return None if text is None else Policy.from_json(orjson.loads(text))
