"""What the configuration says of statuses, as routes through a workflow; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.backends.jira.route import (
    USUAL_BEGINNINGS,
    USUAL_ENDS,
    USUAL_WORK,
    Filling,
    Route,
)
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The routes of one configured project."""

    stages: Mapping[Stage, str]  #: the status of each that has one
    via: Sequence[str]
    ends: Sequence[str]  #: where a cleared ticket is led, the first that is offered
    closed: str
    cancelled: str
    reopened: str
    resolutions: Mapping[OnClear, Sequence[str]]
    fields: JsonObject

    def to_rest(self, how: OnClear) -> Route:
        """Give the route that ends a ticket."""
        match how:
            case OnClear.CLOSE:
                return Route(goals=(self.closed,), via=(*self.via, *self.ends[::-1]), to_rest=True)
            case OnClear.CANCEL:
                goals = (self.cancelled, *self.ends)
                return Route(goals=goals, via=self.via, to_rest=True)
            case _:
                return Route(goals=self.ends, via=self.via, to_rest=True)

    def to_stage(self, stage: Stage, ticket: Ticket) -> Route:
        """Give the route to a stage's status; an open one is as it was filed, if not named."""
        named = self.stages.get(stage, "")
        if named or stage is not Stage.OPEN:
            return Route(goals=(named,), via=self.via)
        return Route(goals=_beginnings(ticket), via=self.via)

    def to_reopened(self, ticket: Ticket) -> Route:
        """Give the route from rest back to work."""
        named = (self.reopened, self.stages.get(Stage.OPEN, ""))
        goals = [name for name in named if name] or [*_beginnings(ticket), *USUAL_WORK]
        return Route(goals=goals, via=self.via)

    def filling(self, how: OnClear | None) -> Filling:
        """Give what screens are filled with on the way to rest, or elsewhere."""
        words = self.resolutions.get(how, self.resolutions[OnClear.RESOLVE]) if how else ()
        return Filling(resolutions=words, fields=self.fields)


def plan_of(section: Mapping[str, Any]) -> Plan:
    """Read the routes out of a loaded section."""
    said, statuses, defaults = section["transitions"], section["statuses"], section["defaults"]
    named: list[str] = list(said["resolve"])
    ends = [said["clear_to"]] if said["clear_to"] else named[-1:] or list(USUAL_ENDS)
    via = named if said["clear_to"] else named[:-1]
    return Plan(
        stages={stage: said[stage.value] for stage in Stage if said[stage.value]},
        via=via or list(USUAL_WORK),
        ends=ends,
        closed=statuses["closed"],
        cancelled=statuses["cancelled"],
        reopened=statuses["reopened"],
        resolutions={
            OnClear.RESOLVE: (defaults["resolution"],),
            OnClear.CANCEL: (defaults["cancel_resolution"], defaults["resolution"]),
        },
        fields=said["fields"],
    )


def _beginnings(ticket: Ticket) -> Sequence[str]:
    begun = ticket.handle.get("begun", "")
    return [name for name in dict.fromkeys((begun, *USUAL_BEGINNINGS)) if name]
