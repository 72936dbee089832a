"""Through a workflow, transition by transition, as far as a route says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from bridge.backends.jira.api import Api
from bridge.backends.jira.records import Reader
from bridge.backends.jira.route import Filling, Route, Transition, transition_of
from bridge.domain.errors import TicketRefused
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.ticket import Ticket

#: No workflow has this many steps from one status to another.
_MOST_STEPS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """Moves issues of one Jira."""

    name: str  #: the backend's
    api: Api
    reader: Reader

    def first(self, operation: str, ticket: Ticket, route: Route) -> Transition:
        """Give the transition to begin with; TicketRefused, with those there are, if none is."""
        return self._step(operation, ticket, route, [ticket.status]) or self._refuse(
            operation, ticket, route
        )

    def walk(
        self, operation: str, ticket: Ticket, route: Route, filling: Filling, begin: Transition
    ) -> Ticket:
        """Take transitions until a goal is reached, or, on the way to rest, as near as it goes."""
        passed = [ticket.status]
        way: Transition | None = begin
        for _ in range(_MOST_STEPS):
            if way is None:
                break
            ticket = self._take(operation, ticket, way, filling)
            passed.append(ticket.status)
            if route.reached_by(way):
                return ticket
            way = self._step(operation, ticket, route, passed)
        if route.to_rest and not ticket.is_open:
            return ticket
        return self._refuse(operation, ticket, route)

    def _step(
        self, operation: str, ticket: Ticket, route: Route, passed: Sequence[str]
    ) -> Transition | None:
        return route.step(self._offered(operation, ticket), passed)

    def _offered(self, operation: str, ticket: Ticket) -> Sequence[Transition]:
        return [transition_of(row) for row in self.api.transitions(operation, ticket.id)]

    def _take(self, operation: str, ticket: Ticket, way: Transition, filling: Filling) -> Ticket:
        fields, missing = filling.of(way)
        if missing:
            message = (
                f"{self.name}: {operation} of {ticket.number}: the screen of {way} demands "
                f"{'; '.join(missing)}; set it in `transitions.fields` or `defaults.resolution`"
            )
            raise TicketRefused(message)
        chosen: JsonValue = {"id": way.id}
        sent: JsonObject = {"transition": chosen, **({"fields": fields} if fields else {})}
        self.api.transition(operation, ticket.id, sent)
        resolution = fields.get("resolution")
        name = str(resolution.get("name")) if isinstance(resolution, dict) else ""
        return self.reader.moved(ticket, way.to, name)

    def _refuse(self, operation: str, ticket: Ticket, route: Route) -> NoReturn:
        offered = ", ".join(str(way) for way in self._offered(operation, ticket))
        message = (
            f"{self.name}: {operation} of {ticket.number}: its workflow leads from "
            f"{ticket.status or 'its status'} to none of {', '.join(route.goals)}; it offers "
            f"{offered or 'this account nothing'}; name the way in `transitions:`"
        )
        raise TicketRefused(message)
