"""The document covers the app, whole."""

import re
from collections.abc import Iterator

from flask import Flask

from bridge.domain.json import JsonValue
from bridge.web import create_app
from tests.web.fakes import Web


def routes_of(app: Flask) -> set[tuple[str, str]]:
    """Give (method, path) of every route but the style sheet's."""
    return {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in (rule.methods or set()) - {"HEAD"}
    }


def references(value: JsonValue) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                if key == "$ref":
                    yield str(inner)
                yield from references(inner)
        case list():
            for inner in value:
                yield from references(inner)
        case _:
            pass


def test_the_document_describes_every_route_and_no_other() -> None:
    app = create_app(Web().deps())
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    described = {(method, path) for path, item in document["paths"].items() for method in item}
    assert described == routes_of(app)


def test_every_reference_leads_somewhere_and_every_id_is_unique() -> None:
    document = Web().client().get("/api/v1/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= schemas
    ids = [op["operationId"] for item in document["paths"].values() for op in item.values()]
    assert len(ids) == len(set(ids))


def test_limits_and_choices_are_described() -> None:
    document = Web().client().get("/api/v1/openapi.json").get_json()
    parameters = {p["name"]: p for p in document["paths"]["/api/v1/incidents"]["get"]["parameters"]}
    assert parameters["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 200,
        "description": "How many at most.",
        "default": 50,
    }
    assert parameters["state"]["schema"]["enum"] == ["open", "clear"]
    incident = document["components"]["schemas"]["Incident"]["properties"]
    assert incident["phase"]["enum"][0] == "held"
    assert incident["ticket"] == {
        "anyOf": [{"$ref": "#/components/schemas/Ticket"}, {"type": "null"}]
    }
    assert incident["due_at"] == {"type": ["string", "null"], "format": "date-time"}
