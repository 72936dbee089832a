"""The way in: a webhook is authenticated, bounded, handed on, and answered after the commit."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from time import perf_counter

import structlog
from flask import Blueprint, Request, Response
from flask.globals import request_ctx
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from bridge.domain.ports import Source
from bridge.domain.receipt import Receipt
from bridge.telemetry import metrics
from bridge.web.answers import json_answer
from bridge.web.body import Bomb, Unpackable, demand_known_encoding, read_body, unpacked
from bridge.web.door import Door, GuardedSource
from bridge.web.errors import as_refusal
from bridge.web.gate import Gate, Overloaded

#: What sources may be able to read; whether this one is, it says itself.
_KINDS = (
    "",
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
)

#: Takes a body into the store; raises MalformedBody (once it is kept) or StoreUnavailable.
Receive = Callable[[Source, bytes, str], Receipt]
#: Keeps a body that could not even be unpacked, with the reason.
Keep = Callable[[Source, bytes, str, str], None]

_log = structlog.stdlib.get_logger(__name__)


class Outcome(StrEnum):
    """How webhook requests end, as metrics name it."""

    ACCEPTED = "accepted"
    MALFORMED = "malformed"
    UNAUTHORIZED = "unauthorized"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    FORBIDDEN = "forbidden"
    SLOWED = "slowed"
    SHED = "shed"
    UNAVAILABLE = "unavailable"
    ERROR = "error"


_OUTCOMES: Mapping[int | None, Outcome] = {
    HTTPStatus.BAD_REQUEST: Outcome.MALFORMED,
    HTTPStatus.UNAUTHORIZED: Outcome.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN: Outcome.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS: Outcome.SLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Outcome.TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Outcome.UNSUPPORTED,
    HTTPStatus.SERVICE_UNAVAILABLE: Outcome.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What every webhook passes on its way in, whoever sends it."""

    door: Door
    gate: Gate
    receive: Receive
    keep: Keep
    max_body: int  #: in bytes


def blueprint(sources: Mapping[str, GuardedSource], way: Way) -> Blueprint:
    """Serve each source under its configured name."""
    routes = Blueprint("webhooks", __name__, url_prefix="/webhooks")

    @routes.route("/<name>", methods=["POST", "PUT"])
    def take_webhook(name: str) -> Response:
        guarded = sources.get(name)
        if guarded is None:
            raise NotFound("no such source; the path ends in a name from `sources:` of bridge.yaml")
        with counted(guarded.source.name):
            # The request itself: `flask.request` looks it up again for each of its attributes.
            return _answer(guarded.source.name, _take(guarded, way, request_ctx.request))

    return routes


def _take(guarded: GuardedSource, way: Way, request: Request) -> Receipt:
    whole = partial(read_body, request, way.max_body)
    way.door.admit(guarded, request, whole)
    content_type: str = request.environ.get("CONTENT_TYPE", "")
    if content_type not in _KINDS:
        _demand_known_kind(request)
    demand_known_encoding(request)
    body = whole()
    with way.gate.passed():
        try:
            return way.receive(guarded.source, unpacked(request, body, way.max_body), content_type)
        except (Unpackable, Bomb) as exc:
            way.keep(guarded.source, body, content_type, str(exc.description))
            raise


def _demand_known_kind(request: Request) -> None:
    kind = request.mimetype
    if kind not in _KINDS and not kind.endswith("+json"):
        raise UnsupportedMediaType("send JSON, with `Content-Type: application/json`, or a form")


def _answer(source: str, receipt: Receipt) -> Response:
    if receipt.rejected:
        first = receipt.rejected[0]
        _log.warning(
            "alerts rejected", source=source, count=len(receipt.rejected), first=first.error
        )
    answer = {
        "receipt": receipt.inbox_id,
        "accepted": receipt.accepted,
        "dropped": receipt.dropped,
        "rejected": receipt.rejected,
        "incidents": receipt.incidents,
    }
    return json_answer(answer, HTTPStatus.ACCEPTED)


@contextmanager
def counted(source: str) -> Iterator[None]:
    """Time and count the request by its outcome; only configured names become labels."""
    started = perf_counter()
    outcome = Outcome.ACCEPTED
    try:
        yield
    except Exception as exc:
        outcome = _outcome(exc)
        raise
    finally:
        metrics.webhooks(source, outcome).inc()
        metrics.webhook_seconds(source).observe(perf_counter() - started)


def _outcome(exc: Exception) -> Outcome:
    if isinstance(exc, Overloaded):
        return Outcome.SHED
    return _OUTCOMES.get(as_refusal(exc).code, Outcome.ERROR)
