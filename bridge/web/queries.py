"""How API and pages read the parameters of a list."""

from collections.abc import Mapping

from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest

from bridge.domain.reading import IncidentPage, IncidentQuery, Reader
from bridge.web.schemas import IncidentQuerySchema

_SCHEMA = IncidentQuerySchema()


def incident_page(reader: Reader, parameters: Mapping[str, str]) -> IncidentPage:
    """List what the parameters ask for; BadRequest names each of them that is wrong."""
    query = _query(parameters)
    try:
        return reader.incidents(query)
    except ValueError as exc:
        if not query.cursor:
            raise
        raise BadRequest("cursor: is not the `next` of a page") from exc


def _query(parameters: Mapping[str, str]) -> IncidentQuery:
    try:
        query: IncidentQuery = _SCHEMA.load(parameters)
    except ValidationError as exc:
        faults = [f"{name}: {' '.join(said)}" for name, said in exc.messages_dict.items()]
        raise BadRequest("; ".join(faults)) from exc
    return query
