"""What a worker saw after it had lost its claim: late, but true, and never dropped."""

from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.incident import Incident, Observed, TimelineEntry
from bridge.domain.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class LateOutcome:
    """What a late worker's sight makes of an incident; its present holder is fenced off."""

    incident: Incident
    #: Free for the next claim at once; otherwise the holder may be filing, and nobody else should.
    is_free: bool
    timeline: tuple[TimelineEntry, ...] = ()


def late_outcome(
    current: Incident, before: Observed, seen: Observed, *, has_successor: bool, now: datetime
) -> LateOutcome | None:
    """Bring what a late worker did at the desk into what the store holds now.

    `before` is what that worker started from, and `has_successor` says that another incident lives
    under the key. None: the worker did nothing at the desk.
    """
    stray = _stray(current, seen, has_successor=has_successor)
    if stray is not None:
        return _with_stray(current, stray, now)
    merged = merge_late(current.observed, before, seen, now)
    if merged is None:
        return None
    is_found = current.observed.ticket is None
    return LateOutcome(
        incident=replace(
            current,
            observed=merged,
            # Somebody must resolve the ticket of an incident that ended as never filed.
            ended_at=None if is_found else current.ended_at,
            due_at=now,
            updated_at=now,
        ),
        is_free=True,
    )


def merge_late(
    current: Observed, before: Observed, seen: Observed, now: datetime
) -> Observed | None:
    """Merge the observed halves.

    Nobody knows whose call came last, so the ticket is to be looked at, and told everything again
    if the late worker told it anything. None: the late worker did nothing at the desk that was not
    on record before; without a ticket it never did, since intents are recorded first.
    """
    did = (seen.ticket, seen.resolved_at, seen.spec)
    if seen.ticket is None or did == (before.ticket, before.resolved_at, before.spec):
        return None
    return replace(
        current,
        ticket=current.ticket or seen.ticket,
        create_sent_at=None,
        generation=0,
        spec=None if seen.spec != before.spec else current.spec,
        unsure_since=current.unsure_since or now,
    )


def _stray(current: Incident, seen: Observed, *, has_successor: bool) -> Ticket | None:
    """Give the ticket that the late worker filed beside the one that should be alone."""
    if seen.ticket is None:
        return None
    known = current.observed.ticket
    if known is not None:
        return seen.ticket if known.id != seen.ticket.id else None
    return seen.ticket if current.ended_at is not None and has_successor else None


def _with_stray(current: Incident, stray: Ticket, now: datetime) -> LateOutcome:
    strays = (*current.observed.strays, stray)
    entry = TimelineEntry(
        incident_id=current.id,
        at=now,
        what="duplicate",
        because=f"{stray.number} was filed by a worker that had lost its claim",
        detail={"ticket": stray.number, "id": stray.id, "late": True},
    )
    observed = replace(current.observed, strays=strays)
    incident = replace(current, observed=observed, due_at=now, updated_at=now)
    return LateOutcome(incident=incident, is_free=False, timeline=(entry,))
