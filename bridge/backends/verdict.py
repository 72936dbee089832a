"""What an answer means at a desk that does not go by HTTP's statuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    TicketGone,
    TicketRefused,
)


class Meaning(StrEnum):
    """What such an answer can mean, beside success; the most particular first."""

    GONE = "gone"  #: there is no such ticket
    LOCKED_OUT = "locked_out"  #: the bridge itself is refused
    RETRY = "retry"  #: certainly nothing was done; later it may be
    REFUSED = "refused"  #: this ticket is not acceptable


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means, and in which words."""

    meaning: Meaning
    words: str

    def error(self, said: str, retry_after: timedelta | None) -> DeskError:
        """Make the error of it; `said` is the whole sentence."""
        match self.meaning:
            case Meaning.REFUSED:
                return TicketRefused(said)
            case Meaning.GONE:
                return TicketGone(said)
            case Meaning.LOCKED_OUT:
                return DeskLockedOut(f"{said}; check `auth:` and the rights of that account")
            case Meaning.RETRY:
                return DeskUnavailable(said, retry_after)


def goes_by_status(_status: int, _headers: Mapping[str, str], _body: bytes) -> Verdict | None:
    """Leave it to the status."""
    return None
