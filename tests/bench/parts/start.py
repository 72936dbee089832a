"""How soon a bridge that was just started is ready for traffic."""

import sys
from collections.abc import Sequence
from time import perf_counter, sleep

from tests.bench.figures import Figure
from tests.bench.load import Wire, head_of
from tests.bench.servers import Bridge, nobody
from tests.bench.stage import Stage
from tests.e2e.processes import START_SECONDS, Process

_LOOK_SECONDS = 0.01


def measure(stage: Stage) -> Sequence[Figure]:
    """Start `bridge serve` on a new database and again on the same one; and Python alone."""
    fresh, again, bare = [], [], []
    for _ in range(stage.scale.rounds):
        stage.say("cold start")
        folder = stage.folder()
        bridge = Bridge(folder, "start", stage.sqlite(), nobody())
        bare.append(_bare(stage))
        fresh.append(_ready_in(bridge))
        again.append(_ready_in(bridge))
    return [
        Figure(name="`bridge serve` to ready, new database", values=tuple(fresh), unit="s"),
        Figure(name="`bridge serve` to ready, database of before", values=tuple(again), unit="s"),
        Figure(name="a Python that imports Flask", values=tuple(bare), unit="s"),
    ]


def _bare(stage: Stage) -> float:
    started = perf_counter()
    command = [sys.executable, "-c", "import flask"]
    Process(command, folder=stage.folder(), name="python").wait(START_SECONDS)
    return perf_counter() - started


def _ready_in(bridge: Bridge) -> float:
    started = perf_counter()
    process = bridge.start("serve")
    try:
        while not _is_ready(bridge.port):
            process.must_run()
            if perf_counter() - started > START_SECONDS:
                message = f"not ready after {START_SECONDS:.0f} s; it said:\n{process.log}"
                raise RuntimeError(message)
            sleep(_LOOK_SECONDS)
        return perf_counter() - started
    finally:
        process.stop()


def _is_ready(port: int) -> bool:
    try:
        wire = Wire(port)
    except ConnectionRefusedError:
        return False
    try:
        return wire.ask(head_of("GET", "/readyz", {}, 0))[0] == 200
    except ConnectionError:
        return False
    finally:
        wire.close()
