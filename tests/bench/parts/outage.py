"""Whether senders notice that the desk is slow or down: webhooks must not wait for it."""

from collections.abc import Mapping, Sequence
from statistics import median
from time import sleep

from tests.bench.bodies import body
from tests.bench.figures import Figure, at_most, ratio
from tests.bench.load import MARK, Wire, tag
from tests.bench.servers import Bridge, nobody, running_desk
from tests.bench.stage import Stage, together
from tests.bench.stats import interleaved

_PAUSE_SECONDS = 0.01
_AT_ONCE, _SLOW, _DOWN = "desk at 0 ms", "desk at 200 ms", "desk down"


def measure(stage: Stage) -> Sequence[Figure]:
    """Send to three bridges in turns: one has a quick desk, one a slow one, and one none."""
    stage.say("acknowledgements while the desk is slow or down")
    folder, other = stage.folder(), stage.folder()
    with running_desk(folder) as quick, running_desk(other, "--latency", "200ms") as slow:
        bridges = {
            _AT_ONCE: Bridge(folder, "quick", stage.sqlite(), quick.url),
            _SLOW: Bridge(folder, "slow", stage.sqlite(), slow.url),
            _DOWN: Bridge(folder, "down", stage.sqlite(), nobody()),
        }
        with together(*(bridge.running("serve") for bridge in bridges.values())):
            acks = _acknowledged(stage, bridges)
    return [
        ratio(f"{name} / at 0 ms, acknowledgement p50", acks[name], acks[_AT_ONCE], at_most(1.15))
        for name in (_SLOW, _DOWN)
    ] + [
        Figure(name=f"{name}, acknowledgement p50", values=tuple(values), unit="ms")
        for name, values in acks.items()
    ]


def _acknowledged(stage: Stage, bridges: Mapping[str, Bridge]) -> Mapping[str, list[float]]:
    """Give the median of each round in milliseconds; the first round warms up."""
    template, first = body(1), stage.first_tag()
    wires = {name: Wire(bridge.port) for name, bridge in bridges.items()}
    medians: dict[str, list[float]] = {name: [] for name in bridges}
    sent = 0
    for number in range(stage.scale.rounds + 1):
        took: dict[str, list[float]] = {name: [] for name in bridges}
        for order in interleaved(list(bridges), stage.scale.samples):
            for name in order:
                sent += 1
                said = template.replace(MARK, tag(first + sent))
                took[name].append(bridges[name].post(wires[name], said))
                sleep(_PAUSE_SECONDS)
        if number > 0:
            for name, seconds in took.items():
                medians[name].append(median(seconds) * 1000)
    for wire in wires.values():
        wire.close()
    return medians
