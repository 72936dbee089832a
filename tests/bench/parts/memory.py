"""What open incidents cost in memory: they belong in the database, so next to nothing."""

from collections.abc import Sequence
from time import sleep

from tests.bench.bodies import body
from tests.bench.figures import Figure, at_most
from tests.bench.fill import fill
from tests.bench.load import Wire, head_of
from tests.bench.machine import memory_mb
from tests.bench.servers import ADMIN, Bridge, running_desk
from tests.bench.stage import Stage

_PER = 100_000
_FEW = 100
_PATHS = ("/api/v1/incidents?limit=100", "/", "/metrics", "/readyz")
_TIMES = 20
_SETTLED_SECONDS = 1.0


def measure(stage: Stage) -> Sequence[Figure]:
    """Let two bridges work, one with few open incidents and one with many, and weigh them."""
    folder, many = stage.folder(), stage.scale.open_incidents
    weights: dict[int, list[float]] = {_FEW: [], many: []}
    with running_desk(folder) as desk:
        bridges: dict[int, Bridge] = {}
        for number in weights:
            stage.say(f"memory with {number:,} open incidents")
            database = stage.sqlite()
            bridges[number] = Bridge(folder, f"memory{number}", database, desk.url)
            fill(bridges[number], database, stored=number, open_=number)
        for _ in range(min(3, stage.scale.rounds)):
            for number, bridge in bridges.items():
                with bridge.running("serve") as process:
                    _work(stage, bridge)
                    weights[number].append(memory_mb(process.group()))
    above = [(b - a) * _PER / many for a, b in zip(*weights.values(), strict=True)]
    return [
        Figure(
            name=f"memory above base for each {_PER:,} open incidents",
            values=tuple(above),
            unit="MB",
            goal=at_most(10),
        ),
        *(
            Figure(name=f"`bridge serve`, {n:,} open incidents", values=tuple(mb), unit="MB")
            for n, mb in weights.items()
        ),
    ]


def _work(stage: Stage, bridge: Bridge) -> None:
    """Do a little of everything that looks at what is stored."""
    stage.warm_up(bridge, stage.template(body(10)), seconds=30.0, most=_TIMES)
    wire = Wire(bridge.port)
    for _ in range(_TIMES):
        for path in _PATHS:
            status, _ = wire.ask(head_of("GET", path, ADMIN, 0))
            if status != 200:
                message = f"{path} answered {status}"
                raise RuntimeError(message)
    wire.close()
    sleep(_SETTLED_SECONDS)
