"""The kinds of marshmallow field that our files add."""

import difflib
from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from marshmallow import Schema, ValidationError, fields

from bridge.domain.json import JsonObject
from bridge.domain.span import parse_span

T = TypeVar("T")

_SPAN = "^(0|([0-9]{1,9}(ms|[smhdw]))+)$"

Refer = Callable[[type[Schema]], JsonObject]  #: gives the reference to another schema


class CheckedField(fields.Field[T]):
    """A field that `read` turns into a value, or refuses by raising ValidationError."""

    def read(self, value: object) -> T:
        """Turn what was sent or configured into the value."""
        raise NotImplementedError

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # for those who nest
        """Say in JSON Schema what `read` takes, as far as editors can tell."""
        return {}

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002  # marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002  # marshmallow's signature
        **kwargs: Any,  # noqa: ARG002  # marshmallow's signature
    ) -> T:
        return self.read(value)


class Span(CheckedField[timedelta]):
    """A span of time, as 30s, 5m or 1h30m."""

    def read(self, value: object) -> timedelta:
        """Read 14d and the like."""
        try:
            return parse_span(str(value))
        except ValueError as exc:
            raise ValidationError(str(exc)) from exc

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe a number with its unit; 0 needs none."""
        return {"anyOf": [{"type": "string", "pattern": _SPAN}, {"const": 0}]}


class Networks(CheckedField[tuple[IPv4Network | IPv6Network, ...]]):
    """Addresses and networks, as 10.0.0.7 and 10.0.0.0/8."""

    def read(self, value: object) -> tuple[IPv4Network | IPv6Network, ...]:
        """Read one of them, or a list."""
        said = value if isinstance(value, list) else [value]
        if not said:
            raise ValidationError("is empty; name an address or network, or leave the key out")
        return tuple(self._network(one) for one in said)

    def _network(self, said: object) -> IPv4Network | IPv6Network:
        try:
            return ip_network(str(said))
        except ValueError as exc:
            raise ValidationError(
                f"{said!r} is no address or network; write it like 10.0.0.7 or 10.0.0.0/8"
            ) from exc


class Zone(CheckedField[str]):
    """A time zone of the IANA database."""

    def read(self, value: object) -> str:
        """Read Europe/Paris."""
        name = str(value)
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            close = difflib.get_close_matches(name, available_timezones(), n=1)
            meant = f"did you mean {close[0]!r}?" if close else "write one like Europe/Paris"
            raise ValidationError(f"no time zone {name!r}; {meant}") from exc

    def json_schema(self, refer: Refer) -> JsonObject:  # noqa: ARG002  # nests nothing
        """Describe a name."""
        return {"type": "string", "default": "UTC"}


class Url(CheckedField[str]):
    """The address of another server, without a slash at its end."""

    def read(self, value: object) -> str:
        """Read an http or https address that carries no credentials."""
        parts = urlsplit(str(value))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValidationError("is no address; write it like https://desk.example.com")
        if parts.username or parts.password:
            raise ValidationError("holds credentials; move them to `auth:`")
        return str(value).rstrip("/")
