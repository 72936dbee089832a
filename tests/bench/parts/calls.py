"""How many calls a ticket costs its desk: one to file it, one to resolve it."""

from collections.abc import Sequence
from functools import partial

from tests.bench.bodies import alert, body
from tests.bench.figures import Figure, at_most
from tests.bench.load import MARK, Wire, tag
from tests.bench.servers import Bridge, Setup, running_desk
from tests.bench.stage import Stage
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually

_KINDS = {"summit": "Summit", "serviceops": "ServiceOps", "servicenow": "ServiceNow"}


def measure(stage: Stage) -> Sequence[Figure]:
    """File and resolve some tickets at each kind of desk, and count."""
    figures: list[Figure] = []
    for kind, title in stage.some(_KINDS).items():
        stage.say(f"calls to {title}")
        filing, resolving = _counted(stage, kind)
        figures += [
            Figure(name=f"{title}, calls per new incident", values=(filing,), goal=at_most(1)),
            Figure(name=f"{title}, calls per resolve", values=(resolving,), goal=at_most(1)),
        ]
    return figures


def _counted(stage: Stage, kind: str) -> tuple[float, float]:
    folder, number, first = stage.folder(), min(20, stage.scale.samples), stage.first_tag()
    with running_desk(folder, kind=kind) as desk:
        bridge = Bridge(folder, "calls", stage.sqlite(), desk.url, Setup(kind=kind))
        with bridge.running("serve"):
            # The first ticket also logs in and looks names up, once for all that follow.
            _send(bridge, 1, first + 1, "firing", expect="filed")
            before = calls_of(desk)
            _send(bridge, number, first, "firing", expect="filed")
            filed = calls_of(desk)
            _send(bridge, number, first, "resolved", expect="resolved")
            resolved = calls_of(desk)
    return (filed - before) / number, (resolved - filed) / number


def _send(bridge: Bridge, number: int, first: int, status: str, *, expect: str) -> None:
    mark = tag(first)
    wire = Wire(bridge.port)
    bridge.post(wire, body(number, status=status).replace(MARK, mark))
    wire.close()
    names = {_fault(mark, index) for index in range(number)}
    eventually(partial(_assert_phase, bridge, names, expect))


def _fault(mark: bytes, index: int) -> str:
    labels = alert(mark.decode(), index)["labels"]
    assert isinstance(labels, dict)
    return f"{labels['alertname']} on {str(labels['instance']).partition(':')[0]}"


def _assert_phase(bridge: Bridge, subjects: set[str], phase: str) -> None:
    incidents = bridge.ask("incidents?limit=100")["incidents"]
    ours = [i for i in incidents if i["spec"]["subject"] in subjects]
    assert len(ours) == len(subjects)
    assert {i["phase"] for i in ours} == {phase}, ours[0]


def calls_of(desk: Desk) -> int:
    """Give how many calls the desk has had."""
    return sum(desk.counts().values())
