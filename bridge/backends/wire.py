"""What an exception of the HTTP library says of a call: whether it left, and why it failed."""

from typing import Any

import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError


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


def _cause(exc: Exception) -> Any:
    inner = exc.args[0] if exc.args else None
    return inner.reason if isinstance(inner, MaxRetryError) else inner
