"""What is seen after a claim was lost is still true: it goes on record, no ticket is forgotten."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from bridge.domain.incident import Observed, TimelineEntry
from bridge.domain.late import is_duplicate, merge_late
from bridge.domain.ports import Claim
from bridge.domain.ticket import Ticket
from bridge.store.rows import RELEASED, Values, observed_from, observed_values
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
    current = observed_from(row)
    if seen.ticket is not None and is_duplicate(current, seen):
        _note_duplicate(connection, row.id, seen.ticket, now)
        return
    merged = merge_late(current, claim.incident.observed, seen, now)
    if merged is None:
        return
    if current.ticket is None and merged.ticket is not None and row.ended_at is not None:
        _take_up_again(connection, row, merged.ticket, now)
    _write(connection, row, merged, now)


def _write(connection: Connection, row: Row[Any], merged: Observed, now: datetime) -> None:
    """Fence off a holder of the lease: what it writes next would undo the merge."""
    values: Values = {
        **observed_values(merged),
        "fence": row.fence + 1,
        "due_at": now,
        "updated_at": now,
    }
    if merged.ticket is not None:
        # Without a ticket the holder may be filing one: nobody else should before its lease ends.
        values |= RELEASED
    connection.execute(update(incident).where(incident.c.id == row.id).values(values))


def _take_up_again(connection: Connection, row: Row[Any], ticket: Ticket, now: datetime) -> None:
    """Let an incident that ended as never filed live on: somebody must resolve its ticket.

    One that has a successor cannot; people are told of the ticket instead.
    """
    if _has_successor(connection, row):
        _note_duplicate(connection, row.id, ticket, now)
        return
    connection.execute(update(incident).where(incident.c.id == row.id).values(ended_at=None))


def _has_successor(connection: Connection, row: Row[Any]) -> bool:
    live = select(incident.c.id).where(
        incident.c.backend == row.backend,
        incident.c.key == row.key,
        incident.c.ended_at.is_(None),
    )
    return connection.execute(live).first() is not None


def _note_duplicate(
    connection: Connection, incident_id: str, ticket: Ticket, now: datetime
) -> None:
    entry = TimelineEntry(
        incident_id=incident_id,
        at=now,
        what="duplicate",
        because=f"{ticket.number} was filed by a worker that had lost its claim",
        detail={"ticket": ticket.number, "id": ticket.id, "late": True},
    )
    append(connection, [entry])
