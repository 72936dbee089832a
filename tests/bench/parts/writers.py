"""Two web processes write one SQLite file: what the slowest webhooks wait for each other."""

from collections.abc import Sequence
from functools import partial

from tests.bench.bodies import body
from tests.bench.figures import Figure, at_most, ratio
from tests.bench.parts.accept import p50, p99
from tests.bench.servers import Bridge, Setup, nobody
from tests.bench.stage import Stage

_SIZES = (1, 10)


def measure(stage: Stage) -> Sequence[Figure]:
    """Load a bridge of one web process and a bridge of two in turns."""
    folder = stage.folder()
    one, two = (
        Bridge(folder, f"writers{number}", stage.sqlite(), nobody(), Setup(workers=number))
        for number in (1, 2)
    )
    figures: list[Figure] = []
    with one.running("web"), two.running("web"):
        for size in stage.scale.of_sizes(_SIZES):
            stage.say(f"two web processes, {size} alerts in a body")
            template = stage.template(body(size))
            stage.warm_up(one, template)
            stage.warm_up(two, template)
            rounds = stage.in_turns(
                {
                    "one": partial(stage.load, one, template),
                    "two": partial(stage.load, two, template),
                }
            )
            of = f"{size} per body"
            slow = rounds.of("one", p99), rounds.of("two", p99)
            figures += [
                ratio(f"{of}, p99, 2 processes / 1", slow[1], slow[0], at_most(2)),
                ratio(f"{of}, p50, 2 processes / 1", rounds.of("two", p50), rounds.of("one", p50)),
                ratio(
                    f"{of}, requests/s, 2 processes / 1",
                    rounds.of("two", lambda run: run.rate),
                    rounds.of("one", lambda run: run.rate),
                ),
                Figure(name=f"{of}, p99, 1 process", values=slow[0], unit="ms"),
                Figure(name=f"{of}, p99, 2 processes", values=slow[1], unit="ms"),
            ]
    return figures
