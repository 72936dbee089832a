"""How many webhooks are taken in a second, and how long each waits, against a Flask no-op."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median

from tests.bench.bodies import KNOWN_BODIES, Mix, body
from tests.bench.figures import Figure, at_least, ratio
from tests.bench.load import Run
from tests.bench.machine import cpu_seconds
from tests.bench.servers import Bridge, Server, nobody, running_noop
from tests.bench.stage import Rounds, Stage
from tests.bench.stats import quantile

#: On SQLite, of the no-op's requests a second, by alerts in a body.
_GOALS = {1: at_least(0.65), 10: at_least(0.40), 100: at_least(0.12)}

Loads = Mapping[str, Callable[[], Run | None]]


def measure(stage: Stage) -> Sequence[Figure]:
    """Load the no-op and the bridge in turns, on each database, with bodies of each size."""
    figures: list[Figure] = []
    for kind, new_database in stage.databases().items():
        folder = stage.folder()
        bridge = Bridge(folder, "accept", new_database(), nobody())
        with running_noop(folder) as noop, bridge.running("web"):
            for size in stage.scale.sizes:
                stage.say(f"accept on {kind}, {size} alerts in a body")
                figures += _figures(kind, size, _measured(stage, noop, bridge, size))
    return figures


def _measured(stage: Stage, noop: Server, bridge: Bridge, size: int) -> tuple[Rounds, float]:
    """Give the runs, and the bridge's processor time for each new alert."""
    loads = dict[str, Callable[[], Run | None]]()
    template = stage.template(body(size))
    stage.warm_up(noop, template)
    loads["no-op"] = partial(stage.load, noop, template)
    for mix in Mix:
        loads[mix] = load_of(stage, bridge, size, mix)
    before = cpu_seconds(bridge.process.group())
    news = stage.load(bridge, template)
    used = cpu_seconds(bridge.process.group()) - before
    each = used / (len(news.latencies) * size) if news is not None else 0.0
    return stage.in_turns(loads), each


def load_of(
    stage: Stage, server: Server, size: int, mix: Mix, **changes: object
) -> Callable[[], Run | None]:
    """Warm a server up, and give what loads it with bodies of this size and mix."""
    template = stage.template(body(size, mix))
    if mix is not Mix.KNOWN:
        stage.warm_up(server, template)
        return partial(stage.load, server, template, **changes)
    same = {"first": stage.first_tag(), "cycle": mix.cycle}
    stage.warm_up(server, template, seconds=60.0, most=KNOWN_BODIES, **same)
    return partial(stage.load, server, template, **same, **changes)


def _figures(kind: str, size: int, measured: tuple[Rounds, float]) -> Sequence[Figure]:
    rounds, cpu = measured
    noop, of = rounds.of("no-op", _rate), f"{kind}, {size} per body"
    figures = [Figure(name=f"no-op beside {of}", values=noop, unit="requests/s")]
    for mix in Mix:
        rates = rounds.of(mix, _rate)
        goal = _GOALS.get(size) if kind == "SQLite" else None
        figures += [
            ratio(f"{of}, {mix} / no-op", rates, noop, goal),
            Figure(name=f"{of}, {mix}", values=rates, unit="requests/s"),
            Figure(
                name=f"{of}, {mix}", values=tuple(rate * size for rate in rates), unit="alerts/s"
            ),
            Figure(name=f"{of}, {mix}, p50", values=rounds.of(mix, p50), unit="ms"),
            Figure(name=f"{of}, {mix}, p99", values=rounds.of(mix, p99), unit="ms"),
        ]
    return [*figures, Figure(name=f"{of}, new, processor", values=(cpu * 1e6,), unit="us/alert")]


def _rate(run: Run) -> float:
    return run.rate


def p50(run: Run) -> float:
    """Give the median latency in milliseconds."""
    return median(run.latencies) * 1000


def p99(run: Run) -> float:
    """Give the latency in milliseconds that one request in a hundred exceeds."""
    return quantile(run.latencies, 0.99) * 1000
