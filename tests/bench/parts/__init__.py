"""What is measured, a module for each part."""

from collections.abc import Callable, Mapping, Sequence

from tests.bench.figures import Figure
from tests.bench.parts import (
    accept,
    calls,
    drain,
    growth,
    latency,
    memory,
    outage,
    peers,
    rules,
    stages,
    start,
    writers,
)
from tests.bench.stage import Stage

Part = Callable[[Stage], Sequence[Figure]]

#: In the order of the report; the peers are asked for by name, since they have to be installed.
PARTS: Mapping[str, Part] = {
    "accept": accept.measure,
    "writers": writers.measure,
    "drain": drain.measure,
    "calls": calls.measure,
    "latency": latency.measure,
    "outage": outage.measure,
    "growth": growth.measure,
    "rules": rules.measure,
    "memory": memory.measure,
    "start": start.measure,
    "stages": stages.measure,
    "peers": peers.measure,
}
USUAL = tuple(name for name in PARTS if name != "peers")
TITLES: Mapping[str, str] = {
    "accept": "Accepting webhooks, against a Flask no-op",
    "writers": "Two web processes on one SQLite file",
    "drain": "Draining a backlog, against threads / latency",
    "calls": "Calls to the desk",
    "latency": "From webhook to desk, when idle",
    "outage": "Acknowledging while the desk is slow or down",
    "growth": "Growth of what is stored",
    "rules": "Growth of the rules",
    "memory": "Memory",
    "start": "Cold start",
    "stages": "Processor time by stage",
    "peers": "Against Alerta",
}
