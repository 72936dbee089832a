"""The statuses of one ServiceOps desk: which the bridge sets when, and what each amounts to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from bridge.domain.policy import OnClear
from bridge.domain.stage import Stage
from bridge.domain.ticket import TicketState


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The desk's own words, of which the upper and lower case are the same."""

    new: str  #: what a ticket has that was filed without any
    resolved: str
    closed: str
    cancelled: str  #: empty: cancelling comes to closing
    clear_to: str  #: where a ticket ends that is to be resolved
    stages: Mapping[Stage, str]  #: Stage.OPEN among them

    def at_rest(self, how: OnClear) -> str:
        """Give the status in which a ticket ends."""
        match how:
            case OnClear.CLOSE:
                return self.closed
            case OnClear.CANCEL:
                return self.cancelled or self.closed
            case OnClear.RESOLVE | OnClear.NOTE | OnClear.NONE:
                return self.clear_to
            case _:
                assert_never(how)

    def state_of(self, status: str) -> TicketState:
        """Say what a status amounts to; one that nobody named is still work to do."""
        states = {
            self.cancelled.casefold(): TicketState.CANCELLED,
            self.resolved.casefold(): TicketState.RESOLVED,
            self.closed.casefold(): TicketState.CLOSED,
        }
        return states.get(status.casefold(), TicketState.OPEN)

    def is_a_persons(self, status: str, set_by_bridge: str) -> bool:
        """Say whether somebody works on a ticket, by a status that the bridge did not give it."""
        ours = (self.new, self.stages[Stage.OPEN], set_by_bridge)
        is_ours = any(same(status, word) for word in ours)
        return self.state_of(status) is TicketState.OPEN and not is_ours


def lifecycle_of(section: Mapping[str, Any]) -> Lifecycle:
    """Read the words out of a loaded section."""
    statuses, transitions = section["statuses"], section["transitions"]
    stages = {stage: transitions[stage.value] for stage in Stage}
    return Lifecycle(
        new=statuses["open"],
        resolved=statuses["resolved"],
        closed=statuses["closed"],
        cancelled=statuses["cancelled"],
        clear_to=transitions["clear_to"] or statuses["resolved"],
        stages={**stages, Stage.OPEN: stages[Stage.OPEN] or statuses["open"]},
    )


def same(status: str, word: str) -> bool:
    """Say whether two words are one status."""
    return status.casefold() == word.casefold()
