"""How many calls a desk has left for the bridge, as the headers of its answers say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: Reads when calls are allowed again, out of a header's text and the time now; None: unreadable.
ReadReset = Callable[[str, datetime], timedelta | None]
#: Milliseconds beyond this are no span (it would be three years) but a time since 1970.
_LONGEST_SPAN_MS = 100_000_000_000
#: No number that means a time is longer.
_MOST_DIGITS = 15
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What one answer says of the calls to come."""

    is_spent: bool = False  #: the next call would be refused
    resets_in: timedelta | None = None  #: when there are calls again, from now


ReadQuota = Callable[[Mapping[str, str], datetime], Quota]  #: of an answer's headers, at a time


def unsaid(_headers: Mapping[str, str], _now: datetime) -> Quota:
    """Read nothing: this desk's headers say nothing of its limits."""
    return Quota()


def x_ratelimit(reset: ReadReset) -> ReadQuota:
    """Read X-RateLimit-Remaining and -Reset, the latter in the form that this desk gives it."""

    def read(headers: Mapping[str, str], now: datetime) -> Quota:
        return Quota(
            is_spent=headers.get("X-RateLimit-Remaining", "").strip() == "0",
            resets_in=reset(headers.get("X-RateLimit-Reset", "").strip(), now),
        )

    return read


def milliseconds(text: str, now: datetime) -> timedelta | None:
    """Read milliseconds from now; a number too large for that is milliseconds since 1970."""
    number = whole_number(text)
    if number is None or number <= _LONGEST_SPAN_MS:
        return None if number is None else timedelta(milliseconds=number)
    return _not_past(timedelta(milliseconds=number) - (now - _EPOCH))


def unix_seconds(text: str, now: datetime) -> timedelta | None:
    """Read seconds since 1970."""
    number = whole_number(text)
    return None if number is None else _not_past(timedelta(seconds=number) - (now - _EPOCH))


def iso_8601(text: str, now: datetime) -> timedelta | None:
    """Read a time such as 2026-03-01T10:00Z; one without a zone is in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _not_past((at if at.tzinfo else at.replace(tzinfo=UTC)) - now)


def whole_number(text: str) -> int | None:
    """Read a number of a header; None for what is none, and for one too long to mean a time."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None


def _not_past(span: timedelta) -> timedelta:
    return max(span, timedelta(0))
