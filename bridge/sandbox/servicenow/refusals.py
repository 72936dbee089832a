"""ServiceNow's refusals: a status and, in the body, what it says of them.

Statuses are those of the Table API's page; a 403 may be a right, a business rule or a data policy.
"""

from typing import ClassVar

from bridge.sandbox.refusal import Refused


class BadRequest(Refused):
    """A body or an address that is none."""

    title: ClassVar[str] = "Exception while reading request"


class Unauthorized(Refused):
    """A call by nobody who is known."""

    status = 401
    title: ClassVar[str] = "User Not Authenticated"


class Expired(Unauthorized):
    """A token that was good once: no rule is broken, the client has to ask for another."""


class Forbidden(Refused):
    """A right that is missing, or a data policy that is not kept."""

    status = 403
    title: ClassVar[str] = "Operation Failed"


class NotFound(Refused):
    """A record that is not there."""

    status = 404
    title: ClassVar[str] = "No Record found"


class NotAcceptable(Refused):
    """An answer in another form was asked for."""

    status = 406
    title: ClassVar[str] = "Invalid media type"


class TooLarge(Refused):
    """A file that is larger than this instance takes; no document says with which status."""

    status = 413
    title: ClassVar[str] = "File size exceeded"


class Unsupported(Refused):
    """A body in another form."""

    status = 415
    title: ClassVar[str] = "Invalid content-type"


def refusal(refused: Refused) -> dict[str, object]:
    """Write the body of a refusal."""
    title = getattr(refused, "title", "Operation Failed")
    return {"error": {"message": title, "detail": str(refused)}, "status": "failure"}
