"""One incident: what the alerts want of it, and what its desk is known to have."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.alert import Handling
from bridge.domain.errors import ErrorKind
from bridge.domain.json import JsonValue
from bridge.domain.policy import Policy
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
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
    OVERFLOWED = "in an overflow ticket"
    LEFT = "left to people"
    CLEARING = "clearing"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    PARKED = "parked"
    WATCHING = "watching"  #: a heartbeat comes as expected


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
    handling: Handling = Handling.UNHANDLED  #: of all the members that fire
    handled_at: datetime | None = None  #: when `handling` last changed
    escalated_at: datetime | None = None  #: when the priority last rose while it fired

    @property
    def is_open(self) -> bool:
        """True while an alert fires."""
        return self.state is DesiredState.OPEN

    @property
    def is_handled(self) -> bool:
        """True while somebody looks after what fires, or has muted it."""
        return self.is_open and self.handling is not Handling.UNHANDLED


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
    filed_at: datetime | None = None  #: when the latest create was sent, whatever came of it
    lookups: int = 0  #: searches for the ticket since then that were answered
    looked_at: datetime | None = None  #: when the last of them was
    #: Since when a create may still arrive that no search has found and nobody waits for.
    doubt_since: datetime | None = None
    rechecks: int = 0  #: late searches for it that were answered
    resolved_at: datetime | None = None  #: the ticket came to rest after a clear
    #: A resolve or reopen was sent then, and its outcome is not on record.
    unsure_since: datetime | None = None
    attempts: int = 0  #: failed in a row
    last_error: LastError | None = None
    parked_reason: str | None = None  #: waits for a person
    parked_at: datetime | None = None
    stage: Stage = Stage.OPEN  #: that the ticket was last moved to, or left at
    moving_since: datetime | None = None  #: a move was sent then, and its outcome is not on record
    moved_to: str | None = None  #: the desk's status after that move; None: never moved
    attached: frozenset[str] = frozenset()  #: names of files that are on the ticket, or refused
    strays: tuple[Ticket, ...] = ()  #: filed beside the one ticket there should be; to be resolved

    @property
    def outcome_unknown(self) -> bool:
        """True while nobody can say whether the ticket exists."""
        return self.ticket is None and self.create_sent_at is not None


#: What is known of an incident that no desk has heard of, one for all of them.
UNHEARD_OF = Observed()


class News(StrEnum):
    """What a ticket is told beside the change of its fields."""

    JOINED = "joined"
    CLEARED = "cleared"
    COMMENT = "comment"  #: a person's, through the bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberNews:
    """A member's coming or going, or a comment, that the ticket may not say yet."""

    entry: int  #: its timeline entry
    what: News
    fingerprint: str  #: the member's; a comment has one of its own
    title: str  #: how people recognise the alert; or the comment
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
    observed: Observed = UNHEARD_OF
    news: tuple[MemberNews, ...] = ()  #: later than observed.told_through, oldest first
    previous: PreviousTicket | None = None
    edits: Mapping[str, JsonValue] = field(default_factory=dict)  #: of the spec, by a person
    overflow_id: str | None = None  #: the incident whose ticket lists this one: a budget was spent
    due_at: datetime | None = None  #: None: nothing to do until something changes
    opened_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None  #: set once another episode may begin without asking this one

    @property
    def is_parked(self) -> bool:
        """True while it waits for a person; that the alerts turned since is worth another try."""
        observed = self.observed
        if observed.parked_reason is None:
            return False
        return observed.parked_at is None or self.desired.since <= observed.parked_at

    @property
    def phase(self) -> Phase:
        """Say where the incident stands."""
        return _phase(self)


def _phase(incident: Incident) -> Phase:
    observed, desired = incident.observed, incident.desired
    if incident.is_parked:
        return Phase.PARKED
    if observed.ticket is None:
        return _phase_without_ticket(incident)
    if desired.is_open and observed.resolved_at is not None:
        return Phase.HELD if _is_waiting(incident) else Phase.FILING
    if observed.resolved_at is not None:
        return Phase.RESOLVED
    if not desired.is_open:
        return Phase.CLEARING
    return Phase.FILED if observed.ticket.is_open else Phase.LEFT


def _phase_without_ticket(incident: Incident) -> Phase:
    is_open, has_ended = incident.desired.is_open, incident.ended_at is not None
    if incident.observed.outcome_unknown and not has_ended:
        return Phase.UNKNOWN
    if incident.overflow_id is not None:
        if is_open:
            return Phase.OVERFLOWED
        return Phase.RESOLVED if has_ended else Phase.CLEARING
    if is_open:
        return Phase.HELD if _is_waiting(incident) else Phase.FILING
    return Phase.WATCHING if _is_waiting(incident) and not has_ended else Phase.CANCELLED


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
