"""SymphonyAI Summit as a backend."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bridge.backends.desk import Offer, limits_of
from bridge.backends.http import HttpClient, connection_of
from bridge.backends.summit import status as at
from bridge.backends.summit.configured import reader_of, writer_of
from bridge.backends.summit.effect import after, filed_as, told_in, updated_in
from bridge.backends.summit.envelope import DETAILS, FILE, Api, Envelope
from bridge.backends.summit.look import Look
from bridge.backends.summit.texts import file_name
from bridge.backends.summit.ticket import INTERNAL_ID, Details
from bridge.backends.transitions import stages_of
from bridge.domain.errors import DeskError, TicketRefused
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, Ticket, TicketState

log = structlog.get_logger()


class Summit:
    """One Summit desk; implements `bridge.domain.ports.Backend`."""

    def __init__(self, name: str, section: Mapping[str, Any]) -> None:
        self.name = name
        self.limits = limits_of(section)
        self.can = Capabilities(
            find=section["find"],
            read=section["read"],
            reopen=section["reopen"],
            close_after=section["transitions"]["close_after"],
            create_when_unknown=section["on_unknown"] == "create",
            look_every=section["look_every"] or None,
            attach=section["attach"],
            stages=stages_of(section["transitions"]),
            cancel_within=section["transitions"]["cancel_within"],
        )
        self._transitions: Mapping[str, Any] = section["transitions"]
        self._envelope = Envelope(
            path=section["path"],
            auth=section["auth"],
            org_id=section["org_id"],
            as_string=section["container"] == "string",
        )
        self._api = Api(HttpClient(name, connection_of(section)), section["auth"])
        self._reader = reader_of(section)
        self._writer = writer_of(name, section)
        self._look = Look(
            name=name,
            api=self._api,
            envelope=self._envelope,
            reader=self._reader,
            instance=section["defaults"]["instance"],
            can=self.can,
        )

    def close(self) -> None:
        """Close the connections to the desk."""
        self._api.close()

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        """File a ticket with the token below the note in its internal log.

        Every status but New wants a Ticket_No: what is to begin elsewhere is filed and then moved.
        """
        container = self._writer.create(spec, token, note)
        call = self._envelope.file("create", container, repeatable=False)
        reply, said = self._api.write(call, may_be_gone=False)
        filed, handle = filed_as(container)
        ticket = self._reader.filed(said, filed, handle, told_in(container))
        if ticket is None:
            reply.doubt("was answered without the TicketNo of the ticket")
        return self._opened(ticket, spec, replace(filed, number=ticket.number))

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:
        """Page through what was updated since the day before; take what carries the token whole.

        Summit has no search: the desk's whole list of those days passes by.
        """
        return self._look.find(token, since)

    def read(self, ticket: Ticket, *, is_ours: bool = False) -> Ticket:
        """Give the ticket as it is now, or as last known if the key may not read tickets.

        Keys are limited to services, and only the answer to a read says so: the bridge can file
        and resolve all the same, and a refusal would stop it from that.
        """
        now = self._look.at(replace(ticket, present={}))
        seen = (self._reader.left if is_ours else self._reader.changed)(ticket, now)
        return replace(seen, present=now.present())

    def lookup(self, number: str) -> Ticket:
        """Give the ticket of a TicketNo."""
        if not number.isdigit():
            message = f"{self.name}: {number!r} is no TicketNo; write its digits"
            raise TicketRefused(message)
        return self._look.by_number(number)

    def update(
        self,
        ticket: Ticket,
        spec: IncidentSpec,
        changed: Sequence[str],
        token: str,  # noqa: ARG002  # it stands in the internal log, which is only added to
        note: str,
    ) -> Ticket:
        """Write the named fields and the note, in the status that the ticket has by now."""
        now = self._look.at(ticket)
        status = self._kept(now)
        container = self._writer.update(spec, changed, now, ticket.handle, note, status)
        self._write("update", container, now, note)
        handle = {**ticket.handle, **updated_in(container, changed)}
        told = {name: text for name, text in told_in(container).items() if name in changed}
        written = replace(ticket, handle=handle, told={**ticket.told, **told})
        return self._reader.moved(written, now, after(now, container))

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        """Add to the internal log, in the status that the ticket has by now."""
        now = self._look.at(ticket)
        return self._move("note", ticket, spec, now, self._kept(now), note)

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:
        """Set the status of the stage with what it makes mandatory, whoever it is assigned to."""
        now = self._look.at(ticket)
        status = self._status_of(stage)
        is_open = at.state_of(now.status) is TicketState.OPEN
        if not is_open or now.status == status:
            return self._reader.changed(ticket, now)
        return self._move("move", ticket, spec, now, status, note)

    def attach(self, ticket: Ticket, name: str, text: str) -> None:
        """Upload the text; the service wants the internal id, which a create tells."""
        internal_id = ticket.handle.get(INTERNAL_ID) or self._look.at(ticket).internal_id
        if not internal_id.isdigit():
            message = (
                f"{self.name}: attach lacks the internal id of {ticket.number}, which only "
                f"{DETAILS} tells; allow it for this key, or set `attach: false`"
            )
            raise TicketRefused(message)
        self._api.upload(self._envelope.upload(internal_id, file_name(name), text))

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:
        """Walk to where the ticket should end; the last step has the note, so it comes once."""
        now = self._look.at(ticket)
        walk, clear_to = self._transitions["resolve"], self._transitions["clear_to"]
        steps = at.way_to_rest(now.status, how, walk, clear_to)
        resolved, spec = self._reader.changed(ticket, now), _solved(spec, note)
        for step in steps:
            said = note if step == steps[-1] else ""
            resolved, now = self._step("resolve", resolved, spec, now, step, said)
        return resolved

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        """Put the ticket to work again; one that a person reopened keeps that person's status.

        Reopened stands in no table of the vendor's; In-Progress does, and is open.
        """
        now = self._look.at(ticket)
        is_open = at.state_of(now.status) is TicketState.OPEN
        status = now.status if is_open else at.IN_PROGRESS
        return self._step("reopen", ticket, spec, now, status, note)[0]

    def preview(self, spec: IncidentSpec, token: str) -> JsonObject:
        """Give the request that `create` would send, of its note only what the rules say."""
        parameters = self._envelope.incident(self._writer.create(spec, token, spec.note))
        return {
            "method": "POST",
            "path": self._envelope.path,
            "json": self._envelope.body(FILE, parameters, mask=True),
        }

    def check(self) -> Sequence[str]:
        """Ask for one ticket of today, whichever; say what is wrong."""
        try:
            return self._look.check()
        except DeskError as error:
            return (str(error),)

    def offered(self) -> Offer:
        """Say nothing: Summit documents no call that lists its options."""
        return Offer()

    def _opened(self, ticket: Ticket, spec: IncidentSpec, now: Details) -> Ticket:
        """Bring a new ticket where it should begin; what goes wrong must not deny that it is filed.

        What stays New is moved with the next thing that is written.
        """
        status = self._kept(now)
        if status == now.status:
            return ticket
        try:
            return self._move("open", ticket, spec, now, status, "")
        except DeskError as error:
            log.warning("ticket stays new", backend=self.name, ticket=ticket.number, why=str(error))
            return ticket

    def _kept(self, now: Details) -> str:
        """Give the status that a ticket keeps: its own, unless it is not where it should begin."""
        return self._transitions["open"] if now.status == at.NEW else now.status

    def _status_of(self, stage: Stage) -> str:
        """Give the status of a stage; no ticket becomes New again, so it is Assigned instead."""
        status: str = self._transitions[stage.value]
        return at.ASSIGNED if status == at.NEW else status

    def _move(
        self,
        operation: str,
        ticket: Ticket,
        spec: IncidentSpec,
        now: Details,
        status: str,
        note: str,
    ) -> Ticket:
        """Set a status that ends nothing; who it is assigned to stays."""
        _, then = self._step(operation, ticket, spec, now, status, note, assignee_stays=True)
        return self._reader.moved(ticket, now, then)

    def _step(
        self,
        operation: str,
        ticket: Ticket,
        spec: IncidentSpec,
        now: Details,
        status: str,
        note: str,
        *,
        assignee_stays: bool = False,
    ) -> tuple[Ticket, Details]:
        """Set a status and add a note; give the ticket as it is then."""
        container = self._writer.step(
            spec, now, ticket.handle, status, note, assignee_stays=assignee_stays
        )
        self._write(operation, container, now, note)
        then = after(now, container)
        return self._reader.changed(ticket, then), then

    def _write(self, operation: str, container: JsonObject, now: Details, note: str) -> None:
        """Send an update; only its note would be there twice if it were sent twice."""
        call = self._envelope.file(operation, container, repeatable=not note)
        self._api.write(call, may_be_gone=not now.was_read)


def build(name: str, section: Mapping[str, Any], _instance: str) -> Summit:
    """Make the adapter of a loaded section; the token alone tells bridges apart."""
    return Summit(name, section)


def _solved(spec: IncidentSpec, note: str) -> IncidentSpec:
    """Give the spec with a solution for every step, not only for the one that has the note."""
    return replace(spec, solution=spec.solution or note)
