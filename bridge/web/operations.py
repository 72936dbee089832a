"""What people may do to an incident by the API."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response
from marshmallow import fields
from werkzeug.exceptions import NotFound

from bridge.domain.reading import Reader
from bridge.operations import Operations
from bridge.web.admin import protect, who
from bridge.web.answers import json_answer
from bridge.web.auth import Guard
from bridge.web.orders import Order, read_order
from bridge.web.schemas import IncidentSchema

Operation = Callable[[str, str, Mapping[str, Any]], None]

_INCIDENT = IncidentSchema()


class RetryOrderSchema(Order):
    """What to try again with; all of it may be left out."""

    set = fields.Dict(
        load_default=dict,
        metadata={"description": "Fields of the ticket, over those of the rules from now on."},
    )


class NoteOrderSchema(Order):
    """What to add to the ticket."""

    text = fields.String(required=True)


class NoOrderSchema(Order):
    """Nothing has to be said."""


def blueprint(reader: Reader, operations: Operations, guard: Guard | None) -> Blueprint:
    """Serve the operations to those the guard admits, or to anyone if there is none."""
    routes = Blueprint("operations", __name__, url_prefix="/api/v1/incidents")
    protect(routes, guard)

    def add(name: str, order: type[Order], operate: Operation) -> None:
        def view(incident_id: str) -> Response:
            operate(incident_id, who(), read_order(order()))
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
