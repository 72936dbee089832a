"""What a worker saw after it had lost its claim: late, but true, and never dropped."""

from dataclasses import replace
from datetime import datetime

from bridge.domain.incident import Observed


def merge_late(
    current: Observed, before: Observed, seen: Observed, now: datetime
) -> Observed | None:
    """Bring what a late worker did at the desk into what the store holds now.

    `before` is what that worker started from. Nobody knows whose call came last, so the ticket is
    to be looked at, and told again what either may have told it. None: it did nothing there.
    """
    if (seen.ticket, seen.resolved_at, seen.spec) == (
        before.ticket,
        before.resolved_at,
        before.spec,
    ):
        return None
    return replace(
        current,
        ticket=current.ticket or seen.ticket,
        create_sent_at=None if seen.ticket is not None else current.create_sent_at,
        generation=0,
        sent_spec=seen.spec if seen.spec != before.spec else current.sent_spec,
        unsure_since=current.unsure_since or now,
    )


def is_duplicate(current: Observed, seen: Observed) -> bool:
    """Say whether the late worker filed a ticket beside the one that the store knows."""
    return (
        current.ticket is not None
        and seen.ticket is not None
        and current.ticket.number != seen.ticket.number
    )
