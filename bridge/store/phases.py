"""Counts incidents by phase without loading them, and without a second definition of a phase."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, true

from bridge.domain.incident import Desired, DesiredState, Incident, Observed
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Ticket, TicketState
from bridge.store.schema import incident

_THEN = datetime(2000, 1, 1, tzinfo=UTC)
_LATER = _THEN + timedelta(seconds=1)
_TICKET = Ticket(number="", id="", status="", state=TicketState.OPEN)

#: What Incident.is_parked says, for the database.
IS_PARKED = incident.c.parked_reason.is_not(None) & func.coalesce(
    incident.c.since <= incident.c.parked_at, true()
)
_facts = select(
    incident.c.backend,
    incident.c.state,
    IS_PARKED.label("is_parked"),
    incident.c.ticket_number.is_not(None).label("has_ticket"),
    func.coalesce(incident.c.ticket_state, TicketState.OPEN.value).label("ticket_state"),
    incident.c.overflow_id.is_not(None).label("is_overflowed"),
    incident.c.create_sent_at.is_not(None).label("create_sent"),
    incident.c.resolved_at.is_not(None).label("is_resolved"),
    incident.c.ended_at.is_not(None).label("has_ended"),
    func.coalesce(incident.c.due_at > incident.c.updated_at, False).label("is_due_later"),
    (incident.c.attempts > 0).label("has_failed"),
).subquery("facts")
_COUNTS = select(_facts, func.count().label("number")).group_by(*_facts.c)


def phase_counts(connection: Connection) -> Mapping[tuple[str, str], int]:
    """Count the incidents by (backend, phase): one group for each set of facts that decide it."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in connection.execute(_COUNTS):
        counts[row.backend, _representative(row).phase.value] += row.number
    return dict(counts)


def _representative(row: Row[Any]) -> Incident:
    """Make an incident of which the facts of a group are true."""
    observed = Observed(
        ticket=replace(_TICKET, state=TicketState(row.ticket_state)) if row.has_ticket else None,
        create_sent_at=_THEN if row.create_sent else None,
        resolved_at=_THEN if row.is_resolved else None,
        attempts=1 if row.has_failed else 0,
        parked_reason="" if row.is_parked else None,
    )
    desired = Desired(
        state=DesiredState(row.state), since=_THEN, spec=IncidentSpec(), fired_at=_THEN
    )
    return Incident(
        id="",
        key="",
        backend=row.backend,
        token="",
        source="",
        rule=None,
        desired=desired,
        observed=observed,
        overflow_id="" if row.is_overflowed else None,
        due_at=_LATER if row.is_due_later else None,
        opened_at=_THEN,
        updated_at=_THEN,
        ended_at=_THEN if row.has_ended else None,
    )
