"""The OpenAPI 3.1 document, generated from the schemas and the list of operations below."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from marshmallow import Schema

from bridge.domain.json import JsonObject, JsonValue
from bridge.jsonschema import components, described, name_of
from bridge.web.explain import ExplainOrderSchema, ExplanationSchema
from bridge.web.inbox import (
    InboxEntrySchema,
    InboxListSchema,
    InboxQuerySchema,
    ReplaySchema,
)
from bridge.web.operations import NoOrderSchema, NoteOrderSchema, RetryOrderSchema
from bridge.web.schemas import (
    AnyJsonSchema,
    EventProcessedSchema,
    HealthSchema,
    IncidentDetailSchema,
    IncidentListSchema,
    IncidentQuerySchema,
    IncidentSchema,
    ProblemSchema,
    ReadinessSchema,
    ReceiptSchema,
)

_JSON = "application/json"
_PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    method: str
    path: str
    id: str
    summary: str
    gives: type[Schema] | str  #: a JSON answer's schema, or another answer's media type
    status: int = HTTPStatus.OK
    takes: type[Schema] | None = None
    query: type[Schema] | None = None
    problems: tuple[int, ...] = ()


_WEBHOOK_PROBLEMS = (400, 401, 403, 404, 405, 413, 415, 429, 500, 503)

_OPERATE: tuple[tuple[str, str, type[Schema]], ...] = (
    ("retry", "Try again at once, with edits if any are given.", RetryOrderSchema),
    ("resolve", "Resolve the ticket now, whatever fires.", NoOrderSchema),
    ("cancel", "Cancel the ticket, or file none if there is none yet.", NoOrderSchema),
    ("note", "Add a note to the ticket.", NoteOrderSchema),
)

_OPERATIONS = (
    *(
        _Operation(
            method=method,
            path="/webhooks/{name}",
            id=f"{method}Webhook",
            summary="Take alerts from the source of this name; answered once they are stored.",
            takes=AnyJsonSchema,
            gives=ReceiptSchema,
            status=HTTPStatus.ACCEPTED,
            problems=_WEBHOOK_PROBLEMS,
        )
        for method in ("post", "put")
    ),
    _Operation(
        method="post",
        path="/v2/enqueue",
        id="enqueueEvent",
        summary="Take an event as PagerDuty's Events API v2 does; 400 and 413 list `errors`.",
        takes=AnyJsonSchema,
        gives=EventProcessedSchema,
        status=HTTPStatus.ACCEPTED,
        problems=(403, 405, 415, 429, 500, 503),
    ),
    _Operation(
        method="get",
        path="/api/v1/incidents",
        id="listIncidents",
        summary="List incidents, newest first.",
        query=IncidentQuerySchema,
        gives=IncidentListSchema,
        problems=(400, 401, 503),
    ),
    _Operation(
        method="get",
        path="/api/v1/incidents/{incident_id}",
        id="showIncident",
        summary="Show one incident with its timeline and its alerts.",
        gives=IncidentDetailSchema,
        problems=(401, 404, 503),
    ),
    *(
        _Operation(
            method="post",
            path=f"/api/v1/incidents/{{incident_id}}/{name}",
            id=f"{name}Incident",
            summary=summary,
            takes=takes,
            gives=IncidentSchema,
            status=HTTPStatus.ACCEPTED,
            problems=(400, 401, 403, 404, 409, 503),
        )
        for name, summary, takes in _OPERATE
    ),
    _Operation(
        method="get",
        path="/api/v1/inbox",
        id="listInbox",
        summary="List webhook bodies, the rejected ones first.",
        query=InboxQuerySchema,
        gives=InboxListSchema,
        problems=(400, 401, 503),
    ),
    _Operation(
        method="get",
        path="/api/v1/inbox/{body_id}",
        id="showBody",
        summary="Show one webhook body as received.",
        gives=InboxEntrySchema,
        problems=(401, 404, 503),
    ),
    _Operation(
        method="post",
        path="/api/v1/inbox/{body_id}/replay",
        id="replayBody",
        summary="Take a body again, as far as nothing newer is known; twice is as good as once.",
        gives=ReplaySchema,
        status=HTTPStatus.ACCEPTED,
        problems=(400, 401, 403, 404, 409, 503),
    ),
    _Operation(
        method="post",
        path="/api/v1/explain",
        id="explain",
        summary="Say what a body would become, and why; nothing is stored and nothing is sent.",
        takes=ExplainOrderSchema,
        gives=ExplanationSchema,
        problems=(400, 401, 403, 404),
    ),
    _Operation(
        method="get",
        path="/api/v1/openapi.json",
        id="showOpenapi",
        summary="This document.",
        gives=AnyJsonSchema,
        problems=(401,),
    ),
    _Operation(
        method="get",
        path="/healthz",
        id="healthz",
        summary="Say that the process runs.",
        gives=HealthSchema,
    ),
    _Operation(
        method="get",
        path="/readyz",
        id="readyz",
        summary="Say whether traffic should come, and if not why; 503 then.",
        gives=ReadinessSchema,
    ),
    _Operation(
        method="get",
        path="/metrics",
        id="showMetrics",
        summary="Metrics as Prometheus text.",
        gives="text/plain",
    ),
    _Operation(
        method="get",
        path="/",
        id="incidentsPage",
        summary="The console: incidents, newest first.",
        query=IncidentQuerySchema,
        gives="text/html",
    ),
    _Operation(
        method="get",
        path="/incidents/{incident_id}",
        id="incidentPage",
        summary="The console: one incident.",
        gives="text/html",
    ),
    _Operation(
        method="get",
        path="/inbox",
        id="inboxPage",
        summary="The console: webhook bodies as received.",
        query=InboxQuerySchema,
        gives="text/html",
    ),
    _Operation(
        method="get",
        path="/inbox/{body_id}",
        id="bodyPage",
        summary="The console: one webhook body.",
        gives="text/html",
    ),
)

_SECURITY: JsonObject = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "query_token": {"type": "apiKey", "in": "query", "name": "token"},
    "hmac": {"type": "apiKey", "in": "header", "name": "X-Grafana-Alerting-Signature"},
}


def document(version: str) -> JsonObject:
    """Describe every route of the app."""
    paths: dict[str, dict[str, JsonValue]] = {}
    for operation in _OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "incident-bridge", "version": version},
        "paths": paths,
        "components": {"schemas": _components(), "securitySchemes": _SECURITY},
        # Which of these a route asks for, if any, is the configuration's choice.
        "security": [{}, *({name: []} for name in _SECURITY)],
    }


def _components() -> dict[str, JsonValue]:
    found = components(ProblemSchema)
    for operation in _OPERATIONS:
        for schema in (operation.gives, operation.takes):
            if isinstance(schema, type):
                found |= components(schema)
    return found


def _described(operation: _Operation) -> JsonObject:
    answers: dict[str, JsonValue] = {
        str(int(operation.status)): {
            "description": HTTPStatus(operation.status).phrase,
            "content": _content(operation.gives),
        }
    }
    for status in operation.problems:
        answers[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {_PROBLEM: {"schema": _ref(ProblemSchema)}},
        }
    said: dict[str, JsonValue] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": answers,
    }
    if operation.takes is not None:
        # An order to an operation may say nothing.
        is_needed = not operation.path.startswith("/api/v1/incidents/")
        said["requestBody"] = {"required": is_needed, "content": _content(operation.takes)}
    return said


def _content(gives: type[Schema] | str) -> JsonObject:
    if isinstance(gives, str):
        return {gives: {"schema": {"type": "string"}}}
    return {_JSON: {"schema": _ref(gives)}}


def _ref(schema: type[Schema]) -> JsonObject:
    return {"$ref": f"#/components/schemas/{name_of(schema)}"}


def _path_parameters(operation: _Operation) -> list[JsonObject]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]


def _query_parameters(operation: _Operation) -> list[JsonObject]:
    if operation.query is None:
        return []
    return [
        {"name": name, "in": "query", "schema": described(field)}
        for name, field in operation.query().fields.items()
    ]
