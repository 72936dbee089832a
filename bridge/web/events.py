"""PagerDuty's Events API v2 as its senders know it: same path, same answers.

https://developer.pagerduty.com/docs/events-api-v2/overview/
"""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import uuid4

import orjson
import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from bridge.domain.json import JsonObject
from bridge.sources.pagerduty import MAX_EVENT, InvalidEvent, needs_dedup_key, read_event
from bridge.telemetry.logging import MASK
from bridge.web.answers import json_answer
from bridge.web.body import Unpackable, demand_known_encoding, read_body, unpacked
from bridge.web.door import GuardedSource
from bridge.web.errors import safe
from bridge.web.webhooks import Way, counted

_log = structlog.stdlib.get_logger(__name__)


class _WrongKey(BadRequest):
    """No source has this routing key; PagerDuty calls that a bad request."""


def blueprint(sources: Sequence[GuardedSource], way: Way) -> Blueprint:
    """Serve the sources together at /v2/enqueue, and each under its configured name."""
    routes = Blueprint("events", __name__)
    routes.register_error_handler(InvalidEvent, lambda exc: _invalid(exc.errors))
    routes.register_error_handler(_WrongKey, lambda _: _invalid(["Invalid routing key"]))
    routes.register_error_handler(Unpackable, lambda exc: _invalid([str(exc.description)]))
    routes.register_error_handler(RequestEntityTooLarge, _too_large)

    @routes.post("/v2/enqueue")
    def enqueue() -> Response:
        return _enqueue(sources, way)

    for guarded in sources:
        routes.add_url_rule(
            f"/webhooks/{guarded.source.name}",
            endpoint=guarded.source.name,
            view_func=lambda guarded=guarded: _enqueue([guarded], way),
            methods=["POST", "PUT"],
        )
    return routes


def _enqueue(sources: Sequence[GuardedSource], way: Way) -> Response:
    demand_known_encoding(request)
    body = unpacked(request, read_body(request, MAX_EVENT), MAX_EVENT)
    event = read_event(body)
    # All are asked, so that the time taken does not say which key was nearly right.
    addressed = [guarded for guarded in sources if guarded.guard.admits(request, lambda: body)]
    if not addressed:
        raise way.door.refusal(request, _WrongKey())
    guarded = addressed[0]
    with counted(guarded.source.name):
        way.door.demand_place(guarded, request)
        kept = _without_key(event)
        with way.gate.passed():
            way.receive(guarded.source, orjson.dumps(kept), "application/json")
    return _processed(kept.get("dedup_key"))


def _without_key(event: JsonObject) -> JsonObject:
    """Give the event as it may be stored: with a name, and without what proves who sent it."""
    named = {"dedup_key": uuid4().hex} if needs_dedup_key(event) else {}
    return {**event, **named, **({"routing_key": MASK} if "routing_key" in event else {})}


def _processed(dedup_key: object) -> Response:
    answer = {"status": "success", "message": "Event processed", "dedup_key": dedup_key}
    return json_answer(answer, HTTPStatus.ACCEPTED)


def _too_large(_exc: RequestEntityTooLarge) -> Response:
    return _invalid(
        [f"the event is larger than {MAX_EVENT} bytes"], HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )


def _invalid(errors: Sequence[str], status: int = HTTPStatus.BAD_REQUEST) -> Response:
    told = [safe(error) for error in errors]
    _log.warning("event refused", status=int(status), errors=told)
    answer = {"status": "invalid event", "message": "Event object is invalid", "errors": told}
    return json_answer(answer, status)
