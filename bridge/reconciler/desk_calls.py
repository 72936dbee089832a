"""The steps that ask a desk for something, and how what it says goes on record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from typing import TypeVar

import structlog

from bridge.domain.errors import DeskError, OutcomeUnknown, TicketGone, TicketRefused
from bridge.domain.policy import OnClear
from bridge.domain.ports import Backend, Clock
from bridge.domain.stage import Stage
from bridge.domain.steps import Tell
from bridge.domain.ticket import Ticket
from bridge.reconciler import notes
from bridge.reconciler.calls import Contact, ask, contact_of
from bridge.reconciler.findings import findings_of
from bridge.reconciler.held_claim import HeldClaim, detail_of
from bridge.reconciler.seats import Seats
from bridge.telemetry import metrics

log = structlog.get_logger()

T = TypeVar("T")

#: A file that was sent so often and never answered for is there, if it ever will be.
MOST_UNANSWERED = 2
#: A duplicate that cannot be closed for so long is left to people; its incident goes on.
MOST_UNCLOSED = 20


class DeskCalls:
    """What one claimed incident wants of its desk; each call raises DeskError or is on record."""

    def __init__(
        self, held: HeldClaim, backend: Backend, seats: Seats, now: Clock, zone: tzinfo
    ) -> None:
        self.contact = Contact.NONE  #: what the latest call says of the desk as a whole
        self._held = held
        self._backend = backend
        self._seats = seats
        self._has_seat = False
        self._now = now
        self._zone = zone

    def take_seat(self) -> None:
        """Wait until the desk takes one call more, before that call goes on record as sent."""
        if not self._has_seat:
            self._seats.take()
            self._has_seat = True

    def leave_seat(self) -> None:
        """Let the next call begin while what came of this one is written."""
        if self._has_seat:
            self._has_seat = False
            self._seats.leave()

    def file(self) -> None:
        """File the ticket; that a create is under way is on record before it is sent."""
        held, backend = self._held, self._backend
        note = notes.filing_note(held.incident, self._zone)
        held.begin_to_file()
        token = held.incident.token
        ticket = self._ask("create", lambda: backend.create(held.spec, token, note))
        held.release(held.filed(ticket), "filed", ticket.number, detail_of(ticket))
        self._log("ticket filed", ticket=ticket.number)

    def look_up(self) -> None:
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
        if observed.doubt_since is not None:
            # It may be of an earlier create, which said what was wanted then.
            observed = replace(observed, spec=None, generation=0)
        told = {**detail_of(kept), "found": [ticket.number for ticket in found]}
        held.release(observed, "found", kept.number, told)
        self._log("ticket found", ticket=kept.number)

    def recheck(self) -> None:
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

    def close_stray(self, stray: Ticket) -> None:
        """Resolve a ticket beside the one that is kept; one that the desk keeps open is let be."""
        held, backend = self._held, self._backend
        note = notes.stray_note(held.incident)
        left = replace(held.observed, strays=held.observed.strays[1:])
        try:
            self._ask("resolve", lambda: backend.resolve(stray, held.spec, OnClear.RESOLVE, note))
        except DeskError as error:
            is_final = isinstance(error, TicketRefused | TicketGone)
            if not is_final and held.observed.attempts < MOST_UNCLOSED:
                raise
            held.release(left, "duplicate left", f"{stray.number}: {error}")
            return
        held.release(left, "duplicate resolved", stray.number, {"note": note})
        self._log("duplicate resolved", ticket=stray.number)

    def read(self) -> None:
        """Look at the ticket; what people did to it is counted, and told if it can be seen."""
        held, backend, was = self._held, self._backend, self._held.ticket
        is_ours = held.has_unanswered_write()
        try:
            ticket = self._ask("read", lambda: backend.read(was, is_ours=is_ours))
        except TicketGone:
            metrics.FINDINGS.labels(backend.name, "deleted").inc()
            raise
        for finding in findings_of(was, ticket):
            metrics.FINDINGS.labels(backend.name, finding).inc()
        observed = replace(held.observed, ticket=ticket, unsure_since=None, moving_since=None)
        if held.observed.moving_since is not None:
            observed = replace(observed, moved_to=ticket.status)
        if held.observed.unsure_since is not None:
            ended_at = held.observed.resolved_at or held.observed.unsure_since
            observed = replace(observed, resolved_at=None if ticket.is_open else ended_at)
        if ticket.is_open and not was.is_open:
            # Whoever took it up again did not put it where the stage had.
            observed = replace(observed, stage=Stage.OPEN, moved_to=None)
        held.see(observed)
        if _shown(ticket) != _shown(was):
            held.record(observed, "seen", "the service desk", ticket)

    def update(self, changed: tuple[str, ...]) -> None:
        """Write the named fields; what is about to be written is on record before."""
        held, backend, incident = self._held, self._backend, self._held.incident
        note = notes.update_note(incident, changed, self._zone)
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

    def tell(self, step: Tell) -> None:
        """Add a note."""
        held, backend = self._held, self._backend
        note = notes.tell_note(held.incident, step, self._zone)
        ticket = self._ask("note", lambda: backend.note(held.ticket, held.spec, note))
        told = replace(held.told(), ticket=ticket)
        if held.incident.desired.is_open:
            told = replace(told, resolved_at=None)
        held.release(told, "noted", step.reason, {"note": note, **detail_of(ticket)})

    def move(self, stage: Stage) -> None:
        """Give the ticket the status of a stage; sent again after a lost answer, it is there."""
        held, backend = self._held, self._backend
        note = notes.move_note(held.incident, stage, self._now(), self._zone)
        held.intend(replace(held.observed, moving_since=self._now()))
        try:
            ticket = self._ask("move", lambda: backend.move(held.ticket, held.spec, stage, note))
        except TicketRefused as refused:
            # The status says how a fault is seen to; its ticket must not miss what comes for that.
            stayed = replace(held.well(), stage=stage, moving_since=None)
            held.release(stayed, "not moved", f"{stage.value}: {refused}")
            return
        moved = replace(
            held.well(), ticket=ticket, stage=stage, moved_to=ticket.status, moving_since=None
        )
        held.release(moved, "moved", stage.value, {"note": note, **detail_of(ticket)})
        self._log("ticket moved", ticket=ticket.number, stage=stage.value)

    def attach(self, name: str) -> None:
        """Put a file on the ticket; one that the desk refuses is given up, and that is told."""
        held, backend, text = self._held, self._backend, self._held.spec.attachments[name]
        attached = replace(held.well(), attached=held.observed.attached | {name})
        try:
            self._ask("attach", lambda: backend.attach(held.ticket, name, text))
        except (TicketRefused, TicketGone) as refused:
            held.release(attached, "not attached", f"{name}: {refused}")
            return
        except OutcomeUnknown as unknown:
            if held.observed.attempts < MOST_UNANSWERED:
                raise
            held.release(attached, "not attached", f"{name}, or it is there: {unknown}")
            return
        held.release(attached, "attached", name)

    def resolve(self, how: OnClear) -> None:
        """Bring the ticket to rest; that it may be there already is on record before."""
        held, backend = self._held, self._backend
        note = notes.resolve_note(held.incident, self._zone)
        held.intend(replace(held.observed, unsure_since=self._now()))
        ticket = self._ask("resolve", lambda: backend.resolve(held.ticket, held.spec, how, note))
        resolved_at = held.observed.resolved_at or self._now()
        resolved = replace(held.told(), ticket=ticket, resolved_at=resolved_at, unsure_since=None)
        what = "closed" if held.observed.resolved_at is not None else "resolved"
        held.release(resolved, what, ticket.number, {"note": note, **detail_of(ticket)})
        self._log(f"ticket {what}", ticket=ticket.number)

    def reopen(self) -> bool:
        """Take up the same ticket again; False: the desk does not let it."""
        held, backend = self._held, self._backend
        note = notes.reopen_note(held.incident, self._zone)
        told = max((item.entry for item in held.incident.news), default=held.observed.told_through)
        held.intend(replace(held.observed, unsure_since=self._now()))
        try:
            ticket = self._ask("reopen", lambda: backend.reopen(held.ticket, held.spec, note))
        except (TicketRefused, TicketGone) as refused:
            self._log("reopen refused", error=str(refused))
            return False
        reopened = replace(
            held.observed,
            ticket=ticket,
            resolved_at=None,
            unsure_since=None,
            told_through=told,
            attempts=0,
            last_error=None,
            stage=Stage.OPEN,
            moved_to=None,
        )
        held.release(reopened, "reopened", ticket.number, {"note": note, **detail_of(ticket)})
        self._log("ticket reopened", ticket=ticket.number)
        return True

    def _ask(self, operation: str, call: Callable[[], T]) -> T:
        """Make one call to the desk and remember what it says of the desk as a whole."""
        self.take_seat()
        try:
            answer = ask(self._backend.name, operation, call)
        except DeskError as error:
            self.contact = contact_of(error)
            raise
        finally:
            self.leave_seat()
        self.contact = Contact.ANSWERED
        return answer

    def _log(self, event: str, **fields: object) -> None:
        incident = self._held.incident
        log.info(event, incident=incident.id, backend=self._backend.name, **fields)


def _shown(ticket: Ticket) -> tuple[object, ...]:
    """Give what of a ticket the timeline tells when a person changes it."""
    return ticket.status, ticket.assignee, ticket.theirs
