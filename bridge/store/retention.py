"""Removes what is over and old, a little at a time so that webhooks need not wait."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, delete, func, or_, select

from bridge.domain.alert import AlertStatus
from bridge.domain.incident import DesiredState
from bridge.domain.retention import Pruned, Retention
from bridge.store.database import Database
from bridge.store.schema import alert, inbox, incident, timeline

#: So many rows at most are removed in one transaction.
_BATCH = 500


class SqlRetention:
    """Forgets by age, and the inbox by size too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prune(self, retention: Retention, now: datetime) -> Pruned:
        """Remove what nobody needs any more; what fires, is parked or has work to do stays."""
        received_before = now - retention.inbox
        bodies = self._repeat(lambda c: _forget_bodies(c, received_before))
        bodies += self._repeat(lambda c: _forget_excess(c, retention.inbox_bytes))
        over = now - retention.resolved
        incidents = self._repeat(lambda c: _forget_incidents(c, over))
        self._repeat(lambda c: _forget_dropped_alerts(c, over))
        return Pruned(bodies=bodies, incidents=incidents)

    def _repeat(self, forget: Callable[[Connection], int]) -> int:
        total = 0
        while removed := self._database.run(forget):
            total += removed
        return total


def _forget_bodies(connection: Connection, before: datetime) -> int:
    batch = (
        select(inbox.c.id).where(inbox.c.received_at < before).order_by(inbox.c.id).limit(_BATCH)
    )
    return _remove(connection, batch)


def _forget_excess(connection: Connection, most_bytes: int) -> int:
    """Remove the oldest bodies while all of them together are too large."""
    stored = connection.scalar(select(func.sum(func.length(inbox.c.body)))) or 0
    if stored <= most_bytes:
        return 0
    sizes = connection.execute(
        select(inbox.c.id, func.length(inbox.c.body)).order_by(inbox.c.id).limit(_BATCH)
    )
    excess: list[str] = []
    for id_, size in sizes:
        if stored <= most_bytes:
            break
        excess.append(id_)
        stored -= size
    return _remove(connection, select(inbox.c.id).where(inbox.c.id.in_(excess)))


def _remove(connection: Connection, batch: Select[tuple[str]]) -> int:
    return connection.execute(delete(inbox).where(inbox.c.id.in_(batch))).rowcount


def _forget_incidents(connection: Connection, over: datetime) -> int:
    ids = connection.scalars(select(incident.c.id).where(*_is_over(over)).limit(_BATCH)).all()
    if not ids:
        return 0
    for table, of in ((timeline, timeline.c.incident_id), (alert, alert.c.incident_id)):
        connection.execute(delete(table).where(of.in_(ids)))
    return connection.execute(delete(incident).where(incident.c.id.in_(ids))).rowcount


def _is_over(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        incident.c.updated_at < before,
        incident.c.due_at.is_(None),
        incident.c.lease_until.is_(None),
        or_(
            incident.c.ended_at.is_not(None),
            (incident.c.state == DesiredState.CLEAR.value) & incident.c.resolved_at.is_not(None),
        ),
    )


def _forget_dropped_alerts(connection: Connection, before: datetime) -> int:
    """Remove alerts that belong to no incident; one that still fires is sent again anyway."""
    old = (
        select(alert.c.source, alert.c.fingerprint)
        .where(
            alert.c.seen_at < before,
            or_(
                alert.c.incident_id.is_(None),
                (alert.c.status == AlertStatus.RESOLVED.value)
                & alert.c.incident_id.not_in(select(incident.c.id)),
            ),
        )
        .limit(_BATCH)
    )
    removed = 0
    for source, fingerprint in connection.execute(old).all():
        of = alert.c.source == source, alert.c.fingerprint == fingerprint
        removed += connection.execute(delete(alert).where(*of)).rowcount
    return removed
