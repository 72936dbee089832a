"""Reads what drills showed out of their incidents and timelines."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bridge.domain.drill import KEY_PREFIX, DrillResult
from bridge.store.database import Database
from bridge.store.rows import incident_from
from bridge.store.schema import incident, timeline

#: The first string that does not begin with the prefix: one range of the index on keys.
_BEYOND = KEY_PREFIX[:-1] + chr(ord(KEY_PREFIX[-1]) + 1)

#: While a desk is down, another incident's attempts may stand for all.
_UNTRIED = "not tried in time; `bridge incidents list` shows what else waits for this desk"


class SqlDrills:
    """Gives the results of drills."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def drill_result(self, incident_id: str) -> DrillResult | None:
        """Give what a drill showed; None if there is no such incident."""
        with self._database.read() as connection:
            row = connection.execute(
                select(incident).where(incident.c.id == incident_id)
            ).one_or_none()
            return _result(connection, row) if row is not None else None

    def drills(self) -> Sequence[DrillResult]:
        """Give the latest drill of each service desk."""
        latest = (
            select(func.max(incident.c.id))
            .where(incident.c.key >= KEY_PREFIX, incident.c.key < _BEYOND)
            .group_by(incident.c.backend)
        )
        with self._database.read() as connection:
            rows = connection.execute(select(incident).where(incident.c.id.in_(latest))).all()
            return [_result(connection, row) for row in rows]


def _result(connection: Connection, row: Row[Any]) -> DrillResult:
    drilled = incident_from(row)
    filed_at = connection.scalar(
        select(func.min(timeline.c.at)).where(
            timeline.c.incident_id == row.id, timeline.c.what.in_(("filed", "found"))
        )
    )
    resolved_at, error = drilled.observed.resolved_at, drilled.observed.last_error
    cleared_at = drilled.desired.since
    return DrillResult(
        backend=drilled.backend,
        at=drilled.opened_at,
        file_seconds=(filed_at - drilled.opened_at).total_seconds() if filed_at else None,
        resolve_seconds=(resolved_at - cleared_at).total_seconds() if resolved_at else None,
        why="" if resolved_at else f"{drilled.phase}: {error.message if error else _UNTRIED}",
    )
