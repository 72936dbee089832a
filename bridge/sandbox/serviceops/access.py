"""Who may call ServiceOps: tokens of the password grant, and the static key.

https://github.com/Flotomate/product_docs, authorization.rst, for the grant; the key is
`Authorization: Apikey <key>` on docs.motadata.com.
"""

import secrets
from typing import Final
from urllib.parse import unquote

from werkzeug.wrappers import Request

from bridge.sandbox.refusal import Refused
from bridge.sandbox.tokens import LIFETIME_SECONDS, Tokens

KEY: Final = "sandbox-key"
CLIENT: Final = ("api", "sandbox-secret")
USER: Final = ("bridge", "sandbox-password")


class Unauthorized(Refused):
    """A call by nobody who is known."""

    status = 401


class Expired(Unauthorized):
    """A token that was good once: no rule is broken, the client has to ask for another."""


class Access:
    """Who may call one desk; safe to call from any thread."""

    def __init__(self) -> None:
        self.tokens = Tokens(CLIENT[1])

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
        return {
            "access_token": self.tokens.give(),
            "token_type": "bearer",
            "refresh_token": secrets.token_urlsafe(32),
            "expires_in": LIFETIME_SECONDS,
            "scope": "other-api-scope",
            "jti": secrets.token_hex(16),
        }

    def check(self, authorization: str) -> None:
        """Raise Unauthorized if the header lets nobody in, Expired if it once did."""
        kind, _, value = authorization.partition(" ")
        if kind == "Apikey" and unquote(value) == KEY:
            return
        if kind.lower() != "bearer":
            raise Unauthorized(
                "Authorization is neither Bearer with a token nor Apikey with the key"
            )
        if not self.tokens.is_ours(value):
            raise Unauthorized("Authorization has a token that was never given")
        if self.tokens.is_expired(value):
            raise Expired("the token has expired")
