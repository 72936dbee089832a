"""Through a workflow, transition by transition, as far as a route says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from bridge.backends.jira.answers import rows_of
from bridge.backends.jira.api import Api
from bridge.backends.jira.records import Reader
from bridge.backends.jira.route import Filling, Route, Transition, transition_of
from bridge.domain.errors import DeskLockedOut, TicketRefused
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.ticket import Ticket

#: No workflow has this many steps from one status to another.
_MOST_STEPS: Final = 8


class Statuses:
    """The statuses that the issues of the project have."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: frozenset[str] = frozenset()

    def has_any(self, names: Sequence[str]) -> bool:
        """Say whether one of the names is a status; where that may not be read, it may be."""
        wanted = {name.casefold() for name in names}
        # A status may be new: what is not known is asked for again.
        if not wanted & self._known:
            try:
                self._known = self._asked()
            except (DeskLockedOut, TicketRefused):
                return True
        return bool(wanted & self._known)

    def _asked(self) -> frozenset[str]:
        path = f"/project/{self._api.project}/statuses"
        return frozenset(
            str(status.get("name")).casefold()
            for row in rows_of(self._api.ask("look-up of statuses", path))
            if isinstance(statuses := row.get("statuses"), list)
            for status in statuses
            if isinstance(status, Mapping)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """Moves issues of one Jira."""

    name: str  #: the backend's
    api: Api
    reader: Reader
    statuses: Statuses

    def first(self, operation: str, ticket: Ticket, route: Route) -> Transition:
        """Give the transition to begin with; TicketRefused, with those there are, if none is.

        None leads to a status that the project does not have, which a way of several steps would
        only tell at its end.
        """
        begin = self._step(operation, ticket, route, [ticket.status])
        if begin is None:
            self._refuse(operation, ticket, route)
        is_sure = route.to_rest or route.reached_by(begin)
        if not is_sure and not self.statuses.has_any(route.goals):
            self._refuse(operation, ticket, route)
        return begin

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
