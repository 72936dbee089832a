"""Who may call ServiceOps: tokens of the password grant, and the static key.

https://github.com/Flotomate/product_docs, authorization.rst, for the grant; the key is
`Authorization: Apikey <key>` on docs.motadata.com.
"""

import hmac
import secrets
import time
from typing import Final
from urllib.parse import unquote

from werkzeug.wrappers import Request

from bridge.sandbox.refusal import Refused

KEY: Final = "sandbox-key"
CLIENT: Final = ("api", "sandbox-secret")
USER: Final = ("bridge", "sandbox-password")
LIFETIME_SECONDS: Final = 7199
_LIFETIME_NS: Final = LIFETIME_SECONDS * 1_000_000_000


class Unauthorized(Refused):
    """A call by nobody who is known."""

    status = 401


class Expired(Unauthorized):
    """A token that was good once: no rule is broken, the client has to ask for another."""


class Tokens:
    """The tokens of one desk; safe to call from any thread.

    A token says itself when it was given, signed, so that it outlives the process as a real desk's
    does.
    """

    def __init__(self) -> None:
        self._all_expired_at = 0

    def grant(self, request: Request) -> dict[str, object]:
        """Give a token for client, user and password; Refused if the form is wrong."""
        basic = request.authorization
        if basic is None or (basic.username, basic.password) != CLIENT:
            raise Unauthorized("Authorization is not Basic with the client's id and secret")
        if request.mimetype != "multipart/form-data":
            raise Refused("Content-Type is not multipart/form-data")
        if request.form.get("grant_type") != "password":
            raise Refused("grant_type is not password")
        if (request.form.get("username"), request.form.get("password")) != USER:
            raise Refused("username or password is wrong")
        return self._issue()

    def check(self, authorization: str) -> None:
        """Raise Unauthorized if the header lets nobody in, Expired if it once did."""
        kind, _, value = authorization.partition(" ")
        if kind == "Apikey" and unquote(value) == KEY:
            return
        if kind.lower() != "bearer":
            raise Unauthorized(
                "Authorization is neither Bearer with a token nor Apikey with the key"
            )
        given_at = _given_at(value)
        if given_at is None:
            raise Unauthorized("Authorization has a token that was never given")
        if given_at <= max(self._all_expired_at, time.time_ns() - _LIFETIME_NS):
            raise Expired("the token has expired")

    def expire(self) -> None:
        """Let every token given so far expire now."""
        self._all_expired_at = time.time_ns()

    def _issue(self) -> dict[str, object]:
        given_at = str(time.time_ns())
        token = f"{given_at}.{_signature(given_at)}"
        return {
            "access_token": token,
            "token_type": "bearer",
            "refresh_token": secrets.token_urlsafe(32),
            "expires_in": LIFETIME_SECONDS,
            "scope": "other-api-scope",
            "jti": secrets.token_hex(16),
        }


def _given_at(token: str) -> int | None:
    given_at, _, signature = token.partition(".")
    is_ours = given_at.isdecimal() and signature == _signature(given_at)
    return int(given_at) if is_ours else None


def _signature(given_at: str) -> str:
    return hmac.new(CLIENT[1].encode(), given_at.encode(), "sha256").hexdigest()
