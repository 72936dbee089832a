"""Summit's statuses: how they are spelled, what they amount to, and the way between them."""

from collections.abc import Sequence
from typing import Final

from bridge.domain.policy import OnClear
from bridge.domain.ticket import TicketState

NEW: Final = "New"
ASSIGNED: Final = "Assigned"
IN_PROGRESS: Final = "In-Progress"
PENDING: Final = "Pending"
RESOLVED: Final = "Resolved"
CLOSED: Final = "Closed"
CANCELLED: Final = "Cancelled"

#: Where people work on a ticket.
WORKING: Final = (IN_PROGRESS, PENDING)
#: Every word that a list may be narrowed by: together they narrow nothing.
LISTED: Final = (
    "Open", "Reopened", NEW, ASSIGNED, IN_PROGRESS, PENDING, RESOLVED, CLOSED, CANCELLED,
)  # fmt: skip

#: How far a ticket has come; a step is left out once the ticket is as far.
_RANKS: Final = {
    NEW: 0, ASSIGNED: 1, IN_PROGRESS: 2, PENDING: 2, RESOLVED: 3, CLOSED: 4, CANCELLED: 4,
}  # fmt: skip
_STATES: Final = {
    RESOLVED: TicketState.RESOLVED,
    CLOSED: TicketState.CLOSED,
    CANCELLED: TicketState.CANCELLED,
}
_ENDS: Final = {OnClear.CLOSE: CLOSED, OnClear.CANCEL: CANCELLED}


def _folded(word: str) -> str:
    letters = "".join(letter for letter in word.casefold() if letter.isalpha())
    return "cancelled" if letters == "canceled" else letters


_SPELLED: Final = {_folded(word): word for word in LISTED}


def spelled(word: str) -> str:
    """Spell a status as Summit's tables do; a word that they lack stays as it is."""
    return _SPELLED.get(_folded(word), word.strip())


def state_of(word: str) -> TicketState:
    """Say what a status amounts to; a word that nobody knows is open."""
    return _STATES.get(spelled(word), TicketState.OPEN)


def way_to_rest(status: str, how: OnClear, walk: Sequence[str], clear_to: str) -> Sequence[str]:
    """List the statuses to set one after the other, from `status` on, to bring a ticket to rest.

    `walk` leads to Resolved; `clear_to` is where a ticket ends that is to be resolved.
    """
    end = _ENDS.get(how, clear_to)
    if spelled(status) == RESOLVED and end == CLOSED:
        return (CLOSED,)
    if state_of(status) is not TicketState.OPEN:
        return ()
    if end == CANCELLED:
        return (CANCELLED,)
    steps = [step for step in walk if _RANKS[step] > _RANKS.get(spelled(status), 0)]
    return (*steps, CLOSED) if end == CLOSED else tuple(steps)
