"""What the in-memory store keeps."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.errors import StoreConflict
from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.known import KnownAlert


@dataclass(slots=True)
class Lease:
    """Who works on an incident, and until when."""

    owner: str
    until: datetime


@dataclass
class MemoryState:
    """Everything kept, as tables would hold it; leases, fences and looks by incident."""

    inbox: dict[str, InboxEntry] = field(default_factory=dict)
    alerts: dict[tuple[str, str], KnownAlert] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    timeline: list[TimelineEntry] = field(default_factory=list)
    leases: dict[str, Lease] = field(default_factory=dict)
    fences: dict[str, int] = field(default_factory=dict)
    looks: dict[str, datetime] = field(default_factory=dict)


def require_one_live_each(incidents: Collection[Incident]) -> None:
    """Raise StoreConflict if two incidents live for one key."""
    live = [(i.backend, i.key) for i in incidents if i.ended_at is None]
    if len(live) != len(set(live)):
        message = "two live incidents for one key"
        raise StoreConflict(message)
