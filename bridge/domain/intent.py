"""What goes on record before a call: one whose outcome is unknown is never forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.domain.incident import Incident, Observed, TimelineEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is about to be sent for an incident."""

    observed: Observed
    timeline: Sequence[TimelineEntry]


Begin = Callable[[Incident], Intent | None]  #: what to put on record with a claim, if anything
