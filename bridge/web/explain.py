"""The API to try a body, and rules, without storing or sending anything."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus

import orjson
from flask import Blueprint, Response
from marshmallow import Schema, ValidationError, fields, validates
from werkzeug.exceptions import NotFound

from bridge.domain.errors import ConfigurationError
from bridge.domain.json import JsonObject, JsonValue
from bridge.telemetry.logging import masked
from bridge.trial.explainer import UnknownSource
from bridge.web.admin import protect
from bridge.web.answers import json_answer
from bridge.web.auth import Guard
from bridge.web.orders import Order, read_order

#: Says what a source's body would become, by the rules in force or by those in files of these
#: names; raises UnknownSource, MalformedBody or ConfigurationError.
Explain = Callable[[str, bytes, Mapping[str, str] | None], JsonObject]

#: What one file of rules is called that was sent without a name.
ONE_FILE = "rules.yaml"


class ExplainOrderSchema(Order):
    """What to explain."""

    source = fields.String(required=True, metadata={"description": "A name from `sources:`."})
    payload = fields.Raw(
        required=True, metadata={"description": "The webhook's body: as JSON, or as its text."}
    )
    rules = fields.Raw(
        metadata={
            "description": "Rules to try instead of those in force: the YAML text or the JSON of "
            "one file, or texts by file name, tables included."
        }
    )

    @validates("rules")
    def refuse_other_shapes(self, rules: object, data_key: str) -> None:  # noqa: ARG002  # marshmallow's
        """Refuse what is neither one file nor several."""
        if not isinstance(rules, str | Mapping) or not rules:
            raise ValidationError("is no file of rules; send its text, or texts by file name")


class ExplainedSchema(Schema):
    """One alert of the body."""

    name = fields.String()
    fingerprint = fields.String()
    status = fields.String()
    labels = fields.Dict()
    outcome = fields.String(metadata={"description": "`filed` or `dropped`."})
    rule = fields.String(allow_none=True, metadata={"description": "The last that applied."})
    rules = fields.List(
        fields.Dict(), metadata={"description": "Each rule; of one not taken, what failed first."}
    )


class ExplanationSchema(Schema):
    """What the body would become; of a filed alert also spec, fields, request and more."""

    rules_version = fields.String()
    alerts = fields.List(fields.Nested(ExplainedSchema))
    rejected = fields.List(fields.Dict())
    left_out = fields.Integer(metadata={"description": "Alerts beyond what is explained at once."})


_ORDER = ExplainOrderSchema()


def blueprint(explain: Explain, guard: Guard | None) -> Blueprint:
    """Serve /api/v1/explain to those the guard admits, or to anyone if there is none."""
    routes = Blueprint("explain", __name__, url_prefix="/api/v1")
    protect(routes, guard)

    @routes.post("/explain")
    def show() -> Response:
        order = read_order(_ORDER)
        try:
            said = explain(order["source"], _body(order["payload"]), _texts(order.get("rules")))
        except UnknownSource as exc:
            raise NotFound("no such source; give a name from `sources:` of bridge.yaml") from exc
        except ConfigurationError as error:
            return _refused(error)
        return json_answer(orjson.loads(masked(orjson.dumps(said, default=dict).decode())))

    return routes


def _body(payload: JsonValue) -> bytes:
    return payload.encode() if isinstance(payload, str) else orjson.dumps(payload)


def _texts(rules: str | Mapping[str, JsonValue] | None) -> Mapping[str, str] | None:
    """Give the files of rules by name: one file may come as its text or as its JSON."""
    match rules:
        case None:
            return None
        case str():
            return {ONE_FILE: rules}
        case _ if all(isinstance(text, str) for text in rules.values()):
            return {name: str(text) for name, text in rules.items()}
        case _:
            return {ONE_FILE: orjson.dumps(rules).decode()}


def _refused(error: ConfigurationError) -> Response:
    """Answer with every problem of the rules that were sent, each with its place."""
    problem = {
        "type": "about:blank",
        "title": HTTPStatus.BAD_REQUEST.phrase,
        "status": HTTPStatus.BAD_REQUEST.value,
        "detail": "the rules that were sent cannot be used; `problems` lists what to mend",
        "problems": [asdict(problem) for problem in error.problems],
    }
    return json_answer(problem, HTTPStatus.BAD_REQUEST, media_type="application/problem+json")
