"""How the bridge writes JSON answers."""

from http import HTTPStatus

import orjson
from flask import Response


def json_answer(
    data: object, status: int = 200, *, media_type: str = "application/json"
) -> Response:
    """Answer with JSON; dataclasses, enums and points in time are written as they are."""
    body = orjson.dumps(data, option=orjson.OPT_UTC_Z)
    return Response(body, status=status, content_type=media_type)


def problem(status: int, detail: str) -> bytes:
    """Write a refusal as RFC 9457 has it."""
    return orjson.dumps(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
        }
    )
