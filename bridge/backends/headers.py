"""What the headers of a refusal say beside its status."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from bridge.telemetry.logging import masked

_LONGEST_WAIT: Final = timedelta(days=1)


def denial(headers: Mapping[str, str]) -> str:
    """Say what Jira's log-in says beside its status: after failures it wants a CAPTCHA solved."""
    reason = headers.get("X-Authentication-Denied-Reason", "")
    reason = reason or headers.get("X-Seraph-LoginReason", "")
    if "CAPTCHA" in reason or "AUTHENTICATION_DENIED" in reason:
        return masked(f" ({reason[:100]}: log in once with a browser and solve the CAPTCHA)")
    return masked(f" ({reason[:100]})") if reason else ""


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3), else an ISO 8601 reset."""
    said = headers.get("Retry-After", "").strip()
    if not said:
        return _until_reset(headers.get("X-RateLimit-Reset", ""))
    if said.isdigit():
        return timedelta(seconds=min(int(said), 86_400))
    try:
        pause = parsedate_to_datetime(said) - datetime.now(UTC)
    except (TypeError, ValueError):
        return None
    return max(pause, timedelta(0))


def _until_reset(said: str) -> timedelta | None:
    """Read when a rate limit is over, as Jira Cloud says it; others give numbers of any unit."""
    try:
        reset = datetime.fromisoformat(said) if "T" in said else None
    except ValueError:
        return None
    if reset is None or reset.tzinfo is None:
        return None
    return min(max(reset - datetime.now(UTC), timedelta(0)), _LONGEST_WAIT)
