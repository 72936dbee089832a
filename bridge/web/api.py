"""The API to read incidents with."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from bridge.domain.reading import Reader
from bridge.web.admin import protect
from bridge.web.answers import json_answer
from bridge.web.auth import Guard
from bridge.web.openapi import document
from bridge.web.queries import incident_page
from bridge.web.schemas import IncidentDetailSchema, IncidentListSchema

_LIST = IncidentListSchema()
_DETAIL = IncidentDetailSchema()


def blueprint(reader: Reader, guard: Guard | None, version: str) -> Blueprint:
    """Serve /api/v1 to those the guard admits, or to anyone if there is none."""
    routes = Blueprint("api", __name__, url_prefix="/api/v1")
    described = document(version)
    protect(routes, guard)

    @routes.get("/incidents")
    def list_incidents() -> Response:
        return json_answer(_LIST.dump(incident_page(reader, request.args.to_dict())))

    @routes.get("/incidents/<incident_id>")
    def show_incident(incident_id: str) -> Response:
        listed = reader.incident(incident_id)
        if listed is None:
            raise NotFound("no such incident; /api/v1/incidents lists those that there are")
        detail = {
            "listed": listed,
            "timeline": reader.timeline(incident_id),
            "members": reader.members(incident_id),
        }
        return json_answer(_DETAIL.dump(detail))

    @routes.get("/openapi.json")
    def show_openapi() -> Response:
        return json_answer(described)

    return routes
