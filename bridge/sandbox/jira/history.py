"""The history of issues: who changed which field, and when."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bridge.sandbox.jira.dialect import Dialect
from bridge.sandbox.jira.fields import IMPACT, URGENCY
from bridge.sandbox.jira.words import PEOPLE, Person
from bridge.sandbox.ticket import SandboxTicket

#: Who it was that changed a ticket by hand.
_SOMEBODY: Final = PEOPLE[2]
#: The id of a field, what Data Center calls it, and what the record has of it.
_FIELDS: Final[Sequence[tuple[str, str, Callable[[SandboxTicket], object]]]] = (
    ("summary", "summary", lambda ticket: ticket.subject),
    ("description", "description", lambda ticket: ticket.description),
    ("status", "status", lambda ticket: ticket.status),
    ("priority", "priority", lambda ticket: ticket.priority),
    ("assignee", "assignee", lambda ticket: ticket.assignee),
    ("reporter", "reporter", lambda ticket: ticket.requester),
    ("components", "Component", lambda ticket: ticket.category),
    ("labels", "labels", lambda ticket: " ".join(ticket.tags)),
    ("resolution", "resolution", lambda ticket: ticket.reason),
    (IMPACT, "Impact", lambda ticket: ticket.impact),
    (URGENCY, "Urgency", lambda ticket: ticket.urgency),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    at: datetime
    by: Person
    fields: Sequence[tuple[str, str]]


class History:
    """What happened to the tickets since this process began; safe to call from any thread.

    Only calls pass by here: what differs since the last of them was done by hand.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: dict[str, list[_Change]] = {}
        self._last: dict[str, SandboxTicket] = {}

    def wrote(self, before: SandboxTicket, after: SandboxTicket, by: Person) -> None:
        """Remember what a call changed."""
        with self._lock:
            self._catch_up(before)
            self._add(before, after, by)
            self._last[after.id] = after

    def filed(self, ticket: SandboxTicket) -> None:
        """Remember a ticket as it was filed, which is not in its history."""
        with self._lock:
            self._last[ticket.id] = ticket

    def show(self, ticket: SandboxTicket, dialect: Dialect) -> Mapping[str, object]:
        """Show the changelog: the newest first in the cloud, the oldest first elsewhere."""
        with self._lock:
            self._catch_up(ticket)
            changes = list(self._changes.get(ticket.id, ()))
        rows = [_shown(number, change, dialect) for number, change in enumerate(changes)]
        page = {"startAt": 0, "maxResults": len(rows), "total": len(rows)}
        return {**page, "histories": rows[::-1] if dialect.is_cloud else rows}

    def _catch_up(self, now: SandboxTicket) -> None:
        self._add(self._last.get(now.id, now), now, _SOMEBODY)
        self._last[now.id] = now

    def _add(self, before: SandboxTicket, after: SandboxTicket, by: Person) -> None:
        fields = [(id_, name) for id_, name, of in _FIELDS if of(before) != of(after)]
        if fields:
            change = _Change(at=datetime.now(UTC), by=by, fields=fields)
            self._changes.setdefault(after.id, []).append(change)


def _shown(number: int, change: _Change, dialect: Dialect) -> Mapping[str, object]:
    items = [
        {
            "field": name,
            "fieldtype": "custom" if id_.startswith("customfield_") else "jira",
            **({"fieldId": id_} if dialect.is_cloud else {}),
        }
        for id_, name in change.fields
    ]
    created = f"{change.at:%Y-%m-%dT%H:%M:%S}.{change.at.microsecond // 1000:03}+0000"
    author = dialect.show_person(change.by.shown)
    return {"id": str(40_000 + number), "author": author, "created": created, "items": items}
