"""Motadata ServiceOps as a backend."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog

from bridge.backends.desk import Offer, limits_of
from bridge.backends.http import HttpClient, connection_of
from bridge.backends.quota import milliseconds, x_ratelimit
from bridge.backends.serviceops.api import Api
from bridge.backends.serviceops.body import Writer
from bridge.backends.serviceops.calls import Calls
from bridge.backends.serviceops.dialect import DIALECTS
from bridge.backends.serviceops.files import Files
from bridge.backends.serviceops.finder import Finder
from bridge.backends.serviceops.form import Form, is_id
from bridge.backends.serviceops.lifecycle import lifecycle_of, same
from bridge.backends.serviceops.oauth import api_key, password_grant
from bridge.backends.serviceops.offer import offer_of
from bridge.backends.serviceops.records import SET_STATUS, Reader, status_of
from bridge.backends.transitions import stages_of
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.errors import DeskError, DeskUnavailable, TicketGone, TicketRefused
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, Ticket, TicketState
from bridge.telemetry.logging import MASK

log = structlog.get_logger()

T = TypeVar("T")

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class ServiceOps:
    """One ServiceOps desk; implements `bridge.domain.ports.Backend`."""

    def __init__(self, name: str, section: Mapping[str, Any]) -> None:
        self.name = name
        self.limits = limits_of(section)
        self.can = Capabilities(
            find=section["find"],
            attach=section["attach"],
            stages=stages_of(section["transitions"]),
            cancel_within=section["transitions"]["cancel_within"],
            close_after=section["transitions"]["close_after"],
            create_when_unknown=section["on_unknown"] == "create",
            look_every=section["look_every"] or None,
        )
        self._dialect = DIALECTS[section["dialect"]]
        self._lifecycle = lifecycle_of(section)
        self._calls = Calls(dialect=self._dialect)
        self._api = _api(name, section)
        self._finder = Finder(
            name=name, api=self._api, calls=self._calls, is_allowed=section["find"]
        )
        self._form = Form(self._api, section["dialect"])
        self._vocabulary = vocabulary_of(section)
        self._reader = Reader(
            dialect=self._dialect, lifecycle=self._lifecycle, ticket_url=section["ticket_url"]
        )
        self._writer = Writer(
            name=name,
            dialect=self._dialect,
            vocabulary=self._vocabulary,
            defaults=section["defaults"],
            max_subject=section["max_subject"],
            max_description=section["max_description"],
            describes_in_html=_describes_in_html(section),
            value_members=section["value_members"],
        )
        self._files = Files(api=self._api, calls=self._calls, writer=self._writer)

    def close(self) -> None:
        """Close the connections to the desk."""
        self._api.close()

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        """File a ticket; its first status and the note follow, and their loss is only logged."""
        sent = self._writer.create(spec, token, self._form.id_of)
        reply, said = self._api.ask(self._calls.create(sent))
        ticket = self._reader.filed(said, str(sent["subject"]))
        if ticket is None:
            reply.doubt("was answered without the id of the ticket")
        self._warn_of_unknown(ticket, spec)
        ticket = self._begun(replace(ticket, told=self._told(sent, said)))
        self._try_note(ticket, note)
        return ticket

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:  # noqa: ARG002  # a token is used once, whenever that was
        """Search subjects for the token; take only tickets that carry it whole, oldest first."""
        found = {
            ticket.id: ticket
            for record in self._finder.by_token(token)
            if (ticket := self._reader.filed(record, str(record.get("subject") or "")))
        }
        return sorted(found.values(), key=_age)

    def read(self, ticket: Ticket, *, is_ours: bool = False) -> Ticket:
        """Give the ticket as it is now."""
        reply, said = self._api.ask(self._calls.read(ticket))
        if not status_of(said):
            reply.doubt("was answered without a status")
        seen = (self._reader.left if is_ours else self._reader.seen)(said, ticket)
        return replace(seen, present={"status": seen.status})

    def lookup(self, number: str) -> Ticket:
        """Give the ticket of a number such as INC-46, or of an id, as in its page's address."""
        wanted = number.strip()
        ticket_id = wanted if is_id(wanted) else self._finder.id_of(wanted)
        known = {"id": ticket_id, **({"name": wanted} if wanted != ticket_id else {})}
        nameless = Ticket(number=wanted, id=ticket_id, status="", state=TicketState.OPEN)
        reply, said = self._api.ask(self._calls.read(nameless))
        ticket = self._reader.filed({**known, **said}, str(said.get("subject") or ""))
        if ticket is None or not status_of(said):
            reply.doubt("was answered without a status")
        return ticket

    def update(
        self, ticket: Ticket, spec: IncidentSpec, changed: Sequence[str], token: str, note: str
    ) -> Ticket:
        """Write the named fields, as far as this dialect can, then add the note.

        What is not written, as words that this desk does not know, is said in the note.
        """
        subject = ticket.handle.get("subject", "")
        sent = self._writer.update(spec, changed, token, self._form.id_of, subject)
        written = {n: text for n, text in self._told(sent, {}).items() if n in changed}
        told = {**ticket.told, **written}
        updated = self._write("update", replace(ticket, told=told), sent) if sent else ticket
        unwritten = self._writer.unwritten(spec, changed)
        if unwritten:
            log.warning("not written", backend=self.name, ticket=ticket.number, reason=unwritten)
        self._note("update", updated, "\n".join(part for part in (note, unwritten) if part))
        return updated

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Add a note to the ticket's conversation."""
        self._note("note", ticket, note)
        return ticket

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:
        """Say why, then set the status of a stage; one without a status has the note alone."""
        word = self._lifecycle.stages[stage]
        if not word:
            return self.note(ticket, spec, note)
        present = ticket if ticket.present else self.read(ticket)
        if not present.is_open or same(present.status, word):
            return replace(present, present={})
        self._note("move", present, note)
        return self._set_status("move", present, word)

    def attach(self, ticket: Ticket, name: str, text: str) -> None:
        """Upload a file, and let the ticket refer to it beside those that it has."""
        if not self.can.attach:
            message = f"{self.name}: takes no files; set `attach: true`"
            raise TicketRefused(message)
        self._files.attach(ticket, name, text)

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:  # noqa: ARG002  # `solution` is in the note
        """Say why, then set the status of the end; a resolved ticket can still be closed."""
        present = ticket if ticket.present else self.read(ticket)
        is_to_close = how is OnClear.CLOSE and present.state is TicketState.RESOLVED
        if not present.is_open and not is_to_close:
            return replace(present, present={})
        self._note("resolve", present, note)
        return self._set_status("resolve", present, self._lifecycle.at_rest(how))

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Set the first status and say why; one that a person reopened keeps that person's."""
        present = ticket if ticket.present else self.read(ticket)
        if not present.is_open:
            present = self._set_status("reopen", present, self._lifecycle.stages[Stage.OPEN])
        self._try_note(present, note)
        return replace(present, present={})

    def preview(self, spec: IncidentSpec, token: str) -> JsonObject:
        """Give the request that `create` would send; ids not yet looked up stand as names."""
        return {
            "method": "POST",
            "path": self._dialect.path,
            "headers": {"Authorization": MASK},
            "json": self._writer.create(spec, token, self._form.known_id_of),
        }

    def check(self) -> Sequence[str]:
        """Log in and search for nothing in particular; say what is wrong."""
        try:
            self._api.log_in()
            if self.can.find:
                self._api.ask(self._calls.search("check", {}, 0, 1))
        except DeskError as error:
            return (str(error),)
        return ()

    def offered(self) -> Offer:
        """Ask for the priorities and for the form's fields; what may not be read is left out."""
        return offer_of(self._api, self._calls, self._form, self._dialect, self._vocabulary)

    def _begun(self, ticket: Ticket) -> Ticket:
        """Give a new ticket the status that new tickets are to have; a create takes none."""
        word = self._lifecycle.stages[Stage.OPEN]
        if same(ticket.status, word):
            return ticket
        try:
            return _insisting(lambda: self._set_status("create", ticket, word))
        except DeskError as error:
            lost = {"ticket": ticket.number, "status": word, "error": str(error)}
            log.warning("status not set", backend=self.name, **lost)
            return ticket

    def _warn_of_unknown(self, ticket: Ticket, spec: IncidentSpec) -> None:
        for line in self._writer.unknown_words(spec):
            log.warning("not written", backend=self.name, ticket=ticket.number, reason=line)

    def _set_status(self, operation: str, ticket: Ticket, word: str) -> Ticket:
        sent = self._writer.status(word, ticket.handle.get("subject", ""))
        set_by_bridge = replace(ticket, handle={**ticket.handle, SET_STATUS: word})
        return self._reader.seen({"status": word}, self._write(operation, set_by_bridge, sent))

    def _write(self, operation: str, ticket: Ticket, sent: JsonObject) -> Ticket:
        """Change the ticket; doing so twice comes to the same."""
        _, said = self._api.ask(self._calls.write(operation, ticket, sent))
        subject = str(sent.get("subject") or ticket.handle.get("subject", ""))
        return self._reader.seen(
            said, replace(ticket, handle={**ticket.handle, "subject": subject})
        )

    def _told(self, sent: JsonObject, answer: JsonObject) -> Mapping[str, str]:
        """Give the fields as written; where the answer shows them otherwise, that is the desk's."""
        told = self._reader.fields(sent)
        return {**told, **{n: t for n, t in self._reader.fields(answer).items() if n in told}}

    def _note(self, operation: str, ticket: Ticket, text: str) -> None:
        if not text:
            return
        sent = self._writer.note(text, ticket.handle.get("subject", ""))
        try:
            self._api.ask(self._calls.note(operation, ticket, sent))
        except TicketGone as gone:
            # /api/v1/incident documents no notes: the ticket may be there and only this path not.
            self.read(ticket)
            log.warning("note lost", backend=self.name, ticket=ticket.number, error=str(gone))

    def _try_note(self, ticket: Ticket, text: str) -> None:
        """Add a note to what is done already, and must not be done again for the note's sake."""
        try:
            _insisting(lambda: self._note("note", ticket, text))
        except DeskError as error:
            log.warning("note lost", backend=self.name, ticket=ticket.number, error=str(error))


def vocabulary_of(section: Mapping[str, Any]) -> Vocabulary:
    """Give the words of a loaded section."""
    return Vocabulary(said=section["values"], usual=DIALECTS[section["dialect"]].usual)


def _describes_in_html(section: Mapping[str, Any]) -> bool:
    is_html = DIALECTS[section["dialect"]].describes_in_html
    return section["description"] == "html" if section["description"] else is_html


def build(name: str, section: Mapping[str, Any], _instance: str) -> ServiceOps:
    """Make the adapter of a loaded section; the token alone tells bridges apart."""
    return ServiceOps(name, section)


def _api(name: str, section: Mapping[str, Any]) -> Api:
    client = HttpClient(name, connection_of(section, x_ratelimit(milliseconds)))
    key = section["auth"].get("api_key")
    return Api(client, api_key(key) if key else password_grant(client, section["auth"]))


def _insisting(call: Callable[[], T]) -> T:
    """Call once more if the first certainly did nothing: a spent limit is waited for by then."""
    try:
        return call()
    except DeskUnavailable:
        return call()


def _age(ticket: Ticket) -> tuple[datetime, int, str]:
    return ticket.created_at or _BEGINNING, len(ticket.id), ticket.id
