"""SymphonyAI Summit as a backend."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bridge.backends.desk import Offer, limits_of
from bridge.backends.http import HttpClient, connection_of
from bridge.backends.summit import status as at
from bridge.backends.summit.container import USUAL, Writer
from bridge.backends.summit.demands import Demands
from bridge.backends.summit.effect import after, filed_as, told_in, updated_in
from bridge.backends.summit.envelope import FILE, Api, Envelope
from bridge.backends.summit.look import Look
from bridge.backends.summit.ticket import Details, Reader
from bridge.backends.vocabulary import Vocabulary
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
        )
        self._transitions: Mapping[str, Any] = section["transitions"]
        self._envelope = Envelope(
            path=section["path"],
            auth=section["auth"],
            org_id=section["org_id"],
            as_string=section["container"] == "string",
        )
        self._api = Api(HttpClient(name, connection_of(section)), section["auth"])
        self._reader = _reader(section)
        self._writer = _writer(name, section)
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
        """File a ticket with the token below the note in its internal log."""
        container = self._writer.create(spec, token, note)
        call = self._envelope.file("create", container, repeatable=False)
        reply, said = self._api.write(call, may_be_gone=False)
        ticket = self._reader.filed(said, *filed_as(container), told_in(container))
        if ticket is None:
            reply.doubt("was answered without the TicketNo of the ticket")
        return ticket

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:
        """Page through what was updated since the day before; take what carries the token whole.

        Summit has no search: the desk's whole list of those days passes by.
        """
        return self._look.find(token, since)

    def read(self, ticket: Ticket) -> Ticket:
        """Give the ticket as it is now, or as last known if the key may not read tickets.

        Keys are limited to services, and only the answer to a read says so: the bridge can file
        and resolve all the same, and a refusal would stop it from that.
        """
        now = self._look.at(replace(ticket, present={}))
        return replace(self._reader.changed(ticket, now), present=now.present())

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
        container = self._writer.update(spec, changed, now, ticket.handle, note)
        self._write("update", container, now, note)
        handle = {**ticket.handle, **updated_in(container, changed)}
        told = {name: text for name, text in told_in(container).items() if name in changed}
        written = replace(ticket, handle=handle, told={**ticket.told, **told})
        return self._reader.changed(written, after(now, container))

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        """Add to the internal log, in the status that the ticket has by now."""
        now = self._look.at(ticket)
        return self._step("note", ticket, spec, now, now.status, note)[0]

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:  # noqa: ARG002  # no stage has a status here
        """Add the note; no stage has a status of its own here."""
        return self.note(ticket, spec, note)

    def attach(self, ticket: Ticket, name: str, text: str) -> None:  # noqa: ARG002  # refused
        """Refuse: this desk is not sent files."""
        message = f"{self.name}: takes no files; {name} stays here"
        raise TicketRefused(message)

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

    def _step(
        self,
        operation: str,
        ticket: Ticket,
        spec: IncidentSpec,
        now: Details,
        status: str,
        note: str,
    ) -> tuple[Ticket, Details]:
        """Set a status and add a note; give the ticket as it is then."""
        container = self._writer.step(spec, now, ticket.handle, status, note)
        self._write(operation, container, now, note)
        then = after(now, container)
        return self._reader.changed(ticket, then), then

    def _write(self, operation: str, container: JsonObject, now: Details, note: str) -> None:
        """Send an update; only its note would be there twice if it were sent twice."""
        call = self._envelope.file(operation, container, repeatable=not note)
        self._api.write(call, may_be_gone=not now.was_read)


def vocabulary_of(section: Mapping[str, Any]) -> Vocabulary:
    """Give the words of a loaded section."""
    return Vocabulary(said=section["values"], usual=USUAL)


def build(name: str, section: Mapping[str, Any], _instance: str) -> Summit:
    """Make the adapter of a loaded section; the token alone tells bridges apart."""
    return Summit(name, section)


def _solved(spec: IncidentSpec, note: str) -> IncidentSpec:
    """Give the spec with a solution for every step, not only for the one that has the note."""
    return replace(spec, solution=spec.solution or note)


def _reader(section: Mapping[str, Any]) -> Reader:
    return Reader(
        url=section["url"],
        engineer=section["defaults"]["engineer"],
        token_field=section["token_field"],
    )


def _writer(name: str, section: Mapping[str, Any]) -> Writer:
    defaults = section["defaults"]
    return Writer(
        name=name,
        vocabulary=vocabulary_of(section),
        defaults=defaults,
        custom_field_group=section["custom_field_group"],
        token_field=section["token_field"],
        max_subject=section["max_subject"],
        demands=Demands(defaults=defaults, remarks_in_ticket=section["container"] == "string"),
    )
