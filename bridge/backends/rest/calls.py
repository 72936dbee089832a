"""The described requests as calls: what is sent, and what the answers show."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from bridge.backends.http import Call, Reply
from bridge.backends.rest.access import Client
from bridge.backends.rest.body import Scope
from bridge.backends.rest.records import Listing, Verification
from bridge.backends.rest.request import Answers, Request, answer_of
from bridge.domain.errors import DeskError, TicketRefused
from bridge.domain.json import JsonObject, JsonValue
from bridge.expressions import compile_query
from bridge.telemetry.logging import masked

T = TypeVar("T")

_BODY: Final = compile_query("body")
_NOTHING: Final[JsonObject] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Makes the requests of one configured desk; raises DeskError and nothing else."""

    name: str
    client: Client
    answers: Answers
    headers: Mapping[str, str]  #: of every call

    def send(
        self, operation: str, request: Request, scope: Scope, over: JsonObject | None = None
    ) -> Reply | None:
        """Make a request, `over` laid over its JSON; None: not called for, or nothing to say."""
        with self.described(operation):
            call = self.call(operation, request, scope, over)
        if call is None:
            return None
        reply = self.client.send(call)
        if not request.answers.over(self.answers).is_success(reply):
            reply.doubt("was answered with what is no success by its description")
        return reply

    def call(
        self, operation: str, request: Request, scope: Scope, over: JsonObject | None
    ) -> Call | None:
        """Write a call; None: it is not called for, or there is nothing to say in it."""
        if not request.is_called_for(scope):
            return None
        call = request.call(operation, scope, over or _NOTHING, self.answers)
        may_say_nothing = request.json is not None or over is not None
        if may_say_nothing and not call.json and not (call.form or call.urlencoded):
            return None
        return replace(call, headers={**self.headers, **call.headers})

    def made(self, operation: str, answered: T | None) -> T:
        """Refuse a ticket for which no request was made: it is not what it would seem."""
        if answered is not None:
            return answered
        message = f"{self.name}: {operation} calls for no request here; correct the description"
        raise TicketRefused(message)

    def shown(self, request: Request, reply: Reply) -> JsonValue:
        """Give the part of an answer that may show the ticket."""
        query = request.ticket if request.ticket is not None else _BODY
        return query.find(answer_of(reply.status, reply.headers, reply.body))

    def steps(
        self,
        operation: str,
        requests: Sequence[Request],
        scope: Scope,
        over: JsonObject | None = None,
    ) -> Sequence[JsonValue] | None:
        """Make the requests in order; give what each answer may show, None if none was made."""
        shown: list[JsonValue] = []
        for at, request in enumerate(requests):
            reply = self.send(operation, request, scope, over if at == 0 else None)
            if reply is not None:
                shown.append(self.shown(request, reply))
        return shown or None

    def rows(self, operation: str, listing: Listing, scope: Scope) -> Sequence[JsonValue]:
        """Give what an answer lists, or the one ticket that it shows."""
        reply = self.send(operation, listing.request, scope)
        if reply is None:
            return ()
        if listing.items is None:
            return [self.shown(listing.request, reply)]
        rows = listing.items.find(answer_of(reply.status, reply.headers, reply.body))
        # No list at all is how many desks say that there is nothing.
        return rows if isinstance(rows, list) else ()

    def verified(
        self, verification: Verification, row: JsonValue, scope: Scope
    ) -> tuple[JsonValue, JsonValue]:
        """Ask about a found ticket; give it, as it is shown now, and where its token is."""
        reply = self.send("verify", verification.request, scope)
        if reply is None:
            return row, None
        said = answer_of(reply.status, reply.headers, reply.body)
        ticket = verification.request.ticket
        found = verification.token.find(said) if verification.token is not None else None
        return ticket.find(said) if ticket is not None else row, found

    @contextmanager
    def described(self, operation: str) -> Iterator[None]:
        """Refuse a ticket for which a template of the description fails."""
        try:
            yield
        except DeskError:
            raise
        except Exception as exc:
            reason = masked(f"{self.name}: {operation}: a template fails: {exc}")
            message = f"{reason[:500]}; correct it in the description"
            raise TicketRefused(message) from exc
