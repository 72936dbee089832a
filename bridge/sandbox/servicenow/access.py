"""Who may call ServiceNow: a user by HTTP basic, an OAuth token, or a key.

https://www.servicenow.com/docs/r/zurich/platform-security/authentication/r_OAuthAPIRequestParameters.html
"""

import secrets
from typing import Final

from werkzeug.wrappers import Request

from bridge.sandbox.servicenow.refusals import BadRequest, Expired, Unauthorized
from bridge.sandbox.tokens import LIFETIME_SECONDS, Tokens

KEY: Final = "sandbox-key"
CLIENT: Final = ("api", "sandbox-secret")
PASSWORD: Final = "sandbox-password"  # noqa: S105  # the stand-in's own
USER: Final = "bridge"
#: Users with less than all rights: one is shown no record, the other may write none.
BLIND: Final = "blind"
READER: Final = "reader"
_USERS: Final = (USER, BLIND, READER)


class Access:
    """Who may call one desk; safe to call from any thread."""

    def __init__(self) -> None:
        self.tokens = Tokens(CLIENT[1])

    def grant(self, request: Request) -> dict[str, object]:
        """Give a token for a client, or for a client and a user; Refused if the form is wrong."""
        form = request.form
        if request.mimetype != "application/x-www-form-urlencoded":
            raise BadRequest("Content-Type is not application/x-www-form-urlencoded")
        if (form.get("client_id"), form.get("client_secret")) != CLIENT:
            raise Unauthorized("client_id or client_secret is wrong")
        match form.get("grant_type"):
            case "client_credentials":
                pass
            case "password":
                if (form.get("username"), form.get("password")) != (USER, PASSWORD):
                    raise Unauthorized("username or password is wrong")
            case _:
                raise BadRequest("grant_type is neither password nor client_credentials")
        return {
            "access_token": self.tokens.give(),
            "refresh_token": secrets.token_urlsafe(32),
            "scope": "useraccount",
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
        }

    def user(self, request: Request) -> str:
        """Say who calls; Unauthorized if nobody who is known, Expired if somebody who was."""
        if request.headers.get("x-sn-apikey") == KEY:
            return USER
        basic = request.authorization
        if basic is not None and basic.type == "basic":
            if basic.username in _USERS and basic.password == PASSWORD:
                return basic.username
            raise Unauthorized("the user or the password is wrong")
        if basic is None or basic.type != "bearer" or not self.tokens.is_ours(basic.token or ""):
            raise Unauthorized("there is neither a user, a token that was given, nor the key")
        if self.tokens.is_expired(basic.token or ""):
            raise Expired("the token has expired")
        return USER
