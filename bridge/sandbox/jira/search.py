"""The search for issues: a little JQL, pages, and an index that may lag behind.

https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/
"""

import re
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bridge.domain.span import parse_span
from bridge.sandbox.jira.refusals import BadRequest
from bridge.sandbox.jira.words import PROJECT
from bridge.sandbox.orders import BadOrder
from bridge.sandbox.ticket import SandboxTicket

#: A page is as large as is asked for or as the desk likes, whichever is less.
MOST_ROWS: Final = 2
_JQL: Final = re.compile(
    r'(?:project = "(?P<project>[A-Z0-9_]+)" AND )?labels = "(?P<label>(?:[^"\\]|\\.)*)"'
    r"(?: ORDER BY created (?P<order>ASC|DESC))?"
)
_CLOUD_KEYS: Final = frozenset(
    {"jql", "maxResults", "fields", "nextPageToken", "expand", "reconcileIssues", "properties",
     "fieldsByKeys", "failFast"}
)  # fmt: skip
_SERVER_KEYS: Final = frozenset(
    {"jql", "maxResults", "fields", "startAt", "validateQuery", "expand"}
)
_MOST_RECONCILED: Final = 50


class Index:
    """What searches see of the tickets; safe to call from any thread.

    A new ticket is seen `lag` after it was filed, and not before so many searches have missed it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lag = timedelta(0)
        self._searches = 0
        self._missed: Counter[str] = Counter()

    def order(self, order: Mapping[str, object]) -> None:
        """Take `lag`, a span, and `searches`, a number; BadOrder if one makes no sense."""
        lag, searches = order.get("lag", "0ms"), order.get("searches", 0)
        if set(order) - {"lag", "searches"} or type(searches) is not int or searches < 0:
            message = 'write {"lag": "2s"}, {"searches": 2} or both'
            raise BadOrder(message)
        try:
            span = parse_span(str(lag))
        except ValueError as exc:
            raise BadOrder(str(exc)) from exc
        with self._lock:
            self._lag, self._searches = span, searches
            self._missed.clear()

    def seen(
        self, tickets: Sequence[SandboxTicket], reconciled: Collection[str]
    ) -> Sequence[SandboxTicket]:
        """Give those of the tickets that a search sees now, the reconciled ones among them."""
        with self._lock:
            now = datetime.now(UTC)
            late = {ticket.id for ticket in tickets if self._is_late(ticket, now)}
            self._missed.update(late)
        return [ticket for ticket in tickets if ticket.id not in late or ticket.id in reconciled]

    def _is_late(self, ticket: SandboxTicket, now: datetime) -> bool:
        return now - ticket.created_at < self._lag or self._missed[ticket.id] < self._searches


def select(tickets: Sequence[SandboxTicket], jql: object) -> Sequence[SandboxTicket]:
    """Give the tickets that a query means; BadRequest for all but the few forms known here."""
    said = _JQL.fullmatch(jql) if isinstance(jql, str) else None
    if said is None:
        raise BadRequest(f"Error in the JQL Query: this stand-in does not know {jql!r}")
    if said["project"] not in (None, PROJECT):
        raise BadRequest(f"The value '{said['project']}' does not exist for the field 'project'.")
    label = re.sub(r"\\(.)", r"\1", said["label"]).casefold()
    # Labels are searched without regard to upper and lower case.
    found = [t for t in tickets if label in {word.casefold() for word in t.tags}]
    return found[::-1] if said["order"] == "DESC" else found


def reconciled_in(said: Mapping[str, object]) -> Collection[str]:
    """Read the ids of issues whose present state a search is to count with."""
    ids = said.get("reconcileIssues", [])
    if not isinstance(ids, list) or not all(type(id_) is int for id_ in ids):
        raise BadRequest("reconcileIssues must be a list of issue ids")
    if len(ids) > _MOST_RECONCILED:
        raise BadRequest(f"reconcileIssues takes at most {_MOST_RECONCILED} issues")
    return {str(id_) for id_ in ids}


def check_keys(said: Mapping[str, object], *, is_cloud: bool) -> None:
    """Refuse a search with a key that this API does not have."""
    unknown = set(said) - (_CLOUD_KEYS if is_cloud else _SERVER_KEYS)
    if unknown:
        raise BadRequest(
            "Invalid request payload. Refer to the REST API documentation and try again. "
            f"({', '.join(sorted(unknown))})"
        )


def token_of(start: int) -> str:
    """Make the token by which a search is continued."""
    return urlsafe_b64encode(f"page {start}".encode()).decode()


def start_of(token: object) -> int:
    """Read a token; BadRequest for one that was never given."""
    try:
        word, start = urlsafe_b64decode(str(token)).decode().split()
        if word == "page":
            return int(start)
    except ValueError:
        pass
    raise BadRequest("The provided next page token is invalid.")


def size_of(said: Mapping[str, object]) -> int:
    """Give how many rows a page has."""
    wanted = said.get("maxResults", MOST_ROWS)
    if type(wanted) is not int or wanted < 0:
        raise BadRequest("maxResults must be a number")
    return min(wanted, MOST_ROWS)
