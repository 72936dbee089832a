"""How incidents change otherwise than by a webhook or a delivery: one locked transaction each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from bridge.domain.alert import AlertStatus
from bridge.domain.incident import DesiredState, Incident, TimelineEntry
from bridge.domain.known import KnownAlert
from bridge.domain.ports import Claim
from bridge.store.alert_rows import alert_from
from bridge.store.database import Database
from bridge.store.rows import (
    RELEASED,
    desired_values,
    incident_from,
    incident_values,
    observed_values,
)
from bridge.store.schema import alert, incident
from bridge.store.timeline import append


class SqlIncidentTransaction:
    """Implements IncidentTransaction.

    Locks are taken as webhooks take them: members, then their incident.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection

    def held(self, claim: Claim) -> Incident | None:
        """Give the claimed incident, its members locked with it; None: the claim was lost."""
        self._lock_members(claim.incident.id)
        return self._one(incident.c.id == claim.incident.id, incident.c.fence == claim.fence)

    def incident(self, incident_id: str) -> Incident | None:
        """Give an incident, ended or not, its members locked with it."""
        self._lock_members(incident_id)
        return self._one(incident.c.id == incident_id)

    def latest(self, backend: str, key: str) -> Incident | None:
        """Give the newest episode of a key, ended or not."""
        newest = select(func.max(incident.c.episode)).where(
            incident.c.backend == backend, incident.c.key == key
        )
        return self._one(
            incident.c.backend == backend,
            incident.c.key == key,
            incident.c.episode == newest.scalar_subquery(),
        )

    def filed_since(self, budget: str, since: datetime, *, besides: str) -> int:
        """Count the others' tickets on a rule's budget; one transaction at a time may ask."""
        self._database.lock_name(self._connection, f"budget {budget}")
        filed = select(func.count()).where(
            incident.c.budget == budget, incident.c.filed_at > since, incident.c.id != besides
        )
        return int(self._connection.scalar(filed) or 0)

    def mark_filed(self, claim: Claim, at: datetime) -> None:
        """Remember when the claimed incident took a ticket out of a budget."""
        held = incident.c.id == claim.incident.id, incident.c.fence == claim.fence
        self._connection.execute(update(incident).where(*held).values(filed_at=at))

    def lists_open(self, overflow_id: str) -> bool:
        """Say whether an incident that an overflow ticket lists is still open."""
        listed = select(incident.c.id).where(
            incident.c.overflow_id == overflow_id,
            incident.c.ended_at.is_(None),
            incident.c.state == DesiredState.OPEN.value,
        )
        return self._connection.execute(listed.limit(1)).first() is not None

    def want(self, incident: Incident) -> None:
        """Write the desired half and when it is due; whoever holds the incident goes on."""
        self._write(incident, desired_values(incident))

    def save(self, incident: Incident) -> None:
        """Write both halves; whoever holds the incident is fenced off and its claim released."""
        values = desired_values(incident) | observed_values(incident.observed) | RELEASED
        self._write(incident, {**values, "fence": _FENCE + 1})

    def add(self, incident: Incident) -> None:
        """Insert a new incident; StoreConflict if another lives under its key."""
        self._connection.execute(_ADD, incident_values(incident))
        self._announce(incident)

    def clear_members(self, incident_id: str, now: datetime) -> None:
        """Count every firing member as cleared."""
        self._connection.execute(
            update(alert)
            .where(*_firing(incident_id))
            .values(status=AlertStatus.RESOLVED.value, resolved_at=now, ends_at=now)
        )

    def move_firing_members(self, old_id: str, new_id: str) -> Sequence[KnownAlert]:
        """Let the firing members of one incident belong to another; give them."""
        move = update(alert).where(*_firing(old_id)).values(incident_id=new_id).returning(alert)
        return [alert_from(row) for row in self._connection.execute(move)]

    def append(self, timeline: Sequence[TimelineEntry]) -> None:
        """Add to the timeline."""
        append(self._connection, timeline)

    def _lock_members(self, incident_id: str) -> None:
        members = (
            select(alert.c.fingerprint)
            .where(alert.c.incident_id == incident_id)
            .order_by(alert.c.source, alert.c.fingerprint)
            .with_for_update()
        )
        self._connection.execute(members).all()

    def _one(self, *where: ColumnElement[bool]) -> Incident | None:
        found: Row[Any] | None = self._connection.execute(
            select(incident).where(*where).with_for_update()
        ).one_or_none()
        return incident_from(found) if found is not None else None

    def _write(self, changed: Incident, values: dict[str, object]) -> None:
        self._connection.execute(update(incident).where(incident.c.id == changed.id).values(values))
        self._announce(changed)

    def _announce(self, changed: Incident) -> None:
        if changed.due_at is not None:
            self._database.announce(self._connection)


_ADD = insert(incident)
_FENCE = incident.c.fence


def _firing(incident_id: str) -> tuple[ColumnElement[bool], ...]:
    return alert.c.incident_id == incident_id, alert.c.status == AlertStatus.FIRING.value
