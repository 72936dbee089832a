"""A claimed incident as this worker knows it, and how what was seen goes on record."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bridge.domain.errors import DeskError, ErrorKind
from bridge.domain.incident import Incident, Observed, TimelineEntry
from bridge.domain.json import JsonValue
from bridge.domain.next_step import next_step
from bridge.domain.policy import Budget
from bridge.domain.ports import Claim, Clock, DeliveryStore, IncidentTransaction
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.steps import Create, Nothing, Step, Wait
from bridge.domain.ticket import Capabilities, Ticket
from bridge.reconciler import intents, turns
from bridge.reconciler.retry import after_failure


class ClaimLost(Exception):
    """Another worker took the incident over; what was seen has been recorded."""


class HeldClaim:
    """The incident while its lease is ours; every write keeps `incident` in step with the store."""

    def __init__(
        self,
        claim: Claim,
        store: DeliveryStore,
        can: Capabilities,
        now: Clock,
        listening_since: datetime | None = None,
    ) -> None:
        self.claim = claim
        self.incident = replace(claim.incident, observed=claim.begun or claim.incident.observed)
        self.is_begun = claim.begun is not None  #: what is on record as sent is yet to be sent
        self.is_released = False
        self._store = store
        self._can = can
        self._now = now
        self._listening_since = listening_since
        self._just_read = False

    @property
    def observed(self) -> Observed:
        """What is known of the ticket."""
        return self.incident.observed

    @property
    def spec(self) -> IncidentSpec:
        """What the ticket should say."""
        return self.incident.desired.spec

    @property
    def ticket(self) -> Ticket:
        """The ticket, in the steps that exist only with one."""
        if self.observed.ticket is None:
            message = f"incident {self.incident.id} has no ticket to work on"
            raise LookupError(message)
        return self.observed.ticket

    def next_step(self) -> Step:
        """Decide what to do now."""
        if self.is_begun:
            return Create()
        return next_step(
            self.incident,
            self._now(),
            self._can,
            just_read=self._just_read,
            is_look=self.claim.is_look,
            listening_since=self._listening_since,
        )

    def told(self) -> Observed:
        """Give the observed half as it is once the desk has heard of everything desired now."""
        return intents.told(self.incident)

    def well(self) -> Observed:
        """Give the observed half once the desk has done what was asked, and nothing was told."""
        return replace(self.observed, **intents.WELL)

    def has_unanswered_write(self) -> bool:
        """Say whether something was sent to the ticket of which the outcome is not on record."""
        observed = self.observed
        sent = (observed.unsure_since, observed.moving_since, observed.sent_spec)
        return any(intent is not None for intent in sent)

    def given_up(self) -> Observed:
        """Give the observed half once a create that was not answered is not waited for any more."""
        return intents.given_up(self.observed)

    def begin_to_file(self) -> None:
        """Put on record that a create is under way, unless that went with the claim."""
        if not self.is_begun:
            filing = intents.filing(self.incident, self._now())
            self.record(filing, "filing", self.incident.backend, None)

    def filed(self, ticket: Ticket) -> Observed:
        """Give the observed half once it is known which ticket a create made."""
        return replace(
            self.observed,
            ticket=ticket,
            create_sent_at=None,
            lookups=0,
            looked_at=None,
            stage=Stage.OPEN,
            moved_to=None,
            attached=frozenset(),
            **intents.WELL,
        )

    def see(self, observed: Observed) -> None:
        """Take what the desk shows into account without writing it yet; the next record will."""
        self.incident = replace(self.incident, observed=observed)
        self._just_read = True

    def intend(self, observed: Observed) -> None:
        """Put on record what is about to be sent; raise ClaimLost if it must not be."""
        self._write(observed, due_at=self.incident.due_at, release=False, entry=("", "", {}))

    def record(self, observed: Observed, what: str, because: str, ticket: Ticket | None) -> None:
        """Write what is known and go on working on the incident."""
        self._write(
            observed,
            due_at=self.incident.due_at,
            release=False,
            entry=(what, because, detail_of(ticket) if ticket else {}),
        )

    def release(
        self,
        observed: Observed,
        what: str = "",
        because: str = "",
        detail: Mapping[str, JsonValue] | None = None,
        *,
        ended: bool = False,
    ) -> None:
        """Write what is known and let go; due again when the next step is."""
        ended_at = self._now() if ended else self.incident.ended_at
        after = replace(self.incident, observed=observed, ended_at=ended_at)
        due_at = self._due_of(
            next_step(after, self._now(), self._can, listening_since=self._listening_since)
        )
        entry = (what, because, detail or {})
        self._write(observed, due_at=due_at, release=True, entry=entry, ended=ended)

    def fail(self, step: Step, error: DeskError, jitter: float) -> None:
        """Write a failure and let go; due again when the kind of failure says so."""
        observed = self.observed
        if isinstance(step, Create) and error.kind is not ErrorKind.UNKNOWN:
            observed = intents.never_sent(observed, is_searched=self._can.find)
        failed = after_failure(observed, error, self._now(), jitter, is_searched=self._can.find)
        what = "parked" if failed.observed.parked_reason is not None else "failed"
        detail: dict[str, JsonValue] = {
            "step": type(step).__name__.lower(),
            "kind": error.kind.value,
            "attempt": failed.observed.attempts,
        }
        entry = (what, str(error), detail)
        self._write(failed.observed, due_at=failed.due_at, release=True, entry=entry)

    def put_off(self) -> None:
        """Let go of what was not sent, as if it had not been claimed."""
        observed, due_at = self.observed, self.incident.due_at
        if self.is_begun:
            observed = intents.never_sent(observed, is_searched=self._can.find)
        self._write(observed, due_at=due_at, release=True, entry=("", "", {}))

    def can_spend(self, budget: Budget) -> bool:
        """Take a ticket out of the budget, if one is left."""
        now = self._now()
        return self._store.change(lambda tx: turns.spend(tx, self.claim, budget, now))

    def turn(self, work: Callable[[IncidentTransaction, Claim], None]) -> None:
        """Let the incident take a turn that no desk is asked about, and let go."""
        self._store.change(lambda transaction: work(transaction, self.claim))
        self.is_released = True

    def _look_at(self, observed: Observed, now: datetime, *, ended: bool) -> datetime | None:
        """Say when to see again whether a ticket that should be open still is."""
        is_over = ended or self.incident.ended_at is not None
        should_be_open = self.incident.desired.is_open and observed.ticket is not None
        if self._can.look_every is None or is_over or not should_be_open:
            return None
        return now + self._can.look_every

    def _due_of(self, step: Step) -> datetime | None:
        match step:
            case Nothing():
                return None
            case Wait(until, _):
                return until
            case _:
                return self._now()

    def _write(
        self,
        observed: Observed,
        *,
        due_at: datetime | None,
        release: bool,
        entry: tuple[str, str, Mapping[str, JsonValue]],
        ended: bool = False,
    ) -> None:
        now = self._now()
        is_ours = self._store.record(
            self.claim,
            _kept(observed),
            now=now,
            due_at=due_at,
            look_at=self._look_at(observed, now, ended=ended),
            timeline=_entries(self.incident, now, *entry),
            ended=ended,
            release=release,
        )
        news = tuple(item for item in self.incident.news if item.entry > observed.told_through)
        self.incident = replace(self.incident, observed=observed, news=news)
        self.is_released, self.is_begun = release, False
        if not is_ours:
            raise ClaimLost


def detail_of(ticket: Ticket) -> dict[str, JsonValue]:
    """Say of a ticket what the timeline keeps."""
    return {
        "ticket": ticket.number,
        "status": ticket.status,
        **({"assignee": ticket.assignee} if ticket.assignee else {}),
        **({"theirs": sorted(ticket.theirs)} if ticket.theirs else {}),
    }


def _entries(
    incident: Incident, now: datetime, what: str, because: str, detail: Mapping[str, JsonValue]
) -> tuple[TimelineEntry, ...]:
    if not what:
        return ()
    return (
        TimelineEntry(incident_id=incident.id, at=now, what=what, because=because, detail=detail),
    )


def _kept(observed: Observed) -> Observed:
    """Leave out what the desk said a moment ago: by the next delivery it may be otherwise."""
    if observed.ticket is None or not observed.ticket.present:
        return observed
    return replace(observed, ticket=replace(observed.ticket, present={}))
