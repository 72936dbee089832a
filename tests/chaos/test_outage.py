"""One desk is away: nothing else notices, it is not hammered, and comes back to a steady pace."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.worker.breaker import FAILURES_TO_OPEN
from tests.chaos.pace import Pace, deliveries, measure, most_within_a_window, probes_within
from tests.chaos.scene import RULES
from tests.e2e.alerts import alert, body
from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import Process, eventually, wait_until_ready

CONCURRENCY = 4
RATE = 10
BACKLOG = 30
SAMPLE = 12
#: Between two tickets while the desk is away: long enough in all for several probes.
PAUSE_SECONDS = 0.6
#: What a busy machine may do to a median; a desk that blocks another costs a hundred times more.
SLOWER = 8.0
DRAINED_SECONDS = 120.0

Outage = Callable[["Stage"], AbstractContextManager[None]]


class Stage:
    """A bridge between a desk that will fail and one that stays well."""

    def __init__(self, folder: Path) -> None:
        self.doomed = Desk("summit", folder)
        self.well = Desk("serviceops", folder)
        self.kept = ("--keep", str(folder / "summit.jsonl"))
        limits = f"{{concurrency: {CONCURRENCY}, rate: {RATE}/s, timeout: 1s}}"
        self.bridge = Bridge(
            folder, summit=self.doomed, serviceops=self.well, rules=RULES, limits=limits
        )
        self.process: Process

    @contextmanager
    def running(self) -> Iterator[None]:
        with self.well.running(), self.bridge.serving():
            self.open()
            try:
                yield
            finally:
                self.process.stop()

    def open(self) -> None:
        """Start the doomed desk on the tickets that it has."""
        self.process = self.doomed.start(*self.kept)
        wait_until_ready(self.process, f"{self.doomed.url}/_sandbox/calls")


@contextmanager
def gone(stage: Stage) -> Iterator[None]:
    stage.process.stop()
    yield
    stage.open()


@contextmanager
def hanging(stage: Stage) -> Iterator[None]:
    stage.doomed.misbehave(fail=["hang"])
    yield
    stage.doomed.misbehave(fail=[])


@contextmanager
def frozen(stage: Stage) -> Iterator[None]:
    stage.process.freeze()
    yield
    stage.process.thaw()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    with stage.running():
        yield stage


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("outage", [gone, hanging, frozen], ids=lambda outage: outage.__name__)
def test_a_desk_that_is_away_is_noticed_by_nobody_else(
    stage: Stage, outage: Outage, record_property: Callable[[str, object], None]
) -> None:
    bridge = stage.bridge
    before = measure(bridge, stage.well, "Before", SAMPLE, team="storage")
    with outage(stage):
        asked, started = deliveries(bridge, "summit"), time.monotonic()
        names = [f"waiting{index:02d}" for index in range(BACKLOG)]
        bridge.post(body(*(alert("Waiting", instance=name) for name in names)))
        eventually(lambda: assert_down(bridge))
        during = measure(bridge, stage.well, "During", SAMPLE, pause=PAUSE_SECONDS, team="storage")
        asked = deliveries(bridge, "summit") - asked
        lasted = time.monotonic() - started
    back_at = datetime.now(UTC)
    eventually(lambda: assert_drained(stage, names), within=DRAINED_SECONDS)
    calls = [at for at in call_times(stage.doomed) if at > back_at]
    record_property("report", said(before, during, asked, lasted, calls))

    assert before.is_kept_by(during, at_most=SLOWER), (before, during)
    assert asked <= FAILURES_TO_OPEN + CONCURRENCY + probes_within(lasted), (asked, lasted)

    assert_steady(calls)
    assert (stage.doomed.refused(), stage.well.refused()) == ([], [])


def said(before: Pace, during: Pace, asked: int, lasted: float, calls: Sequence[datetime]) -> str:
    drained_in = (calls[-1] - calls[0]).total_seconds()
    return "\n".join(
        (
            "outage of one desk",
            f"  before     {before}",
            f"  during     {during}",
            f"  asked      {asked} times in {lasted:.0f} s, for {BACKLOG} waiting incidents",
            f"  drained    in {len(calls)} calls and {drained_in:.1f} s, allowed {RATE}/s",
        )
    )


def assert_down(bridge: Bridge) -> None:
    assert 'bridge_backend_up{backend="summit"} 0.0' in bridge.raw("GET", "/metrics").text


def assert_drained(stage: Stage, instances: Sequence[str]) -> None:
    """Fail unless each waiting alert has its ticket, and no more than one."""
    tickets = sorted(ticket.subject for ticket in stage.doomed.tickets())
    assert tickets == sorted(f"Waiting on {instance}" for instance in instances)
    assert {i["phase"] for i in stage.bridge.incidents()} == {"filed"}


def call_times(desk: Desk) -> list[datetime]:
    return [datetime.fromisoformat(call["at"]) for call in desk.calls()]


def assert_steady(times: Sequence[datetime]) -> None:
    """Fail if the desk got more than its rate in any window, a second's worth at once allowed.

    A second more is allowed for what the machine delayed on the way.
    """
    assert len(times) >= BACKLOG
    for seconds in (1, 2, 4):
        window = timedelta(seconds=seconds)
        assert most_within_a_window(times, window) <= RATE * (seconds + 2)
    lasted = (times[-1] - times[0]).total_seconds()
    assert len(times) <= RATE * (lasted + 2)
