"""The outside of a Summit call: which service, and who asks.

https://help.symphonysummitai.com/summit-platform/docs/create-or-update-an-incident and the
vendor's pages on API authentication and common parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from bridge.sandbox.refusal import Refused

KEY: Final = "sandbox-key"
USER: Final = "bridge"
PASSWORD: Final = "sandbox-password"  # noqa: S105  # a stand-in's, meant to be known

#: The only value that RequestType has in the vendor's tables.
REMOTE_CALL: Final = "RemoteCall"

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: the service that is asked for, and its objCommonParameters."""

    service: str
    parameters: Fields


def read_call(body: bytes) -> Call:
    """Read a call and check who asks; Refused if the body is no call or the key is wrong."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise Refused("The request body is not JSON") from exc
    if not isinstance(said, dict):
        raise Refused("The request body is not a JSON object")
    parameters = section(said, "objCommonParameters")
    _check_proxy(section(parameters, "_ProxyDetails"))
    return Call(service=text(said, "ServiceName"), parameters=parameters)


def service_of(body: bytes) -> str:
    """Give the ServiceName of a body, or nothing."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    name = said.get("ServiceName") if isinstance(said, dict) else None
    return name if isinstance(name, str) else ""


def section(fields: Fields, name: str) -> Fields:
    """Give an object inside; Refused if it is missing or something else."""
    value = fields.get(name)
    if not isinstance(value, dict):
        raise Refused(f"{name} is mandatory and an object")
    return value


def text(fields: Fields, name: str) -> str:
    """Give a mandatory text; Refused if it is missing, empty or something else."""
    value = fields.get(name)
    if value is None or value == "":
        raise Refused(f"{name} is mandatory")
    if not isinstance(value, str):
        raise Refused(f"{name} is not a STRING")
    return value


def optional_text(fields: Fields, name: str) -> str:
    """Give a text, empty if it is missing; Refused if it is something else."""
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise Refused(f"{name} is not a STRING")
    return value


def _check_proxy(proxy: Fields) -> None:
    if type(proxy.get("ProxyID")) is not int or proxy["ProxyID"] != 0:
        raise Refused("ProxyID is not 0")
    if proxy.get("ReturnType") != "JSON":
        raise Refused("ReturnType is not JSON")
    if not isinstance(proxy.get("TokenID", ""), str):
        raise Refused("TokenID is not a STRING")
    if "APIKey" in proxy or "AuthType" in proxy:
        _check_key(proxy)
    elif (proxy.get("UserName"), proxy.get("Password")) != (USER, PASSWORD):
        raise Refused("Invalid UserName or Password")


def _check_key(proxy: Fields) -> None:
    if text(proxy, "AuthType").upper() != "APIKEY":
        raise Refused("AuthType is not APIKEY")
    if type(proxy.get("OrgID")) is not int:
        raise Refused("OrgID is mandatory and an INTEGER")
    if proxy.get("APIKey") != KEY:
        raise Refused("Invalid API Key")
