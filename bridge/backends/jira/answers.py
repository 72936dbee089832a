"""What Jira's answers mean, beyond their status."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from bridge.backends.http import Reply
from bridge.backends.quota import Quota, iso_8601, x_ratelimit
from bridge.domain.errors import DeskLockedOut, TicketRefused
from bridge.domain.json import JsonObject


class FieldsRefused(TicketRefused):
    """The desk will not take some fields of a ticket; certainly nothing was written."""

    def __init__(self, message: str, errors: Mapping[str, str]) -> None:
        self.errors = errors  #: what is said of each, by id; empty if it is not about fields
        super().__init__(message)


def read_quota(headers: Mapping[str, str], now: datetime) -> Quota:
    """Read how many calls are left; one issue that was written too often says nothing of others.

    https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
    """
    if "per-issue" in headers.get("RateLimit-Reason", ""):
        return Quota()
    return x_ratelimit(iso_8601)(headers, now)


def rows_of(reply: Reply) -> Sequence[JsonObject]:
    """Read the body as a list of objects; anything else leaves the outcome in doubt."""
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, list):
        reply.doubt("answered no JSON list")
    return [row for row in said if isinstance(row, Mapping)]


def errors_in(body: bytes) -> Mapping[str, str]:
    """Give what a refusal says of fields, by their ids."""
    errors = _refusal(body).get("errors")
    return {str(k): str(v) for k, v in errors.items()} if isinstance(errors, Mapping) else {}


def check_done(reply: Reply) -> None:
    """Leave the outcome in doubt unless Jira answered with nothing; a page is no such answer."""
    if reply.status != 204:
        reply.doubt(f"answered {reply.status} where Jira answers 204")


def says_why(body: bytes) -> bool:
    """Say whether a 403 is Jira's own about an issue; one over a log-in comes as a page."""
    said = _refusal(body)
    return bool(said.get("errorMessages") or said.get("errors"))


def _refusal(body: bytes) -> JsonObject:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def check_who(reply: Reply) -> None:
    """Raise if Jira took the call for nobody's: it answers 200 and shows what nobody may see."""
    reason = reply.headers.get("X-Seraph-LoginReason", "OK")
    is_nobody = reply.headers.get("X-AUSERNAME", "").casefold() == "anonymous"
    if is_nobody or "OK" not in reason:
        raise DeskLockedOut(
            f"{reply.desk}: {reply.call.operation} was answered as if nobody had logged in "
            f"(X-Seraph-LoginReason: {reason}); check `auth:` and log in once with a browser"
        )
