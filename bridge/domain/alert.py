"""One alert as a sender told it, in the words every sender shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.json import JsonObject


class AlertStatus(StrEnum):
    """What the sender says of the alert now."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Handling(StrEnum):
    """Whether anybody looks after a firing alert, as its sender says."""

    UNHANDLED = "unhandled"
    ACKNOWLEDGED = "acknowledged"  #: somebody has it
    MUTED = "muted"  #: silenced, or in a downtime of the sender's


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """Word of who looks after an alert; what the alert itself says stays as it is."""

    fingerprint: str
    handling: Handling


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of one webhook body; (source, fingerprint) says which alert it is."""

    source: str  #: the configured name of the source, not its type
    fingerprint: str
    status: AlertStatus
    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None = None  #: None while firing
    values: Mapping[str, float] = field(default_factory=dict)
    group: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    payload: JsonObject = field(default_factory=dict)  #: this alert's part of the body as received

    @property
    def is_firing(self) -> bool:
        """True unless the sender said that it ended."""
        return self.status is AlertStatus.FIRING


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveAlert:
    """An alert that its sender counts as active when asked."""

    fingerprint: str
    starts_at: datetime
    receivers: frozenset[str]  #: whom the sender tells of it
    is_suppressed: bool  #: silenced or inhibited: active, but nobody is told
    is_silenced: bool = False  #: by a person; an inhibited one is not
    item: JsonObject  #: as it would stand in a webhook body


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedAlert:
    """An item of a body that is not an alert; the rest of the body is not its hostage."""

    index: int  #: position in the body, from 0
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedBody:
    """What one webhook body says."""

    alerts: tuple[Alert, ...]
    rejected: tuple[RejectedAlert, ...] = ()
    handled: tuple[Handled, ...] = ()
    ignored: int = 0  #: items that say neither that an alert fires nor that it ended
    #: Where the sender wants a visit before it sends anything; the source has checked it.
    confirm: str | None = None
    truncated: int = 0  #: alerts the sender says it left out; their absence never means resolved
