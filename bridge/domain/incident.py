"""One incident: what the alerts want of it, and what its desk is known to have."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.errors import ErrorKind
from bridge.domain.json import JsonValue
from bridge.domain.policy import Policy
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Ticket


class DesiredState(StrEnum):
    """What the alerts want: a ticket while one of them fires, none once all have cleared."""

    OPEN = "open"
    CLEAR = "clear"


class Phase(StrEnum):
    """Where an incident stands, in the words that people see; derived, never stored."""

    HELD = "held"
    FILING = "filing"
    UNKNOWN = "outcome unknown"
    FILED = "filed"
    CLEARING = "clearing"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """The half that webhooks write."""

    state: DesiredState
    since: datetime  #: when `state` last changed
    spec: IncidentSpec
    policy: Policy = field(default_factory=Policy)
    generation: int = 1  #: grows with every change that the desk should hear of
    fired_at: datetime  #: when an alert of this incident was last said to fire
    #: A firing that looks like an echo of before the resolve counts only from here on.
    late_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """True while an alert fires."""
        return self.state is DesiredState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    """The latest failure of a delivery, as the desk or the wire said it."""

    kind: ErrorKind
    message: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The half that the worker writes: facts about the ticket and the attempts to reach it."""

    ticket: Ticket | None = None
    generation: int = 0  #: the desired generation that the desk has heard of
    spec: IncidentSpec | None = None  #: the spec that the desk was last told
    sent_spec: IncidentSpec | None = None  #: one more was sent, and its outcome is not on record
    told_through: int = 0  #: the timeline entry up to which members' news were told
    create_sent_at: datetime | None = None  #: a create was sent and its outcome is not known
    lookups: int = 0  #: searches for the ticket since then
    resolved_at: datetime | None = None  #: the ticket came to rest after a clear
    #: A resolve or reopen was sent then, and its outcome is not on record.
    unsure_since: datetime | None = None
    attempts: int = 0  #: failed in a row
    last_error: LastError | None = None
    parked_reason: str | None = None  #: waits for a person

    @property
    def outcome_unknown(self) -> bool:
        """True while nobody can say whether the ticket exists."""
        return self.ticket is None and self.create_sent_at is not None


class News(StrEnum):
    """What can happen to a member of an open incident."""

    JOINED = "joined"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberNews:
    """A member's coming or going that the ticket may not say yet."""

    entry: int  #: its timeline entry
    what: News
    fingerprint: str
    title: str  #: how people recognise the alert
    at: datetime


def net_news(news: tuple[MemberNews, ...]) -> tuple[MemberNews, ...]:
    """Keep the last news of each member that is not back where it was when last told of."""
    last = {item.fingerprint: item for item in news}
    times = Counter(item.fingerprint for item in news)
    return tuple(item for item in last.values() if times[item.fingerprint] % 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousTicket:
    """The ticket of the episode before."""

    number: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One episode of one fault at one desk."""

    id: str
    key: str
    episode: int = 1
    backend: str
    token: str  #: what a ticket of this incident carries, so that it can be found and trusted
    source: str
    rule: str | None
    desired: Desired
    observed: Observed = field(default_factory=Observed)
    news: tuple[MemberNews, ...] = ()  #: later than observed.told_through, oldest first
    previous: PreviousTicket | None = None
    due_at: datetime | None = None  #: None: nothing to do until something changes
    opened_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None  #: set once another episode may begin without asking this one

    @property
    def phase(self) -> Phase:
        """Say where the incident stands."""
        return _phase(self)


def _phase(incident: Incident) -> Phase:
    observed, desired = incident.observed, incident.desired
    if observed.parked_reason is not None:
        return Phase.PARKED
    if observed.ticket is None and observed.outcome_unknown and incident.ended_at is None:
        return Phase.UNKNOWN
    if observed.ticket is None and not desired.is_open:
        return Phase.CANCELLED
    if observed.ticket is None or (desired.is_open and observed.resolved_at is not None):
        return Phase.HELD if _is_waiting(incident) else Phase.FILING
    if observed.resolved_at is not None:
        return Phase.RESOLVED
    return Phase.FILED if desired.is_open else Phase.CLEARING


def _is_waiting(incident: Incident) -> bool:
    """Tell a policy's wait from a retry's: only the latter follows a failed attempt."""
    later = incident.due_at is not None and incident.due_at > incident.updated_at
    return later and incident.observed.attempts == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened to an incident, and because of what."""

    incident_id: str
    at: datetime
    what: str  #: one of a few words: opened, joined, cleared, filed, updated, failed, ...
    because: str  #: an alert, a rule, a delivery attempt or a person
    detail: Mapping[str, JsonValue] = field(default_factory=dict)
