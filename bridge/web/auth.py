"""Guards: whether a request proves that it comes from whom the configuration says.

Secrets are compared in constant time, and every valid one on every request.
"""

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, assert_never
from wsgiref.types import WSGIEnvironment

from flask import Request
from werkzeug.exceptions import Unauthorized

from bridge.domain.ports import Clock
from bridge.sources.auth import (
    Auth,
    BasicAuth,
    BearerAuth,
    HmacAuth,
    NoAuth,
    QueryTokenAuth,
    RoutingKeyAuth,
)
from bridge.sources.pagerduty import InvalidEvent, read_event
from bridge.sources.reading import text

ReadBody = Callable[[], bytes]  #: gives the body; it is read on the first call

_REALM = 'realm="incident-bridge"'
_BASIC = f'Basic {_REALM}, charset="UTF-8"'
_BEARER = f"Bearer {_REALM}"
_QUERY_TOKEN = f"QueryToken {_REALM}"


class Unproven(Unauthorized):
    """The caller did not prove itself; the answer says how it could."""

    def __init__(self, challenges: Sequence[str]) -> None:
        super().__init__(
            "the credentials are missing or wrong; compare the caller's with `auth:` in the "
            "bridge's configuration"
        )
        self.challenges = challenges

    def get_headers(
        self, environ: WSGIEnvironment | None = None, scope: dict[str, Any] | None = None
    ) -> list[tuple[str, str]]:
        """Add what is asked for, with the realm in quotes, as RFC 9110 has it."""
        asked = [("WWW-Authenticate", challenge) for challenge in self.challenges]
        return [*super().get_headers(environ, scope), *asked]


class Guard(Protocol):
    """Stands before a source or the console."""

    @property
    def challenges(self) -> Sequence[str]:
        """What those who are turned away are told to bring."""

    def admits(self, request: Request, read_body: ReadBody) -> bool:
        """Say whether the caller proved itself; read the body only if the proof is about it."""


def guard_for(auth: Auth, now: Clock) -> Guard:
    """Make the guard that the `auth:` of a source asks for."""
    match auth:
        case NoAuth():
            return _Open()
        case BearerAuth():
            return _Bearer(auth)
        case BasicAuth():
            return _Basic(auth)
        case HmacAuth():
            return _Hmac(auth, now)
        case QueryTokenAuth():
            return _QueryToken(auth)
        case RoutingKeyAuth():
            return _RoutingKey(auth)
        case _:
            assert_never(auth)


def console_guard_for(auth: Auth, now: Clock) -> Guard:
    """Make the guard of API and console: a browser gives a bearer token as a password."""
    return _BearerOrPassword(auth) if isinstance(auth, BearerAuth) else guard_for(auth, now)


def demand_proof(guard: Guard, request: Request, read_body: ReadBody) -> None:
    """Raise Unauthorized unless the guard admits the request."""
    if not guard.admits(request, read_body):
        raise Unproven(guard.challenges)


def _is_one_of(given: bytes, valid: Sequence[str]) -> bool:
    """Compare with all of them, whichever matches, so that the time taken says nothing."""
    return sum(hmac.compare_digest(given, secret.encode()) for secret in valid) > 0


@dataclass(frozen=True, slots=True)
class _Open:
    challenges: Sequence[str] = ()

    def admits(self, _request: Request, _read_body: ReadBody) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class _Bearer:
    auth: BearerAuth
    challenges: Sequence[str] = (_BEARER,)

    def admits(self, request: Request, _read_body: ReadBody) -> bool:
        return _is_one_of(_credentials(request, b"bearer"), self.auth.secrets)


@dataclass(frozen=True, slots=True)
class _Basic:
    auth: BasicAuth
    challenges: Sequence[str] = (_BASIC,)

    def admits(self, request: Request, _read_body: ReadBody) -> bool:
        username, password = _user_and_password(request)
        is_password = _is_one_of(password, self.auth.secrets)
        return _is_one_of(username, (self.auth.username,)) and is_password


@dataclass(frozen=True, slots=True)
class _BearerOrPassword:
    auth: BearerAuth
    challenges: Sequence[str] = (_BASIC, _BEARER)

    def admits(self, request: Request, _read_body: ReadBody) -> bool:
        _, password = _user_and_password(request)
        return _is_one_of(password or _credentials(request, b"bearer"), self.auth.secrets)


@dataclass(frozen=True, slots=True)
class _QueryToken:
    auth: QueryTokenAuth
    challenges: Sequence[str] = (_QUERY_TOKEN,)

    def admits(self, request: Request, _read_body: ReadBody) -> bool:
        return _is_one_of(request.args.get("token", "").encode(), self.auth.secrets)


@dataclass(frozen=True, slots=True)
class _RoutingKey:
    auth: RoutingKeyAuth
    challenges: Sequence[str] = ()

    def admits(self, _request: Request, read_body: ReadBody) -> bool:
        try:
            event = read_event(read_body())
        except InvalidEvent:
            return False
        return _is_one_of(text(event, "routing_key").encode(), self.auth.secrets)


@dataclass(frozen=True, slots=True)
class _Hmac:
    auth: HmacAuth
    now: Clock

    @property
    def challenges(self) -> Sequence[str]:
        return (f"HMAC-{self.auth.algorithm.upper()} {_REALM}",)

    def admits(self, request: Request, read_body: ReadBody) -> bool:
        # GitHub and those that follow it name the algorithm before the signature.
        prefix = f"{self.auth.algorithm}=".encode()
        signature = _header(request, self.auth.header).lower().removeprefix(prefix)
        stamped = b""
        if self.auth.timestamp_header is not None:
            stamp = _header(request, self.auth.timestamp_header)
            if not self._is_recent(stamp):
                return False
            stamped = stamp + b":"
        if not signature:
            return False
        return _is_one_of(signature, self._signatures(stamped + read_body()))

    def _signatures(self, signed: bytes) -> Sequence[str]:
        return [
            hmac.new(secret.encode(), signed, self.auth.algorithm).hexdigest()
            for secret in self.auth.secrets
        ]

    def _is_recent(self, stamp: bytes) -> bool:
        try:
            signed_at = datetime.fromtimestamp(int(stamp), UTC)
        except (ValueError, OverflowError, OSError):
            return False
        return abs(self.now() - signed_at) <= self.auth.window


def _header(request: Request, name: str) -> bytes:
    """Give a header's bytes as they were sent: WSGI shows them as Latin-1 text."""
    return request.headers.get(name, "").encode("latin-1", "replace")


def _credentials(request: Request, scheme: bytes) -> bytes:
    header: str = request.environ.get("HTTP_AUTHORIZATION", "")
    given, _, credentials = header.encode("latin-1", "replace").partition(b" ")
    return credentials.strip() if given.lower() == scheme else b""


def _user_and_password(request: Request) -> tuple[bytes, bytes]:
    try:
        pair = base64.b64decode(_credentials(request, b"basic"), validate=True)
    except ValueError:
        return b"", b""
    username, _, password = pair.partition(b":")
    return username, password
