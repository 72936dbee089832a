"""An alert as it is stored, once the rules have decided on it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bridge.domain.alert import AlertStatus, Handling
from bridge.domain.policy import Policy
from bridge.domain.spec import IncidentSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAlert:
    """What is stored of one alert; (source, fingerprint) is its identity."""

    source: str
    fingerprint: str
    status: AlertStatus
    title: str  #: how people recognise it: the name and the labels, shortened
    digest: str  #: of what was decided on, where that led, and by which rules
    starts_at: datetime
    ends_at: datetime | None
    seen_at: datetime
    resolved_at: datetime | None  #: when the latest resolve was received
    incident_id: str | None  #: None: dropped by a rule
    rule: str | None
    rank: int = 0  #: of the firing members of an incident, the one of highest rank leads
    spec: IncidentSpec | None = None  #: what this alert alone asks for
    policy: Policy | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    handling: Handling = Handling.UNHANDLED  #: while it fires


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Alerts of one source of which nothing was heard but that they go on."""

    source: str
    at: datetime
    fingerprints: Collection[str]


class Standing(NamedTuple):
    """What of a stored alert tells whether hearing of it again changes anything."""

    status: AlertStatus
    digest: str
    incident_id: str | None  #: None: dropped by a rule
    key: str | None = None
    rule: str | None = None
    #: Its incident is open, and does not ask when an alert was last heard of.
    is_steady: bool = False
