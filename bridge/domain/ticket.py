"""The service desk's record of an incident."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.stage import Stage


class TicketState(StrEnum):
    """What a desk's own status word amounts to."""

    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as last seen at its desk."""

    number: str  #: what people call it
    id: str  #: what the desk's API wants
    status: str  #: the desk's own word
    state: TicketState
    url: str | None = None
    assignee: str | None = None
    taken_over: bool = (
        False  #: a person works on it, or moved it elsewhere than the bridge filed it
    )
    told: Mapping[str, str] = field(default_factory=dict)  #: public field name -> as last written
    #: Those of them in which the desk shows something else by now: a person wrote there.
    theirs: frozenset[str] = frozenset()
    created_at: datetime | None = None
    handle: Mapping[str, str] = field(default_factory=dict)  #: what else its desk's adapter needs
    #: What the desk said of it a moment ago; never stored, so that empty means not fresh.
    present: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def is_open(self) -> bool:
        """True while the desk counts the ticket as work to do."""
        return self.state is TicketState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a desk can do, so that what it cannot is decided on rather than tried."""

    find: bool = True  #: search by correlation token
    read: bool = True  #: read a ticket back
    reopen: bool = True
    close_after: timedelta | None = None  #: a resolved ticket is closed this long after
    #: When a create's outcome stays unknown at a desk without search: file again, or leave it.
    create_when_unknown: bool = False
    #: A ticket whose alert still fires is read again this long after; None: only before writing.
    look_every: timedelta | None = timedelta(minutes=15)
    update: bool = True  #: write fields of a ticket that is filed
    note: bool = True  #: add text to a ticket
    attach: bool = False  #: put files on a ticket
    #: Filing under a token twice files one ticket, so that a lost answer is no mystery.
    create_again: bool = False
    #: Stages that this desk has a status for, the one to come back to included.
    stages: frozenset[Stage] = frozenset()
    #: What clears so soon after it was filed is cancelled rather than resolved.
    cancel_within: timedelta | None = None
