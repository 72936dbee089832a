"""Motadata ServiceOps as a backend."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from bridge.backends.desk import Offer, limits_of
from bridge.backends.http import HttpClient, connection_of
from bridge.backends.quota import milliseconds, x_ratelimit
from bridge.backends.serviceops import body
from bridge.backends.serviceops.api import Api
from bridge.backends.serviceops.calls import Calls
from bridge.backends.serviceops.dialect import DIALECTS
from bridge.backends.serviceops.form import Form
from bridge.backends.serviceops.oauth import api_key, password_grant
from bridge.backends.serviceops.records import Reader, status_of
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.errors import DeskError, DeskLockedOut, TicketGone, TicketRefused
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, Ticket, TicketState
from bridge.telemetry.logging import MASK

log = structlog.get_logger()

_PAGE = 100
#: Enumerations of /api/v1/incident beside the priority.
_LEVELS = ("urgency", "impact")
#: A token that more tickets carry than these pages hold is no token.
_MOST_PAGES = 20
_BEGINNING = datetime.min.replace(tzinfo=UTC)


class ServiceOps:
    """One ServiceOps desk; implements `bridge.domain.ports.Backend`."""

    def __init__(self, name: str, section: Mapping[str, Any]) -> None:
        self.name = name
        self.limits = limits_of(section)
        self.can = Capabilities(
            find=section["find"],
            create_when_unknown=section["on_unknown"] == "create",
            look_every=section["look_every"] or None,
        )
        self._dialect = DIALECTS[section["dialect"]]
        self._statuses: Mapping[str, str] = section["statuses"]
        self._calls = Calls(dialect=self._dialect)
        self._api = _api(name, section)
        self._form = Form(self._api, section["dialect"])
        self._vocabulary = vocabulary_of(section)
        self._reader = Reader(
            dialect=self._dialect, statuses=self._statuses, ticket_url=section["ticket_url"]
        )
        self._writer = body.Writer(
            name=name,
            dialect=self._dialect,
            vocabulary=self._vocabulary,
            defaults=section["defaults"],
            max_subject=section["max_subject"],
            value_members=section["value_members"],
        )

    def close(self) -> None:
        """Close the connections to the desk."""
        self._api.close()

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        """File a ticket; the note follows in a call of its own, and its loss is only logged."""
        sent = self._writer.create(spec, token, self._form.id_of)
        reply, said = self._api.ask(self._calls.create(sent))
        ticket = self._reader.filed(said, str(sent["subject"]))
        if ticket is None:
            reply.doubt("was answered without the id of the ticket")
        self._try_note(ticket, note)
        return replace(ticket, told=self._told(sent, said))

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:  # noqa: ARG002  # a token is used once, whenever that was
        """Search subjects for the token; take only tickets that carry it whole, oldest first."""
        found = {
            ticket.id: ticket
            for record in self._search(token)
            if body.carries(record, token)
            and (ticket := self._reader.filed(record, str(record.get("subject") or "")))
        }
        return sorted(found.values(), key=_age)

    def read(self, ticket: Ticket) -> Ticket:
        """Give the ticket as it is now."""
        reply, said = self._api.ask(self._calls.read(ticket))
        if not status_of(said):
            reply.doubt("was answered without a status")
        seen = self._reader.seen(said, ticket)
        return replace(seen, present={"status": seen.status})

    def lookup(self, number: str) -> Ticket:
        """Give the ticket of an id, the number in the address of its page."""
        if not number.isdigit():
            message = f"{self.name}: {number!r} is no id; write the digits in its page's address"
            raise TicketRefused(message)
        nameless = Ticket(number=number, id=number, status="", state=TicketState.OPEN)
        reply, said = self._api.ask(self._calls.read(nameless))
        ticket = self._reader.filed({"id": number, **said}, str(said.get("subject") or ""))
        if ticket is None or not status_of(said):
            reply.doubt("was answered without a status")
        return ticket

    def update(
        self, ticket: Ticket, spec: IncidentSpec, changed: Sequence[str], token: str, note: str
    ) -> Ticket:
        """Write the named fields, as far as this dialect can, then add the note."""
        subject = ticket.handle.get("subject", "")
        sent = self._writer.update(spec, changed, token, self._form.id_of, subject)
        written = {n: text for n, text in self._told(sent, {}).items() if n in changed}
        told = {**ticket.told, **written}
        updated = self._write("update", replace(ticket, told=told), sent) if sent else ticket
        self._note("update", updated, note)
        return updated

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Add a note to the ticket's conversation."""
        self._note("note", ticket, note)
        return ticket

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:  # noqa: ARG002  # no stage has a status here
        """Add the note; no stage has a status of its own here."""
        return self.note(ticket, spec, note)

    def attach(self, ticket: Ticket, name: str, text: str) -> None:  # noqa: ARG002  # refused
        """Refuse: this desk is not sent files."""
        message = f"{self.name}: takes no files; {name} stays here"
        raise TicketRefused(message)

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:  # noqa: ARG002  # `solution` is in the note
        """Say why, then set Resolved, or Closed, which is also what cancelling comes to here."""
        present = ticket if ticket.present else self.read(ticket)
        if not present.is_open:
            return replace(present, present={})
        self._note("resolve", present, note)
        word = self._statuses["resolved" if how is OnClear.RESOLVE else "closed"]
        return self._set_status("resolve", present, word)

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Set Open and say why; a ticket that a person reopened keeps that person's status."""
        present = ticket if ticket.present else self.read(ticket)
        if not present.is_open:
            present = self._set_status("reopen", present, self._statuses["open"])
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
        """Ask for the priorities and for the form's fields; what may not be read is left out.

        The other levels are not listed anywhere; the older API names them all.
        """
        words = {**self._enumerated_words(), **self._offered_words()}
        return Offer(words=words, custom_fields=self._form.names())

    def _enumerated_words(self) -> Mapping[str, frozenset[str]]:
        if not self._dialect.has_field_ids:
            return {}
        levels = {name: sorted(set(self._dialect.usual[name].values())) for name in _LEVELS}
        return {name: self._vocabulary.leading_to(name, own) for name, own in levels.items()}

    def _offered_words(self) -> Mapping[str, frozenset[str]]:
        try:
            _, said = self._api.ask(self._calls.priorities())
        except (DeskLockedOut, TicketRefused):
            return {}  # `check` has logged in: it is the list that is not for us
        rows = said.get("objectList")
        names = (
            [row.get("name") for row in rows if isinstance(row, Mapping)]
            if isinstance(rows, list)
            else []
        )
        words = self._vocabulary.leading_to("priority", [str(name) for name in names if name])
        return {"priority": words} if words else {}

    def _search(self, token: str) -> Iterator[JsonObject]:
        """Give the rows of every page; stop at the end, or at a page that brings nothing new."""
        seen: set[str] = set()
        for page in range(_MOST_PAGES):
            call = self._calls.search("find", body.search(token), page * _PAGE, _PAGE)
            reply, said = self._api.ask(call)
            rows = said.get("objectList", [] if said.get("totalCount") == 0 else None)
            if not isinstance(rows, list):
                reply.doubt("was answered without an objectList")
            records = [row for row in rows if isinstance(row, Mapping)]
            new = [row for row in records if str(row.get("id")) not in seen]
            yield from new
            seen.update(str(row.get("id")) for row in new)
            total = said.get("totalCount")
            if not new or not isinstance(total, int) or len(seen) >= total:
                return

    def _set_status(self, operation: str, ticket: Ticket, word: str) -> Ticket:
        sent = self._writer.status(word, ticket.handle.get("subject", ""))
        return self._reader.seen({"status": word}, self._write(operation, ticket, sent))

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
        sent = body.note(text, ticket.handle.get("subject", ""))
        try:
            self._api.ask(self._calls.note(operation, ticket, sent))
        except TicketGone as gone:
            # /api/v1/incident documents no notes: the ticket may be there and only this path not.
            self.read(ticket)
            log.warning("note lost", backend=self.name, ticket=ticket.number, error=str(gone))

    def _try_note(self, ticket: Ticket, text: str) -> None:
        """Add a note to what is done already, and must not be done again for the note's sake."""
        try:
            self._note("note", ticket, text)
        except DeskError as error:
            log.warning("note lost", backend=self.name, ticket=ticket.number, error=str(error))


def vocabulary_of(section: Mapping[str, Any]) -> Vocabulary:
    """Give the words of a loaded section."""
    return Vocabulary(said=section["values"], usual=DIALECTS[section["dialect"]].usual)


def build(name: str, section: Mapping[str, Any], _instance: str) -> ServiceOps:
    """Make the adapter of a loaded section; the token alone tells bridges apart."""
    return ServiceOps(name, section)


def _api(name: str, section: Mapping[str, Any]) -> Api:
    client = HttpClient(name, connection_of(section, x_ratelimit(milliseconds)))
    key = section["auth"].get("api_key")
    return Api(client, api_key(key) if key else password_grant(client, section["auth"]))


def _age(ticket: Ticket) -> tuple[datetime, int, str]:
    return ticket.created_at or _BEGINNING, len(ticket.id), ticket.id
