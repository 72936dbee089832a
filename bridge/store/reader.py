"""What pages, API, metrics and health read, on connections that cannot write."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from bridge.domain.alert import AlertStatus
from bridge.domain.incident import TimelineEntry
from bridge.domain.known import KnownAlert
from bridge.domain.reading import IncidentPage, IncidentQuery, ListedIncident
from bridge.store.alert_rows import alert_from
from bridge.store.database import Database, batches
from bridge.store.phases import IS_PARKED, phase_counts
from bridge.store.rows import incident_from
from bridge.store.schema import alert, incident, worker
from bridge.store.timeline import entries_of
from bridge.store.types import storable

_NARROWING = {
    "state": incident.c.state,
    "backend": incident.c.backend,
    "key": incident.c.key,
    "rule": incident.c.rule,
}
#: Cursors are identifiers, which are ULIDs or shorter; https://github.com/ulid/spec
_CURSOR = re.compile(r"[0-9A-Z]{1,26}")
_BATCH = 500
_SEARCHED = (incident.c.subject, incident.c.key, incident.c.token, incident.c.ticket_number)


class SqlReader:
    """Implements Reader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        """List incidents by keyset, newest first; ValueError if the cursor is no page's `next`."""
        with self._database.read() as connection:
            # One more than asked for says whether there is another page.
            rows = connection.execute(_listing(query).limit(query.limit + 1)).all()
            page = rows[: query.limit]
            return IncidentPage(
                incidents=_listed(connection, page),
                next=page[-1].id if page and len(rows) > len(page) else None,
            )

    def incident(self, incident_id: str) -> ListedIncident | None:
        """Give one incident."""
        with self._database.read() as connection:
            rows = connection.execute(select(incident).where(incident.c.id == incident_id)).all()
            return next(iter(_listed(connection, rows)), None)

    def members(self, incident_id: str) -> Sequence[KnownAlert]:
        """Give the stored alerts of an incident, firing first."""
        query = (
            select(alert)
            .where(alert.c.incident_id == incident_id)
            .order_by(
                alert.c.status != AlertStatus.FIRING.value, alert.c.starts_at, alert.c.fingerprint
            )
        )
        with self._database.read() as connection:
            return [alert_from(row) for row in connection.execute(query)]

    def known_alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        """Give what is stored of alerts, by fingerprint."""
        stored = {storable(fingerprint): fingerprint for fingerprint in fingerprints}
        found: dict[str, KnownAlert] = {}
        with self._database.read() as connection:
            for batch in batches(stored):
                query = select(alert).where(
                    alert.c.source == storable(source), alert.c.fingerprint.in_(batch)
                )
                rows = connection.execute(query)
                found |= {stored[row.fingerprint]: alert_from(row) for row in rows}
        return found

    def alerts_of(self, source: str) -> Iterator[KnownAlert]:
        """Give every alert of a source, a few in memory at a time."""
        after = ""
        while True:
            rest = alert.c.source == source, alert.c.fingerprint > after
            batch = select(alert).where(*rest).order_by(alert.c.fingerprint)
            with self._database.read() as connection:
                rows = connection.execute(batch.limit(_BATCH)).all()
            if not rows:
                return
            yield from (alert_from(row) for row in rows)
            after = rows[-1].fingerprint

    def timeline(self, incident_id: str) -> Sequence[TimelineEntry]:
        """Give what happened to an incident, oldest first."""
        with self._database.read() as connection:
            return entries_of(connection, incident_id)

    def phase_counts(self) -> Mapping[tuple[str, str], int]:
        """Count the incidents by (backend, phase)."""
        with self._database.read() as connection:
            return phase_counts(connection)

    def oldest_due_seconds(self, now: datetime) -> Mapping[str, float]:
        """Say for each backend how long its longest-due incident has been due."""
        query = (
            select(incident.c.backend, func.min(incident.c.due_at))
            .where(incident.c.due_at.is_not(None))
            .group_by(incident.c.backend)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return {backend: max(0.0, (now - due_at).total_seconds()) for backend, due_at in rows}

    def last_beat(self) -> datetime | None:
        """Say when a worker was last seen alive."""
        with self._database.read() as connection:
            seen: datetime | None = connection.scalar(select(func.max(worker.c.beat_at)))
            return seen

    def ping(self) -> None:
        """Raise StoreUnavailable unless the database answers, and with our tables."""
        with self._database.read() as connection:
            connection.execute(select(worker.c.owner).limit(1)).all()


def _listing(query: IncidentQuery) -> Select[Any]:
    """Narrow down by what the query says; identifiers sort by time, so the cursor is one."""
    listing = select(incident).order_by(incident.c.id.desc())
    for name, column in _NARROWING.items():
        if wanted := getattr(query, name):
            listing = listing.where(column == wanted)
    if query.parked:
        listing = listing.where(IS_PARKED)
    if query.q:
        listing = listing.where(or_(*(c.icontains(query.q, autoescape=True) for c in _SEARCHED)))
    if query.cursor:
        if not _CURSOR.fullmatch(query.cursor):
            raise ValueError("the cursor is malformed; give the `next` of a page as it is")
        listing = listing.where(incident.c.id < query.cursor)
    return listing


def _listed(connection: Connection, rows: Sequence[Row[Any]]) -> Sequence[ListedIncident]:
    query = (
        select(alert.c.incident_id, alert.c.status, func.count())
        .where(alert.c.incident_id.in_([row.id for row in rows]))
        .group_by(alert.c.incident_id, alert.c.status)
    )
    counts = {(of, status): number for of, status, number in connection.execute(query)}
    return [
        ListedIncident(
            incident=incident_from(row),
            firing=counts.get((row.id, AlertStatus.FIRING.value), 0),
            resolved=counts.get((row.id, AlertStatus.RESOLVED.value), 0),
        )
        for row in rows
    ]
