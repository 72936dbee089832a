"""How the bridge shows a described desk who it is."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

from bridge.backends.http import Call, HttpClient, Reply
from bridge.backends.login import (
    AuthorizedClient,
    FixedHeader,
    Grant,
    Login,
    TokenLogin,
    bearer_of,
)
from bridge.backends.rest.records import Description, LoginCall
from bridge.backends.rest.request import answer_of, headers_of
from bridge.backends.sending import Connection
from bridge.domain.json import JsonValue
from bridge.expressions import as_text
from bridge.telemetry.logging import masked, register_secret

_FOR_EVER = float("inf")  #: seconds; until it is refused


class Client(Protocol):
    """Makes calls to a desk that knows who calls; raises DeskError and nothing else."""

    def send(self, call: Call) -> Reply:
        """Make a call."""

    def log_in(self) -> None:
        """Make sure that there is something to show to the desk."""

    def close(self) -> None:
        """Close the connections."""


class OpenClient:
    """Makes calls to a desk that wants no header from the bridge."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    def send(self, call: Call) -> Reply:
        """Make a call."""
        return self._client.send(call)

    def log_in(self) -> None:
        """Do nothing: there is nothing to show."""

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class DescribedClient(AuthorizedClient):
    """Makes calls that say who calls, with tokens that another server may give."""

    def __init__(self, client: HttpClient, login: Login, token_client: HttpClient | None) -> None:
        super().__init__(client, login)
        self._token_client = token_client

    def close(self) -> None:
        """Close the connections to both."""
        super().close()
        if self._token_client is not None:
            self._token_client.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where a described desk is, and what it asks of who comes in."""

    name: str
    connection: Connection
    description: Description
    headers: Mapping[str, str]  #: of every call
    scope: Mapping[str, object]  #: what the description's templates can name


def register_secrets(
    description: Description, auth: Mapping[str, Any], settings: Mapping[str, JsonValue]
) -> None:
    """Mask from here on what a section says that is nobody else's business."""
    secrets = [str(settings[name]) for name, said in description.settings.items() if said.secret]
    for secret in (*secrets, *(secrets_of(auth) if auth else ())):
        register_secret(secret)


def standing_headers(
    description: Description, scope: Mapping[str, object], masked_scope: Mapping[str, object]
) -> Mapping[str, str]:
    """Give the headers of every call; what of them comes of a secret is one from here on."""
    headers = headers_of(description.headers, scope)
    try:
        harmless = headers_of(description.headers, masked_scope)
    except Exception:  # noqa: BLE001  # whatever Jinja raises of what is no secret
        harmless = {}
    for name, text in headers.items():
        if text != harmless.get(name):
            words = set(text.split()) - set(harmless.get(name, text).split())
            for secret in (text, *words):
                register_secret(secret)
    return headers


def failing_at_start(
    description: Description, auth: Mapping[str, Any], settings: Mapping[str, JsonValue]
) -> str:
    """Say which of the templates that are rendered at the start fails; empty if none does."""
    key, login = auth.get("key", ""), description.login
    scope = {
        "settings": settings, "key": key, "instance": "", "backend": "", "now": datetime.now(UTC),
        "auth": auth.get("login", {}),
    }  # fmt: skip
    try:
        headers_of(description.headers, scope)
        if login is not None and "login" in auth:
            login.request.call("log-in", scope, {}, description.answers)
        if description.key is not None and key:
            description.key.value.render({"key": key})
    except Exception as exc:  # noqa: BLE001  # whatever Jinja raises
        return masked(f"a template of its headers, its key or its login fails: {exc}; correct it")
    return ""


def client_of(door: Door, auth: Mapping[str, Any]) -> Client:
    """Make the client of a desk; `auth` is one way in, as loaded."""
    client = HttpClient(door.name, door.connection)
    token_client = _token_client(door, auth)
    login = _login(door, token_client or client, auth)
    if login is None:
        return OpenClient(client)
    return DescribedClient(client, login, token_client)


def secrets_of(auth: Mapping[str, Any]) -> list[str]:
    """Give everything in `auth:` that is nobody else's business."""
    [(way, said)] = auth.items()
    match way:
        case "bearer" | "key":
            return [said]
        case "basic":
            return [said["password"], _basic(said)]
        case "oauth":
            return [said["client_secret"]]
        case "header":
            return [said["value"]]
        case "login":
            return list(said.values())
        case _:
            return []


def _login(door: Door, client: HttpClient, auth: Mapping[str, Any]) -> Login | None:
    [(way, said)] = auth.items()
    match way:
        case "basic":
            return FixedHeader(f"Basic {_basic(said)}")
        case "bearer":
            return FixedHeader(f"Bearer {said}")
        case "header":
            return FixedHeader(said["value"], name=said["name"])
        case "oauth":
            return _oauth(client, said)
        case "login" if door.description.login is not None:
            return _own_login(door, client, door.description.login, said)
        case "key" if door.description.key is not None:
            value = door.description.key.value.render({"key": said})
            register_secret(value)
            return FixedHeader(value, name=door.description.key.header)
        case _:
            return None


def _basic(said: Mapping[str, str]) -> str:
    return b64encode(f"{said['username']}:{said['password']}".encode()).decode()


def _token_client(door: Door, auth: Mapping[str, Any]) -> HttpClient | None:
    """Make the client of the server that gives tokens, if it is another."""
    url = auth.get("oauth", {}).get("token_url")
    if not url:
        return None
    parts = urlsplit(url)
    elsewhere = replace(door.connection, url=f"{parts.scheme}://{parts.netloc}")
    return HttpClient(door.name, elsewhere)


def _oauth(client: HttpClient, said: Mapping[str, str]) -> Login:
    """Ask for tokens by the client credentials grant (RFC 6749, 4.4)."""
    path = said.get("token_path") or urlsplit(said["token_url"]).path or "/"
    form = {"grant_type": "client_credentials", "scope": said.get("scope", "")}
    headers: dict[str, str] = {}
    if said.get("send_as") == "header":
        pair = {"username": said["client_id"], "password": said["client_secret"]}
        register_secret(_basic(pair))
        headers["Authorization"] = f"Basic {_basic(pair)}"
    else:
        form |= {key: said[key] for key in ("client_id", "client_secret")}
    call = Call(
        operation="log-in",
        method="POST",
        path=path,
        urlencoded={key: text for key, text in form.items() if text},
        headers=headers,
        repeatable=True,
    )
    return TokenLogin(client, call, read=partial(bearer_of, unsaid=_FOR_EVER))


def _own_login(door: Door, client: HttpClient, login: LoginCall, said: Mapping[str, str]) -> Login:
    scope = {**door.scope, "auth": said}
    call = login.request.call("log-in", scope, {}, door.description.answers)
    call = replace(call, repeatable=True, headers={**door.headers, **call.headers})
    return TokenLogin(client, call, read=partial(_granted, login), name=login.header)


def _granted(login: LoginCall, reply: Reply) -> Grant:
    said = answer_of(reply.status, reply.headers, reply.body)
    token = as_text(login.token.find(said))
    if not token:
        reply.doubt(f"was answered without a token at {login.token.text}")
    register_secret(token)
    return Grant(login.value.render({"token": token}), _seconds(login, said))


def _seconds(login: LoginCall, said: Mapping[str, Any]) -> float:
    told = login.expires_in.find(said) if login.expires_in is not None else None
    if isinstance(told, int | float) and not isinstance(told, bool):
        return float(told)
    return login.lifetime.total_seconds() if login.lifetime is not None else _FOR_EVER
