"""A circuit breaker: a desk that is down costs one request per pause, and nothing else waits."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.reconciler import Contact

#: One failure can be the incident's own fault; this many in a row are the desk's.
FAILURES_TO_OPEN = 5
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=15)
LOCKED_OUT_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What is known of a desk's health; every change makes a new one."""

    failures: int = 0  #: in a row
    pause: timedelta = timedelta(0)
    opened_at: datetime | None = None  #: None: closed, all may pass

    @property
    def is_open(self) -> bool:
        """True while only a single probe may go out."""
        return self.opened_at is not None

    @property
    def probe_at(self) -> datetime | None:
        """When the next probe may go out; None while closed."""
        return self.opened_at + self.pause if self.opened_at is not None else None

    def allows(self, wanted: int, in_flight: int, now: datetime) -> int:
        """Say how many of `wanted` deliveries may start now."""
        if self.probe_at is None:
            return wanted
        return 1 if now >= self.probe_at and in_flight == 0 and wanted else 0

    def after(self, contact: Contact, now: datetime) -> "Breaker":
        """Take one delivery's contact with the desk into account."""
        match contact:
            case Contact.NONE:
                return self
            case Contact.ANSWERED:
                return Breaker()
            case Contact.LOCKED_OUT:
                return Breaker(failures=self.failures + 1, pause=LOCKED_OUT_PAUSE, opened_at=now)
            case Contact.UNREACHABLE:
                return self._after_failure(now)

    def _after_failure(self, now: datetime) -> "Breaker":
        failures = self.failures + 1
        if failures < FAILURES_TO_OPEN:
            return replace(self, failures=failures)
        pause = min(max(self.pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        return Breaker(failures=failures, pause=pause, opened_at=now)
