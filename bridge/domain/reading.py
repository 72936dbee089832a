"""What pages, API, commands, metrics and health read."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.domain.drill import DrillResult
from bridge.domain.inbox import InboxEntry, InboxPage, InboxQuery
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.known import KnownAlert


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentQuery:
    """Which incidents to list, newest first; empty fields do not narrow."""

    state: str = ""
    backend: str = ""
    key: str = ""
    rule: str = ""
    parked: bool = False  #: only those that wait for a person
    q: str = ""  #: part of the subject, the key, the token or the ticket's number
    cursor: str = ""  #: the `next` of the page before
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedIncident:
    """An incident and how many of its alerts fire and have cleared."""

    incident: Incident
    firing: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """One page of incidents, newest first."""

    incidents: Sequence[ListedIncident]
    next: str | None  #: the cursor of the next page; None: this is the last


class Reader(Protocol):
    """What pages, API, metrics and health read; nothing here writes, or waits for a writer."""

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        """List incidents by keyset, newest first."""

    def incident(self, incident_id: str) -> ListedIncident | None:
        """Give one incident."""

    def members(self, incident_id: str) -> Sequence[KnownAlert]:
        """Give the stored alerts of an incident, firing first."""

    def known_alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        """Give what is stored of alerts, by fingerprint."""

    def timeline(self, incident_id: str) -> Sequence[TimelineEntry]:
        """Give what happened to an incident, oldest first."""

    def phase_counts(self) -> Mapping[tuple[str, str], int]:
        """Count the incidents by (backend, phase)."""

    def oldest_due_seconds(self, now: datetime) -> Mapping[str, float]:
        """Say for each backend how long its longest-due incident has been due."""

    def drills(self) -> Sequence[DrillResult]:
        """Give the latest drill of each service desk."""

    def last_beat(self) -> datetime | None:
        """Say when a worker was last seen alive."""

    def ping(self) -> None:
        """Raise StoreUnavailable unless the database answers."""


class InboxReader(Protocol):
    """What was received; nothing here writes, or waits for a writer."""

    def inbox(self, query: InboxQuery) -> InboxPage:
        """List bodies by keyset; ValueError if the cursor is no page's `next`."""

    def inbox_entry(self, body_id: str) -> InboxEntry | None:
        """Give one body whole."""

    def bodies_since(self, since: datetime, source: str = "") -> Iterator[InboxEntry]:
        """Give the bodies received since, oldest first, a few in memory at a time."""
