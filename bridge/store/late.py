"""What is seen after a claim was lost is still true: it goes on record, no ticket is forgotten."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from bridge.domain.incident import Incident, Observed, TimelineEntry
from bridge.domain.late import late_outcome
from bridge.domain.ports import Claim
from bridge.store.rows import RELEASED, incident_from, observed_values
from bridge.store.schema import incident
from bridge.store.timeline import append


def record(
    connection: Connection,
    claim: Claim,
    seen: Observed,
    *,
    now: datetime,
    timeline: Sequence[TimelineEntry],
) -> None:
    """Append the entries, marked as late, and merge what was seen into what is stored."""
    append(connection, [replace(e, detail={**e.detail, "late": True}) for e in timeline])
    stored = select(incident).where(incident.c.id == claim.incident.id).with_for_update()
    row = connection.execute(stored).one_or_none()
    if row is None:
        return
    current = incident_from(row)
    outcome = late_outcome(
        current,
        claim.incident.observed,
        seen,
        has_successor=_has_successor(connection, current),
        now=now,
    )
    if outcome is not None:
        _write(connection, outcome.incident, is_free=outcome.is_free)
        append(connection, outcome.timeline)


def _write(connection: Connection, merged: Incident, *, is_free: bool) -> None:
    """Fence off a holder of the lease: what it writes next would undo the merge."""
    values = {
        **observed_values(merged.observed),
        **(RELEASED if is_free else {}),
        "fence": incident.c.fence + 1,
        "due_at": merged.due_at,
        "updated_at": merged.updated_at,
        "ended_at": merged.ended_at,
    }
    connection.execute(update(incident).where(incident.c.id == merged.id).values(values))


def _has_successor(connection: Connection, ended: Incident) -> bool:
    if ended.ended_at is None:
        return False
    live = select(incident.c.id).where(
        incident.c.backend == ended.backend,
        incident.c.key == ended.key,
        incident.c.ended_at.is_(None),
    )
    return connection.execute(live).first() is not None
