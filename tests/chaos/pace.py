"""How fast things went: medians before and during, and calls against the rate that is allowed."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median

from bridge.worker.breaker import FIRST_PAUSE, LONGEST_PAUSE
from tests.e2e.alerts import alert, body
from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually

_DELIVERIES = re.compile(r'^bridge_deliveries_total\{backend="(\w+)".*\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Medians, in seconds, of what was sent one after another."""

    answered_in: float
    filed_in: float

    def __str__(self) -> str:
        """Write it in milliseconds."""
        return (
            f"answered in {self.answered_in * 1000:.0f} ms, filed in {self.filed_in * 1000:.0f} ms"
        )

    def is_kept_by(self, other: "Pace", *, at_most: float) -> bool:
        """Say whether another pace is at most so many times slower."""
        return (
            other.answered_in <= at_most * self.answered_in
            and other.filed_in <= at_most * self.filed_in
        )


def measure(
    bridge: Bridge, desk: Desk, name: str, number: int, *, pause: float = 0.0, team: str
) -> Pace:
    """File some tickets, one after another, and say how long each took until it was there."""
    answered_in, filed_in = [], []
    for index in range(number):
        instance, sent_at = f"{name.lower()}{index:02d}", datetime.now(UTC)
        started = time.perf_counter()
        bridge.post(body(alert(name, instance=instance, team=team)))
        answered_in.append(time.perf_counter() - started)
        ticket = eventually(partial(desk.ticket, f"{name} on {instance}"))
        created_at = datetime.fromisoformat(ticket.history[0]["at"])
        filed_in.append((created_at - sent_at).total_seconds())
        time.sleep(pause)
    return Pace(answered_in=median(answered_in), filed_in=median(filed_in))


def deliveries(bridge: Bridge, backend: str) -> int:
    """Give how many calls the bridge says it has finished at a desk."""
    page = bridge.raw("GET", "/metrics").text
    return sum(int(float(n)) for name, n in _DELIVERIES.findall(page) if name == backend)


def probes_within(seconds: float) -> int:
    """Give how many single calls the breaker may let through in that time."""
    number, at, pause = 0, FIRST_PAUSE.total_seconds(), FIRST_PAUSE.total_seconds()
    while at <= seconds:
        number += 1
        pause = min(2 * pause, LONGEST_PAUSE.total_seconds())
        at += pause
    return number


def most_within_a_window(times: Sequence[datetime], window: timedelta) -> int:
    """Give the largest number of calls that came within any window of that length."""
    return max(
        (sum(begin <= time < begin + window for time in times) for begin in times), default=0
    )
