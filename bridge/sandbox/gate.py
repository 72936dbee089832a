"""The way into a stand-in desk: counts each vendor call, delays it and lets it fail as ordered."""

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from bridge.sandbox.book import CallLog
from bridge.sandbox.faults import FaultKind, FaultPlan
from bridge.sandbox.server import ARRIVED_AT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Longer than any client should wait; what still waits then loses its connection.
LONGEST_HANG_SECONDS = 60.0

_LOGIN_PAGE = """<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><h1>Web gateway</h1><form method="post"><input name="user"></form></body></html>
"""


class Gate:
    """Stands before the application; what is for people and tests passes as it is."""

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        calls: CallLog,
        faults: FaultPlan,
        operation: Callable[[Request], str],
        no_call_left: Callable[[timedelta], Mapping[str, str]],
        stopping: threading.Event,
    ) -> None:
        self._app = app
        self._calls = calls
        self._faults = faults
        self._operation = operation
        self._no_call_left = no_call_left
        self._stopping = stopping

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Handle one request; ConnectionError says that its connection has to break."""
        if is_for_people(environ.get("PATH_INFO", "")):
            return self._app(environ, start_response)
        request = Request(environ)
        request.get_data()
        self._calls.count(self._operation(request), environ.get(ARRIVED_AT))
        kind = self._faults.draw()
        if self._stopping.wait(self._faults.latency.total_seconds()):
            raise ConnectionAbortedError
        answer = self._answer(request, kind)
        return answer(environ, start_response)

    def _answer(self, request: Request, kind: FaultKind | None) -> Response:
        if kind is not None and not kind.is_after:
            return self._fail(kind)
        request.environ["wsgi.input"].seek(0)
        answer = Response.from_app(self._app, request.environ, buffered=True)
        return answer if kind is None else self._fail(kind)

    def _fail(self, kind: FaultKind) -> Response:
        match kind.answer:
            case "reset":
                raise ConnectionResetError
            case "hang":
                self._stopping.wait(LONGEST_HANG_SECONDS)
                raise ConnectionAbortedError
            case "html":
                return Response(_LOGIN_PAGE, mimetype="text/html")
            case "empty":
                return Response(b"")
            case "429-date":
                soon = datetime.now(UTC) + timedelta(seconds=2)
                return _error(429, {"Retry-After": http_date(soon)})
            case "429-reset":
                return _error(429, self._no_call_left(timedelta(seconds=1)))
            case "429" | "503" as code:
                return _error(int(code), {"Retry-After": "1"})
            case code:
                return _error(int(code), {})


def is_for_people(path: str) -> bool:
    """Tell the pages and the controls of a stand-in desk from the vendor's API."""
    return path == "/" or path.startswith(("/_sandbox/", "/tickets/"))


def _error(code: int, headers: Mapping[str, str]) -> Response:
    return Response(f"Ordered fault {code}\n", status=code, headers=headers, mimetype="text/plain")
