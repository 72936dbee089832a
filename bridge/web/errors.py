"""Refusals and failures as RFC 9457 problem JSON, or as a page for people.

Senders copy these bodies into their logs: they are short, say what to do and hold no secret.
"""

from http import HTTPStatus

import structlog
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import (
    BadRequest,
    Conflict,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
)

from bridge.domain.errors import (
    MalformedBody,
    OperationRefused,
    StoreUnavailable,
    UnknownIncident,
)
from bridge.telemetry.logging import masked
from bridge.web.answers import problem

LONGEST_DETAIL = 300

#: Refusals that someone should hear of; those who keep failing fill no log.
_SENDERS = ("/webhooks/", "/v2/")
RETRY_AFTER_SECONDS = 5

_log = structlog.stdlib.get_logger(__name__)


def install(app: Flask) -> None:
    """Answer every exception that reaches the app, and log it where that is of use."""
    app.register_error_handler(Exception, _answer)


def as_refusal(exc: Exception) -> HTTPException:
    """Translate whatever was raised into the answer that it deserves."""
    match exc:
        case HTTPException():
            return exc
        case MalformedBody():
            return BadRequest(str(exc))
        case UnknownIncident():
            return NotFound(str(exc))
        case OperationRefused():
            return Conflict(str(exc))
        case StoreUnavailable():
            return ServiceUnavailable(
                "the bridge cannot reach its storage; send the same again",
                retry_after=RETRY_AFTER_SECONDS,
            )
        case _:
            return InternalServerError("the bridge failed; its log says how")


def safe(text: str, limit: int = LONGEST_DETAIL) -> str:
    """Make text fit to be repeated to anyone: no secret, nothing unprintable, not long."""
    shown = "".join(char if char.isprintable() else "?" for char in masked(text))
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _answer(exc: Exception) -> Response:
    refusal = as_refusal(exc)
    status = refusal.code or HTTPStatus.INTERNAL_SERVER_ERROR
    detail = safe(_detail(refusal))
    _record(exc, status, detail)
    answer = _page(status, detail) if request.blueprint == "pages" else _problem(status, detail)
    for name, value in refusal.get_headers():
        if name != "Content-Type":
            answer.headers.add(name, value)
    return answer


def _detail(refusal: HTTPException) -> str:
    """Say what to do in our words where Flask refused by itself."""
    is_standard = refusal.description == type(refusal).description
    match refusal:
        case MethodNotAllowed():
            allowed = " or ".join(sorted(refusal.valid_methods or ()))
            return f"use {allowed}; if a redirect led here, give the sender the final URL instead"
        case NotFound() if is_standard:
            return "nothing is here; /api/v1/openapi.json lists what there is"
        case _:
            return refusal.description or ""


def _problem(status: int, detail: str) -> Response:
    body = problem(status, detail)
    return Response(body, status=status, content_type="application/problem+json")


def _page(status: int, detail: str) -> Response:
    title = HTTPStatus(status).phrase
    return Response(render_template("error.html", title=title, detail=detail), status=status)


def _record(exc: Exception, status: int, detail: str) -> None:
    about = {"method": request.method, "path": safe(request.path, 100), "status": status}
    if isinstance(exc, StoreUnavailable):
        _log.error("storage unavailable", **about, error=str(exc))
    elif isinstance(exc, ServiceUnavailable):  # ours, for lack of room: nothing is broken
        _log.warning("request put off", **about, detail=detail)
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request failed", **about, exc_info=exc)
    elif status != HTTPStatus.TOO_MANY_REQUESTS and request.path.startswith(_SENDERS):
        _log.warning("webhook refused", **about, detail=detail)
