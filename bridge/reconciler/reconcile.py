"""Take the next step of one incident until nothing is left to do now."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from sys import maxsize
from typing import assert_never

import structlog

from bridge.domain.errors import DeskError, ErrorKind, TicketRefused
from bridge.domain.incident import Incident, TimelineEntry
from bridge.domain.intent import Intent
from bridge.domain.next_step import next_step
from bridge.domain.ports import Backend, Claim, Clock, DeliveryStore, NewId
from bridge.domain.steps import (
    Attach,
    BeginEpisode,
    Cancel,
    CloseStray,
    Create,
    Expire,
    LeaveOverflow,
    LookUp,
    Move,
    Nothing,
    Park,
    Read,
    Recheck,
    Reopen,
    Resolve,
    Rest,
    Silence,
    Stay,
    Step,
    Tell,
    Update,
    Wait,
)
from bridge.reconciler import turns
from bridge.reconciler.calls import Contact
from bridge.reconciler.desk_calls import DeskCalls
from bridge.reconciler.held_claim import ClaimLost, HeldClaim
from bridge.reconciler.intents import filing
from bridge.reconciler.seats import Seats, SentAway

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """Closes the difference between desired and observed at one desk, one incident at a time."""

    store: DeliveryStore
    backend: Backend
    now: Clock
    new_id: NewId
    token_of: Callable[[str], str]  #: incident id -> correlation token
    jitter: Callable[[], float]  #: a random number from 0 to 1
    #: From when on a heartbeat would have been heard: silence before that proves nothing.
    listening_since: datetime | None = None
    zone: tzinfo = UTC  #: whose clock tickets are told the time by
    seats: Seats = field(default_factory=lambda: Seats(maxsize))  #: calls at once to this desk

    def begin(self, incident: Incident) -> Intent | None:
        """Say what may go on record as sent together with the claim: the create of a new ticket.

        Not where a ticket has to be taken out of a budget first, nor where nobody could search for
        what was on record as sent and never was, nor again after a create that was not answered.
        """
        observed, can = incident.observed, self.backend.can
        is_first = observed.create_sent_at is None and observed.doubt_since is None
        if not (is_first and can.find) or incident.desired.policy.budget is not None:
            return None
        now = self.now()
        step = next_step(incident, now, can, listening_since=self.listening_since)
        if not isinstance(step, Create):
            return None
        entry = TimelineEntry(
            incident_id=incident.id, at=now, what="filing", because=incident.backend
        )
        return Intent(observed=filing(incident, now), timeline=(entry,))

    def reconcile(self, claim: Claim) -> Contact:
        """Work on a claimed incident and release it; whatever happens is on record."""
        delivery = _Delivery(self, claim)
        try:
            delivery.run()
        except ClaimLost:
            log.warning("claim lost", incident=claim.incident.id, backend=self.backend.name)
        return delivery.contact


class _Delivery:
    """The steps of one claim."""

    def __init__(self, reconciler: Reconciler, claim: Claim) -> None:
        self._reconciler = reconciler
        self._backend = reconciler.backend
        self._held = HeldClaim(
            claim,
            reconciler.store,
            reconciler.backend.can,
            reconciler.now,
            reconciler.listening_since,
        )
        self._desk = DeskCalls(
            self._held, reconciler.backend, reconciler.seats, reconciler.now, reconciler.zone
        )

    @property
    def contact(self) -> Contact:
        """What the claim taught about the desk as a whole."""
        return self._desk.contact

    def run(self) -> None:
        """Take steps until the claim is released."""
        while not self._held.is_released:
            try:
                self._advance(self._held.next_step())
            except SentAway:
                self._held.put_off()
            finally:
                self._desk.leave_seat()

    def _advance(self, step: Step) -> None:
        try:
            self._take(step)
        except DeskError as error:
            self._fail(step, self._confirmed(step, error))

    def _fail(self, step: Step, error: DeskError) -> None:
        self._log("delivery failed", kind=error.kind.value, error=str(error))
        self._held.fail(step, error, self._reconciler.jitter())

    def _confirmed(self, step: Step, error: DeskError) -> DeskError:
        """Give a failure, or what a look makes of it: not every 404 means that a ticket is gone."""
        if error.kind is not ErrorKind.GONE or isinstance(step, Read):
            return error
        if self._held.observed.ticket is not None and self._backend.can.read:
            try:
                self._desk.read()
            except DeskError as seen:
                return seen
        return TicketRefused(f"{error}; and yet the ticket is not known to be gone")

    def _now(self) -> datetime:
        return self._reconciler.now()

    def _take(self, step: Step) -> None:
        match step:
            case Nothing() | Wait() | Cancel() | Park() | Rest() | Stay():
                self._let_go(step)
            case Expire() | Silence() | LeaveOverflow() | BeginEpisode():
                self._turn(step)
            case LookUp() | Recheck() | CloseStray() | Create():
                self._desk.take_seat()
                self._come_to_a_ticket(step)
            case _:
                self._desk.take_seat()
                self._work_on_ticket(step)

    def _let_go(self, step: Nothing | Wait | Cancel | Park | Rest | Stay) -> None:
        held = self._held
        match step:
            case Nothing() | Wait():
                held.release(held.observed)
            case Cancel(reason):
                held.release(held.given_up(), "cancelled", reason, ended=True)
            case Park(reason):
                parked = replace(held.observed, parked_reason=reason, parked_at=self._now())
                held.release(parked, "parked", reason)
            case Rest(reason):
                rested = replace(held.told(), resolved_at=self._now())
                held.release(rested, "rested", reason)
            case Stay(stage):
                stayed = replace(held.observed, stage=stage)
                held.release(stayed, "not moved", f"{stage.value}; a person has the ticket")
            case _:
                assert_never(step)

    def _turn(self, step: Expire | Silence | LeaveOverflow | BeginEpisode) -> None:
        held, now = self._held, self._now()
        match step:
            case Expire():
                held.turn(lambda tx, claim: turns.expire(tx, claim, now))
            case Silence():
                held.turn(lambda tx, claim: turns.fall_silent(tx, claim, now))
            case LeaveOverflow():
                held.turn(lambda tx, claim: turns.leave_overflow(tx, claim, now))
            case BeginEpisode():
                self._begin_episode()
            case _:
                assert_never(step)

    def _come_to_a_ticket(self, step: LookUp | Recheck | CloseStray | Create) -> None:
        match step:
            case LookUp():
                self._desk.look_up()
            case Recheck():
                self._desk.recheck()
            case CloseStray(ticket):
                self._desk.close_stray(ticket)
            case Create():
                self._create()
            case _:
                assert_never(step)

    def _work_on_ticket(
        self, step: Read | Update | Tell | Move | Attach | Resolve | Reopen
    ) -> None:
        match step:
            case Read():
                self._desk.read()
            case Update(changed):
                self._desk.update(changed)
            case Tell():
                self._desk.tell(step)
            case Move(stage):
                self._desk.move(stage)
            case Attach(name):
                self._desk.attach(name)
            case Resolve(how):
                self._desk.resolve(how)
            case Reopen():
                self._reopen()
            case _:
                assert_never(step)

    def _create(self) -> None:
        """File the ticket if the budget allows it; otherwise another ticket lists it."""
        budget, observed = self._held.incident.desired.policy.budget, self._held.observed
        is_in_doubt = observed.create_sent_at is not None or observed.doubt_since is not None
        # What may be filed has taken its ticket out of the budget already.
        if budget is None or is_in_doubt or self._held.can_spend(budget):
            self._desk.file()
            return
        new_id, now = self._reconciler.new_id(), self._now()
        token = self._reconciler.token_of(new_id)
        self._held.turn(
            lambda tx, claim: turns.join_overflow(
                tx, claim, budget, new_id=new_id, token=token, now=now
            )
        )

    def _reopen(self) -> None:
        if not self._desk.reopen():
            self._begin_episode()

    def _begin_episode(self) -> None:
        new_id, now = self._reconciler.new_id(), self._now()
        token = self._reconciler.token_of(new_id)
        self._held.turn(
            lambda tx, claim: turns.begin_episode(tx, claim, new_id=new_id, token=token, now=now)
        )

    def _log(self, event: str, **fields: object) -> None:
        incident = self._held.incident
        log.info(event, incident=incident.id, backend=self._backend.name, **fields)
