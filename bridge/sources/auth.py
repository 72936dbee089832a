"""How a caller proves itself, as the configuration says it: the `auth:` of sources and console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from bridge.domain.span import parse_span
from bridge.yamlfile import CheckedField, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAuth:
    """Anyone may call; chosen in so many words, never by leaving something out."""

    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerAuth:
    """`Authorization: Bearer <token>`; several tokens allow rotation."""

    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    """`Authorization: Basic`; several passwords allow rotation."""

    username: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacAuth:
    """The hex HMAC of the body, or of `<unix seconds>:` and the body, in a header."""

    secrets: tuple[str, ...] = field(repr=False)
    header: str
    algorithm: str = "sha256"
    timestamp_header: str | None
    window: timedelta  #: how old, or how far ahead, a timestamp may be


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTokenAuth:
    """`?token=`, for senders that can set nothing but a URL."""

    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingKeyAuth:
    """`routing_key` in the body, as PagerDuty has it; several keys allow rotation."""

    secrets: tuple[str, ...] = field(repr=False)


Auth = NoAuth | BearerAuth | BasicAuth | HmacAuth | QueryTokenAuth | RoutingKeyAuth

#: What `auth:` may be where a request is proved by what stands around its body, or by all of it.
REQUEST_WAYS = ("bearer", "basic", "hmac", "query_token")


class _Secrets(CheckedField[tuple[str, ...]]):
    """One secret or a list of them; an empty one would admit everybody, so it is refused."""

    def read(self, value: object) -> tuple[str, ...]:
        secrets = value if isinstance(value, list) else [value]
        if not secrets or not all(isinstance(secret, str) and secret for secret in secrets):
            raise ValidationError(
                "is not a secret or a list of secrets; write non-empty text, in quotes if need be"
            )
        return tuple(secrets)


class _Window(CheckedField[timedelta]):
    def read(self, value: object) -> timedelta:
        try:
            window = parse_span(str(value))
        except ValueError as exc:
            raise ValidationError(str(exc)) from exc
        if not window:
            raise ValidationError("admits nothing; give requests time to arrive, like 5m")
        return window


_NOT_EMPTY = validate.Length(min=1, error="is empty; give it a value")


class _BearerSection(Section):
    bearer = _Secrets(required=True)

    @post_load
    def _build(self, loaded: Mapping[str, Any], **_kwargs: object) -> Auth:
        return BearerAuth(secrets=loaded["bearer"])


class _UserSection(Section):
    username = fields.String(required=True, validate=_NOT_EMPTY)
    password = _Secrets(required=True)


class _BasicSection(Section):
    basic = fields.Nested(_UserSection, required=True)

    @post_load
    def _build(self, loaded: Mapping[str, Any], **_kwargs: object) -> Auth:
        user = loaded["basic"]
        return BasicAuth(username=user["username"], secrets=user["password"])


class _HmacSection(Section):
    hmac = _Secrets(required=True)
    header = fields.String(load_default="X-Grafana-Alerting-Signature", validate=_NOT_EMPTY)
    algorithm = fields.String(
        load_default="sha256",
        validate=validate.OneOf(
            ["sha1", "sha256", "sha384", "sha512"],
            error="is unknown; choose one of sha256, sha384, sha512, or sha1 for old senders",
        ),
    )
    timestamp_header = fields.String(load_default=None, validate=_NOT_EMPTY)
    window = _Window(load_default=timedelta(minutes=5))

    @post_load
    def _build(self, loaded: Mapping[str, Any], **_kwargs: object) -> Auth:
        return HmacAuth(
            secrets=loaded["hmac"],
            header=loaded["header"],
            algorithm=loaded["algorithm"],
            timestamp_header=loaded["timestamp_header"],
            window=loaded["window"],
        )


class _QueryTokenSection(Section):
    query_token = _Secrets(required=True)

    @post_load
    def _build(self, loaded: Mapping[str, Any], **_kwargs: object) -> Auth:
        return QueryTokenAuth(secrets=loaded["query_token"])


class _RoutingKeySection(Section):
    routing_key = _Secrets(required=True)

    @post_load
    def _build(self, loaded: Mapping[str, Any], **_kwargs: object) -> Auth:
        return RoutingKeyAuth(secrets=loaded["routing_key"])


_SECTIONS: Mapping[str, type[Section]] = {
    "bearer": _BearerSection,
    "basic": _BasicSection,
    "hmac": _HmacSection,
    "query_token": _QueryTokenSection,
    "routing_key": _RoutingKeySection,
}


class AuthField(CheckedField[Auth]):
    """An `auth:` section, read as one of the classes above."""

    def __init__(self, ways: Sequence[str] = REQUEST_WAYS, **options: Any) -> None:
        super().__init__(**options)
        self._ways = ways

    def read(self, value: object) -> Auth:
        """Read `none`, or a mapping with exactly one way in it."""
        # What stands here may be a secret in the wrong place: no message repeats it.
        how = f"write {_one_of(self._ways)}, or `none`"
        if value == "none":
            return NoAuth()
        if not isinstance(value, Mapping):
            raise ValidationError(f"is not a way to prove who calls; {how}")
        ways = [way for way in self._ways if way in value]
        if len(ways) != 1:
            raise ValidationError(f"has {len(ways)} ways to prove who calls; {how}")
        auth: Auth = _SECTIONS[ways[0]]().load(value)
        return auth


def _one_of(ways: Sequence[str]) -> str:
    *others, last = ways
    return f"one of {', '.join(others)} or {last}" if others else last
