"""Take the next step of one incident until nothing is left to do now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, assert_never

import structlog

from bridge.domain.errors import DeskError, TicketGone, TicketRefused
from bridge.domain.policy import OnClear
from bridge.domain.ports import Backend, Claim, Clock, DeliveryStore, NewId
from bridge.domain.steps import (
    BeginEpisode,
    Cancel,
    CloseStray,
    Create,
    Expire,
    LeaveOverflow,
    LookUp,
    Nothing,
    Park,
    Read,
    Recheck,
    Reopen,
    Resolve,
    Rest,
    Silence,
    Step,
    Tell,
    Update,
    Wait,
)
from bridge.domain.ticket import Ticket
from bridge.reconciler import notes, turns
from bridge.reconciler.calls import Contact, ask, contact_of
from bridge.reconciler.findings import findings_of
from bridge.reconciler.held_claim import ClaimLost, HeldClaim, detail_of
from bridge.telemetry import metrics

log = structlog.get_logger()

T = TypeVar("T")


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
        self.contact = Contact.NONE
        self._reconciler = reconciler
        self._backend = reconciler.backend
        self._held = HeldClaim(
            claim,
            reconciler.store,
            reconciler.backend.can,
            reconciler.now,
            reconciler.listening_since,
        )

    def run(self) -> None:
        """Take steps until the claim is released."""
        while not self._held.is_released:
            step = self._held.next_step()
            try:
                self._take(step)
            except DeskError as error:
                self._log("delivery failed", kind=error.kind.value, error=str(error))
                self._held.fail(step, error, self._reconciler.jitter())

    def _now(self) -> datetime:
        return self._reconciler.now()

    def _take(self, step: Step) -> None:
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
            case Expire() | Silence() | LeaveOverflow() | BeginEpisode():
                self._turn(step)
            case CloseStray(ticket):
                self._close_stray(ticket)
            case Recheck():
                self._recheck()
            case _:
                self._call_desk(step)

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

    def _call_desk(self, step: LookUp | Create | Read | Update | Tell | Resolve | Reopen) -> None:
        match step:
            case LookUp():
                self._look_up()
            case Create():
                self._create()
            case Read():
                self._read()
            case Update(changed):
                self._update(changed)
            case Tell():
                self._tell(step)
            case Resolve(how):
                self._resolve(how)
            case Reopen():
                self._reopen()
            case _:
                assert_never(step)

    def _create(self) -> None:
        """File the ticket if the budget allows it; otherwise another ticket lists it."""
        budget = self._held.incident.desired.policy.budget
        if budget is None or self._held.can_spend(budget):
            self._file()
            return
        new_id, now = self._reconciler.new_id(), self._now()
        token = self._reconciler.token_of(new_id)
        self._held.turn(
            lambda tx, claim: turns.join_overflow(
                tx, claim, budget, new_id=new_id, token=token, now=now
            )
        )

    def _file(self) -> None:
        """File the ticket; that a create is under way is on record before it is sent."""
        held, backend = self._held, self._backend
        note = notes.filing_note(held.incident)
        now = self._now()
        intent = replace(
            held.given_up(told=True),
            create_sent_at=now,
            filed_at=now,
            lookups=0,
            looked_at=None,
            spec=held.spec,
        )
        held.record(intent, "filing", backend.name, None)
        token = held.incident.token
        ticket = self._ask("create", lambda: backend.create(held.spec, token, note))
        held.release(held.filed(ticket), "filed", ticket.number, detail_of(ticket))
        self._log("ticket filed", ticket=ticket.number)

    def _look_up(self) -> None:
        """Search for what an unanswered create may have filed; keep the oldest."""
        held, backend, token = self._held, self._backend, self._held.incident.token
        sent_at = held.observed.create_sent_at or held.incident.opened_at
        found = self._ask("find", lambda: backend.find(token, sent_at))
        if not found:
            searched = replace(
                held.observed, lookups=held.observed.lookups + 1, looked_at=self._now()
            )
            held.release(searched, "searched", "no ticket carries the token")
            return
        kept, *others = found
        strays = (*held.observed.strays, *(other for other in others if other.is_open))
        observed = replace(held.filed(kept), strays=strays)
        told = {**detail_of(kept), "found": [ticket.number for ticket in found]}
        held.release(observed, "found", kept.number, told)
        self._log("ticket found", ticket=kept.number)

    def _recheck(self) -> None:
        """Search once more for a create that was given up; beside the kept ticket it is a stray."""
        held, backend, token = self._held, self._backend, self._held.incident.token
        since = held.observed.doubt_since or held.incident.opened_at
        found = self._ask("find", lambda: backend.find(token, since))
        kept = held.observed.ticket.id if held.observed.ticket is not None else ""
        strays = tuple(ticket for ticket in found if ticket.is_open and ticket.id != kept)
        observed = replace(
            held.observed,
            rechecks=held.observed.rechecks + 1,
            strays=(*held.observed.strays, *strays),
        )
        said = f"{len(strays)} tickets arrived late" if strays else "no ticket arrived late"
        held.release(observed, "searched", said, {"found": [t.number for t in found]})

    def _close_stray(self, stray: Ticket) -> None:
        held, backend = self._held, self._backend
        note = notes.stray_note(held.incident)
        left = replace(held.observed, strays=held.observed.strays[1:])
        try:
            self._ask("resolve", lambda: backend.resolve(stray, held.spec, OnClear.RESOLVE, note))
        except (TicketRefused, TicketGone) as refused:
            held.release(left, "duplicate left", f"{stray.number}: {refused}")
            return
        held.release(left, "duplicate resolved", stray.number, {"note": note})
        self._log("duplicate resolved", ticket=stray.number)

    def _read(self) -> None:
        held, backend, was = self._held, self._backend, self._held.ticket
        try:
            ticket = self._ask("read", lambda: backend.read(was))
        except TicketGone:
            metrics.FINDINGS.labels(backend.name, "deleted").inc()
            raise
        for finding in findings_of(was, ticket):
            metrics.FINDINGS.labels(backend.name, finding).inc()
        observed = replace(held.observed, ticket=ticket, unsure_since=None)
        if held.observed.unsure_since is not None:
            ended_at = held.observed.resolved_at or held.observed.unsure_since
            observed = replace(observed, resolved_at=None if ticket.is_open else ended_at)
        held.see(observed)
        if _shown(ticket) != _shown(was):
            held.record(observed, "seen", "the service desk", ticket)

    def _update(self, changed: tuple[str, ...]) -> None:
        held, backend, incident = self._held, self._backend, self._held.incident
        note = notes.update_note(incident, changed)
        held.intend(replace(held.observed, sent_spec=held.spec, generation=0))
        ticket = self._ask(
            "update",
            lambda: backend.update(held.ticket, held.spec, changed, incident.token, note),
        )
        updated = replace(
            held.told(), ticket=ticket, spec=held.spec, sent_spec=None, resolved_at=None
        )
        held.release(updated, "updated", ", ".join(changed), {"note": note, **detail_of(ticket)})
        self._log("ticket updated", ticket=ticket.number, changed=list(changed))

    def _tell(self, step: Tell) -> None:
        held, backend = self._held, self._backend
        note = notes.tell_note(held.incident, step)
        ticket = self._ask("note", lambda: backend.note(held.ticket, held.spec, note))
        told = replace(held.told(), ticket=ticket)
        if held.incident.desired.is_open:
            told = replace(told, resolved_at=None)
        held.release(told, "noted", step.reason, {"note": note, **detail_of(ticket)})

    def _resolve(self, how: OnClear) -> None:
        held, backend = self._held, self._backend
        note = notes.resolve_note(held.incident)
        held.intend(replace(held.observed, unsure_since=self._now()))
        ticket = self._ask("resolve", lambda: backend.resolve(held.ticket, held.spec, how, note))
        resolved_at = held.observed.resolved_at or self._now()
        resolved = replace(held.told(), ticket=ticket, resolved_at=resolved_at, unsure_since=None)
        held.release(resolved, "resolved", ticket.number, {"note": note, **detail_of(ticket)})
        self._log("ticket resolved", ticket=ticket.number)

    def _reopen(self) -> None:
        held, backend = self._held, self._backend
        note = notes.reopen_note(held.incident)
        told = max((item.entry for item in held.incident.news), default=held.observed.told_through)
        held.intend(replace(held.observed, unsure_since=self._now()))
        try:
            ticket = self._ask("reopen", lambda: backend.reopen(held.ticket, held.spec, note))
        except (TicketRefused, TicketGone) as refused:
            self._log("reopen refused", error=str(refused))
            self._begin_episode()
            return
        reopened = replace(
            held.observed,
            ticket=ticket,
            resolved_at=None,
            unsure_since=None,
            told_through=told,
            attempts=0,
            last_error=None,
        )
        held.release(reopened, "reopened", ticket.number, {"note": note, **detail_of(ticket)})
        self._log("ticket reopened", ticket=ticket.number)

    def _begin_episode(self) -> None:
        new_id, now = self._reconciler.new_id(), self._now()
        token = self._reconciler.token_of(new_id)
        self._held.turn(
            lambda tx, claim: turns.begin_episode(tx, claim, new_id=new_id, token=token, now=now)
        )

    def _ask(self, operation: str, call: Callable[[], T]) -> T:
        """Make one call to the desk and remember what it says of the desk as a whole."""
        try:
            answer = ask(self._backend.name, operation, call)
        except DeskError as error:
            self.contact = contact_of(error)
            raise
        self.contact = Contact.ANSWERED
        return answer

    def _log(self, event: str, **fields: object) -> None:
        incident = self._held.incident
        log.info(event, incident=incident.id, backend=self._backend.name, **fields)


def _shown(ticket: Ticket) -> tuple[object, ...]:
    """Give what of a ticket the timeline tells when a person changes it."""
    return ticket.status, ticket.assignee, ticket.theirs
