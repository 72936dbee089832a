"""A steady pace for calls to one desk."""

import threading
import time
from collections.abc import Callable


class Pace:
    """Lets `per_second` calls through on average, a second's worth of them at once.

    The generic cell rate algorithm: one number says when the next call would be due if all came
    evenly, and a call may come a bounded time before that.
    """

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second
        self._early = max(1.0 - self._interval, 0.0)
        self._due = clock()
        self._rested_at = self._due  #: no call before
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may be made."""
        with self._lock:
            now = self._clock()
            due = max(self._due, now, self._rested_at)
            self._due = due + self._interval
            pause = max(due - self._early, self._rested_at) - now
        if pause > 0:
            self._sleep(pause)

    def rest(self, seconds: float) -> None:
        """Let no call through for so long; those that wait already are not held again."""
        with self._lock:
            self._rested_at = max(self._rested_at, self._clock() + seconds)
