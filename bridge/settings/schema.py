"""The shape of bridge.yaml; what stands under a source or a backend is its type's business."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, validate

from bridge.sources.auth import AuthField
from bridge.yamlfile import CheckedField, Networks, Section, Span, Zone

_UNITS = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_SIZE = re.compile(r"(\d{1,12})\s*([a-zA-Z]*)")
_HAS_PASSWORD_OR_NOT = re.compile(r"(sqlite:///.+|postgresql(\+psycopg)?://.*)", re.DOTALL)


class Size(CheckedField[int]):
    """A number of bytes."""

    def read(self, value: object) -> int:
        """Read 10MB and the like."""
        match = _SIZE.fullmatch(str(value).strip())
        unit = _UNITS.get(match.group(2).lower()) if match else None
        if match is None or unit is None or int(match.group(1)) == 0:
            raise ValidationError(f"{value!r} is not a size; write it like 512KB or 10MB")
        return int(match.group(1)) * unit


class Bind(CheckedField[tuple[str, int]]):
    """Where to listen."""

    def read(self, value: object) -> tuple[str, int]:
        """Read HOST:PORT."""
        host, _, port = str(value).rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValidationError(f"{value!r} is no address; write HOST:PORT, as 127.0.0.1:8080")
        return host.strip("[]"), int(port)


def _in(low: int, high: int) -> validate.Range:
    return validate.Range(low, high, error=f"is out of range; choose {low} to {high}")


class ConsoleSection(Section):
    """`server.console:`."""

    auth = AuthField(required=True)


class ServerSection(Section):
    """`server:`."""

    bind = Bind(load_default=("127.0.0.1", 8080))
    workers = fields.Integer(load_default=2, validate=_in(1, 64))
    threads = fields.Integer(load_default=8, validate=_in(1, 256))
    queue = fields.Integer(load_default=128, validate=_in(0, 1000))
    max_body = Size(load_default=10 * 10**6)
    max_alerts = fields.Integer(load_default=10_000, validate=_in(1, 1_000_000))
    read_timeout = Span(
        load_default=timedelta(seconds=30),
        validate=validate.Range(
            timedelta(seconds=1), timedelta(minutes=10), error="is out of range; choose 1s to 10m"
        ),
    )
    trusted_proxies = Networks(load_default=())
    console = fields.Nested(ConsoleSection, load_default=None)


class RetentionSection(Section):
    """`retention:`."""

    inbox = Span(load_default=timedelta(days=14))
    inbox_size = Size(load_default=10**9)
    resolved = Span(load_default=timedelta(days=180))


class Entries(CheckedField[Mapping[str, Any]]):
    """`sources:` or `backends:`: named sections, each read later by its type's own schema."""

    def read(self, value: object) -> Mapping[str, Any]:
        """Check that there is at least one, and that names fit paths and metrics."""
        if not isinstance(value, Mapping) or not value:
            raise ValidationError("is empty; name at least one")
        bad = {
            name: ["the name has other characters than letters, digits, - and _; rename it"]
            for name in value
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(name))
        }
        if bad:
            raise ValidationError(bad)
        return value


class BridgeSection(Section):
    """The whole of bridge.yaml."""

    database = fields.String(
        load_default="sqlite:///bridge.db",
        validate=validate.Regexp(
            _HAS_PASSWORD_OR_NOT,
            error="is no database URL; write sqlite:///FILE or postgresql://USER@HOST/NAME",
        ),
    )
    rules = fields.String(load_default="rules/", validate=validate.Length(min=1))
    instance = fields.String(
        load_default="bridge",
        validate=validate.Regexp(
            re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z"),  # marshmallow matches a beginning
            error="does not fit a token; use up to 32 letters, digits, dots and dashes",
        ),
    )
    timezone = Zone(load_default="UTC")
    server = fields.Nested(ServerSection, load_default=lambda: ServerSection().load({}))
    sources = Entries(required=True)
    backends = Entries(required=True)
    default_backend = fields.String(load_default=None)
    retention = fields.Nested(RetentionSection, load_default=lambda: RetentionSection().load({}))
