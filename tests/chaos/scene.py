"""The whole scene of a chaos test: senders, balancer, replicas, database, desks."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Protocol

from tests.chaos.audit import Audit, audit
from tests.chaos.balancer import Ledger, balanced
from tests.chaos.faults import Alert, Faults
from tests.chaos.havoc import Havoc, Part
from tests.chaos.report import Report
from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import Process, eventually
from tests.postgres import Postgres

RULES = Path(__file__).with_name("rules.yaml")
#: A call that hangs is given up soon, so that a run sees many.
_LIMITS = "{concurrency: 4, rate: 100/s, timeout: 2s}"
SECRETS = ("am-token", "admin-token", "sandbox-key", "sandbox-secret", "sandbox-password")
_DESKS = ("summit", "serviceops")


class Senders(Protocol):
    """Whoever tells the bridge of alerts."""

    def hear(self, alerts: Sequence[Alert]) -> None:
        """Learn of alerts that began or ended."""
        ...

    def is_told(self) -> bool:
        """Say whether the bridge has accepted everything that is true."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one chaos test does."""

    name: str
    seed: str
    seconds: float
    faults: int
    longest_freeze: float
    settles_within: float
    looks_ahead: float  #: what is due later than in so many seconds is no work any more
    roles: Mapping[str, str]  #: the role of each replica, by name


@dataclass
class Scene:
    """Real processes, all of them watched."""

    folder: Path
    plan: Plan
    server: Postgres | None = None  #: none: SQLite
    ledger: Ledger = field(default_factory=Ledger)
    settled_in: float | None = None  #: seconds from the end of the chaos

    def __post_init__(self) -> None:
        self.random = Random(self.plan.seed)
        self.database = self.server.url(self.server.create_database()) if self.server else None
        self.desks = [Desk(kind, self.folder) for kind in _DESKS]
        summit, serviceops = self.desks
        self.bridges = {
            name: Bridge(
                self.folder,
                summit=summit,
                serviceops=serviceops,
                name=name,
                database=self.database,
                rules=RULES,
                limits=_LIMITS,
            )
            for name in self.plan.roles
        }
        self.faults = Faults(self.plan.faults, self.random)

    @property
    def fronts(self) -> Sequence[Bridge]:
        """Give the replicas that answer HTTP."""
        return [self.bridges[name] for name, role in self.plan.roles.items() if role != "worker"]

    @contextmanager
    def running(self) -> Iterator[tuple[str, Havoc]]:
        """Keep all of it running; give the balancer's address, and the havoc to wreak."""
        with ExitStack() as stack:
            stand_ins = [self._part(stack, desk.kind, self._desk(desk)) for desk in self.desks]
            parts = [
                self._part(stack, name, partial(self.bridges[name].start, role))
                for name, role in self.plan.roles.items()
            ]
            for part in parts:
                bridge = self.bridges[part.name]
                if bridge in self.fronts:
                    bridge.wait_until_up(part.process)
            urls = [bridge.url for bridge in self.fronts]
            url = stack.enter_context(balanced(urls, self.ledger, Random(self.plan.seed)))
            groups = {"bridge": parts, "desks": stand_ins}
            crash = self.server.crash if self.server else None
            havoc = Havoc(groups, self.desks, self.random, self.plan.longest_freeze, crash)
            yield f"{url}/webhooks/alertmanager", havoc

    def wreak(self, havoc: Havoc, senders: Senders) -> None:
        """Let faults come and go while everything breaks, mend it, and wait until all is quiet."""
        tell = _Every(0.25, lambda: senders.hear(self.faults.change()), self.random)
        havoc.run(self.plan.seconds, meanwhile=tell)
        havoc.heal()
        senders.hear(self.faults.settle())
        started = time.monotonic()
        eventually(lambda: self._must_be_quiet(senders), within=self.plan.settles_within)
        self.settled_in = time.monotonic() - started

    def report(self, havoc: Havoc) -> Report:
        """Say what happened until now."""
        return Report(
            name=self.plan.name,
            seed=self.plan.seed,
            bodies=self.ledger.bodies,
            alerts=len(self.ledger.accepted()),
            retried=self.ledger.retried,
            done=havoc.done,
            audit=self.audit(),
            settled_in=self.settled_in,
        )

    def explain(self, subject: str) -> Iterator[str]:
        """Tell the story of one fault: what was accepted, what the bridge did, what is there."""
        for alert in self.ledger.accepted():
            if alert.subject == subject:
                yield f"accepted {alert}"
        for incident in self.fronts[0].incidents():
            if subject in incident["spec"]["subject"]:
                told = self.fronts[0].ask(f"incidents/{incident['id']}")
                yield f"incident {told['id']} episode {told['episode']} {told['phase']}"
                yield from (f"  {entry}" for entry in told["timeline"])
        for desk in self.desks:
            yield from (f"{desk.kind} {t}" for t in desk.tickets() if subject in t.subject)

    def audit(self) -> Audit:
        """Compare now."""
        tickets = [ticket for desk in self.desks for ticket in desk.tickets()]
        return audit(self.ledger.accepted(), tickets)

    def logs(self) -> Iterator[tuple[str, str]]:
        """Give what every process said, by name."""
        for file in sorted(self.folder.glob("*.log")):
            yield file.name, file.read_text(encoding="utf-8", errors="replace")

    def incidents_at_work(self) -> list[Mapping[str, object]]:
        """Give the incidents that the bridge has not done with.

        After a create that was given up it searches once more minutes later, which may be late.
        """
        horizon = datetime.now(UTC) + timedelta(seconds=self.plan.looks_ahead)
        return [i for i in self.fronts[0].incidents() if is_due(i, horizon)]

    def _must_be_quiet(self, senders: Senders) -> None:
        assert senders.is_told(), "the senders are still sending"
        assert self.incidents_at_work() == []
        assert self.audit().faults == {}

    def _desk(self, desk: Desk) -> Callable[[], Process]:
        return partial(desk.start, "--keep", str(self.folder / f"{desk.kind}.jsonl"))

    def _part(self, stack: ExitStack, name: str, start: Callable[[], Process]) -> Part:
        part = Part(name, start)
        stack.callback(part.stop)
        return part


def is_due(incident: Mapping[str, object], horizon: datetime) -> bool:
    """Say whether something is to be done about an incident until then."""
    due_at = incident["due_at"]
    return due_at is not None and datetime.fromisoformat(str(due_at)) <= horizon


@dataclass
class _Every:
    """Does something so often on average, however often it is called."""

    seconds: float
    action: Callable[[], object]
    random: Random
    at: float = 0.0

    def __call__(self) -> None:
        if time.monotonic() >= self.at:
            self.at = time.monotonic() + self.random.uniform(0, 2 * self.seconds)
            self.action()
