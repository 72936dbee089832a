"""How fast a backlog leaves, against what the desk's latency and the threads allow at best."""

from collections.abc import Sequence
from datetime import datetime
from time import monotonic, sleep

from tests.bench.bodies import body
from tests.bench.figures import Figure, at_least
from tests.bench.load import MARK, Wire, tag
from tests.bench.machine import cpu_seconds
from tests.bench.servers import Bridge, Setup, running_desk
from tests.bench.stage import Stage
from tests.bench.stats import drain_share, interleaved
from tests.e2e.desks import Desk

#: Threads, latency in milliseconds, and the share of threads / latency that is to be reached.
_CASES = {
    "8 threads, 50 ms": (8, 50, 0.90),
    "32 threads, 50 ms": (32, 50, 0.90),
    "8 threads, 200 ms": (8, 200, 0.95),
    "32 threads, 200 ms": (32, 200, 0.95),
}
_BODY = 100
#: A drain that takes this many times as long as it ought to is broken.
_PATIENCE = 20.0
_CREATE = "IM_LogOrUpdateIncident"


def measure(stage: Stage) -> Sequence[Figure]:
    """Fill a bridge whose worker is away, then let the worker begin; each round with a new one."""
    cases = stage.some(_CASES)
    shares: dict[str, list[float]] = {name: [] for name in cases}
    costs: list[float] = []
    for order in interleaved(list(cases), stage.scale.rounds):
        for name in order:
            threads, latency, _ = cases[name]
            stage.say(f"drain with {name}")
            share, cost = _drained(stage, threads, latency / 1000)
            shares[name].append(share)
            costs.append(cost)
    drained = [
        Figure(
            name=f"{name}, of threads / latency", values=tuple(shares[name]), goal=at_least(goal)
        )
        for name, (_, _, goal) in cases.items()
    ]
    return [*drained, Figure(name="worker's processor", values=tuple(costs), unit="ms/ticket")]


def _drained(stage: Stage, threads: int, latency: float) -> tuple[float, float]:
    """Give the share of the ideal pace, and the worker's processor time for each ticket in ms."""
    scale = stage.scale
    number = threads + max(2 * threads, round(threads / latency * scale.drain_seconds))
    folder = stage.folder()
    with running_desk(folder, "--latency", f"{latency * 1000:.0f}ms") as desk:
        bridge = Bridge(folder, "drain", stage.sqlite(), desk.url, Setup(concurrency=threads))
        with bridge.running("web"):
            fill(stage, bridge, number)
        with bridge.running("worker") as worker:
            # Its start is not what a ticket costs.
            begun, before = len(wait_for_calls(desk, 1, within=20)), cpu_seconds(worker.group())
            ideal = number * latency / threads
            times = wait_for_calls(desk, number, within=10 + _PATIENCE * ideal)
            used = cpu_seconds(worker.group()) - before
    each = used / max(1, number - begun) * 1000
    return drain_share(times, threads=threads, latency=latency), each


def fill(stage: Stage, bridge: Bridge, number: int) -> None:
    """Send so many new alerts."""
    wire, first = Wire(bridge.port), stage.first_tag()
    for sent in range(0, number, _BODY):
        said = body(min(_BODY, number - sent)).replace(MARK, tag(first + sent))
        bridge.post(wire, said)
    wire.close()


def wait_for_calls(desk: Desk, number: int, *, within: float) -> Sequence[datetime]:
    """Wait until the desk was asked for so many tickets; give when each call came."""
    deadline = monotonic() + within
    # The desk answers this too, so it is asked for no more than a number, and not often.
    while (had := desk.counts().get(_CREATE, 0)) < number:
        if monotonic() > deadline:
            message = f"the desk had {had} of {number} calls after {within:.0f} s"
            raise RuntimeError(message)
        sleep(0.5)
    return creates(desk)


def creates(desk: Desk) -> Sequence[datetime]:
    """Give when each of the calls that file or change came, of the last ten thousand."""
    calls = desk.calls()
    return [datetime.fromisoformat(c["at"]) for c in calls if c["operation"] == _CREATE]
