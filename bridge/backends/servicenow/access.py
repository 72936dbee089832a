"""How the bridge shows a ServiceNow instance who it is."""

from base64 import b64encode
from collections.abc import Mapping

from bridge.backends.http import Call, HttpClient
from bridge.backends.login import FixedHeader, Login, TokenLogin
from bridge.telemetry.logging import register_secret


def login_of(client: HttpClient, auth: Mapping[str, str]) -> Login:
    """Make the login that `auth:` describes."""
    if auth.get("api_key"):
        # The header of the platform's own "Auth Header" parameter for inbound REST API keys.
        return FixedHeader(auth["api_key"], name="x-sn-apikey")
    if auth.get("client_id"):
        return TokenLogin(client, _token_call(auth))
    pair = b64encode(f"{auth['username']}:{auth['password']}".encode()).decode()
    register_secret(pair)
    return FixedHeader(f"Basic {pair}")


def _token_call(auth: Mapping[str, str]) -> Call:
    """Ask for a token.

    https://www.servicenow.com/docs/r/zurich/platform-security/authentication/r_OAuthAPIRequestParameters.html
    """
    grant = "password" if auth.get("username") else "client_credentials"
    return Call(
        operation="log-in",
        method="POST",
        path="/oauth_token.do",
        urlencoded={"grant_type": grant, **auth},
        repeatable=True,
    )
