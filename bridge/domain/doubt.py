"""Creates that were never answered: nobody can say whether the ticket exists."""

from datetime import datetime, timedelta

from bridge.domain.incident import Incident, Observed
from bridge.domain.steps import Cancel, Create, LookUp, Nothing, Park, Recheck, Step, Wait, sooner
from bridge.domain.ticket import Capabilities

#: How long after an unknown create each search is made: desks index late, some by seconds.
LOOKUPS_AFTER: tuple[timedelta, ...] = (
    timedelta(seconds=1),
    timedelta(seconds=4),
    timedelta(seconds=10),
)

#: How long after the create that followed a lost one the desk is searched again, twice: what was
#: held up on the way may commit when nobody waits for it any more.
RECHECKS_AFTER: tuple[timedelta, ...] = (timedelta(minutes=1), timedelta(minutes=10))


def after_unknown_create(
    incident: Incident, sent_at: datetime, now: datetime, can: Capabilities
) -> Step:
    """Decide about a create of which no answer came: search, then file again or leave it."""
    if can.create_again:
        return Create()
    if not can.find:
        if can.create_when_unknown:
            return Create() if incident.desired.is_open else Cancel("the create was never answered")
        return Park("the create was never answered and this desk cannot be searched")
    if incident.observed.lookups < len(LOOKUPS_AFTER):
        at = next_lookup(incident.observed, sent_at)
        return LookUp() if now >= at else Wait(at, "the desk may index late")
    return Create() if incident.desired.is_open else Cancel("the create never arrived")


def next_lookup(observed: Observed, sent_at: datetime) -> datetime:
    """Say when to search next: spaced also where an outage has kept searches from being answered.

    After the last one it says when that was.
    """
    number = min(observed.lookups, len(LOOKUPS_AFTER) - 1)
    at = sent_at + LOOKUPS_AFTER[number]
    if observed.looked_at is None or number == 0:
        return at
    return max(at, observed.looked_at + LOOKUPS_AFTER[number] - LOOKUPS_AFTER[number - 1])


def while_in_doubt(
    step: Nothing | Wait, observed: Observed, now: datetime, can: Capabilities
) -> Step:
    """Search again for a create that was given up: a desk or a proxy may have kept it waiting."""
    sent_at, done = observed.filed_at or observed.doubt_since, observed.rechecks
    if observed.doubt_since is None or sent_at is None or not can.find:
        return step
    if done >= len(RECHECKS_AFTER):
        return step
    at = sent_at + RECHECKS_AFTER[done]
    return Recheck() if now >= at else sooner(step, at, "a lost create may still arrive")
