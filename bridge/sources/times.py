"""Points in time as senders write them."""

from datetime import UTC, datetime

#: How Go, and so Alertmanager, writes that there is no such time.
NEVER = "0001-01-01T00:00:00Z"


def parse_rfc3339(text: str) -> datetime | None:
    """Read a point in time of any precision and offset; None if it is not one.

    Year 1 is Go's zero time, which Alertmanager writes for "none".
    """
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is None:
            return None
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year > 1 else None
