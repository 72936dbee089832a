"""Random lives of a bridge: once all is quiet, the desk has what the alerts want."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
)
from bridge.domain.incident import DesiredState
from bridge.domain.policy import Policy
from bridge.domain.ports import Claim
from tests.builders import make_alert
from tests.world import LEASE, World

HOSTS = ("db1", "db2", "db3")
SEVERITIES = ("low", "critical")
OPERATIONS = ("create", "find", "read", "update", "note", "resolve", "reopen")
FAULTS: tuple[Callable[[], DeskError], ...] = (
    lambda: DeskUnavailable("refused"),
    lambda: DeskUnavailable("429", retry_after=timedelta(seconds=7)),
    lambda: OutcomeUnknown("HTML 200"),
    lambda: DeskLockedOut("key expired"),
)

POLICIES = st.builds(
    Policy,
    hold=st.sampled_from([timedelta(0), timedelta(seconds=30)]),
    resolve_after=st.sampled_from([timedelta(0), timedelta(seconds=45)]),
    reopen_within=st.sampled_from([timedelta(0), timedelta(minutes=10)]),
    settle=st.sampled_from([timedelta(0), timedelta(seconds=90)]),
)


class Crash(BaseException):
    """The worker's process dies here."""


class Life(RuleBasedStateMachine):
    """Alerts, a faulty desk, dying workers and time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.firing: dict[tuple[str, str], datetime] = {}  #: since when
        self.held_claims: list[Claim] = []

    @initialize(policy=POLICIES)
    def begin(self, policy: Policy) -> None:
        self.world.rules.policy = policy

    @rule(host=st.sampled_from(HOSTS), severity=st.sampled_from(SEVERITIES))
    def fire(self, host: str, severity: str) -> None:
        if (host, severity) not in self.firing:
            self.world.clock.advance(1)
        self.firing.setdefault((host, severity), self.world.clock())
        self.world.receive(self._said(host, severity))

    @rule(host=st.sampled_from(HOSTS), severity=st.sampled_from(SEVERITIES))
    def clear(self, host: str, severity: str) -> None:
        self.firing.pop((host, severity), None)
        self.world.receive(self._said(host, severity))

    @precondition(lambda self: self.firing)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        self.world.receive(self._said(*data.draw(st.sampled_from(sorted(self.firing)))))

    @precondition(lambda self: self.firing)
    @rule(data=st.data())
    def group_is_notified(self, data: st.DataObject) -> None:
        """Deliver a whole group in one body, as Alertmanager does: some cleared, some repeated."""
        group = sorted(self.firing)
        cleared = data.draw(st.sets(st.sampled_from(group)))
        self.firing = {m: since for m, since in self.firing.items() if m not in cleared}
        self.world.receive(*(self._said(*member) for member in group))

    @rule(host=st.sampled_from(HOSTS), severity=st.sampled_from(SEVERITIES))
    def echo_and_clear(self, host: str, severity: str) -> None:
        """Deliver what a pair of Alertmanagers sends: resolved, a stale firing, resolved."""
        self.clear(host, severity)
        stale = make_alert(
            starts_at=self.world.clock() - timedelta(hours=1),
            labels={"instance": host, "severity": severity},
        )
        self.world.clock.advance(10)
        self.world.receive(stale)
        self.world.clock.advance(15)
        self.clear(host, severity)

    @rule(seconds=st.sampled_from([0.5, 3, 12, 60, 400]))
    def time_passes(self, seconds: float) -> None:
        self.world.work_until(seconds)

    @rule(operation=st.sampled_from(OPERATIONS), fault=st.sampled_from(FAULTS))
    def desk_fails(self, operation: str, fault: Callable[[], DeskError]) -> None:
        self.world.desk.faults.setdefault(operation, []).append(fault())

    @rule()
    def desk_does_not_answer_a_create(self) -> None:
        self.world.desk.unanswered += 1

    @rule(writes=st.integers(0, 3))
    def worker_dies(self, writes: int) -> None:
        """Kill the worker at its n-th write; what it holds stays leased."""
        store, left = self.world.store, [writes]
        record = store.record

        def dying(*args: Any, **kwargs: Any) -> bool:
            if left[0] == 0:
                raise Crash
            left[0] -= 1
            return record(*args, **kwargs)

        store.record = dying  # type: ignore[method-assign]
        try:
            self.world.work()
        except Crash:
            pass
        finally:
            store.record = record  # type: ignore[method-assign]

    @rule()
    def worker_stalls(self) -> None:
        """Claim and do nothing: the lease will be taken over."""
        self.held_claims += self.world.claim("stalled")

    @precondition(lambda self: self.held_claims)
    @rule()
    def stalled_worker_goes_on(self) -> None:
        """Let the stalled worker finish its work, whoever has the incident now.

        A worker that slept through its lease looks at the store before it files anything, so only
        claims that still hold are worked on from the start; what it had sent is another matter.
        """
        self.world.reconciler.reconcile(self.held_claims.pop(0))

    def teardown(self) -> None:
        """Let all faults end and time pass; then the desk has what the alerts want."""
        self.world.desk.faults.clear()
        self.world.desk.unanswered = 0
        for claim in self.held_claims:
            self.world.reconciler.reconcile(claim)
        self.world.clock.time += LEASE
        self.world.work_until(4000)
        self._check_tickets()
        self._check_incidents()

    def _check_tickets(self) -> None:
        hosts = {host for host, _ in self.firing}
        open_keys = []
        tokens = {i.token: i for i in self.world.store.incidents.values()}
        for number in self.world.desk.open_tickets():
            open_keys.append(tokens[self.world.desk.records[number].token].key)
        assert sorted(open_keys) == sorted(f"DiskFull,{host}" for host in hosts), self._story()
        for number in self.world.desk.open_tickets():
            record = self.world.desk.records[number]
            host = tokens[record.token].key.split(",")[1]
            wanted = "critical" if (host, "critical") in self.firing else "low"
            assert record.spec.priority == wanted

    def _story(self) -> str:
        """Tell what became of every incident and ticket."""
        lines = [f"firing: {sorted(self.firing)}"]
        for incident in self.world.store.incidents.values():
            lines.append(f"{incident.id[-4:]} {incident.key} {incident.phase} {incident}")
        for entry in self.world.store.timeline:
            lines.append(
                f"{entry.at:%H:%M:%S} {entry.incident_id[-4:]} {entry.what} {entry.because}"
            )
        lines += [
            f"{number} {record.token} {record.ticket.status}"
            for number, record in self.world.desk.records.items()
        ]
        return "\n".join(lines)

    def _check_incidents(self) -> None:
        for incident in self.world.store.incidents.values():
            if incident.ended_at is not None or incident.desired.state is DesiredState.CLEAR:
                continue
            assert incident.observed.ticket is not None
            assert incident.due_at is None

    def _said(self, host: str, severity: str) -> Alert:
        """Say of an alert what is true of it now."""
        since = self.firing.get((host, severity))
        labels = {"instance": host, "severity": severity}
        if since is None:
            ends_at = self.world.clock()
            return make_alert(status=AlertStatus.RESOLVED, ends_at=ends_at, labels=labels)
        return make_alert(starts_at=since, labels=labels)
