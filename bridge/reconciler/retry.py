"""When to try again after a delivery failed: a pure decision."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bridge.domain.doubt import next_lookup
from bridge.domain.errors import DeskError, DeskUnavailable, ErrorKind
from bridge.domain.incident import LastError, Observed
from bridge.domain.ticket import TicketState

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=60)
#: Nobody mends credentials within seconds; the desk's own counter of bad logins is spared.
LOCKED_OUT_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Failed:
    """The facts after a failed delivery, and when to look again; None: when a person has acted."""

    observed: Observed
    due_at: datetime | None


def after_failure(
    observed: Observed, error: DeskError, now: datetime, jitter: float, *, is_searched: bool = True
) -> Failed:
    """Decide by the kind of failure; `jitter` is a random number from 0 to 1.

    `is_searched`: a create that was not answered is looked up before it is sent again.
    """
    noted = replace(observed, last_error=LastError(kind=error.kind, message=str(error), at=now))
    retried = replace(noted, attempts=observed.attempts + 1)
    match error.kind:
        case ErrorKind.TRANSIENT:
            asked = error.retry_after if isinstance(error, DeskUnavailable) else None
            pause = max(_pause(retried.attempts, jitter), asked or timedelta(0))
            return Failed(retried, now + pause)
        case ErrorKind.UNKNOWN:
            look_at = _next_look(retried) if is_searched else None
            return Failed(retried, look_at or now + _pause(retried.attempts, jitter))
        case ErrorKind.LOCKED_OUT:
            return Failed(retried, now + LOCKED_OUT_PAUSE * (1 + jitter / 4))
        case ErrorKind.REFUSED:
            return Failed(replace(noted, parked_reason=str(error), parked_at=now), None)
        case ErrorKind.GONE:
            return Failed(_deleted(noted), now)
        case _:
            assert_never(error.kind)


def _next_look(observed: Observed) -> datetime | None:
    if observed.ticket is not None or observed.create_sent_at is None:
        return None
    return next_lookup(observed, observed.create_sent_at)


def _pause(attempts: int, jitter: float) -> timedelta:
    whole: timedelta = min(FIRST_PAUSE * (1 << min(attempts - 1, 16)), LONGEST_PAUSE)
    return whole * (0.75 + jitter / 4)


def _deleted(observed: Observed) -> Observed:
    """Count a ticket that a person deleted as one that a person finished."""
    if observed.ticket is None:
        return observed
    gone = replace(observed.ticket, status="deleted", state=TicketState.CANCELLED)
    return replace(observed, ticket=gone, unsure_since=None)
