"""How the bridge shows ServiceOps who it is: an OAuth token by password grant, or a static key."""

import time
from base64 import b64encode
from collections.abc import Callable, Mapping

from bridge.backends.http import Call, HttpClient
from bridge.backends.login import FixedHeader, TokenLogin
from bridge.telemetry.logging import register_secret


def api_key(key: str) -> FixedHeader:
    """Give the proof of a static key, `Authorization: Apikey KEY`."""
    return FixedHeader(f"Apikey {key}")


def password_grant(
    client: HttpClient, auth: Mapping[str, str], clock: Callable[[], float] = time.monotonic
) -> TokenLogin:
    """Make the login by `POST /api/oauth/token`."""
    return TokenLogin(client, _token_call(auth), clock)


def _token_call(auth: Mapping[str, str]) -> Call:
    pair = b64encode(f"{auth['client_id']}:{auth['client_secret']}".encode()).decode()
    register_secret(pair)
    return Call(
        operation="log-in",
        method="POST",
        path="/api/oauth/token",
        form={
            "username": auth["username"],
            "password": auth["password"],
            "grant_type": "password",
        },
        headers={"Authorization": f"Basic {pair}"},
        repeatable=True,
    )
