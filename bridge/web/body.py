"""How much of a request's body is read."""

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge


def read_body(request: Request, max_body: int) -> bytes:
    """Give the whole body, read once; RequestEntityTooLarge if it is longer than `max_body`."""
    too_large = RequestEntityTooLarge(
        f"the body is larger than {max_body} bytes; send less at once or raise `server.max_body`"
    )
    if (request.content_length or 0) > max_body:
        raise too_large
    # Werkzeug cuts a chunked body at its limit and calls it whole: one byte more shows the cut.
    request.max_content_length = max_body + 1
    body = request.get_data()
    if len(body) > max_body:
        raise too_large
    return body
