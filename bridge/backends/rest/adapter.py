"""A described service desk as a backend."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from bridge.backends.desk import Offer, limits_of
from bridge.backends.http import connection_of
from bridge.backends.rest.abilities import (
    capabilities_of,
    masked_settings,
    scopes_of,
)
from bridge.backends.rest.access import Door, client_of, standing_headers
from bridge.backends.rest.calls import Calls
from bridge.backends.rest.fragments import Fragments
from bridge.backends.rest.records import Description, Listing, Steps
from bridge.backends.rest.results import Results, age
from bridge.backends.rest.scope import Scopes, seen
from bridge.domain.errors import DeskError, TicketGone, TicketRefused
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket, TicketState
from bridge.telemetry.logging import MASK

log = structlog.get_logger()

#: A token that more tickets carry than this is no token.
_MOST_FOUND: Final = 100
#: What no ticket carries.
_NOBODYS_TOKEN: Final = "incident-bridge-check"  # noqa: S105  # not a credential
_RESTS: Final = {
    OnClear.RESOLVE: TicketState.RESOLVED,
    OnClear.CLOSE: TicketState.CLOSED,
    OnClear.CANCEL: TicketState.CANCELLED,
}


class RestDesk:
    """One described desk; implements `bridge.domain.ports.Backend`."""

    def __init__(
        self,
        name: str,
        section: Mapping[str, Any],
        instance: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.limits = limits_of(section)
        description: Description = section["described"]
        self.can = capabilities_of(section, description.requests)
        self._url: str = section["url"]
        self._requests = description.requests
        self._reader = description.reader
        self._fragments = Fragments(
            backend=name, parts=description.fragments, mapped=description.names
        )
        self._transitions: Mapping[str, Any] = section["transitions"]
        self._scopes = scopes_of(name, section, instance, clock)
        self._masked = replace(
            self._scopes, settings=masked_settings(section), key=MASK if self._scopes.key else ""
        )
        headers = standing_headers(description, self._scopes.always(), self._masked.always())
        door = Door(
            name=name,
            connection=connection_of(section),
            description=description,
            headers=headers,
            scope=self._scopes.always(),
        )
        self._client = client_of(door, section["auth"])
        self._calls = Calls(
            name=name, client=self._client, answers=description.answers, headers=headers
        )
        self._results = Results(
            calls=self._calls,
            scopes=self._scopes,
            reader=self._reader,
            read=self._requests.read,
        )

    def close(self) -> None:
        """Close the connections to the desk."""
        self._client.close()

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        """File a ticket by the first request; what the others add is not worth a second ticket."""
        scope = self._filing(self._scopes, spec, token, note)
        first, *others = self._requests.create
        written = self._fragments.filled(spec)
        with self._calls.described("create"):
            over = self._fragments.body(spec, scope, written)
        reply = self._calls.made("create", self._calls.send("create", first, scope, over))
        shown = self._calls.shown(first, reply)
        if not self._reader.id_in(shown):
            reply.doubt("was answered without the id of the ticket")
        ticket = self._reader.filed(shown, self._url, written)
        try:
            later = self._calls.steps("create", others, {**scope, "ticket": seen(ticket)}) or ()
        except DeskError as error:
            log.warning("ticket filed in part", backend=self.name, ticket=ticket.number,
                        reason=str(error))  # fmt: skip
            later = ()
        return self._results.as_shown([shown, *later], ticket, written, self._reader.taken_over)

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:
        """Give the tickets that are shown to carry the token, oldest first."""
        listing = self._requests.find
        if listing is None:
            return ()
        scope = {**self._scopes.always(), "token": token, "since": since}
        rows = self._calls.rows("find", listing, scope)[:_MOST_FOUND]
        found = (self._verified(listing, row, token, scope) for row in rows)
        return sorted((ticket for ticket in found if ticket is not None), key=age)

    def read(self, ticket: Ticket, *, is_ours: bool = False) -> Ticket:
        """Give the ticket as it is now."""
        if self._requests.read is None:
            return ticket
        scope = {**self._scopes.always(), "ticket": seen(ticket)}
        reply = self._calls.send("read", self._requests.read, scope)
        shown = self._calls.shown(self._requests.read, reply) if reply is not None else None
        if reply is not None and self._reader.id_in(shown) != ticket.id:
            reply.doubt("was answered without the id of the ticket")
        if is_ours:
            written = ticket.told.keys() - ticket.theirs
            now = self._reader.written(shown, ticket, written, self._reader.taken_over)
        else:
            now = self._reader.seen(shown, ticket)
        return replace(now, present={"status": now.status})

    def lookup(self, number: str) -> Ticket:
        """Give the ticket that people call by this number, or by its id."""
        listing = self._requests.lookup
        if listing is None:
            message = f"{self.name}: cannot look tickets up; its description has no `lookup`"
            raise TicketRefused(message)
        wanted = number.strip().casefold()
        scope = {**self._scopes.always(), "number": number.strip()}
        for row in self._calls.rows("lookup", listing, scope):
            ticket = self._reader.filed(row, self._url)
            if wanted in (ticket.number.casefold(), ticket.id.casefold()):
                return ticket
        message = f"{self.name}: there is no {number.strip()}"
        raise TicketGone(message)

    def update(
        self, ticket: Ticket, spec: IncidentSpec, changed: Sequence[str], token: str, note: str
    ) -> Ticket:
        """Write the named fields and the note; a desk that takes no fields gets the note."""
        if not self._requests.update:
            return self.note(ticket, spec, note)
        scope = self._scopes.of(
            spec, token=token, note=note, ticket=seen(ticket), changed=list(changed)
        )
        written = self._fragments.touched(changed, ticket)
        with self._calls.described("update"):
            over = self._fragments.body(spec, scope, written)
        shown = self._calls.steps("update", self._requests.update, scope, over)
        return self._results.as_shown(shown, ticket, written)

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        """Add a note, at a desk that takes any."""
        if not note:
            return replace(ticket, present={})
        return self._results.as_shown(
            self._set("note", self._requests.note, ticket, spec, note), ticket
        )

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:
        """Set the status of a stage, of which the description knows what it demands."""
        word = self._transitions[stage.value] or self._status_of_new
        present = self._present(ticket)
        is_there = present.status.casefold() == word.casefold()
        if not present.is_open or is_there or not self._requests.move:
            return replace(present, present={})
        shown = self._set(
            "move", self._requests.move, present, spec, note, stage=stage.value, status=word
        )
        return self._results.moved(shown, present, word, self._reader.states.of(word))

    def attach(self, ticket: Ticket, name: str, text: str) -> None:
        """Put a text file on the ticket."""
        if not self._requests.attach:
            message = f"{self.name}: takes no files; {name} stays here"
            raise TicketRefused(message)
        scope = {**self._scopes.always(), "ticket": seen(ticket), "name": name, "text": text}
        self._calls.steps("attach", self._requests.attach, scope)

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:
        """Walk the requests that bring the ticket to rest; one at rest is left as it is."""
        present = self._present(ticket)
        steps, rest = self._rest(how)
        is_to_close = rest is TicketState.CLOSED and present.state is TicketState.RESOLVED
        if not present.is_open and not is_to_close:
            return replace(present, present={})
        shown = self._calls.made("resolve", self._set("resolve", steps, present, spec, note))
        return self._results.moved(shown, present, self._reader.states.first(rest), rest)

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:
        """Put the ticket to work again; one that a person reopened gets the note."""
        present = self._present(ticket)
        if present.is_open:
            return self.note(present, spec, note)
        answers = self._set("reopen", self._requests.reopen, present, spec, note)
        shown = self._calls.made("reopen", answers)
        word = self._reader.states.first(TicketState.OPEN)
        return self._results.moved(shown, present, word, TicketState.OPEN)

    def preview(self, spec: IncidentSpec, token: str) -> JsonObject:
        """Give the request that `create` would send first."""
        scope = self._filing(self._masked, spec, token, spec.note)
        with self._calls.described("create"):
            over = self._fragments.body(spec, scope, self._fragments.filled(spec))
            call = self._calls.call("create", self._requests.create[0], scope, over)
        if call is None:
            return {}
        said = {"query": call.query, "json": call.json, "form": call.urlencoded or call.form}
        return {
            "method": call.method,
            "path": call.path,
            "headers": dict.fromkeys((*call.headers, "Authorization"), MASK),
            **{name: value for name, value in said.items() if value},
        }

    def check(self) -> Sequence[str]:
        """Log in, and ask what the description has for it, or for a token that nobody has."""
        try:
            self._client.log_in()
            if self._requests.check is not None:
                self._calls.send("check", self._requests.check, self._scopes.always())
            else:
                self.find(_NOBODYS_TOKEN, datetime.now(UTC))
        except DeskError as error:
            return (str(error),)
        return ()

    def offered(self) -> Offer:
        """Say nothing: no description tells what a desk offers."""
        return Offer()

    @property
    def _status_of_new(self) -> str:
        return self._transitions["open"] or self._reader.states.first(TicketState.OPEN)

    def _filing(
        self, scopes: Scopes, spec: IncidentSpec, token: str, note: str
    ) -> Mapping[str, object]:
        """Give what a template that files a ticket sees."""
        return scopes.of(spec, token=token, note=note, ticket={}, status=self._status_of_new)

    def _present(self, ticket: Ticket) -> Ticket:
        return ticket if ticket.present or not self.can.read else self.read(ticket)

    def _rest(self, how: OnClear) -> tuple[Steps, TicketState]:
        """Give the requests for an end, and the end; one that is not described is a resolve."""
        own = {OnClear.CLOSE: self._requests.close, OnClear.CANCEL: self._requests.cancel}.get(how)
        return (own, _RESTS[how]) if own else (self._requests.resolve, TicketState.RESOLVED)

    def _set(
        self,
        operation: str,
        steps: Steps,
        ticket: Ticket,
        spec: IncidentSpec,
        note: str,
        **said: object,
    ) -> Sequence[JsonValue] | None:
        scope = self._scopes.of(spec, note=note, ticket=seen(ticket), **said)
        return self._calls.steps(operation, steps, scope)

    def _verified(
        self, listing: Listing, row: JsonValue, token: str, scope: Mapping[str, object]
    ) -> Ticket | None:
        """Give a found ticket, if it really carries the token."""
        if not self._reader.id_in(row):
            return None
        found: JsonValue = None
        if listing.verify is not None:
            about = {**scope, "ticket": seen(self._reader.filed(row, self._url))}
            try:
                row, found = self._calls.verified(listing.verify, row, about)
            except TicketGone:
                return None
        is_ours = self._reader.carries(row, found, token)
        return self._reader.filed(row, self._url) if is_ours else None


def build(name: str, section: Mapping[str, Any], instance: str) -> RestDesk:
    """Make the adapter of a loaded section."""
    return RestDesk(name, section, instance)
