"""What a sender is told of its webhook."""

from dataclasses import dataclass
from enum import StrEnum

from bridge.domain.alert import RejectedAlert


class Action(StrEnum):
    """What an alert did to its incident."""

    OPENED = "opened"
    HELD = "held"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CLEARING = "clearing"
    CANCELLED = "cancelled"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One incident that a webhook body concerned."""

    id: str | None  #: None: a resolve for an alert that was never seen firing
    key: str | None
    action: Action
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to a webhook, given after the commit."""

    inbox_id: str
    accepted: int
    dropped: int
    rejected: tuple[RejectedAlert, ...]
    incidents: tuple[Touched, ...]
    stale: int = 0  #: left alone, since something newer is known of them; only when taken again
