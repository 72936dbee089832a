"""What can be done next about an incident; `next_step` decides which of it."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.policy import OnClear
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Nothing:
    """The desk has what the alerts want, or nothing may be done."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Decide again at `until`, unless something changes before."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the incident; nothing was ever filed."""

    reason: str


@dataclass(frozen=True, slots=True)
class LookUp:
    """Search the desk for a ticket that an earlier create may have made."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """Search once more, late, for what an unanswered create may have filed after all."""


@dataclass(frozen=True, slots=True)
class Create:
    """File the ticket, or list the incident in an overflow ticket if its budget is spent."""


@dataclass(frozen=True, slots=True)
class Read:
    """Look at the ticket before writing to it: a person may have been there."""


@dataclass(frozen=True, slots=True)
class Update:
    """Write the named fields, and nothing else, and tell the members' news."""

    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tell:
    """Add a note; leave the ticket as it is."""

    reason: str
    unwritten: tuple[str, ...] = ()  #: fields that the ticket does not say because of that


@dataclass(frozen=True, slots=True)
class Move:
    """Give the ticket the status that its desk has for a stage."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Stay:
    """Leave the ticket in its status at a new stage: a person has it."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Attach:
    """Put a file of the spec on the ticket."""

    name: str


@dataclass(frozen=True, slots=True)
class Resolve:
    """Bring the ticket to rest, through whatever transitions its desk demands."""

    how: OnClear


@dataclass(frozen=True, slots=True)
class Reopen:
    """Take up the same ticket again."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The incident is over and its ticket needs no writing; record that."""

    reason: str


@dataclass(frozen=True, slots=True)
class Expire:
    """Treat the silence of every sender as a clear."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A heartbeat stayed away: that is the fault to file."""


@dataclass(frozen=True, slots=True)
class LeaveOverflow:
    """End the incident; the overflow ticket that lists it says that it cleared."""


@dataclass(frozen=True, slots=True)
class CloseStray:
    """Resolve a ticket that was filed beside the one that is kept."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class BeginEpisode:
    """End this episode; a new one, referring to its ticket, takes over the alerts."""


@dataclass(frozen=True, slots=True)
class Park:
    """Leave the incident to a person."""

    reason: str


Step = (
    Nothing
    | Wait
    | Cancel
    | LookUp
    | Recheck
    | Create
    | Read
    | Update
    | Tell
    | Move
    | Stay
    | Attach
    | Resolve
    | Reopen
    | Rest
    | Expire
    | Silence
    | LeaveOverflow
    | CloseStray
    | BeginEpisode
    | Park
)


def sooner(step: Nothing | Wait | Cancel, at: datetime, reason: str) -> Wait:
    """Give the wait that ends first: the step's own, or one until `at`."""
    return step if isinstance(step, Wait) and step.until <= at else Wait(at, reason)
