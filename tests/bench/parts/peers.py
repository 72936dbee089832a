"""The same bodies into Alerta, which people use today, on the same PostgreSQL."""

from collections.abc import Sequence

from tests.bench import alerta
from tests.bench.bodies import Mix
from tests.bench.figures import Figure, at_least, ratio
from tests.bench.parts.accept import load_of, p99
from tests.bench.servers import Bridge, Server, nobody
from tests.bench.stage import Stage

_GOALS = {1: at_least(8), 10: at_least(20), 100: at_least(45)}
#: A hundred alerts take Alerta more than a second.
_LONGER = 3


def measure(stage: Stage) -> Sequence[Figure]:
    """Load Alerta and the bridge in turns; nothing, and a word why, if it cannot be had."""
    server = stage.postgres()
    if server is None:
        return []
    try:
        python = alerta.installed(stage.say)
    except alerta.NotToBeHad as exc:
        stage.say(f"no comparison with Alerta: {exc}")
        return []
    folder = stage.folder()
    bridge = Bridge(folder, "peer", server.url(server.create_database()), nobody())
    figures: list[Figure] = []
    with alerta.running(folder, python, server) as peer, bridge.running("web"):
        for size in stage.scale.of_sizes(tuple(_GOALS)):
            for mix in (Mix.NEW, Mix.KNOWN):
                stage.say(f"Alerta, {size} {mix} alerts in a body")
                figures += _figures(stage, peer, bridge, size, mix)
    return figures


def _figures(stage: Stage, peer: Server, bridge: Bridge, size: int, mix: Mix) -> Sequence[Figure]:
    seconds = stage.scale.seconds * _LONGER
    rounds = stage.in_turns(
        {
            name: load_of(stage, server, size, mix, seconds=seconds)
            for name, server in (("alerta", peer), ("bridge", bridge))
        }
    )
    ours = tuple(size * rate for rate in rounds.of("bridge", lambda run: run.rate))
    theirs = tuple(size * rate for rate in rounds.of("alerta", lambda run: run.rate))
    of = f"{size} {mix} per body"
    return [
        ratio(f"{of}, bridge / Alerta, alerts/s", ours, theirs, _GOALS[size]),
        Figure(name=f"{of}, bridge", values=ours, unit="alerts/s"),
        Figure(name=f"{of}, Alerta", values=theirs, unit="alerts/s"),
        Figure(name=f"{of}, bridge, p99", values=rounds.of("bridge", p99), unit="ms"),
        Figure(name=f"{of}, Alerta, p99", values=rounds.of("alerta", p99), unit="ms"),
    ]
