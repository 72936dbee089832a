"""What the wire says of a call that failed: whether it left, why it failed, what to mend."""

from collections.abc import Mapping
from typing import Any

import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from bridge.telemetry.logging import masked

_QUOTED_CHARACTERS = 300
#: Of a longer answer the rest says nothing new.
_READ_BYTES = 65_536


def was_never_sent(exc: Exception) -> bool:
    """Tell failures from before the request left; a ValueError is ours, over what to send."""
    if isinstance(
        exc, requests.ConnectTimeout | requests.exceptions.ProxyError | ValueError | TypeError
    ):
        return True
    cause = _cause(exc)
    if isinstance(exc, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(cause)
    return isinstance(cause, NewConnectionError | NameResolutionError)


def reason(exc: Exception) -> str:
    """Give the cause in a few words."""
    cause = _cause(exc)
    return str(cause if isinstance(cause, Exception) else exc).rpartition(">: ")[2][:200]


def remedy(status: int, headers: Mapping[str, str]) -> str:
    """Say what to mend when an answer refuses the bridge itself; nothing when it does not."""
    match status:
        case 401 | 403 | 407:
            return f"{_denial(headers)}; check `auth:` and the rights of that account"
        case 404 | 405 | 410 | 301 | 302 | 303 | 307 | 308:
            return "; check `url:` and the version of the desk"
        case _:
            return ""


def _denial(headers: Mapping[str, str]) -> str:
    """Say what Jira's log-in says beside its status: after failures it wants a CAPTCHA solved."""
    said = headers.get("X-Authentication-Denied-Reason", "")
    said = said or headers.get("X-Seraph-LoginReason", "")
    if "CAPTCHA" in said or "AUTHENTICATION_DENIED" in said:
        return masked(f" ({said[:100]}: log in once with a browser and solve the CAPTCHA)")
    return masked(f" ({said[:100]})") if said else ""


def _cause(exc: Exception) -> Any:
    inner = exc.args[0] if exc.args else None
    return inner.reason if isinstance(inner, MaxRetryError) else inner


def quoted(body: bytes) -> str:
    """Give the beginning of an answer, so that a person recognises it."""
    # Masked before it is cut: half a secret is no secret to the mask, but it is to a thief.
    text = masked(" ".join(body[:_READ_BYTES].decode("utf-8", "replace").split()))
    if not text:
        return "nothing"
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}…"
