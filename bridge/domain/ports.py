"""What the use cases need from the rooms around them, each said as a promise."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from bridge.domain.alert import Alert, ParsedBody
from bridge.domain.decision import Decision
from bridge.domain.inbox import InboxEntry
from bridge.domain.incident import Incident, Observed, TimelineEntry
from bridge.domain.intent import Begin
from bridge.domain.json import JsonObject
from bridge.domain.known import Heard, KnownAlert, Standing
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, Ticket

T = TypeVar("T")

Clock = Callable[[], datetime]  #: the time now, always aware and in UTC
NewId = Callable[[], str]  #: a new identifier; identifiers sort by the time they were made


class Source(Protocol):
    """One wire format under one configured name."""

    @property
    def name(self) -> str:
        """The name in the configuration and in the webhook's path."""

    def parse(self, body: bytes, content_type: str, received_at: datetime) -> ParsedBody:
        """Read a body; raise MalformedBody when it is not of this format at all."""


class RuleBook(Protocol):
    """The rules in force, compiled."""

    @property
    def version(self) -> str:
        """A digest of everything that can change a decision."""

    def decide(self, alert: Alert) -> Decision:
        """Turn an alert into an incident or a reasoned drop; never raise."""


class Backend(Protocol):
    """One service desk; every method raises DeskError and nothing else."""

    @property
    def name(self) -> str:
        """The name in the configuration."""

    @property
    def can(self) -> Capabilities:
        """What this desk is able to do."""

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        """File a ticket that carries `token`; OutcomeUnknown unless surely filed or surely not.

        `note` (may be empty) goes where the resolver group reads it.
        """

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:
        """Give every ticket filed after `since` that really carries `token`, oldest first."""

    def read(self, ticket: Ticket, *, is_ours: bool = False) -> Ticket:
        """Give the ticket as it is now; raise TicketGone when the desk no longer knows it.

        `is_ours`: a write of the bridge's got no answer, so whatever is otherwise than before is
        taken for its own doing, from now on too: it is no person's.
        """

    def lookup(self, number: str) -> Ticket:
        """Give the ticket that a person names; raise TicketGone when there is none."""

    def update(
        self, ticket: Ticket, spec: IncidentSpec, changed: Sequence[str], token: str, note: str
    ) -> Ticket:
        """Write the fields named in `changed` (public names) and the note; touch nothing else."""

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        """Add a note, and change nothing else."""

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:
        """Give the ticket the status that this desk has for a stage, and say why in a note.

        Only stages of `can.stages` are asked for; a ticket at rest, or already there, is left.
        """

    def attach(self, ticket: Ticket, name: str, text: str) -> None:
        """Put a text file on the ticket, once more each time it is asked for.

        Only asked for if `can.attach`; TicketRefused if this desk will not have the file.
        """

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:
        """Bring the ticket to rest; a ticket already there is left as it is."""

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        """Make a ticket at rest open again."""

    def preview(self, spec: IncidentSpec, token: str) -> JsonObject:
        """Give the request that `create` would send, secrets masked; send nothing."""

    def check(self) -> Sequence[str]:
        """Ask the desk whether it answers and accepts the credentials; say what is wrong."""


class IntakeTransaction(Protocol):
    """One transaction of webhooks; what it reads is locked until it ends."""

    def standings(self, source: str, fingerprints: Collection[str]) -> Mapping[str, Standing]:
        """Say by fingerprint how stored alerts stand; one that is left out may be stored, too.

        Their incidents are not locked: what they stand for can be read in full.
        """

    def alerts(self, source: str, fingerprints: Collection[str]) -> Mapping[str, KnownAlert]:
        """Give the stored alerts by fingerprint."""

    def live_incidents(self, ids: Collection[str]) -> Sequence[Incident]:
        """Give those of the incidents that have not ended."""

    def firing_members(self, incident_ids: Collection[str]) -> Sequence[KnownAlert]:
        """Give every stored alert that fires and belongs to one of the incidents."""

    def latest_episodes(
        self, keys: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Incident]:
        """Give the newest incident, ended or not, of each (backend, key) that has one."""

    def save(
        self,
        *,
        bodies: Sequence[InboxEntry],
        alerts: Sequence[KnownAlert],
        incidents: Sequence[Incident],
        timeline: Sequence[TimelineEntry],
        heard: Sequence[Heard],
    ) -> None:
        """Write bodies, alerts and the desired half (and due_at, ended_at) of the incidents.

        `heard` names others that were only heard of again; where `alerts` has one too, that counts.
        A new incident is inserted whole. Raise StoreConflict if another transaction was first.
        """


class IntakeStore(Protocol):
    """Where webhooks write."""

    def intake(self) -> AbstractContextManager[IntakeTransaction]:
        """Open one write transaction, committed on leaving and rolled back on an exception."""

    def keep_rejected(self, entry: InboxEntry) -> str:
        """Keep a body that could not be used, once however often it comes; give its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one incident until the lease ends or another takes it over."""

    incident: Incident
    fence: int
    is_look: bool = False  #: it is not due, but its ticket is to be looked at
    begun: Observed | None = None  #: what went on record with the claim: a create is under way


class DeliveryStore(Protocol):
    """Where the worker finds what is due and writes what it saw."""

    def claim(
        self,
        backend: str,
        *,
        limit: int,
        owner: str,
        now: datetime,
        lease_until: datetime,
        begin: Begin | None = None,
    ) -> Sequence[Claim]:
        """Take up to `limit` due incidents, longest due first, that nobody else holds.

        What `begin` says of one of them is on record together with its claim, or neither is.
        """

    def renew(self, ids: Collection[str], *, owner: str, lease_until: datetime) -> None:
        """Keep the leases of what is still being worked on."""

    def record(
        self,
        claim: Claim,
        observed: Observed,
        *,
        now: datetime,
        due_at: datetime | None,
        look_at: datetime | None = None,
        timeline: Sequence[TimelineEntry] = (),
        ended: bool = False,
        release: bool = True,
    ) -> bool:
        """Write the observed half; due at once if the desired half has changed since the claim.

        Then `ended` does not hold either: an alert that came meanwhile must not be lost with it.

        False: the claim was taken over, and what was seen has still been recorded: a ticket the
        new holder does not know is adopted, or noted as a duplicate.
        """

    def change(self, work: Callable[["IncidentTransaction"], T]) -> T:
        """Do `work` in one transaction, again if it met another one; nothing stays if it raises."""

    def give_back(self, ids: Collection[str], *, owner: str) -> None:
        """End the leases of what nobody works on any more, so that others need not wait."""

    def next_due(self, backend: str) -> datetime | None:
        """Say when the earliest unclaimed incident, or the earliest ending lease, is due."""

    def claim_looks(
        self, backend: str, *, limit: int, owner: str, now: datetime, lease_until: datetime
    ) -> Sequence[Claim]:
        """Take up to `limit` incidents whose tickets are to be looked at again."""

    def next_look(self, backend: str) -> datetime | None:
        """Say when the next ticket is to be looked at again."""


class IncidentTransaction(Protocol):
    """One transaction that changes incidents otherwise than by a webhook or a delivery.

    What it reads is locked until it ends.
    """

    def held(self, claim: Claim) -> Incident | None:
        """Give the claimed incident, its members locked with it; None: the claim was lost."""

    def incident(self, incident_id: str) -> Incident | None:
        """Give an incident, ended or not, its members locked with it."""

    def latest(self, backend: str, key: str) -> Incident | None:
        """Give the newest episode of a key, ended or not."""

    def filed_since(self, budget: str, since: datetime, *, besides: str) -> int:
        """Count the others' tickets on a rule's budget; one transaction at a time may ask."""

    def mark_filed(self, claim: Claim, at: datetime) -> None:
        """Remember when the claimed incident took a ticket out of a budget."""

    def lists_open(self, overflow_id: str) -> bool:
        """Say whether an incident that an overflow ticket lists is still open."""

    def want(self, incident: Incident) -> None:
        """Write the desired half and when it is due; whoever holds the incident goes on."""

    def save(self, incident: Incident) -> None:
        """Write both halves; whoever holds the incident is fenced off and its claim released."""

    def add(self, incident: Incident) -> None:
        """Insert a new incident; StoreConflict if another lives under its key."""

    def clear_members(self, incident_id: str, now: datetime) -> None:
        """Count every firing member as cleared."""

    def move_firing_members(self, old_id: str, new_id: str) -> Sequence[KnownAlert]:
        """Let the firing members of one incident belong to another; give them."""

    def append(self, timeline: Sequence[TimelineEntry]) -> None:
        """Add to the timeline."""


class WakeUp(Protocol):
    """How committed work reaches the worker without polling."""

    def notify(self) -> None:
        """Say that something became due; never raise, never block."""

    def wait(self, timeout_seconds: float) -> None:
        """Return when notified, or after the timeout."""
