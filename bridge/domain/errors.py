"""What can go wrong, split by who must act.

* BridgeError
  x ConfigurationError     the operator: every problem of the configuration or the rules at once
  x MalformedBody          the sender: the body is not of its source's shape
  x SenderUnavailable      nobody yet: a sender did not say what is active when asked
  x StoreUnavailable       nobody yet: the sender retries, and so does the worker
  x StoreConflict          nobody: two writers met; do the transaction again
  x OperationRefused       the person who asked: not as things stand; the message says what is
    + UnknownIncident      there is no such incident
  x DeskError              something about a service desk
    + DeskUnavailable      nobody yet: the call certainly changed nothing; try again later
    + OutcomeUnknown       nobody yet: the call may have worked; look before repeating
    + TicketRefused        a person: this ticket is not acceptable to the desk as it is
    + TicketGone           a person deleted it: the desk no longer knows the ticket
    + DeskLockedOut        the operator: credentials or rights; nothing will work until mended
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class BridgeError(Exception):
    """Any failure the bridge knows how to speak about."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One mistake in a file, said so that it can be found and mended."""

    file: str
    line: int
    column: int
    message: str
    remedy: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}; {self.remedy}"


class ConfigurationError(BridgeError):
    """The configuration or the rules cannot be used; `problems` lists everything wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class MalformedBody(BridgeError):
    """The webhook body is not of its source's shape; the message says what was expected."""


class SenderUnavailable(BridgeError):
    """A sender did not say what is active; nothing follows from that."""


class StoreUnavailable(BridgeError):
    """The database did not take or give what it was asked."""


class StoreConflict(BridgeError):
    """Two transactions met; the loser wrote nothing and should run again."""


class OperationRefused(BridgeError):
    """What a person asked for makes no sense as things stand; the message says what does."""


class UnknownIncident(OperationRefused):
    """There is no incident of that id."""


class ErrorKind(StrEnum):
    """The closed set of delivery failures, as metrics, rows and pages name them."""

    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    GONE = "gone"
    LOCKED_OUT = "locked_out"


class DeskError(BridgeError):
    """A call to a service desk did not do what was asked; the message carries no secret."""

    kind: ErrorKind


class DeskUnavailable(DeskError):
    """The call certainly changed nothing; it may be made again after `retry_after`."""

    kind = ErrorKind.TRANSIENT

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class OutcomeUnknown(DeskError):
    """The call may have worked at the desk."""

    kind = ErrorKind.UNKNOWN


class TicketRefused(DeskError):
    """The desk will not take this ticket as it is; the message holds the desk's own words."""

    kind = ErrorKind.REFUSED


class TicketGone(DeskError):
    """The desk no longer knows the ticket."""

    kind = ErrorKind.GONE


class DeskLockedOut(DeskError):
    """The desk refuses the bridge itself: credentials, rights or licence."""

    kind = ErrorKind.LOCKED_OUT
