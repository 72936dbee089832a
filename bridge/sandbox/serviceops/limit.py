"""ServiceOps' rate limit: so many calls in a span of time, told in the headers of every answer.

An administrator configures it (docs.motadata.com, "How to Configure API Rate Limit"); a desk that
nobody has told to has none. X-RateLimit-Reset is in milliseconds; that the status beyond the limit
is 429 is inferred.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from bridge.domain.span import parse_span
from bridge.sandbox.orders import BadOrder
from bridge.sandbox.refusal import Refused


class OneTooMany(Refused):
    """A call beyond the limit."""

    status = 429


class CallLimit:
    """The limit of one desk; safe to call from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls = 0
        self._seconds = 0.0
        self._made = 0
        self._begun_at = -math.inf

    def order(self, said: Mapping[str, object]) -> None:
        """Take `calls` (0: no limit) and `every`, a span; BadOrder if that makes no sense."""
        calls, every = said.get("calls"), said.get("every", "1s")
        if set(said) - {"calls", "every"} or type(calls) is not int or calls < 0:
            message = 'calls is not a whole number; write it like {"calls": 5, "every": "1s"}'
            raise BadOrder(message)
        try:
            seconds = parse_span(str(every)).total_seconds()
        except ValueError as exc:
            raise BadOrder(str(exc)) from exc
        with self._lock:
            self._calls, self._seconds, self._begun_at = calls, seconds, -math.inf

    def take(self) -> tuple[Mapping[str, str], bool]:
        """Count a call; give the headers of its answer, and whether it is one too many."""
        with self._lock:
            if not self._calls:
                return {}, False
            now = self._clock()
            if now >= self._begun_at + self._seconds:
                self._begun_at, self._made = now, 0
            self._made += 1
            left = max(self._calls - self._made, 0)
            resets_in = timedelta(seconds=self._begun_at + self._seconds - now)
            return headers(self._calls, left, resets_in), self._made > self._calls


def headers(limit: int, left: int, resets_in: timedelta) -> Mapping[str, str]:
    """Write the three headers."""
    milliseconds = math.ceil(resets_in / timedelta(milliseconds=1))
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": str(milliseconds),
    }
