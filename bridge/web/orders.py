"""How the bodies of the API's orders are read."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import request
from marshmallow import RAISE, Schema, ValidationError
from werkzeug.exceptions import BadRequest


class Order(Schema):
    """What is asked for; a misspelt key would be ignored and not say so."""

    class Meta:
        """Refuse what nobody knows."""

        unknown = RAISE


def read_order(schema: Order) -> Mapping[str, Any]:
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
