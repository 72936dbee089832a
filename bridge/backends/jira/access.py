"""How the bridge shows a Jira who it is.

https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/
https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html
"""

from base64 import b64encode
from collections.abc import Mapping

from bridge.backends.login import FixedHeader, Login
from bridge.telemetry.logging import register_secret


def login_of(auth: Mapping[str, str]) -> Login:
    """Make the login that `auth:` describes."""
    if auth.get("token"):
        return FixedHeader(f"Bearer {auth['token']}")
    if auth.get("api_token"):
        return _basic(auth["email"], auth["api_token"])
    return _basic(auth["username"], auth["password"])


def _basic(user: str, secret: str) -> Login:
    pair = b64encode(f"{user}:{secret}".encode()).decode()
    register_secret(pair)
    return FixedHeader(f"Basic {pair}")
