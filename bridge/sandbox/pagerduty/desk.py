"""The stand-in PagerDuty.

https://developer.pagerduty.com/docs/events-api-v2-overview and the pages below it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import ClassVar, Final

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from bridge.sandbox.desk import Sandbox
from bridge.sandbox.gate import is_for_people
from bridge.sandbox.pagerduty.event import Event, Invalid, read
from bridge.sandbox.refusal import Refused
from bridge.sandbox.routes import json_answer
from bridge.sandbox.ticket import SandboxTicket

_TRIGGERED: Final = "triggered"
_STATUSES: Final = (_TRIGGERED, "acknowledged", "resolved")
_STATUS_OF: Final = {"acknowledge": "acknowledged", "resolve": "resolved"}
_MOST_BYTES: Final = 512_000


class PagerDutySandbox(Sandbox):
    """PagerDuty's service behind one integration key, which is `sandbox-key-of-32-characters-000`.

    Its alerts are tickets here, with the dedup_key as their id.
    """

    title = "PagerDuty sandbox"
    vocabulary: ClassVar[Mapping[str, Collection[str]]] = {"status": _STATUSES}

    def vendor_routes(self) -> Blueprint:
        """Give the one address that takes events."""
        blueprint = Blueprint("pagerduty", __name__)
        blueprint.add_url_rule("/v2/enqueue", view_func=self._enqueue, methods=["POST"])
        blueprint.app_errorhandler(Refused)(self._refuse)
        blueprint.app_errorhandler(HTTPException)(self._refuse_call)
        return blueprint

    def operation(self, request: Request) -> str:
        """Name the action of an event."""
        try:
            said = orjson.loads(request.get_data())
        except orjson.JSONDecodeError:
            said = None
        return str(said.get("event_action")) if isinstance(said, dict) else request.path

    def _enqueue(self) -> Response:
        event = read(_body())
        open_ = next((t for t in self._book.all() if t.id == event.dedup_key and t.is_open), None)
        if open_ is not None:
            self._book.change(open_.number, lambda was: _applied(event, was), by="api")
        elif event.action == "trigger":
            self._book.create(lambda earlier, now: _new(event, earlier, now))
        # What acknowledges or resolves nothing is dropped, and the answer is the same.
        answer = {"status": "success", "message": "Event processed", "dedup_key": event.dedup_key}
        return json_answer(answer, 202)

    def _refuse(self, refused: Refused) -> Response:
        self._calls.refuse(self.operation(request), str(refused))
        errors = refused.errors if isinstance(refused, Invalid) else [str(refused)]
        said = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        return json_answer(said, 400)

    def _refuse_call(self, error: HTTPException) -> HTTPException | Response:
        """Answer what has no route, or no such method."""
        if is_for_people(request.path):
            return error
        self._calls.refuse(self.operation(request), f"{error.code} {error.name}")
        return Response(error.name, status=error.code)


def _body() -> object:
    raw = request.get_data()
    if len(raw) > _MOST_BYTES:
        raise Invalid(["Event object exceeds size limit of 512 KB"])
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise Invalid(["JSON is invalid"]) from exc


def _applied(event: Event, alert: SandboxTicket) -> Mapping[str, object]:
    """Change an open alert: a trigger is only added to its log."""
    if event.action == "trigger":
        logged = f"{event.severity}: {event.summary}"
        return {"notes": (*alert.notes, logged, *event.notes)}
    return {"status": _STATUS_OF[event.action]}


def _new(event: Event, earlier: int, now: datetime) -> SandboxTicket:
    return SandboxTicket(
        number=f"Q{earlier + 1:04}",
        id=event.dedup_key,
        subject=event.summary,
        status=_TRIGGERED,
        created_at=now,
        updated_at=now,
        description=str(event.details.get("description", "")),
        priority=event.severity,
        category=event.kind,
        workgroup=event.group,
        ci_value=event.source,
        notes=event.notes,
        custom_fields={**event.details, **({"links": event.links} if event.links else {})},
        tags=(event.dedup_key,),
    )
