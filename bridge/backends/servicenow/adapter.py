"""ServiceNow as a backend."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bridge.backends.desk import Offer, limits_of
from bridge.backends.http import HttpClient, connection_of
from bridge.backends.login import AuthorizedClient
from bridge.backends.servicenow.access import login_of
from bridge.backends.servicenow.api import JOURNALS, Api, value_of
from bridge.backends.servicenow.body import USUAL, Writer
from bridge.backends.servicenow.offer import choices_in, offer_of, unknown_choices
from bridge.backends.servicenow.query import equals
from bridge.backends.servicenow.records import COLUMNS, Reader
from bridge.backends.servicenow.references import References, references_in
from bridge.backends.transitions import stages_of
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.errors import DeskError, DeskLockedOut, TicketGone, TicketRefused
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, Ticket, TicketState
from bridge.telemetry.logging import MASK

log = structlog.get_logger()

#: A token that more tickets carry than this is no token.
_MOST_FOUND = 100


class ServiceNow:
    """One ServiceNow instance; implements `bridge.domain.ports.Backend`."""

    def __init__(self, name: str, section: Mapping[str, Any], instance: str) -> None:
        self.name = name
        self.limits = limits_of(section)
        self.can = Capabilities(
            reopen=section["reopen"],
            close_after=section["transitions"]["close_after"],
            look_every=section["look_every"] or None,
            attach=section["attach"],
            stages=stages_of(section["transitions"]),
            cancel_within=section["transitions"]["cancel_within"],
        )
        self._client = _client(name, section)
        self._api = Api(client=self._client, table=section["table"], columns=COLUMNS)
        self._references = References(self._api)
        self._choices = choices_in(section)
        self._vocabulary = vocabulary_of(section)
        self._reader = Reader(url=section["url"], table=section["table"], states=section["states"])
        self._writer = Writer(
            name=name,
            bridge=f"incident-bridge {instance}",
            vocabulary=self._vocabulary,
            defaults=section["defaults"],
            states=section["states"],
            stages=section["transitions"],
            max_subject=section["max_subject"],
            max_description=section["max_description"],
        )

    def close(self) -> None:
        """Close the connections to the desk."""
        self._client.close()

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        """File a ticket with the token in its correlation_id and the note in its work notes."""
        sent = self._writer.create(spec, token, note, self._references.id_of)
        record = self._api.insert(sent)
        self._warn_of_dropped(record, sent)
        return self._reader.filed(record, sent)

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:  # noqa: ARG002  # a token is used once, whenever that was
        """Give the tickets whose correlation_id is the token, oldest first.

        A condition that the instance cannot use is dropped, and everything comes back: rows of
        another token say that nothing was searched, and that is not the same as nothing found.
        """
        query = equals("correlation_id", token) or ""
        rows = self._api.tickets("find", query, _MOST_FOUND)
        found = [row for row in rows if value_of(row, "correlation_id") == token]
        if rows and not found:
            raise DeskLockedOut(
                f"{self.name}: find was given tickets without that correlation_id; "
                "let that account read and search the column"
            )
        return [self._reader.filed(row) for row in found]

    def read(self, ticket: Ticket, *, is_ours: bool = False) -> Ticket:
        """Give the ticket as it is now."""
        record = self._api.get(ticket.id)
        seen = (self._reader.left if is_ours else self._reader.seen)(record, ticket)
        return replace(seen, present={"state": value_of(record, "state")})

    def lookup(self, number: str) -> Ticket:
        """Give the ticket of a number, such as INC0010001."""
        wanted = number.strip().upper()
        query = equals("number", wanted) if wanted.isalnum() else None
        if query is None:
            message = f"{self.name}: {number!r} is no number; write it like INC0010001"
            raise TicketRefused(message)
        for row in self._api.tickets("lookup", query, 2):
            if value_of(row, "number").upper() == wanted:
                return self._reader.filed(row)
        message = f"{self.name}: there is no {wanted}"
        raise TicketGone(message)

    def update(
        self,
        ticket: Ticket,
        spec: IncidentSpec,
        changed: Sequence[str],
        token: str,  # noqa: ARG002  # correlation_id stays what it was
        note: str,
    ) -> Ticket:
        """Write the named fields and the note in one call.

        What follows from them, such as an urgency from a priority, is not written over a person's.
        """
        sent = self._writer.update(spec, changed, note, self._references.id_of)
        kept = ticket.theirs.difference(changed)
        return self._change("update", ticket, {c: v for c, v in sent.items() if c not in kept})

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Add to the work notes, which callers do not see."""
        return self._change("note", ticket, self._writer.note(note))

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Set the state of a stage and say why in the same call."""
        present = ticket if ticket.present else self.read(ticket)
        if not present.is_open or present.present["state"] == self._writer.state_of(stage):
            return replace(present, present={})
        return self._change("move", present, self._writer.moving(stage, note))

    def attach(self, ticket: Ticket, name: str, text: str) -> None:
        """Upload the file; an account without the right to files keeps all its others."""
        self._api.attach(ticket.id, name, text)

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:
        """Set the state with its close code and notes, and say why in the same call."""
        present = ticket if ticket.present else self.read(ticket)
        is_to_close = how is OnClear.CLOSE and present.state is TicketState.RESOLVED
        if not present.is_open and not is_to_close:
            return replace(present, present={})
        return self._change("resolve", present, self._writer.rest(spec, how, note))

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Put the ticket to work again; one that a person reopened keeps that person's state."""
        present = ticket if ticket.present else self.read(ticket)
        sent = self._writer.note(note) if present.is_open else self._writer.reopening(note)
        return self._change("reopen", present, sent)

    def preview(self, spec: IncidentSpec, token: str) -> JsonObject:
        """Give the request that `create` would send; records not yet looked up stand as names."""
        return {
            "method": "POST",
            "path": self._api.path,
            "headers": {"Authorization": MASK},
            "json": self._writer.create(spec, token, spec.note, self._references.known_id_of),
        }

    def check(self) -> Sequence[str]:
        """Log in, ask for one ticket, whichever, and look up what is configured."""
        try:
            self._client.log_in()
            self._api.tickets("check", "ORDERBYDESCsys_created_on", 1)
            return [*self._unknown_defaults(), *self._unknown_choices()]
        except DeskError as error:
            return (str(error),)

    def offered(self) -> Offer:
        """Ask for the choices of columns and for the columns of its own."""
        return offer_of(self._api, self._vocabulary)

    def _unknown_defaults(self) -> Iterator[str]:
        for column, reference in references_in(self._writer.completed(IncidentSpec())).values():
            if self._references.id_of(reference) is None:
                yield (
                    f"{self.name}: {column} {reference.text!r} of `defaults:` is unknown to this "
                    "desk, or may not be read; correct it, or give the account the right"
                )

    def _unknown_choices(self) -> Iterator[str]:
        for choice in unknown_choices(self._api, self._choices):
            yield (
                f"{self.name}: {choice.column} {choice.value!r} of `{choice.key}` is no choice of "
                "this desk; give the stored value of one that it has"
            )

    def _change(self, operation: str, ticket: Ticket, sent: JsonObject) -> Ticket:
        if not sent:
            return replace(ticket, present={})
        record = self._api.change(operation, ticket.id, sent)
        self._warn_of_dropped(record, sent)
        return self._reader.written(record, ticket, sent)

    def _warn_of_dropped(self, record: JsonObject, sent: JsonObject) -> None:
        """Log the columns that the table lacks: it drops them and says nothing."""
        dropped = [column for column in sent if column not in record and column not in JOURNALS]
        if dropped:
            ticket = value_of(record, "number")
            log.warning("columns dropped", backend=self.name, ticket=ticket, columns=dropped)


def vocabulary_of(section: Mapping[str, Any]) -> Vocabulary:
    """Give the words of a loaded section."""
    return Vocabulary(said=section["values"], usual=USUAL)


def build(name: str, section: Mapping[str, Any], instance: str) -> ServiceNow:
    """Make the adapter of a loaded section."""
    return ServiceNow(name, section, instance)


def _client(name: str, section: Mapping[str, Any]) -> AuthorizedClient:
    client = HttpClient(name, connection_of(section))
    return AuthorizedClient(client, login_of(client, section["auth"]))
