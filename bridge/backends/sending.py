"""Requests on their way to one desk: what is the same for all of them is made ready once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import default_headers
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool

from bridge.backends.desk import Limits
from bridge.backends.onepiece import send_in_one_piece
from bridge.backends.quota import ReadQuota, unsaid

#: A host that does not take the connection by then is not there.
CONNECT_SECONDS = 5.0

#: A part of multipart/form-data as requests wants it.
Part = tuple[str, tuple[str | None, str | bytes] | tuple[str | None, str | bytes, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where a desk is and how to reach it."""

    url: str
    limits: Limits
    ca: str | None = None
    client_cert: str | tuple[str, str] | None = None
    proxy: str | None = None
    verify: bool = True
    quota: ReadQuota = unsaid  #: how its answers say how many calls are left


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request, not yet in the form of the wire."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    data: bytes | Mapping[str, str] | None = field(repr=False)
    parts: Sequence[Part] = field(repr=False)


class _Adapter(HTTPAdapter):
    """Finds out once what is the same for every call to one desk.

    These are the parts of an adapter that requests has for subclasses to replace.
    """

    _pool: ConnectionPool | None = None
    _is_trusted_as_asked = False

    def get_connection_with_tls_context(self, *args: Any, **how: Any) -> ConnectionPool:
        """Give the desk's own pool of connections."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **how)
            send_in_one_piece(self._pool)
        return self._pool

    def cert_verify(self, *args: Any, **how: Any) -> None:
        """Say whom to trust; where a file for that is missing, each call says so."""
        if not self._is_trusted_as_asked:
            super().cert_verify(*args, **how)  # type: ignore[no-untyped-call]  # the stubs' lack
            self._is_trusted_as_asked = True

    def request_url(
        self, request: requests.PreparedRequest, proxies: Mapping[str, str] | None
    ) -> str:
        """Give the path, or what a proxy wants."""
        return super().request_url(request, proxies) if proxies else request.path_url

    def build_response(
        self, req: requests.PreparedRequest, resp: BaseHTTPResponse
    ) -> requests.Response:
        """Make an answer of what is read of answers here."""
        answer = requests.Response()
        answer.status_code = resp.status
        answer.headers = CaseInsensitiveDict(resp.headers)
        answer.raw = resp
        answer.url = req.url or ""
        return answer

    def close(self) -> None:
        """Close the connections; whoever calls after that makes new ones."""
        super().close()
        self._pool, self._is_trusted_as_asked = None, False


class Sender:
    """Sends from any number of threads over connections that it keeps.

    A requests.Session does the same, and spends three times as long on what may change from call
    to call: cookies, redirects, the environment. Nothing of that is wanted here.
    """

    def __init__(self, connection: Connection) -> None:
        seconds = connection.limits.timeout.total_seconds()
        proxy = connection.proxy
        self._adapter = _Adapter(pool_connections=1, pool_maxsize=connection.limits.concurrency)
        self._how: Mapping[str, Any] = {
            "stream": True,
            "timeout": (min(CONNECT_SECONDS, seconds), seconds),
            "verify": (connection.ca or True) if connection.verify else False,
            "cert": connection.client_cert,
            "proxies": {"http": proxy, "https": proxy} if proxy else {},
        }

    def close(self) -> None:
        """Close every connection."""
        self._adapter.close()

    def send(self, outgoing: Outgoing) -> requests.Response:
        """Send it and give the answer, its body not yet read; redirects are answers too."""
        request = requests.PreparedRequest()
        request.method = outgoing.method
        if outgoing.query:
            request.prepare_url(outgoing.url, dict(outgoing.query))
        else:
            request.url = _address(outgoing.url)
        request.prepare_headers({**_USUAL_HEADERS, **outgoing.headers})
        request.prepare_body(outgoing.data or {}, outgoing.parts or None)
        return self._adapter.send(request, **self._how)


_USUAL_HEADERS: Mapping[str, str] = dict(default_headers())


@lru_cache(maxsize=256)
def _address(url: str) -> str | None:
    """Write an address as the wire wants it; most calls go to the same few."""
    request = requests.PreparedRequest()
    request.prepare_url(url, None)
    return request.url
