"""The observed half around a call: what is on record while nobody knows its outcome."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bridge.domain.incident import Incident, Observed

#: What a success says of the attempts before it.
WELL: Mapping[str, Any] = {
    "attempts": 0,
    "last_error": None,
    "parked_reason": None,
    "parked_at": None,
}


def told(incident: Incident) -> Observed:
    """Give the observed half as it is once the desk has heard of everything desired now."""
    entries = [item.entry for item in incident.news]
    return replace(
        incident.observed,
        generation=incident.desired.generation,
        told_through=max(entries, default=incident.observed.told_through),
        **WELL,
    )


def given_up(observed: Observed) -> Observed:
    """Give the observed half once a create that was not answered is not waited for any more."""
    if observed.create_sent_at is None:
        return observed
    since = observed.doubt_since or observed.create_sent_at
    return replace(observed, doubt_since=since, rechecks=0)


def filing(incident: Incident, now: datetime) -> Observed:
    """Give the observed half while a create is under way that says all that is desired now."""
    was = incident.observed
    return replace(
        given_up(told(incident)),
        attempts=was.attempts,
        last_error=was.last_error,
        create_sent_at=now,
        filed_at=now,
        lookups=0,
        looked_at=None,
        spec=incident.desired.spec,
    )


def never_sent(observed: Observed, *, is_searched: bool) -> Observed:
    """Undo the intent of a create that certainly filed nothing.

    Where nobody can search, an earlier one that was never answered stays in doubt.
    """
    return replace(
        observed,
        create_sent_at=None if is_searched else observed.doubt_since,
        filed_at=None,
        lookups=0,
        looked_at=None,
        generation=0,
        spec=None,
        told_through=0,
    )
