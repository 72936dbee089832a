"""How soon an idle bridge has told the desk of a webhook, against a no-op's mere answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from time import sleep, time

from tests.bench.bodies import body
from tests.bench.figures import Figure, Goal, at_most, ratio
from tests.bench.load import MARK, Wire, tag
from tests.bench.machine import flush_seconds
from tests.bench.parts.drain import creates, wait_for_calls
from tests.bench.servers import Bridge, Server, running_desk, running_noop
from tests.bench.stage import Stage
from tests.bench.stats import quantile
from tests.e2e.desks import Desk

#: Between two webhooks: long enough for all that follows from one.
_PAUSE_SECONDS = 0.05
_GOALS: dict[str, Goal] = {"SQLite": at_most(2.5), "PostgreSQL": at_most(4)}


@dataclass(slots=True)
class _Line:
    """One connection to a server, and what was sent on it in this round."""

    server: Server
    wire: Wire
    sent_at: list[float] = field(default_factory=list)
    answered_in: list[float] = field(default_factory=list)

    def send(self, said: bytes) -> None:
        self.sent_at.append(time())
        self.answered_in.append(self.server.post(self.wire, said))


def measure(stage: Stage) -> Sequence[Figure]:
    """Send one webhook at a time to the no-op and to a whole bridge in turns."""
    figures: list[Figure] = []
    for kind, new_database in stage.some(stage.databases()).items():
        stage.say(f"idle latency on {kind}")
        folder = stage.folder()
        with running_noop(folder) as noop, running_desk(folder) as desk:
            bridge = Bridge(folder, "latency", new_database(), desk.url)
            with bridge.running("serve"):
                figures += _figures(stage, kind, noop, bridge, desk)
    return figures


def _figures(stage: Stage, kind: str, noop: Server, bridge: Bridge, desk: Desk) -> Sequence[Figure]:
    noop_p50, acks, ends, end_p99, flushes = [], [], [], [], []
    for number in range(stage.scale.rounds + 1):
        before = len(creates(desk))
        idle, busy = _round(stage, noop, bridge)
        reached = _reached(desk, before, busy)
        if number == 0:
            continue  # warms up
        disk = (flush_seconds(stage.folder()) for _ in range(stage.scale.samples))
        flushes.append(median(disk) * 1000)
        noop_p50.append(median(idle.answered_in) * 1000)
        acks.append(median(busy.answered_in) * 1000)
        ends.append(median(reached) * 1000)
        end_p99.append(quantile(reached, 0.99) * 1000)
    return [
        ratio(f"{kind}, webhook to desk p50 / no-op p50", ends, noop_p50, _GOALS[kind]),
        Figure(name=f"{kind}, webhook to desk, p50", values=tuple(ends), unit="ms"),
        Figure(name=f"{kind}, webhook to desk, p99", values=tuple(end_p99), unit="ms"),
        Figure(name=f"{kind}, acknowledgement, p50", values=tuple(acks), unit="ms"),
        Figure(name=f"no-op beside {kind}, p50", values=tuple(noop_p50), unit="ms"),
        Figure(name=f"a flush of the disk beside {kind}, p50", values=tuple(flushes), unit="ms"),
    ]


def _round(stage: Stage, noop: Server, bridge: Bridge) -> tuple[_Line, _Line]:
    template, first = body(1), stage.first_tag()
    lines = _Line(noop, Wire(noop.port)), _Line(bridge, Wire(bridge.port))
    for number in range(stage.scale.samples):
        for line in lines:
            line.send(template.replace(MARK, tag(first + number)))
            sleep(_PAUSE_SECONDS)
    for line in lines:
        line.wire.close()
    return lines


def _reached(desk: Desk, before: int, line: _Line) -> Sequence[float]:
    """Give the seconds from each webhook to its call: they come in the same order.

    The desk tells the time by the clock that the webhooks were sent by.
    """
    calls = sorted(wait_for_calls(desk, before + len(line.sent_at), within=10))[before:]
    return [at.timestamp() - sent for at, sent in zip(calls, line.sent_at, strict=True)]
