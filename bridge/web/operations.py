"""What people may do to an incident by the API."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, request
from marshmallow import RAISE, Schema, ValidationError, fields
from werkzeug.exceptions import BadRequest, NotFound

from bridge.domain.reading import Reader
from bridge.operations import Operations
from bridge.web.admin import protect, who
from bridge.web.answers import json_answer
from bridge.web.auth import Guard
from bridge.web.schemas import IncidentSchema

Operation = Callable[[str, str, Mapping[str, Any]], None]

_INCIDENT = IncidentSchema()


class _Order(Schema):
    class Meta:
        """A misspelt key would be ignored and not say so."""

        unknown = RAISE


class RetryOrderSchema(_Order):
    """What to try again with; all of it may be left out."""

    set = fields.Dict(
        load_default=dict,
        metadata={"description": "Fields of the ticket, over those of the rules from now on."},
    )


class NoteOrderSchema(_Order):
    """What to add to the ticket."""

    text = fields.String(required=True)


class NoOrderSchema(_Order):
    """Nothing has to be said."""


def blueprint(reader: Reader, operations: Operations, guard: Guard | None) -> Blueprint:
    """Serve the operations to those the guard admits, or to anyone if there is none."""
    routes = Blueprint("operations", __name__, url_prefix="/api/v1/incidents")
    protect(routes, guard)

    def add(name: str, order: type[Schema], operate: Operation) -> None:
        def view(incident_id: str) -> Response:
            operate(incident_id, who(), _order(order()))
            listed = reader.incident(incident_id)
            if listed is None:
                raise NotFound("no such incident; it has been pruned")
            return json_answer(_INCIDENT.dump(listed), HTTPStatus.ACCEPTED)

        routes.add_url_rule(f"/<incident_id>/{name}", name, view, methods=["POST"])

    add("retry", RetryOrderSchema, lambda id_, by, said: operations.retry(id_, by, said["set"]))
    add("resolve", NoOrderSchema, lambda id_, by, _: operations.resolve(id_, by))
    add("cancel", NoOrderSchema, lambda id_, by, _: operations.cancel(id_, by))
    add("note", NoteOrderSchema, lambda id_, by, said: operations.comment(id_, by, said["text"]))
    return routes


def _order(schema: Schema) -> Mapping[str, Any]:
    """Read the body, which may be left out; BadRequest names each key that is wrong."""
    try:
        said = orjson.loads(request.get_data() or b"{}")
        order: Mapping[str, Any] = schema.load(said)
    except orjson.JSONDecodeError as exc:
        raise BadRequest("the body is not JSON; send an object, or nothing") from exc
    except ValidationError as exc:
        messages = exc.messages if isinstance(exc.messages, dict) else {"body": exc.messages}
        faults = [f"{name}: {' '.join(map(str, told))}" for name, told in messages.items()]
        raise BadRequest("; ".join(faults)) from exc
    return order
