"""How an incident's desired half changes without a webhook: it expires, or a new episode begins."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bridge.domain.alert import AlertStatus
from bridge.domain.episode import next_episode
from bridge.domain.incident import DesiredState, TimelineEntry
from bridge.domain.ports import Claim
from bridge.store.database import Database
from bridge.store.rows import RELEASED, incident_from, incident_values
from bridge.store.schema import alert, incident
from bridge.store.timeline import append


class SqlEpisodes:
    """Implements the rest of DeliveryStore.

    A claim that was lost changes nothing here: the new holder decides for itself.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def expire(self, claim: Claim, *, now: datetime) -> None:
        """Count every member as cleared, unless one fired since; release the claim, due at once."""

        def work(connection: Connection) -> None:
            row = _lock(connection, claim)
            if row is None:
                return
            desired = claim.incident.desired
            if (row.generation, row.fired_at) == (desired.generation, desired.fired_at):
                _clear_members(connection, row.id, now)
                _write(
                    connection,
                    row.id,
                    state=DesiredState.CLEAR.value,
                    since=now,
                    generation=row.generation + 1,
                )
                append(connection, [_entry(row.id, now, "expired", "no sender repeated it")])
            _write(connection, row.id, due_at=now, updated_at=now, **RELEASED)

        self._database.run(work)

    def begin_episode(self, claim: Claim, *, new_id: str, token: str, now: datetime) -> None:
        """End the claimed incident and open its next episode with the same desired half.

        One that has cleared since the claim is only released, due at once.
        """

        def work(connection: Connection) -> None:
            row = _lock(connection, claim)
            if row is None:
                return
            if row.state != DesiredState.OPEN.value:
                _write(connection, row.id, due_at=now, updated_at=now, **RELEASED)
                return
            _write(connection, row.id, ended_at=now, due_at=None, updated_at=now, **RELEASED)
            new = next_episode(incident_from(row), new_id, token, now)
            connection.execute(insert(incident).values(incident_values(new)))
            _move_firing_members(connection, row.id, new_id)
            old_entry = _entry(row.id, now, "ended", f"fires again as {new_id}")
            new_entry = _entry(new_id, now, "opened", f"fires again after {row.id}")
            append(connection, [old_entry, new_entry])

        self._database.run(work)


def _lock(connection: Connection, claim: Claim) -> Row[Any] | None:
    """Lock members, then incident, as webhooks do; None: the claim was lost."""
    members = (
        select(alert.c.fingerprint)
        .where(alert.c.incident_id == claim.incident.id)
        .order_by(alert.c.source, alert.c.fingerprint)
        .with_for_update()
    )
    connection.execute(members).all()
    held = (
        select(incident)
        .where(incident.c.id == claim.incident.id, incident.c.fence == claim.fence)
        .with_for_update()
    )
    return connection.execute(held).one_or_none()


def _write(connection: Connection, incident_id: str, **values: object) -> None:
    connection.execute(update(incident).where(incident.c.id == incident_id).values(values))


def _clear_members(connection: Connection, incident_id: str, now: datetime) -> None:
    connection.execute(
        update(alert)
        .where(alert.c.incident_id == incident_id, alert.c.status == AlertStatus.FIRING.value)
        .values(status=AlertStatus.RESOLVED.value, resolved_at=now, ends_at=now)
    )


def _move_firing_members(connection: Connection, old_id: str, new_id: str) -> None:
    connection.execute(
        update(alert)
        .where(alert.c.incident_id == old_id, alert.c.status == AlertStatus.FIRING.value)
        .values(incident_id=new_id)
    )


def _entry(incident_id: str, at: datetime, what: str, because: str) -> TimelineEntry:
    return TimelineEntry(incident_id=incident_id, at=at, what=what, because=because)
