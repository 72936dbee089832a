"""What a ticket is after the bridge wrote to it: as the desk shows it, or as it should be."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from bridge.backends.rest.calls import Calls
from bridge.backends.rest.reading import Reader
from bridge.backends.rest.request import Request
from bridge.backends.rest.scope import Scopes, seen
from bridge.domain.errors import DeskError
from bridge.domain.json import JsonValue
from bridge.domain.ticket import Ticket, TicketState
from bridge.expressions import Query

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Reads what came of the calls to one configured desk."""

    calls: Calls
    scopes: Scopes
    reader: Reader
    read: Request | None

    def moved(
        self, shown: Sequence[JsonValue] | None, ticket: Ticket, word: str, state: TicketState
    ) -> Ticket:
        """Give a ticket whose status was set, as it should be if nothing shows it."""
        if shown is None:
            return replace(ticket, present={})
        mine = self.reader.status_traces
        supposed = replace(
            ticket,
            status=word or ticket.status,
            state=state,
            handle={**ticket.handle, **{query.text: word for query in mine if word}},
        )
        return self.as_shown(shown, supposed, (), mine)

    def as_shown(
        self,
        shown: Sequence[JsonValue] | None,
        ticket: Ticket,
        written: Collection[str] = (),
        by_bridge: Collection[Query] = (),
    ) -> Ticket:
        """Give the ticket by the last answer that shows it, else as it is read.

        What was written stays written though it cannot be read now.
        """
        if shown is None:
            return replace(ticket, present={})
        mine = [s for s in shown if self.reader.shows(s) and self.reader.id_in(s) == ticket.id]
        if mine:
            return self.reader.written(mine[-1], ticket, written, by_bridge)
        if self.read is None:
            return replace(ticket, present={})
        try:
            scope = {**self.scopes.always(), "ticket": seen(ticket)}
            reply = self.calls.send("read", self.read, scope)
        except DeskError as error:
            log.warning("ticket written, not read", backend=self.calls.name, reason=str(error))
            reply = None
        now = self.calls.shown(self.read, reply) if reply is not None else None
        if not self.reader.shows(now):
            return replace(ticket, present={})
        return self.reader.written(now, ticket, written, by_bridge)


def age(ticket: Ticket) -> tuple[datetime, int, str]:
    """Order tickets by when they were filed; where a desk does not say, by their ids."""
    return ticket.created_at or datetime.min.replace(tzinfo=UTC), len(ticket.id), ticket.id
